//! One file a pane, each a pure function of the state.

pub mod attention_row;
pub mod explain;
pub mod footer;
pub mod header;
pub mod heads;
pub mod lens;
pub mod matrix;
pub mod predictions;
pub mod steps;
pub mod summary;
pub mod tokens;

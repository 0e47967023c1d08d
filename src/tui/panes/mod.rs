//! One file a pane, each a pure function of the state.

pub mod explain;
pub mod footer;
pub mod header;
pub mod heads;
pub mod lens;
pub mod looks;
pub mod matrix;
pub mod predictions;
pub mod steps;
pub mod summary;
pub mod tokens;

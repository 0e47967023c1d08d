//! Parts of panes. Each file is one widget; none knows the debugger.

pub mod bar;
pub mod columns;
pub mod editor;
pub mod frame;
pub mod heat_map;
pub mod input;
pub mod legend;
pub mod matrix;
pub mod number;
pub mod plot;
pub mod scale;
pub mod table;
pub mod text;
pub mod thumbnails;

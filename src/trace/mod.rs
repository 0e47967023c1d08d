//! Activations without an engine: their names and order, host tensors, and the trace file.

mod cache;
pub mod compare;
pub mod detail;
pub mod facts;
pub mod format;
pub mod header;
pub mod hook;
pub mod host;
pub mod moments;
pub mod noise;
pub mod plan;
pub mod pointer;
pub mod printable;
pub mod replay;
pub mod source;
pub mod tensor;
pub mod whole;
pub mod write;

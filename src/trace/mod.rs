//! Activations without an engine: their names and order, host tensors, and the trace file.

pub mod hook;
pub mod plan;
pub mod source;
pub mod tensor;

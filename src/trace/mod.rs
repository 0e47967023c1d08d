//! Activations without an engine: their names and order, host tensors, and the trace file.

pub mod atomic_file;
mod cache_tensor;
pub mod compare;
pub mod detail;
pub mod facts;
pub mod header;
pub mod hook;
pub mod host;
mod host_json;
pub mod meta;
pub mod model_hash;
pub mod moments;
pub mod names;
pub mod noise;
pub mod number;
pub mod plan;
pub mod pointer;
pub mod printable;
pub mod query;
pub mod replay;
pub mod search;
pub mod source;
pub mod source_ext;
pub mod tensor;
pub mod token;
mod transformer_lens;
pub mod write;

//! The model at work on libtorch: the only folder that names `tch`.
//!
//! The cargo feature `torch` is decided here and nowhere else.

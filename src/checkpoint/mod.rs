//! A model on disk.

pub mod arch;

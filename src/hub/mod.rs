//! Models by name: found in the Hugging Face cache, or fetched into it.
//!
//! The cache is the one that Python's `huggingface_hub` keeps, in its layout, so that either finds what
//! the other fetched:
//!
//! ```text
//! models--ORG--NAME/refs/main            the commit that `main` was when it was fetched
//! models--ORG--NAME/blobs/ETAG           the content of a file, named by the hub's checksum
//! models--ORG--NAME/snapshots/COMMIT/…   the files of a commit, links into blobs
//! ```

mod client;
mod download;
mod error;
mod fetch;
mod gguf;
mod hub_cache;
mod id;
mod settings;

pub use error::HubError;
pub use fetch::{Wanted, locate};
pub use id::RepoId;
pub use settings::Settings;

/// A listener that is told about a running fetch.
pub trait Progress {
    /// A file begins: `have` of its `size` bytes are there from an earlier attempt.
    fn start(&mut self, file: &str, size: u64, have: u64);
    /// The file now holds `bytes`. This is less than before if an attempt started anew.
    fn at(&mut self, bytes: u64);
    /// The file is whole and checked.
    fn finish(&mut self);
    /// A note for a person: another program fetches the same file, a connection broke.
    fn note(&mut self, text: &str);
}

/// A listener that ignores everything.
impl Progress for () {
    fn start(&mut self, _: &str, _: u64, _: u64) {}
    fn at(&mut self, _: u64) {}
    fn finish(&mut self) {}
    fn note(&mut self, _: &str) {}
}

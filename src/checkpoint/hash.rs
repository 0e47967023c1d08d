//! The hash of a model's files, and its parts. `python/src/layerwise_record/identity.py` computes it too.

use sha2::{Digest, Sha256};

use super::weights::Shard;

/// The number of bytes that are hashed as one piece, so that several threads can read one file.
pub(super) const PIECE: u64 = 4 << 20;

pub(super) type FileDigest = [u8; 32];

/// SHA-256 of the config and of each file's digest, as hex digits.
pub(super) fn model(config: &[u8], files: &[FileDigest]) -> String {
    let mut sha = Sha256::new();
    part(&mut sha, config);
    for file in files {
        part(&mut sha, file);
    }
    hex(sha)
}

/// SHA-256 of a file's length and its pieces' digests.
pub(super) fn file(length: u64, pieces: &[[u8; 32]]) -> FileDigest {
    let mut sha = Sha256::new();
    sha.update(length.to_le_bytes());
    for piece in pieces {
        sha.update(piece);
    }
    sha.finalize().into()
}

/// The number of pieces in a file of this length.
pub(super) fn pieces(length: u64) -> u64 {
    length.div_ceil(PIECE)
}

/// The hash of older versions: SHA-256 of the config, and of each file's header and 64 pages spread evenly
/// over it. It is compared with the hash in their traces.
pub(super) fn sampled(config: &[u8], shards: &[Shard]) -> String {
    const PAGE: usize = 4096;
    const SAMPLES: usize = 64;
    let mut sha = Sha256::new();
    part(&mut sha, config);
    for shard in shards {
        part(&mut sha, shard.header());
        let bytes = shard.all();
        let pages = bytes.len().div_ceil(PAGE);
        for page in (0..SAMPLES.min(pages)).map(|i| i * pages / SAMPLES.min(pages)) {
            let end = bytes.len().min((page + 1) * PAGE);
            part(&mut sha, &bytes[page * PAGE..end]);
        }
    }
    hex(sha)
}

/// The length goes first, so that no two sequences of parts give the same bytes.
fn part(sha: &mut Sha256, bytes: &[u8]) {
    sha.update((bytes.len() as u64).to_le_bytes());
    sha.update(bytes);
}

fn hex(sha: Sha256) -> String {
    sha.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

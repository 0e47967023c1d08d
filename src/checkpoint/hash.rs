//! A name for a model's content that takes milliseconds for any size.

use sha2::{Digest, Sha256};

use super::weights::Shard;

const PAGE: usize = 4096;
/// Pages read of each file.
const SAMPLES: usize = 64;

/// Hex SHA-256 of the config, of every file's header, and of 64 pages spread evenly over each file:
/// enough to tell checkpoints of one training run apart, since training moves every weight.
pub(super) fn hash(config: &[u8], shards: &[Shard]) -> String {
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
    sha.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// The length goes first, so that no two sequences of parts are the same bytes.
fn part(sha: &mut Sha256, bytes: &[u8]) {
    sha.update((bytes.len() as u64).to_le_bytes());
    sha.update(bytes);
}

//! Digests of weight files, kept in the user's cache folder. Each is a small file, valid as long as size,
//! times and inode of the weight file stay the same.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hash::FileDigest;
use crate::trace::atomic_file::AtomicFile;

/// The age from which a file's time tells changes. File systems may count whole seconds, so a younger file
/// may change again under the same time.
const SETTLED: Duration = Duration::from_secs(2);

/// The largest entry.
const MAX_ENTRY: u64 = 64 << 10;

/// The state of a file, which changes when the file does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileState {
    size: u64,
    /// The time of the last modification, in seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
    device: u64,
    inode: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    state: FileState,
    /// The digest in hex.
    digest: String,
}

impl FileState {
    pub fn of(file: &Metadata) -> FileState {
        use std::os::unix::fs::MetadataExt;
        FileState {
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            device: file.dev(),
            inode: file.ino(),
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the content is unchanged, as far as size and time tell.
    pub fn same_content(&self, other: &FileState) -> bool {
        (self.size, self.modified) == (other.size, other.modified)
    }

    /// Whether a later change would change the file's time.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH);
        let last = self.modified.0.max(self.changed.0);
        now.is_ok_and(|now| now.as_secs() as i64 - last > SETTLED.as_secs() as i64)
    }
}

/// The folder of entries: `hashes` in `LAYERWISE_CACHE`, in `XDG_CACHE_HOME/layerwise` or in
/// `~/.cache/layerwise`. `None` without a home folder.
pub(super) fn folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let own = set("LAYERWISE_CACHE").map(PathBuf::from);
    let caches = set("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(set("HOME")?).join(".cache"));
    let own = own.or_else(|| Some(caches.or_else(home)?.join("layerwise")));
    own.map(|own| own.join("hashes"))
}

/// The digest of the file at `path`, if the cache has it for this state.
pub(super) fn find(folder: &Path, path: &Path, state: &FileState) -> Option<FileDigest> {
    let file = entry(folder, path);
    if fs::metadata(&file).ok()?.len() > MAX_ENTRY {
        return None;
    }
    let entry: Entry = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let same = entry.path == name(path) && entry.state == *state;
    same.then(|| digits(&entry.digest)).flatten()
}

/// Keep the digest of a file that was in this state before and after it was read. A failure to write is
/// ignored: the file is then read again.
pub(super) fn keep(
    folder: &Path,
    path: &Path,
    state: &FileState,
    began: SystemTime,
    digest: &FileDigest,
) {
    if !state.is_settled(began) || fs::create_dir_all(folder).is_err() {
        return;
    }
    let content = Entry {
        path: name(path),
        state: state.clone(),
        digest: hex(digest),
    };
    // The entry is written atomically, since several processes may write it.
    if let (Ok(whole), Ok(json)) = (
        AtomicFile::create(&entry(folder, path)),
        serde_json::to_vec(&content),
    ) && std::io::Write::write_all(&mut whole.file(), &json).is_ok()
    {
        let _ = whole.finish();
    }
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The entry's file, named by the path's hash: a path may be longer than a file name can be.
fn entry(folder: &Path, path: &Path) -> PathBuf {
    let key = hex(&Sha256::digest(name(path).as_bytes()));
    folder.join(key + ".json")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn digits(hex: &str) -> Option<FileDigest> {
    let byte = |i: usize| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..32).map(byte).collect::<Option<_>>()?;
    bytes.try_into().ok().filter(|_| hex.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> FileState {
        FileState {
            size: 3,
            modified: (1, 2),
            changed: (3, 4),
            device: 5,
            inode: 6,
        }
    }

    #[test]
    fn an_entry_holds_for_one_state_of_one_path() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, path) = (folder.path(), Path::new("/models/a"));
        assert_eq!(find(folder, path, &settled()), None);
        keep(folder, path, &settled(), SystemTime::now(), &[7; 32]);
        assert_eq!(find(folder, path, &settled()), Some([7; 32]));
        assert_eq!(find(folder, Path::new("/models/b"), &settled()), None);
        let other = [
            FileState {
                size: 4,
                ..settled()
            },
            FileState {
                modified: (1, 3),
                ..settled()
            },
            FileState {
                changed: (4, 4),
                ..settled()
            },
            FileState {
                device: 6,
                ..settled()
            },
            FileState {
                inode: 7,
                ..settled()
            },
        ];
        for state in other {
            assert_eq!(find(folder, path, &state), None, "{state:?}");
        }
        keep(folder, path, &settled(), SystemTime::now(), &[8; 32]);
        assert_eq!(find(folder, path, &settled()), Some([8; 32]));
    }

    #[test]
    fn a_damaged_entry_is_none_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, path) = (folder.path(), Path::new("/models/a"));
        keep(folder, path, &settled(), SystemTime::now(), &[7; 32]);
        let whole = fs::read_to_string(entry(folder, path)).unwrap();
        for damaged in [
            String::new(),
            "{".into(),
            whole.replace("0707", "zz07"),
            whole.replace("0707", "07"),
            whole.replace("0707", "é07"),
            " ".repeat(MAX_ENTRY as usize + 1),
        ] {
            fs::write(entry(folder, path), &damaged).unwrap();
            assert_eq!(find(folder, path, &settled()), None, "{damaged:.80}");
            keep(folder, path, &settled(), SystemTime::now(), &[7; 32]);
            assert_eq!(find(folder, path, &settled()), Some([7; 32]));
        }
    }

    #[test]
    fn a_file_that_has_just_changed_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let seconds = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let fresh = FileState {
            changed: (seconds as i64, 0),
            ..settled()
        };
        keep(folder.path(), Path::new("/models/a"), &fresh, now, &[7; 32]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

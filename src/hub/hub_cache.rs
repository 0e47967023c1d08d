//! One repository in the cache, on disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::HubError;
use super::id::RepoId;

/// A repository's folder, which may not exist yet.
pub(super) struct Repo {
    dir: PathBuf,
    locks: PathBuf,
}

impl Repo {
    pub fn new(cache: &Path, id: &RepoId) -> Repo {
        Repo {
            dir: cache.join(id.folder()),
            locks: cache.join(".locks").join(id.folder()),
        }
    }

    /// The folder of the commit that `revision` names; `None` if the cache does not know it.
    pub fn snapshot_of(&self, revision: &str) -> Option<PathBuf> {
        let named = fs::read_to_string(self.dir.join("refs").join(revision)).ok();
        let commit = named.as_deref().map_or(revision, str::trim);
        let snapshot = self.snapshot(commit);
        (is_hash(commit) && snapshot.is_dir()).then_some(snapshot)
    }

    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.dir.join("snapshots").join(commit)
    }

    /// The commits of which the cache has files, sorted.
    pub fn commits(&self) -> Vec<String> {
        let all = fs::read_dir(self.dir.join("snapshots"));
        let all = all.into_iter().flatten().flatten();
        let mut names: Vec<String> = all
            .filter_map(|e| e.file_name().into_string().ok())
            .collect();
        names.retain(|name| is_hash(name));
        names.sort_unstable();
        names
    }

    /// The marker of a file that a commit does not have. `huggingface_hub` uses the same markers.
    pub fn no_such(&self, commit: &str, file: &str) -> PathBuf {
        self.dir.join(".no_exist").join(commit).join(file)
    }

    pub fn blob(&self, etag: &str) -> PathBuf {
        self.dir.join("blobs").join(etag)
    }

    /// The file in which a blob grows until it is whole.
    pub fn partial(&self, etag: &str) -> PathBuf {
        self.dir.join("blobs").join(format!("{etag}.incomplete"))
    }

    /// The lock file of a blob, held while it is fetched. `huggingface_hub` takes the same lock.
    pub fn lock_file(&self, etag: &str) -> PathBuf {
        self.locks.join(format!("{etag}.lock"))
    }

    /// Link `file` of `commit` to the blob `etag`.
    pub fn link(&self, commit: &str, file: &str, etag: &str) -> Result<(), HubError> {
        let link = self.snapshot(commit).join(file);
        let up = "../".repeat(2 + Path::new(file).components().count() - 1);
        let target = PathBuf::from(format!("{up}blobs/{etag}"));
        if fs::read_link(&link).is_ok_and(|now| now == target) {
            return Ok(());
        }
        create_parent(&link)?;
        replace(&link, |new| symlink(&target, new))
    }

    /// Mark that a commit does not have this file.
    pub fn mark_no_such(&self, commit: &str, file: &str) -> Result<(), HubError> {
        let mark = self.no_such(commit, file);
        create_parent(&mark)?;
        replace(&mark, |new| File::create(new).map(|_| ()))
    }

    /// Record that `revision` is `commit`.
    pub fn set_ref(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if revision == commit {
            return Ok(());
        }
        let file = self.dir.join("refs").join(revision);
        create_parent(&file)?;
        replace(&file, |new| File::create(new)?.write_all(commit.as_bytes()))
    }
}

/// Put the result of `make` at `path`, whole or not at all.
fn replace(path: &Path, make: impl Fn(&Path) -> io::Result<()>) -> Result<(), HubError> {
    // Each program and thread uses a name of its own.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.new", std::process::id()));
    let new = path.with_file_name(name);
    let _ = fs::remove_file(&new);
    make(&new)
        .and_then(|()| fs::rename(&new, path))
        .map_err(|error| HubError::Io {
            path: path.to_owned(),
            error,
        })
}

pub(super) fn create_parent(path: &Path) -> Result<(), HubError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|error| HubError::Io {
        path: parent.to_owned(),
        error,
    })
}

/// Whether this is a commit or an etag that can be a file's name.
pub(super) fn is_hash(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

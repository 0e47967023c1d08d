//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A file being written beside the one it will replace. Dropped before [`AtomicFile::finish`], it
/// leaves no trace.
pub struct AtomicFile {
    temp: tempfile::NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// Begin a file that will stand at `path`.
    ///
    /// # Errors
    /// There is something at `path` that is no ordinary file, or its folder cannot be written to.
    pub fn create(path: &Path) -> io::Result<AtomicFile> {
        let target = target(path)?;
        let temp = temporary(folder(&target))?;
        Ok(AtomicFile { temp, target })
    }

    /// Where to write.
    pub fn file(&self) -> &File {
        self.temp.as_file()
    }

    /// Bring what was written to the disk, then under its name.
    ///
    /// # Errors
    /// The system's; what stood at the path is then as it was.
    pub fn finish(self) -> io::Result<()> {
        self.temp.as_file().sync_all()?;
        self.temp.persist(&self.target).map_err(|e| e.error)?;
        // The name itself reaches the disk with its folder. Not every file system can sync one, and
        // the file is whole either way.
        if let Ok(folder) = File::open(folder(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Where the new file goes: behind a symbolic link, and never in place of a device or a folder.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::canonicalize(path),
        Ok(_) => Err(io::Error::other("it is there and not an ordinary file")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(e) => Err(e),
    }
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".layerwise-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the umask takes away what the user does not grant.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    if !folder.is_dir() {
        let why = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, why));
    }
    // Its error names the temporary file, which says nothing to anybody.
    builder.tempfile_in(folder).map_err(|e| e.kind().into())
}

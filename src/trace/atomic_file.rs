//! Files that appear whole or not at all, and of which a process that was killed leaves nothing behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

/// A file being written that will stand at a path, or replace what stands there. Dropped before
/// [`AtomicFile::finish`], it leaves no trace.
pub struct AtomicFile {
    unfinished: Unfinished,
    target: PathBuf,
}

enum Unfinished {
    /// It has no name in the folder, and is gone with its process.
    Nameless(File),
    /// Where a file system has none of these: beside the target, under a name that says whose it is.
    Named(tempfile::NamedTempFile),
}

impl AtomicFile {
    /// Begin a file that will stand at `path`. What killed processes left in its folder is removed.
    ///
    /// # Errors
    /// There is something at `path` that is no ordinary file, or its folder cannot be written to.
    pub fn create(path: &Path) -> io::Result<AtomicFile> {
        let target = target(path)?;
        let folder = folder(&target);
        if !folder.is_dir() {
            let why = format!("there is no folder {}", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        sweep(folder);
        let unfinished = match nameless(folder) {
            Some(file) => Unfinished::Nameless(file),
            None => Unfinished::Named(named(folder)?),
        };
        Ok(AtomicFile { unfinished, target })
    }

    /// Where to write.
    pub fn file(&self) -> &File {
        match &self.unfinished {
            Unfinished::Nameless(file) => file,
            Unfinished::Named(temp) => temp.as_file(),
        }
    }

    /// Bring what was written to the disk, then under its name.
    ///
    /// # Errors
    /// The system's; what stood at the path is then as it was.
    pub fn finish(self) -> io::Result<()> {
        let AtomicFile { unfinished, target } = self;
        match unfinished {
            Unfinished::Nameless(file) => {
                file.sync_all()?;
                put(file, &target)?;
            }
            Unfinished::Named(temp) => {
                temp.as_file().sync_all()?;
                temp.persist(&target).map_err(|e| e.error)?;
            }
        }
        // The name itself reaches the disk with its folder. Not every file system can sync one, and
        // the file is whole either way.
        if let Ok(folder) = File::open(folder(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Write a whole file; into a pipe or a terminal that stands at `path`, as they take it.
///
/// # Errors
/// The system's; an ordinary file is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => fs::write(path, bytes),
        _ => {
            let whole = AtomicFile::create(path)?;
            whole.file().write_all(bytes)?;
            whole.finish()
        }
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

/// A file without a name that can be given one later, where the file system has them.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    // A new file has this mode: the umask takes away what the user does not grant.
    options.read(true).write(true).mode(0o666);
    let file = options.custom_flags(libc::O_TMPFILE).open(folder).ok()?;
    // Held for the moment in which it has a name that is not its own.
    let _ = file.try_lock();
    open_file(&file).exists().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> Option<File> {
    None
}

#[cfg(unix)]
fn open_file(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(not(unix))]
fn open_file(_file: &File) -> PathBuf {
    PathBuf::new()
}

/// Give a file without a name its own. A name that is taken can be replaced by another name alone.
fn put(file: File, target: &Path) -> io::Result<()> {
    match link(&file, target) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Ok(()) => return Ok(()),
        Err(_) => return copy(file, target),
    }
    let prefix = own_prefix();
    for n in 0.. {
        let name = folder(target).join(format!("{prefix}{n}{SUFFIX}"));
        match link(&file, &name) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => break,
            Ok(()) => {
                let renamed = fs::rename(&name, target);
                return renamed.inspect_err(|_| drop(fs::remove_file(&name)));
            }
        }
    }
    copy(file, target)
}

/// Where a file cannot be given a name after all: what it holds is not lost.
fn copy(mut file: File, target: &Path) -> io::Result<()> {
    let mut temp = named(folder(target))?;
    file.rewind()?;
    io::copy(&mut file, &mut temp)?;
    temp.as_file().sync_all()?;
    temp.persist(target).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(unix)]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let from = CString::new(open_file(file).as_os_str().as_bytes())?;
    let to = CString::new(name.as_os_str().as_bytes())?;
    let (here, follow) = (libc::AT_FDCWD, libc::AT_SYMLINK_FOLLOW);
    // SAFETY: a system call on two strings that live as long as it takes.
    match unsafe { libc::linkat(here, from.as_ptr(), here, to.as_ptr(), follow) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(unix))]
fn link(_file: &File, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

const PREFIX: &str = ".layerwise-";
const SUFFIX: &str = ".part";

/// The beginning of the names of this process's unfinished files.
fn own_prefix() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

fn named(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let prefix = own_prefix();
    builder.prefix(&prefix).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A new file has this mode: the umask takes away what the user does not grant.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Its error names the temporary file, which says nothing to anybody.
    let temp = builder
        .tempfile_in(folder)
        .map_err(|e| io::Error::from(e.kind()))?;
    // Held as long as the process lives, which another machine on the same folder cannot see otherwise.
    let _ = temp.as_file().try_lock();
    Ok(temp)
}

/// Remove unfinished files whose process is gone.
fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let owner = name.to_str().and_then(owner);
        if owner.is_some_and(|owner| !lives(owner)) && is_left(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that an unfinished file of this name is of.
fn owner(name: &str) -> Option<u32> {
    let inner = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    inner.split_once('-')?.0.parse().ok()
}

/// Whether nobody holds the lock of an ordinary file. Where that cannot be found out, somebody may.
fn is_left(path: &Path) -> bool {
    let ordinary = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let open = || OpenOptions::new().read(true).write(true).open(path);
    ordinary && open().is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(unix)]
fn lives(process: u32) -> bool {
    let Ok(process) = libc::pid_t::try_from(process) else {
        return false;
    };
    // SAFETY: signal 0 asks whether there is such a process, and sends nothing.
    let found = unsafe { libc::kill(process, 0) } == 0;
    // It may be another user's.
    found || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

#[cfg(not(unix))]
fn lives(_process: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// A process that has ended.
    fn dead() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all_with_a_name_before_or_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for text in ["new", "in place of the old one"] {
            let before = names(folder.path());
            for keep in [false, true] {
                for nameless in [true, false] {
                    let mut file = AtomicFile::create(&path).unwrap();
                    if !nameless {
                        file.unfinished = Unfinished::Named(named(folder.path()).unwrap());
                    }
                    file.file().write_all(text.as_bytes()).unwrap();
                    if keep {
                        file.finish().unwrap();
                        assert_eq!(fs::read_to_string(&path).unwrap(), text);
                        assert_eq!(names(folder.path()), ["a"]);
                    } else {
                        drop(file);
                        assert_eq!(names(folder.path()), before);
                    }
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_given_a_name_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"kept").unwrap();
        copy(file, &path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_the_dead_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (dead, own) = (dead(), std::process::id());
        let held = folder.path().join(format!(".layerwise-{dead}-held.part"));
        let held_by_another_machine = File::create(&held).unwrap();
        held_by_another_machine.lock().unwrap();
        let stay = [
            format!(".layerwise-{own}-x.part"),
            ".layerwise-1-x.part".into(),
            format!(".layerwise-{dead}-x.safetensors"),
            ".layerwise-x.part".into(),
            "layerwise.part".into(),
        ];
        for name in &stay {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let gone = folder.path().join(format!(".layerwise-{dead}-x.part"));
        fs::write(&gone, "half").unwrap();
        let inside = folder.path().join(format!(".layerwise-{dead}-y.part"));
        fs::create_dir(&inside).unwrap();
        drop(AtomicFile::create(&folder.path().join("a")).unwrap());
        assert!(!gone.exists());
        assert!(held.exists() && inside.exists());
        assert!(stay.iter().all(|name| folder.path().join(name).exists()));
    }

    #[test]
    fn a_pipe_is_written_to_as_it_is() {
        write(Path::new("/dev/null"), b"x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert!(write(folder.path(), b"x").is_err());
        write(&folder.path().join("a"), b"x").unwrap();
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"x");
    }
}

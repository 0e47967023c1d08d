//! The lines of the command line, kept between runs in a file of the user's.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::trace::atomic_file::AtomicFile;
use crate::trace::printable::steers;

/// Lines that are kept, and how many a file may have before it is written anew.
const KEPT: usize = 1000;
const MOST: usize = 2 * KEPT;
/// Bytes of a line, and of a file's end that are read.
const LONGEST: usize = 4096;
const READ: u64 = 1 << 20;

/// Lines from the oldest to the newest.
#[derive(Debug, Default)]
pub struct History {
    lines: Vec<String>,
    /// None where nothing is kept, or nothing could be.
    file: Option<PathBuf>,
}

/// The file that the environment names: `layerwise/history` under `XDG_STATE_HOME`, or where that is when it
/// is not set.
pub fn place(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let state = env("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.filter(|path| path.is_absolute());
    let home = || env("HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let state = state.or_else(|| Some(home()?.join(".local/state")))?;
    Some(state.join("layerwise/history"))
}

impl History {
    /// The lines that are in the file, which need not be there.
    pub fn open(file: Option<PathBuf>) -> History {
        let mut history = History {
            lines: Vec::new(),
            file,
        };
        let read = history.file.as_deref().map(read);
        let Some(Ok((text, whole))) = read else {
            return history;
        };
        let all = text.lines().skip(usize::from(!whole));
        let plain = |line: &&str| {
            let short = line.len() <= LONGEST;
            short && !line.trim().is_empty() && !line.contains(steers)
        };
        history.lines = all.filter(plain).map(str::to_owned).collect();
        let many = history.lines.len() > MOST || !whole;
        history.cut();
        if let (Some(file), true) = (&history.file, many) {
            // The next run tries again.
            let _ = rewrite(file, &history.lines);
        }
        history
    }

    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Add a line, unless it is the newest one again.
    ///
    /// # Errors
    /// Why nothing is kept from here on; told once.
    pub fn push(&mut self, line: &str) -> Result<(), String> {
        if line.is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return Ok(());
        }
        self.lines.push(line.to_owned());
        self.cut();
        if line.len() > LONGEST || line.contains(steers) {
            return Ok(());
        }
        // Back only where it could be written to.
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        append(&file, line)
            .map_err(|error| format!("the history is not kept in {}: {error}", file.display()))?;
        self.file = Some(file);
        Ok(())
    }

    fn cut(&mut self) {
        let many = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..many);
    }
}

/// The end of the file, and whether that is all of it.
fn read(path: &Path) -> io::Result<(String, bool)> {
    // A pipe or a device would never end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(READ);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), start == 0))
}

/// One write at the file's end, so that lines of several programs stay whole.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Typed lines are private to their user, and a pipe that nobody reads must not keep us waiting.
        options.mode(0o600).custom_flags(libc::O_NONBLOCK);
    }
    if let Some(folder) = path.parent() {
        create_private(folder)?;
    }
    let mut file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    file.write_all(format!("{line}\n").as_bytes())
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn rewrite(path: &Path, lines: &[String]) -> io::Result<()> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    write_private(path, &text)
}

/// Write a whole file that its user alone can read, in a folder that is made where it is not there.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_private(folder)?;
    }
    let file = AtomicFile::create(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.file().set_permissions(Permissions::from_mode(0o600))?;
    }
    let mut writer = file.file();
    writer.write_all(text.as_bytes())?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_another_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/layerwise/history");
        let mut first = History::open(Some(file.clone()));
        let mut second = History::open(Some(file.clone()));
        for line in ["step 3", "step 3", "goto 中", ""] {
            first.push(line).unwrap();
        }
        second.push("end").unwrap();
        first.push("a\u{1b}b").unwrap();
        let read = History::open(Some(file.clone()));
        assert_eq!(read.lines(), ["step 3", "goto 中", "end"]);
        assert_eq!(first.lines(), ["step 3", "goto 中", "a\u{1b}b"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_file_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        let text: String = (0..MOST + 5).map(|i| format!("step {i}\n")).collect();
        fs::write(&file, text).unwrap();
        let read = History::open(Some(file.clone()));
        assert_eq!(read.lines().len(), KEPT);
        assert_eq!(read.lines().last().unwrap(), &format!("step {}", MOST + 4));
        let kept = fs::read_to_string(&file).unwrap();
        assert_eq!(kept.lines().count(), KEPT);
        // One line without an end, as somebody else's file may have.
        fs::write(&file, vec![b'a'; 3 << 20]).unwrap();
        assert_eq!(History::open(Some(file.clone())).lines().len(), 0);
        assert!(fs::metadata(&file).unwrap().len() < READ);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::open(Some(folder.path().to_owned()));
        let why = history.push("step").unwrap_err();
        assert!(why.starts_with("the history is not kept in"), "{why}");
        history.push("next").unwrap();
        assert_eq!(history.lines(), ["step", "next"]);
    }

    #[test]
    fn the_environment_names_the_file() {
        let at = |state: Option<&str>, home: Option<&str>| {
            let found = place(|name| match name {
                "XDG_STATE_HOME" => state.map(str::to_owned),
                "HOME" => home.map(str::to_owned),
                _ => None,
            });
            found.map(|path| path.to_str().unwrap().to_owned())
        };
        let home = Some("/home/a");
        let usual = "/home/a/.local/state/layerwise/history";
        assert_eq!(at(Some("/s"), home).unwrap(), "/s/layerwise/history");
        assert_eq!(at(Some("relative"), home).unwrap(), usual);
        assert_eq!(at(None, home).unwrap(), usual);
        assert_eq!(at(None, None), None);
    }
}

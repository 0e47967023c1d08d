//! Which lessons are done, kept between runs in a file of the user's: their names, a line each.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::lessons::{LESSONS, Lesson};
use crate::trace::atomic_file::AtomicFile;

/// Bytes of the file that are read.
const MOST: u64 = 1 << 16;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    done: BTreeSet<String>,
    /// None where nothing is kept.
    file: Option<PathBuf>,
}

/// The file that the environment names: `layerwise/lessons` beside the history of the command line.
pub fn place() -> Option<PathBuf> {
    let history = crate::session::history::place(|name| env::var(name).ok())?;
    Some(history.with_file_name("lessons"))
}

impl Progress {
    /// The lessons that are done by the file, which need not be there. Lines that name no lesson are kept, for a
    /// newer version of the program.
    pub fn open(file: Option<PathBuf>) -> Progress {
        let text = file.as_deref().and_then(|path| read(path).ok());
        let lines = text.unwrap_or_default();
        let lines = lines.lines().map(str::trim).filter(|line| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !line.is_empty() && line.chars().all(plain)
        });
        Progress {
            done: lines.map(str::to_owned).collect(),
            file,
        }
    }

    pub fn is_done(&self, lesson: &Lesson) -> bool {
        self.done.contains(lesson.name)
    }

    pub fn done(&self) -> usize {
        LESSONS.iter().filter(|lesson| self.is_done(lesson)).count()
    }

    /// The place of the first lesson that is not done; the first of all where none is left.
    pub fn next(&self) -> usize {
        LESSONS
            .iter()
            .position(|lesson| !self.is_done(lesson))
            .unwrap_or(0)
    }

    /// Take note that a lesson is done.
    ///
    /// # Errors
    /// The file cannot be written; nothing is kept from here on, and that is told once.
    pub fn finish(&mut self, lesson: &Lesson) -> Result<(), String> {
        if self.done.insert(lesson.name.to_owned()) {
            return self.write();
        }
        Ok(())
    }

    /// Forget all of it.
    ///
    /// # Errors
    /// Errors are those of [`Progress::finish`].
    pub fn reset(&mut self) -> Result<(), String> {
        self.done.clear();
        self.write()
    }

    fn write(&mut self) -> Result<(), String> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        write(&file, &self.done)
            .map_err(|error| format!("progress is not kept in {}: {error}", file.display()))?;
        self.file = Some(file);
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<String> {
    // A pipe or a device would never end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    fs::File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

fn write(path: &Path, done: &BTreeSet<String>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if path.exists() && !path.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let file = AtomicFile::create(path)?;
    let text: String = done.iter().map(|name| format!("{name}\n")).collect();
    file.file().write_all(text.as_bytes())?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_comes_back_in_another_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/layerwise/lessons");
        let mut progress = Progress::open(Some(file.clone()));
        assert_eq!((progress.next(), progress.done()), (0, 0));
        progress.finish(&LESSONS[0]).unwrap();
        progress.finish(&LESSONS[2]).unwrap();
        let mut again = Progress::open(Some(file.clone()));
        assert_eq!((again.next(), again.done()), (1, 2));
        assert!(again.is_done(&LESSONS[2]));
        again.reset().unwrap();
        assert_eq!(Progress::open(Some(file)).done(), 0);
    }

    #[test]
    fn what_is_no_lesson_counts_for_nothing_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lessons");
        fs::write(&file, "later-lesson\n\u{1b}[2J\n\n").unwrap();
        let mut progress = Progress::open(Some(file.clone()));
        assert_eq!(progress.done(), 0);
        progress.finish(&LESSONS[1]).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("later-lesson") && !text.contains('\u{1b}'),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut progress = Progress::open(Some(folder.path().to_owned()));
        let why = progress.finish(&LESSONS[0]).unwrap_err();
        assert!(why.starts_with("progress is not kept in"), "{why}");
        progress.finish(&LESSONS[1]).unwrap();
        assert_eq!(progress.done(), 2);
    }

    #[test]
    fn all_done_begins_again() {
        let mut progress = Progress::default();
        for lesson in &LESSONS {
            progress.finish(lesson).unwrap();
        }
        assert_eq!((progress.next(), progress.done()), (0, LESSONS.len()));
    }
}

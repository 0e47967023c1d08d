//! Sessions that are kept between runs: a file for each model, beside the history of the command line.

use std::cmp::Reverse;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::history;
use crate::trace::branch::Branch;
use crate::trace::query::{Query, Temperature};
use crate::trace::tensor::Dtype;

/// The format of a session's file.
const VERSION: u32 = 1;
/// Bytes of a file: interventions carry their numbers.
const MOST: u64 = 64 << 20;
/// Files that are kept.
const FILES: usize = 20;

/// A session in its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    version: u32,
    pub origin: Origin,
    pub kept: Kept,
}

/// The way in which the model was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The path or the name of the model or the trace; none for the embedded model.
    pub model: Option<PathBuf>,
    /// Whether the prompt is what a chat template has made.
    pub chat: bool,
    pub dtype: Dtype,
    pub device: String,
    pub resident: Option<usize>,
    pub ignored: Vec<String>,
}

/// All that a session returns to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    pub branches: Vec<Branch>,
    pub cursor: Cursor,
    pub temperature: Temperature,
    pub top_k: usize,
    pub top_p: Option<f64>,
    pub breakpoints: Vec<Break>,
    pub layout: Layout,
}

/// Where the cursor stands, by the name of its hook point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    pub pass: usize,
    pub point: String,
    pub row: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Break {
    pub pattern: String,
    pub on: bool,
    pub once: bool,
}

/// The look of the screen, in the words of its commands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    pub focus: String,
    pub hidden: Vec<String>,
    pub zoom: bool,
    pub density: String,
    pub largest: bool,
    pub head: usize,
    pub cell: (usize, usize),
    pub scored: bool,
    /// The branch that is compared with.
    pub diff: Option<String>,
    /// The view of the whole model.
    pub whole: Option<Query>,
}

impl Saved {
    pub fn new(origin: Origin, kept: Kept) -> Saved {
        Saved {
            version: VERSION,
            origin,
            kept,
        }
    }

    /// The prompt of the branch that everything began with.
    pub fn prompt(&self) -> Option<&str> {
        let first = self.kept.branches.first();
        first.map(|branch| branch.prompt.as_str())
    }
}

/// The folder of sessions that the environment names.
pub fn place(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    Some(history::place(env)?.with_file_name("sessions"))
}

/// The file of a model's session.
pub fn file_of(folder: &Path, model: Option<&Path>) -> PathBuf {
    let whole = model.map_or(String::new(), |path| path.to_string_lossy().into_owned());
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let leaf = model.and_then(Path::file_name).unwrap_or("demo".as_ref());
    let leaf: String = leaf.to_string_lossy().chars().take(40).map(plain).collect();
    let digest = Sha256::digest(whole.as_bytes());
    let digest: String = digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    folder.join(format!("{leaf}-{digest}.json"))
}

/// The session that was left last.
pub fn latest(folder: &Path) -> Option<PathBuf> {
    by_age(folder).into_iter().next()
}

/// The files of a folder, the newest first.
fn by_age(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|e| e == "json"));
    let age = |entry: &fs::DirEntry| {
        let changed = entry.metadata().and_then(|about| about.modified());
        changed.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut files: Vec<_> = files
        .map(|entry| (Reverse(age(&entry)), entry.path()))
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

/// The session in a file; `None` where there is no such file.
///
/// # Errors
/// One line that says why it cannot be read.
pub fn read(file: &Path) -> Result<Option<Saved>, String> {
    let wrong = |why: String| Err(format!("{}: {why}", file.display()));
    match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return wrong(error.to_string()),
        Ok(found) if !found.is_file() => return wrong("it is no ordinary file".into()),
        Ok(found) if found.len() > MOST => return wrong("it is too long for a session".into()),
        Ok(_) => {}
    }
    let mut text = String::new();
    let opened = fs::File::open(file).and_then(|file| file.take(MOST).read_to_string(&mut text));
    if let Err(error) = opened {
        return wrong(error.to_string());
    }
    let value: serde_json::Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return wrong(format!("it is no session of layerwise ({error})")),
    };
    match value["version"].as_u64() {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => {
            return wrong(format!(
                "it is of format {version}, and this version of layerwise reads format {VERSION}"
            ));
        }
        None => return wrong("it is no session of layerwise".into()),
    }
    match serde_json::from_value(value) {
        Ok(saved) => Ok(Some(saved)),
        Err(error) => wrong(format!("it is no session of layerwise ({error})")),
    }
}

/// The file that a session is kept in from now on.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// None where nothing is kept, or nothing could be.
    file: Option<PathBuf>,
    origin: Origin,
    /// The session that was written last.
    last: Option<Kept>,
}

impl Keeper {
    pub fn new(file: Option<PathBuf>, origin: Origin) -> Keeper {
        Keeper {
            file,
            origin,
            last: None,
        }
    }

    /// Keep a session, if it differs from the one before. A file that cannot be read is put aside, not written over.
    ///
    /// # Errors
    /// Why nothing is kept from here on; told once.
    pub fn keep(&mut self, kept: Kept) -> Result<(), String> {
        if self.last.as_ref() == Some(&kept) {
            return Ok(());
        }
        // Back only where it could be written to.
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let first = self.last.is_none();
        let saved = Saved::new(self.origin.clone(), kept);
        write(&file, &saved, first)
            .map_err(|why| format!("the session is not kept in {}: {why}", file.display()))?;
        (self.file, self.last) = (Some(file), Some(saved.kept));
        Ok(())
    }
}

fn write(file: &Path, saved: &Saved, first: bool) -> Result<(), String> {
    let text = serde_json::to_string(saved).map_err(|why| why.to_string())?;
    if text.len() as u64 > MOST {
        return Err(format!(
            "its interventions take {} MB, more than a session may have",
            text.len() >> 20
        ));
    }
    if first && file.is_file() && read(file).is_err() {
        let aside = file.with_extension("json.old");
        fs::rename(file, &aside).map_err(|why| why.to_string())?;
    }
    history::write_private(file, &text).map_err(|why| why.to_string())?;
    if first {
        let folder = file.parent().unwrap_or(Path::new("."));
        for old in by_age(folder).into_iter().skip(FILES) {
            // The next run tries again.
            let _ = fs::remove_file(old);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(model: &str) -> Origin {
        Origin {
            model: Some(model.into()),
            chat: false,
            dtype: Dtype::F32,
            device: "cpu".into(),
            resident: None,
            ignored: Vec::new(),
        }
    }

    fn kept(point: &str) -> Kept {
        Kept {
            cursor: Cursor {
                point: point.into(),
                ..Cursor::default()
            },
            ..Kept::default()
        }
    }

    #[test]
    fn a_session_is_kept_for_each_model_and_the_last_one_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state/sessions");
        assert_eq!(latest(&folder), None);
        for (model, point) in [("/a/m", "logits"), ("/b/m", "embed")] {
            let file = file_of(&folder, Some(Path::new(model)));
            let mut keeper = Keeper::new(Some(file.clone()), origin(model));
            keeper.keep(kept("first")).unwrap();
            keeper.keep(kept(point)).unwrap();
            let read = read(&file).unwrap().unwrap();
            assert_eq!(read, Saved::new(origin(model), kept(point)));
            let past = SystemTime::now() - std::time::Duration::from_secs(60);
            if model == "/a/m" {
                let file = fs::File::options().append(true).open(&file).unwrap();
                file.set_modified(past).unwrap();
            }
        }
        assert_eq!(
            latest(&folder),
            Some(file_of(&folder, Some(Path::new("/b/m"))))
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(latest(&folder).unwrap())
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "prompts are private to their user");
        }
        for n in 0..FILES + 3 {
            let model = format!("/many/{n}");
            let file = file_of(&folder, Some(Path::new(&model)));
            Keeper::new(Some(file), origin(&model))
                .keep(kept("a"))
                .unwrap();
        }
        assert_eq!(by_age(&folder).len(), FILES);
    }

    #[test]
    fn a_file_that_is_no_session_is_told_and_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("m.json");
        let newer = r#"{"version": 9, "origin": {}, "kept": {}}"#;
        for (text, why) in [
            ("{", "it is no session of layerwise (EOF"),
            ("[1, 2]", "it is no session of layerwise"),
            (
                newer,
                "it is of format 9, and this version of layerwise reads format 1",
            ),
            (
                r#"{"version": 1}"#,
                "it is no session of layerwise (missing field `origin`)",
            ),
        ] {
            fs::write(&file, text).unwrap();
            let told = read(&file).unwrap_err();
            assert!(told.contains(why) && told.contains("m.json: "), "{told}");
            let mut keeper = Keeper::new(Some(file.clone()), origin("m"));
            keeper.keep(kept("a")).unwrap();
            let aside = fs::read_to_string(folder.path().join("m.json.old")).unwrap();
            assert_eq!(aside, text, "nothing is lost");
            assert!(read(&file).unwrap().is_some());
        }
        assert_eq!(read(&folder.path().join("none.json")), Ok(None));
        assert!(read(folder.path()).is_err());
    }

    #[test]
    fn where_nothing_can_be_written_that_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(Some(folder.path().to_owned()), origin("m"));
        let why = keeper.keep(kept("a")).unwrap_err();
        assert!(why.starts_with("the session is not kept in"), "{why}");
        keeper.keep(kept("b")).unwrap();
    }
}

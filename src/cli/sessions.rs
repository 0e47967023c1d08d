//! Sessions between runs: which one `--resume` means, and what it opens.

use std::path::{Path, PathBuf};

use super::model::ModelArgs;
use crate::session::branches::Branches;
use crate::session::saved::{self, Keeper, Origin, Saved};
use crate::trace::source::Control;

/// How this run began, and the session that it returns to.
#[derive(Clone)]
pub struct Session {
    pub origin: Origin,
    pub resume: Option<Saved>,
}

impl Session {
    /// A new one, of the model or the trace that was named.
    pub fn new(model: Option<&Path>, chat: bool, args: &ModelArgs) -> Session {
        Session {
            origin: args.origin(model.map(absolute), chat),
            resume: None,
        }
    }

    /// The session of this model that was left last, or of any model where none is named. What is wrong is said,
    /// and the run begins anew.
    pub fn find(model: Option<&Path>) -> Option<Saved> {
        let folder = folder()?;
        let file = match model {
            Some(model) => Some(saved::file_of(&folder, Some(&absolute(model)))),
            None => saved::latest(&folder),
        };
        let found = file.map_or(Ok(None), |file| saved::read(&file));
        match found {
            Ok(Some(saved)) => return Some(saved),
            Ok(None) => {
                let of = model.map_or(String::new(), |m| format!(" of {}", m.display()));
                super::complain(&format!("no session{of} was kept: this is a new one"));
            }
            Err(why) => super::complain(&format!("{why}: this is a new session")),
        }
        None
    }

    /// The keeper of this session.
    pub fn keeper(&self) -> Keeper {
        let file = folder().map(|folder| saved::file_of(&folder, self.origin.model.as_deref()));
        Keeper::new(file, self.origin.clone())
    }

    /// Make the branches of the session that is returned to. A screen does so itself, and shows how far it has come.
    pub fn restore(&self, source: &mut Branches) {
        if let Some(saved) = &self.resume {
            source.restore(&saved.kept.branches, &Control::default());
        }
    }
}

fn folder() -> Option<PathBuf> {
    saved::place(|name| std::env::var(name).ok())
}

/// A path from anywhere; a name on the hub stays as it is.
fn absolute(model: &Path) -> PathBuf {
    model.canonicalize().unwrap_or_else(|_| model.to_owned())
}

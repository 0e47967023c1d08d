//! Where a model is: a local folder, or a name on the hub.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use color_eyre::Result;
use color_eyre::eyre::bail;

use super::download_progress::DownloadProgress;
use crate::hub::{self, RepoId, Settings, Wanted};
use crate::lang::{plain, say_with};

/// The place of a model that is to be run, if one is named.
pub fn if_named(model: Option<&Path>) -> Result<Option<PathBuf>> {
    model.map(|model| resolve(model, Wanted::Model)).transpose()
}

/// The place of a model that is to be run without fetching anything, which a screen has no room to show.
pub fn without_download(model: &Path) -> Result<PathBuf> {
    let id = model.to_str().and_then(|text| text.parse::<RepoId>().ok());
    match id {
        Some(id) if !model.exists() => {
            let settings = Settings {
                offline: true,
                ..Settings::from_env()?
            };
            let progress = &mut DownloadProgress::default();
            Ok(hub::locate(&id, Wanted::Model, &settings, progress)?)
        }
        _ if !model.exists() => bail!("{}: there is no such folder or file", model.display()),
        _ => Ok(model.to_owned()),
    }
}

/// The place of the model that `model` names: itself where that exists, else, for `ORG/NAME`, its folder
/// in the Hugging Face cache, into which it is fetched when it is not there. A path is returned as it is,
/// for whoever opens it to say what is wrong.
///
/// # Errors
/// A bare word that names nothing: often a command with a letter wrong.
pub fn resolve(model: &Path, wanted: Wanted) -> Result<PathBuf> {
    let id = model.to_str().and_then(|text| text.parse::<RepoId>().ok());
    match id {
        Some(id) if !model.exists() => {
            let settings = Settings::from_env()?;
            Ok(hub::locate(
                &id,
                wanted,
                &settings,
                &mut DownloadProgress::default(),
            )?)
        }
        _ if model.components().count() == 1 && !model.exists() && !model.is_symlink() => {
            let commands = super::Cli::command();
            let commands: Vec<&str> = commands
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let model = ("model", plain(model.display()));
            let commands = ("commands", commands.join(", ").into());
            bail!(say_with("error-no-model", &[model, commands]))
        }
        _ => Ok(model.to_owned()),
    }
}

//! Where a model is: a local folder, or a name on the hub.

use std::path::{Path, PathBuf};

use color_eyre::Result;

use super::bars::Bars;
use crate::hub::{self, RepoId, Settings, Wanted};

/// The place of a model that is to be run, if one is named.
pub fn of(model: Option<&Path>) -> Result<Option<PathBuf>> {
    model.map(|model| find(model, Wanted::Model)).transpose()
}

/// The place of the model that `model` names: itself where that exists, else, for `ORG/NAME`, its folder
/// in the Hugging Face cache, into which it is fetched when it is not there. What is neither is
/// returned as it is, for whoever opens it to say what is wrong.
pub fn find(model: &Path, wanted: Wanted) -> Result<PathBuf> {
    let id = model.to_str().and_then(|text| text.parse::<RepoId>().ok());
    match id {
        Some(id) if !model.exists() => {
            let settings = Settings::from_env()?;
            Ok(hub::locate(&id, wanted, &settings, &mut Bars::default())?)
        }
        _ => Ok(model.to_owned()),
    }
}

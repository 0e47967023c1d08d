//! The files that a model needs: finding them in the cache, and fetching missing ones.

use std::fs;
use std::path::{Path, PathBuf};

use super::Progress;
use super::client::{Client, Listing};
use super::download::BlobDownload;
use super::error::HubError;
use super::gguf;
use super::hub_cache::Repo;
use super::id::RepoId;
use super::settings::Settings;
use crate::checkpoint::{VOCABULARY_FILES, is_encoder, shard_names};

const CONFIG: &str = "config.json";
const ADAPTER: &str = "adapter_config.json";
const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const TOKENIZER: &str = "tokenizer.json";
/// The merges that belong to `vocab.json`.
const MERGES: &str = "merges.txt";
const GGUF: &str = ".gguf";
/// Files about text, fetched if the repository has them.
const ABOUT_TEXT: [&str; 5] = [
    "added_tokens.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
];

/// Files about pooling, fetched with a model whose repository has them.
const ABOUT_POOLING: [&str; 2] = ["modules.json", "1_Pooling/config.json"];

/// The part of a model that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Model,
    /// Only the files that turn text into tokens.
    Tokenizer,
}

/// The folder of `id` in the cache, or its GGUF file there. Missing files are fetched. A complete model is
/// used without asking the hub for a newer one.
///
/// # Errors
/// The model or a file that it needs exists neither in the cache nor on the hub, or cannot be fetched.
pub fn locate(
    id: &RepoId,
    wanted: Wanted,
    settings: &Settings,
    progress: &mut dyn Progress,
) -> Result<PathBuf, HubError> {
    let repo = Repo::new(&settings.cache, id);
    let cached = repo.snapshot_of(id.revision());
    let missing = match &cached {
        Some(snapshot) => match found(snapshot, id, wanted, &repo, settings) {
            Ok(place) => {
                if wanted == Wanted::Model
                    && let Err(error) = add_pooling(&place, id, &repo, settings, progress)
                {
                    progress.note(&format!(
                        "it is not known how {id} pools sentences: {error}"
                    ));
                }
                return Ok(place);
            }
            Err(file) => file,
        },
        None => "the model".into(),
    };
    if settings.offline {
        let cache = settings.cache.clone();
        let commits = repo.commits();
        if cached.is_none() && !commits.is_empty() {
            return Err(HubError::NoRef {
                repo: id.repo(),
                revision: id.revision().to_owned(),
                commits,
                cache,
            });
        }
        return Err(HubError::Offline {
            id: id.to_string(),
            missing,
            cache,
        });
    }
    let client = Client::new(settings);
    let listing = client.listing(id, id.revision())?;
    let files = files(id, &listing, wanted)?;
    let mut fetch = |file: &str| fetch(file, &listing.commit, id, &repo, &client, progress);
    for file in &files {
        fetch(file)?;
    }
    let snapshot = repo.snapshot(&listing.commit);
    if files.iter().any(|file| file == INDEX) {
        for shard in shards(&snapshot, id)? {
            fetch(&shard)?;
        }
    }
    remember(&listing, &repo);
    repo.set_ref(id.revision(), &listing.commit)?;
    Ok(match files.first().filter(|file| file.ends_with(GGUF)) {
        Some(file) => snapshot.join(file),
        None => snapshot,
    })
}

/// Fetch one file of a commit, unless the cache has it.
fn fetch(
    file: &str,
    commit: &str,
    id: &RepoId,
    repo: &Repo,
    client: &Client,
    progress: &mut dyn Progress,
) -> Result<(), HubError> {
    if repo.snapshot(commit).join(file).is_file() {
        return Ok(());
    }
    let url = client.url(id, commit, file);
    let remote = client.describe(id, &url)?;
    let download = BlobDownload {
        client,
        id,
        repo,
        url,
        file,
        remote,
    };
    download.fetch(progress)?;
    repo.link(commit, file, &download.remote.etag)
}

/// Fetch the files about pooling into an encoder's folder that lacks them, such as one that transformers
/// filled. Without them the text's vector would differ.
fn add_pooling(
    snapshot: &Path,
    id: &RepoId,
    repo: &Repo,
    settings: &Settings,
    progress: &mut dyn Progress,
) -> Result<(), HubError> {
    let commit = snapshot.file_name().and_then(|name| name.to_str());
    let Some(commit) = commit.filter(|_| is_encoder(snapshot)) else {
        return Ok(());
    };
    let unknown =
        |file: &&str| !snapshot.join(file).is_file() && !repo.no_such(commit, file).exists();
    let Some(missing) = ABOUT_POOLING.iter().find(|file| unknown(file)) else {
        return Ok(());
    };
    if settings.offline {
        return Err(HubError::Offline {
            id: id.to_string(),
            missing: (*missing).into(),
            cache: settings.cache.clone(),
        });
    }
    let client = Client::impatient(settings);
    let listing = client.listing(id, commit)?;
    for file in ABOUT_POOLING {
        if listing.has(file) {
            fetch(file, commit, id, repo, &client, progress)?;
        }
    }
    remember(&listing, repo);
    Ok(())
}

/// Mark files that change what a folder is and that the commit does not have, so that the hub is not asked
/// again. If the mark cannot be written, the hub is asked again.
fn remember(listing: &Listing, repo: &Repo) {
    let files = [TOKENIZER, WEIGHTS, INDEX].into_iter().chain(ABOUT_POOLING);
    for file in files.filter(|file| !listing.has(file)) {
        let _ = repo.mark_no_such(&listing.commit, file);
    }
}

/// The model `id` in a snapshot: the folder if it holds a whole model, or a GGUF file in it. A GGUF file that
/// was not asked for by name is used only if there is no other model.
///
/// # Errors
/// The first file that is missing.
fn found(
    snapshot: &Path,
    id: &RepoId,
    wanted: Wanted,
    repo: &Repo,
    settings: &Settings,
) -> Result<PathBuf, String> {
    let missing = match id.file() {
        Some(called) => format!("a GGUF file called {called}"),
        None => match missing(snapshot, wanted, older(snapshot, repo, settings)) {
            Some(file) if !alone(snapshot, repo, settings) => return Err(file),
            Some(file) => file,
            None => return Ok(snapshot.to_owned()),
        },
    };
    let Ok(files) = gguf::choose(&within(snapshot), id.file()) else {
        return Err(missing);
    };
    // The first file has the tokenizer.
    let needed = match wanted {
        Wanted::Model => &files[..],
        Wanted::Tokenizer => &files[..1],
    };
    match needed.iter().find(|file| !snapshot.join(file).is_file()) {
        Some(file) => Err(file.clone()),
        None => Ok(snapshot.join(&files[0])),
    }
}

/// Whether the snapshot's GGUF file is the only form of the model: the repository is known to have no other
/// weights, or the program is offline and the snapshot has no config.
fn alone(snapshot: &Path, repo: &Repo, settings: &Settings) -> bool {
    let commit = snapshot.file_name().unwrap_or_default().to_string_lossy();
    let none = |file| repo.no_such(&commit, file).exists();
    let nothing = || !snapshot.join(CONFIG).exists();
    none(WEIGHTS) && none(INDEX) || settings.offline && nothing()
}

/// Whether the snapshot's older files are its tokenizer: the repository is known to have no newer one, or the
/// program is offline.
fn older(snapshot: &Path, repo: &Repo, settings: &Settings) -> bool {
    let commit = snapshot.file_name().unwrap_or_default().to_string_lossy();
    let there = |file: &&str| snapshot.join(file).is_file();
    VOCABULARY_FILES.iter().any(there)
        && (settings.offline || repo.no_such(&commit, TOKENIZER).exists())
}

/// The files of a snapshot and of its folders, as paths in it.
fn within(snapshot: &Path) -> Vec<String> {
    let list = |dir: PathBuf| fs::read_dir(dir).into_iter().flatten().flatten();
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) = list(snapshot.to_owned())
        .map(|e| e.path())
        .partition(|p| p.is_dir());
    files.extend(folders.into_iter().flat_map(list).map(|e| e.path()));
    files.sort_unstable();
    let name = |file: &PathBuf| Some(file.strip_prefix(snapshot).ok()?.to_str()?.to_owned());
    files.iter().filter_map(name).collect()
}

/// The first file that a snapshot lacks; `None` if it is complete.
fn missing(snapshot: &Path, wanted: Wanted, older: bool) -> Option<String> {
    let lacks = |file: &str| !snapshot.join(file).is_file();
    let mut needed = Vec::new();
    if !older {
        needed.push(TOKENIZER.to_owned());
    } else if !lacks(VOCABULARY_FILES[0]) {
        needed.push(MERGES.to_owned());
    }
    if wanted == Wanted::Model {
        needed.push(CONFIG.into());
        if lacks(WEIGHTS) {
            match shard_names(&snapshot.join(INDEX)) {
                Ok(shards) => needed.extend(shards),
                Err(_) if lacks(INDEX) => needed.push(WEIGHTS.into()),
                // A wrong index is reported when the model is opened.
                Err(_) => {}
            }
        }
    }
    needed.into_iter().find(|file| lacks(file))
}

/// The files to fetch: only the GGUF files if the model is one. Shards that an index lists are added later.
fn files(id: &RepoId, listing: &Listing, wanted: Wanted) -> Result<Vec<String>, HubError> {
    let has = |file: &str| listing.has(file);
    let unusable = |problem: String| HubError::Unusable {
        repo: id.repo(),
        problem,
    };
    let is_gguf = listing.files.iter().any(|file| file.ends_with(GGUF));
    if id.file().is_some() || (is_gguf && !has(WEIGHTS) && !has(INDEX)) {
        let mut files = gguf::choose(&listing.files, id.file()).map_err(unusable)?;
        if let Some(file) = files.iter().find(|file| !has(file)) {
            return Err(unusable(format!(
                "the repository has no {file}, which is needed"
            )));
        }
        if wanted == Wanted::Tokenizer {
            files.truncate(1);
        }
        return Ok(files);
    }
    if has(ADAPTER) && !has(CONFIG) {
        return Err(unusable(format!(
            "the repository holds a PEFT adapter ({ADAPTER}), a change to the weights of another model; merge the \
             two with peft and give the folder that is saved"
        )));
    }
    let need = |file: &'static str| {
        if has(file) {
            Ok(file)
        } else {
            Err(unusable(format!(
                "the repository has no {file}, which is needed"
            )))
        }
    };
    let mut files: Vec<&str> = VOCABULARY_FILES.iter().copied().chain([MERGES]).collect();
    files.retain(|file| has(file));
    if has(TOKENIZER) || files.is_empty() {
        files = vec![need(TOKENIZER)?];
    }
    files.extend(ABOUT_TEXT.iter().filter(|file| has(file)));
    let owned = |files: Vec<&str>| files.into_iter().map(str::to_owned).collect();
    if wanted == Wanted::Tokenizer {
        return Ok(owned(files));
    }
    files.push(need(CONFIG)?);
    files.extend(Some("generation_config.json").filter(|file| has(file)));
    files.extend(ABOUT_POOLING.iter().filter(|file| has(file)));
    let weights = [WEIGHTS, INDEX].into_iter().find(|file| has(file));
    files.push(weights.ok_or_else(|| {
        let pickled = listing.files.iter().any(|f| f.ends_with(".bin"));
        unusable(format!(
            "the repository has no {WEIGHTS}{}",
            if pickled {
                ", only pickled weights, which can run code when loaded and are never fetched; \
                         a revision such as @refs/pr/1 may hold converted ones"
            } else {
                ""
            }
        ))
    })?);
    Ok(owned(files))
}

fn shards(snapshot: &Path, id: &RepoId) -> Result<Vec<String>, HubError> {
    shard_names(&snapshot.join(INDEX)).map_err(|error| HubError::Unusable {
        repo: id.repo(),
        problem: error.to_string(),
    })
}

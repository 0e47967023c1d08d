//! Errors of finding and fetching a model, with advice.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("no folder for the Hugging Face cache: neither HF_HOME nor HOME is set")]
    NoHome,
    #[error("HF_ENDPOINT is `{0}`, not a URL that begins with https:// or http://")]
    Endpoint(String),
    #[error("the token in HF_TOKEN has characters that no token has")]
    Token,
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    /// Offline, and a file of the model is not in the cache.
    #[error(
        "{id}: {missing} is not in the cache {}, and HF_HUB_OFFLINE forbids to fetch it; \
         there is no local folder of that name either",
        cache.display()
    )]
    Offline {
        id: String,
        missing: String,
        cache: PathBuf,
    },
    /// Offline, and the cache has commits of the model but does not know which one is meant.
    #[error(
        "{repo}: the cache {} does not say which commit `{revision}` is, and HF_HUB_OFFLINE forbids to ask; it has \
         {}: give {repo}@COMMIT",
        cache.display(), commits.join(", ")
    )]
    NoRef {
        repo: String,
        revision: String,
        commits: Vec<String>,
        cache: PathBuf,
    },
    #[error(
        "{repo} is gated: accept its terms at {endpoint}/{repo}, then give a token of the same account \
         in HF_TOKEN (made at {endpoint}/settings/tokens){}",
        if *token { "; the present token has no access" } else { "" }
    )]
    Gated {
        repo: String,
        endpoint: String,
        token: bool,
    },
    #[error(
        "{repo}: neither a local folder nor a model at {endpoint}{}",
        if *token {
            " that the token may see; check the name and the token in HF_TOKEN"
        } else {
            "; check the name, and for a private model give a token in HF_TOKEN"
        }
    )]
    NoRepo {
        repo: String,
        endpoint: String,
        token: bool,
    },
    #[error(
        "{repo} has no revision `{revision}` at {endpoint}; it may be a branch, a tag or a commit"
    )]
    NoRevision {
        repo: String,
        revision: String,
        endpoint: String,
    },
    /// The repository lacks a file that every model needs here.
    #[error("{repo}: {problem}")]
    Unusable { repo: String, problem: String },
    #[error(
        "{url}: the server answers {status}{}",
        match status {
            401 => ": it refuses the token; set HF_TOKEN to a valid one, or unset it",
            403 => ": the token in HF_TOKEN has no right to read this",
            404 => ": no such file",
            _ => "",
        }
    )]
    Status { url: String, status: u16 },
    #[error("{url}: {problem}; check the connection, or set HF_ENDPOINT to a mirror")]
    Unreachable { url: String, problem: String },
    /// The connection still broke at the last attempt. The bytes that arrived are kept.
    #[error(
        "{url}: {problem}, {attempts} times in a row; the next run goes on where this one stopped"
    )]
    Broken {
        url: String,
        problem: String,
        attempts: usize,
    },
    #[error("{url}: {problem}")]
    Answer { url: String, problem: String },
}

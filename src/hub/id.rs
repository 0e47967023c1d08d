//! The name of a model on a hub.

use std::fmt;
use std::str::FromStr;

/// A model's name `ORG/NAME`. `@REVISION` adds a branch, tag or commit (`main` if left out). `:FILE` names a
/// GGUF file of the repository, such as `:Q4_K_M`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoId {
    org: String,
    name: String,
    revision: String,
    file: Option<String>,
}

impl RepoId {
    /// The repository, `ORG/NAME`.
    pub fn repo(&self) -> String {
        format!("{}/{}", self.org, self.name)
    }

    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The name of the GGUF file, if the model is one.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The name of the repository's folder in the cache.
    pub(super) fn folder(&self) -> String {
        format!("models--{}--{}", self.org, self.name)
    }
}

impl FromStr for RepoId {
    type Err = String;

    /// Parse a name.
    ///
    /// # Errors
    /// The reason why the text cannot name a model on a hub.
    fn from_str(text: &str) -> Result<RepoId, String> {
        let (text, file) = match text.split_once(':') {
            Some((text, file)) => (text, Some(file)),
            None => (text, None),
        };
        let (repo, revision) = text.split_once('@').unwrap_or((text, "main"));
        let (org, name) = repo
            .split_once('/')
            .ok_or("a model on the hub is written ORG/NAME")?;
        for part in [org, name] {
            if !is_name(part) {
                return Err(format!("`{part}` is no name of the form ORG/NAME"));
            }
        }
        if !is_path(revision) {
            return Err(format!("`{revision}` is no revision"));
        }
        if let Some(file) = file.filter(|file| !is_path(file)) {
            return Err(format!("`{file}` is no file of a repository"));
        }
        Ok(RepoId {
            org: org.into(),
            name: name.into(),
            revision: revision.into(),
            file: file.map(str::to_owned),
        })
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.org, self.name)?;
        match self.revision.as_str() {
            "main" => {}
            revision => write!(f, "@{revision}")?,
        }
        match &self.file {
            None => Ok(()),
            Some(file) => write!(f, ":{file}"),
        }
    }
}

/// Whether a hub allows this name: letters, digits, `-`, `_` and `.`; `--` separates the parts of a cache
/// folder.
fn is_name(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=96).contains(&part.len())
        && part.chars().all(allowed)
        && !part.starts_with(['-', '.'])
        && !part.ends_with(['-', '.'])
        && !part.contains("--")
        && !part.contains("..")
}

/// Whether this is a git ref or a file that is also a relative path inside its folder, such as `refs/pr/1`.
fn is_path(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    let segment = |s: &str| !s.is_empty() && !s.starts_with('.') && s.chars().all(allowed);
    text.len() <= 200 && !text.contains("..") && text.split('/').all(segment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_revisions() {
        let id: RepoId = "HuggingFaceTB/SmolLM2-135M".parse().unwrap();
        assert_eq!(id.repo(), "HuggingFaceTB/SmolLM2-135M");
        assert_eq!(id.revision(), "main");
        assert_eq!(id.folder(), "models--HuggingFaceTB--SmolLM2-135M");
        let id: RepoId = "a/b.c@refs/pr/1".parse().unwrap();
        assert_eq!(id.revision(), "refs/pr/1");
        assert_eq!(id.to_string(), "a/b.c@refs/pr/1");
        assert_eq!(id.file(), None);
        let id: RepoId = "a/b@v1:Q4_K_M".parse().unwrap();
        assert_eq!((id.revision(), id.file()), ("v1", Some("Q4_K_M")));
        assert_eq!(id.to_string(), "a/b@v1:Q4_K_M");
    }

    #[test]
    fn paths_are_no_names() {
        for text in [
            "",
            "gpt2",
            "/a/b",
            "./a",
            "../a",
            "a/b/c",
            "a/..",
            "~/a",
            "a/b@",
            "a/b@..",
            "a b/c",
            "a/b@../../etc",
            "a/b@/etc",
            "a/b@x//y",
            "a--b/c",
            "a/b@.x",
            "中/b",
            "a\\b",
            "a/b%2Fc",
            "a/b:",
            "a/b:../c",
            "a/b:/c",
            "a/b:x:y",
            "C:/models",
        ] {
            assert!(text.parse::<RepoId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_stays_in_its_folder(text in r"[a./@:\\~%-]{1,12}") {
            if let Ok(id) = text.parse::<RepoId>() {
                prop_assert_eq!(id.to_string().parse::<RepoId>(), Ok(id.clone()));
                prop_assert!(!id.folder().contains('/'));
                let path = std::path::Path::new(id.revision());
                prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
            }
        }
    }
}

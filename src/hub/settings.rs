//! Settings of the hub, from the environment variables that `huggingface_hub` reads.

use std::path::PathBuf;
use std::time::Duration;

use super::error::HubError;

/// The places where models are kept and fetched from.
#[derive(Clone)]
pub struct Settings {
    /// The folder that holds `models--ORG--NAME`.
    pub cache: PathBuf,
    /// The hub's URL, without a `/` at its end.
    pub endpoint: String,
    pub token: Option<String>,
    /// Whether nothing may be fetched.
    pub offline: bool,
    /// The first wait before a request is repeated. It doubles each time.
    pub backoff: Duration,
}

impl Settings {
    /// The settings in the process's environment: `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HF_ENDPOINT`,
    /// `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`.
    ///
    /// # Errors
    /// There is no home folder, or the endpoint is not a URL.
    pub fn from_env() -> Result<Settings, HubError> {
        Settings::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Settings, HubError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let user = set("HOME").map(PathBuf::from);
        let path = |text: String| match (text.strip_prefix("~/"), &user) {
            (Some(rest), Some(user)) => user.join(rest),
            _ => PathBuf::from(text),
        };
        let home = set("HF_HOME").map(path).or_else(|| {
            let caches = set("XDG_CACHE_HOME").map(path);
            Some(
                caches
                    .or(Some(user.as_ref()?.join(".cache")))?
                    .join("huggingface"),
            )
        });
        let cache = set("HF_HUB_CACHE")
            .or_else(|| set("HUGGINGFACE_HUB_CACHE"))
            .map(path)
            .or_else(|| Some(home.as_ref()?.join("hub")))
            .ok_or(HubError::NoHome)?;
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(HubError::Endpoint(endpoint));
        }
        let token = set("HF_TOKEN")
            .or_else(|| set("HUGGING_FACE_HUB_TOKEN"))
            .or_else(|| {
                let file = set("HF_TOKEN_PATH").map(path);
                std::fs::read_to_string(file.or(Some(home?.join("token")))?).ok()
            })
            .map(|token| token.trim().replace(['\r', '\n'], ""))
            .filter(|token| !token.is_empty());
        let is_true =
            |value: String| ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str());
        let offline = set("HF_HUB_OFFLINE").or_else(|| set("TRANSFORMERS_OFFLINE"));
        Ok(Settings {
            cache,
            endpoint,
            token,
            offline: offline.is_some_and(is_true),
            backoff: Duration::from_millis(500),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, HubError> {
        Settings::read(|name| {
            let found = set.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_nearest_variable_wins() {
        let mut set = vec![("HOME", "/home/a")];
        for (name, value, cache) in [
            ("", "", "/home/a/.cache/huggingface/hub"),
            ("XDG_CACHE_HOME", "/x", "/x/huggingface/hub"),
            ("HF_HOME", "~/hf", "/home/a/hf/hub"),
            ("HF_HUB_CACHE", "/c", "/c"),
        ] {
            set.push((name, value));
            assert_eq!(read(&set).unwrap().cache, PathBuf::from(cache));
        }
        assert!(matches!(read(&[]), Err(HubError::NoHome)));
    }

    #[test]
    fn token_endpoint_and_offline() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "hf_file\n").unwrap();
        let home = ("HF_HOME", folder.path().to_str().unwrap());
        let settings = read(&[home]).unwrap();
        assert_eq!(settings.token.as_deref(), Some("hf_file"));
        assert_eq!(settings.endpoint, "https://huggingface.co");
        assert!(!settings.offline);
        let settings = read(&[
            home,
            ("HF_TOKEN", "hf_env"),
            ("HF_ENDPOINT", "http://mirror/"),
            ("HF_HUB_OFFLINE", "yes"),
        ])
        .unwrap();
        assert_eq!(settings.token.as_deref(), Some("hf_env"));
        assert_eq!(settings.endpoint, "http://mirror");
        assert!(settings.offline);
        assert!(matches!(
            read(&[home, ("HF_ENDPOINT", "x")]),
            Err(HubError::Endpoint(_))
        ));
    }
}

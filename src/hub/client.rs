//! Requests to a hub. The token goes to the hub's own host only. A broken connection is tried again.

use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::error::HubError;
use super::hub_cache::is_hash;
use super::id::RepoId;
use super::settings::Settings;

/// The number of attempts without progress before giving up.
pub(super) const ATTEMPTS: usize = 5;
const MAX_REDIRECTS: usize = 10;
/// The largest list of a repository's files with their metadata.
const MAX_JSON: u64 = 64 << 20;

pub(super) struct Client<'a> {
    agent: Agent,
    settings: &'a Settings,
    /// The number of attempts of a request for a listing or a description.
    attempts: usize,
}

/// A file as the hub describes it.
pub(super) struct Remote {
    /// The hub's checksum, which names the blob.
    pub etag: String,
    pub size: u64,
}

impl Remote {
    /// The SHA-256 of the content, if the hub names the file by it. Small files are named by git's hash.
    pub fn sha256(&self) -> Option<&str> {
        (self.etag.len() == 64 && self.etag.bytes().all(|b| b.is_ascii_hexdigit()))
            .then_some(self.etag.as_str())
    }
}

/// A commit and its files.
pub(super) struct Listing {
    pub commit: String,
    pub files: Vec<String>,
}

impl Listing {
    pub fn has(&self, file: &str) -> bool {
        self.files.iter().any(|f| f == file)
    }
}

/// The kind of a failed request.
pub(super) enum Failure {
    /// Trying again may help, after this delay if the server gives one.
    Again(String, Option<Duration>),
    Final(HubError),
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Failure {
        Failure::Final(error)
    }
}

/// An HTTP agent that waits this long for a connection.
fn agent(connect: Duration) -> Agent {
    Agent::config_builder()
        .user_agent(concat!("layerwise/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        // Redirects are followed in `send`, so that the token stays with the hub.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(connect))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .build()
        .new_agent()
}

/// A path with percent-encoding (RFC 3986): unreserved characters and `/` stay.
fn encoded(path: &str) -> String {
    let mut url = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                url.push(byte.into());
            }
            _ => url += &format!("%{byte:02X}"),
        }
    }
    url
}

impl<'a> Client<'a> {
    pub fn new(settings: &'a Settings) -> Client<'a> {
        Client {
            agent: agent(Duration::from_secs(15)),
            settings,
            attempts: ATTEMPTS,
        }
    }

    /// A client that asks once, for things that can be done without.
    pub fn impatient(settings: &'a Settings) -> Client<'a> {
        Client {
            agent: agent(Duration::from_secs(3)),
            attempts: 1,
            settings,
        }
    }

    /// The files at a revision of `id`'s repository.
    pub fn listing(&self, id: &RepoId, revision: &str) -> Result<Listing, HubError> {
        let endpoint = &self.settings.endpoint;
        // The revision is one segment of the URL.
        let (repo, revision) = (id.repo(), revision.replace('/', "%2F"));
        let url = format!("{endpoint}/api/models/{repo}/revision/{revision}");
        let text = self.patiently(&url, || {
            let mut response = self.checked(id, &url, self.send(&url, Method::Get { from: 0 })?)?;
            let body = response.body_mut().with_config().limit(MAX_JSON);
            body.read_to_vec()
                .map_err(|e| Failure::Again(e.to_string(), None))
        })?;
        let answer = |problem: &str| HubError::Answer {
            url: url.clone(),
            problem: problem.into(),
        };
        let json: Value =
            serde_json::from_slice(&text).map_err(|_| answer("the answer is not JSON"))?;
        let commit = (json["sha"].as_str().filter(|sha| is_hash(sha)))
            .ok_or_else(|| answer("the answer names no commit"))?;
        let files = json["siblings"]
            .as_array()
            .ok_or_else(|| answer("the answer lists no files"))?;
        Ok(Listing {
            commit: commit.into(),
            files: (files.iter())
                .filter_map(|file| file["rfilename"].as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// The URL of a file of a commit.
    pub fn url(&self, id: &RepoId, commit: &str, file: &str) -> String {
        let endpoint = &self.settings.endpoint;
        format!(
            "{endpoint}/{}/resolve/{commit}/{}",
            id.repo(),
            encoded(file)
        )
    }

    /// The hub's description of a file, before it is fetched.
    pub fn describe(&self, id: &RepoId, url: &str) -> Result<Remote, HubError> {
        let response =
            self.patiently(url, || self.checked(id, url, self.send(url, Method::Head)?))?;
        let answer = |problem: &str| HubError::Answer {
            url: url.into(),
            problem: problem.into(),
        };
        let first = |names: [&str; 2]| {
            let mut found = names
                .iter()
                .filter_map(|name| response.headers().get(*name));
            found.next()?.to_str().ok()
        };
        let etag = first(["x-linked-etag", "etag"])
            .map(|etag| etag.trim_start_matches("W/").trim_matches('"'))
            .filter(|etag| is_hash(etag))
            .ok_or_else(|| answer("the answer has no usable ETag; is HF_ENDPOINT a model hub?"))?;
        let size = first(["x-linked-size", "content-length"])
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| answer("the answer does not say how long the file is"))?;
        Ok(Remote {
            etag: etag.into(),
            size,
        })
    }

    /// The file's bytes from `from` on, or all of them if the server does not know ranges.
    pub fn open(&self, id: &RepoId, url: &str, from: u64) -> Result<Response<Body>, Failure> {
        let response = self.send(url, Method::Get { from })?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(response);
        }
        self.checked(id, url, response)
    }

    /// Run `request` until it succeeds, with growing pauses.
    fn patiently<T>(
        &self,
        url: &str,
        request: impl Fn() -> Result<T, Failure>,
    ) -> Result<T, HubError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match request() {
                Ok(done) => return Ok(done),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(problem, _)) if attempt >= self.attempts => {
                    return Err(HubError::Unreachable {
                        url: url.into(),
                        problem,
                    });
                }
                Err(Failure::Again(_, wait)) => self.pause(attempt, wait),
            }
        }
    }

    /// Wait before attempt number `attempt + 1`.
    pub fn pause(&self, attempt: usize, asked: Option<Duration>) {
        let backoff = self.settings.backoff * (1 << (attempt.clamp(1, 6) - 1));
        sleep(asked.unwrap_or(backoff).min(Duration::from_secs(60)));
    }

    /// Send one request and follow its redirects. A HEAD request stops at the first redirect to another host:
    /// the hub describes the file in that answer.
    fn send(&self, url: &str, method: Method) -> Result<Response<Body>, Failure> {
        let mut url = url.to_owned();
        for _ in 0..MAX_REDIRECTS {
            let own = authority(&url) == authority(&self.settings.endpoint);
            let headers = |request: &mut header::HeaderMap| {
                let mut set = |name, value: String| {
                    header::HeaderValue::from_str(&value).map(|value| request.insert(name, value))
                };
                let token = self.settings.token.as_ref().filter(|_| own);
                (token.map_or(Ok(None), |t| {
                    set(header::AUTHORIZATION, format!("Bearer {t}"))
                }))
                .map_err(|_| Failure::Final(HubError::Token))?;
                if let Method::Get { from: from @ 1.. } = method {
                    let _ = set(header::RANGE, format!("bytes={from}-"));
                }
                let _ = set(header::ACCEPT_ENCODING, "identity".into());
                Ok::<(), Failure>(())
            };
            let mut request = match method {
                Method::Head => self.agent.head(&url),
                Method::Get { .. } => self.agent.get(&url),
            };
            if let Some(map) = request.headers_mut() {
                headers(map)?;
            }
            let response = request.call().map_err(|e| failure(&url, e))?;
            let to = response.headers().get(header::LOCATION);
            let Some(to) = to.filter(|_| response.status().is_redirection()) else {
                return Ok(response);
            };
            let to = to.to_str().map_err(|_| redirect_failed(&url))?;
            let to = if to.starts_with('/') && !to.starts_with("//") {
                format!("{}{to}", authority(&url))
            } else {
                to.to_owned()
            };
            let away = authority(&to) != authority(&url);
            if matches!(method, Method::Head) && away {
                return Ok(response);
            }
            if url.starts_with("https://") && !to.starts_with("https://") {
                return Err(redirect_failed(&url).into());
            }
            url = to;
        }
        Err(redirect_failed(&url).into())
    }

    /// The response, if it has content; otherwise an error that says what to do.
    fn checked(
        &self,
        id: &RepoId,
        url: &str,
        response: Response<Body>,
    ) -> Result<Response<Body>, Failure> {
        let status = response.status();
        if status.is_success() || status.is_redirection() {
            return Ok(response);
        }
        let text = |name: &str| response.headers().get(name)?.to_str().ok();
        let busy = [408, 429, 500, 502, 503, 504];
        if busy.contains(&status.as_u16()) {
            let wait = text("retry-after").and_then(|s| s.parse().ok());
            return Err(Failure::Again(
                format!("the server answers {status}"),
                wait.map(Duration::from_secs),
            ));
        }
        let (repo, endpoint) = (id.repo(), self.settings.endpoint.clone());
        let token = self.settings.token.is_some();
        Err(Failure::Final(match text("x-error-code") {
            Some("GatedRepo") => HubError::Gated {
                repo,
                endpoint,
                token,
            },
            Some("RepoNotFound") => HubError::NoRepo {
                repo,
                endpoint,
                token,
            },
            Some("RevisionNotFound") => HubError::NoRevision {
                repo,
                revision: id.revision().into(),
                endpoint,
            },
            _ => HubError::Status {
                url: url.into(),
                status: status.as_u16(),
            },
        }))
    }
}

#[derive(Clone, Copy)]
enum Method {
    Head,
    Get { from: u64 },
}

/// The scheme, host and port of a URL.
fn authority(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']);
    end.map_or(url, |end| &url[..host + end])
}

fn redirect_failed(url: &str) -> HubError {
    HubError::Answer {
        url: url.into(),
        problem: "redirects in circles, or to where this program does not follow".into(),
    }
}

/// The failure of a connection. An unknown name or an untrusted certificate is final; a broken line may come
/// back.
fn failure(url: &str, error: ureq::Error) -> Failure {
    use ureq::Error;
    match error {
        // The resolver has already waited and asked again.
        Error::Io(e) if e.to_string().contains("lookup address") => {
            Failure::Final(HubError::Unreachable {
                url: url.into(),
                problem: e.to_string(),
            })
        }
        Error::Io(_)
        | Error::Timeout(_)
        | Error::ConnectionFailed
        | Error::Protocol(_)
        | Error::BodyStalled => Failure::Again(error.to_string(), None),
        error => Failure::Final(HubError::Unreachable {
            url: url.into(),
            problem: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_scheme_host_and_port() {
        for (url, is) in [
            ("https://hub.co/a/b", "https://hub.co"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1:80"),
            ("https://hub.co", "https://hub.co"),
            ("https://hub.co?x", "https://hub.co"),
            ("https://hub.co@evil.org/a", "https://hub.co@evil.org"),
        ] {
            assert_eq!(authority(url), is);
        }
    }
}

//! A model hub on this machine, as far as fetching a model needs one: the listing, HEAD and GET of files,
//! ranges, large files on another host. It can be told to misbehave.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const TOKEN: &str = "hf_test";

/// The server's faults.
#[derive(Default)]
pub struct Faults {
    /// The byte counts after which answers of the other host break off; the last entry is used first.
    pub cut: Vec<usize>,
    /// The number of requests that are answered with 503.
    pub busy: usize,
    /// Whether ranges are ignored.
    pub no_ranges: bool,
    /// A number added to the size that HEAD announces.
    pub announced_more: i64,
    /// The checksum that HEAD announces, if it is not the right one.
    pub etag: Option<String>,
    /// The status and `X-Error-Code` with which every request is refused.
    pub refuse: Option<(u16, &'static str)>,
    /// The commit in the listing, if it is not the right one.
    pub commit: Option<String>,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub range: Option<String>,
    pub token: Option<String>,
    /// Whether it came to the host for large files.
    pub away: bool,
}

pub struct Server {
    pub endpoint: String,
    state: Arc<State>,
}

struct State {
    files: BTreeMap<String, Vec<u8>>,
    away: String,
    faults: Mutex<Faults>,
    log: Mutex<Vec<Request>>,
}

impl Server {
    /// Serve `files` as the repository `org/tiny`.
    pub fn start(files: BTreeMap<String, Vec<u8>>) -> Server {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (hub, away) = (listen(), listen());
        let url = |l: &TcpListener| format!("http://{}", l.local_addr().unwrap());
        let state = Arc::new(State {
            files,
            away: url(&away),
            faults: Mutex::default(),
            log: Mutex::default(),
        });
        let endpoint = url(&hub);
        for (listener, is_away) in [(hub, false), (away, true)] {
            let state = state.clone();
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = state.clone();
                    // A client may hang up: some tests want that.
                    thread::spawn(move || drop(state.answer(stream, is_away)));
                }
            });
        }
        Server { endpoint, state }
    }

    /// Serve a model's folder.
    pub fn of(folder: &Path) -> Server {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        });
        Server::start(files.collect())
    }

    pub fn faults(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.state.faults.lock().unwrap());
    }

    /// The requests so far, which are then forgotten.
    pub fn log(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.log.lock().unwrap())
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Whether the hub keeps this file on another host.
fn is_large(file: &str) -> bool {
    file.ends_with(".safetensors")
}

impl State {
    fn answer(&self, stream: TcpStream, away: bool) -> std::io::Result<()> {
        let request = read(&stream, away)?;
        self.log.lock().unwrap().push(request.clone());
        let mut out = &stream;
        let mut faults = self.faults.lock().unwrap();
        if let Some((status, code)) = faults.refuse {
            return write!(
                out,
                "HTTP/1.1 {status} No\r\nX-Error-Code: {code}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        if faults.busy > 0 {
            faults.busy -= 1;
            return write!(
                out,
                "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        if request.path.starts_with("/api/models/org/tiny/revision/") {
            let siblings: Vec<_> = (self.files.keys())
                .map(|name| serde_json::json!({ "rfilename": name }))
                .collect();
            let commit = faults.commit.clone().unwrap_or_else(|| COMMIT.into());
            let body = serde_json::json!({ "sha": commit, "siblings": siblings }).to_string();
            return write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
        // The path is `/org/tiny/resolve/COMMIT/FILE` on this host, `/blob/FILE` on the other.
        let parts = if away { 2 } else { 5 };
        let name = request.path.splitn(parts + 1, '/').nth(parts);
        let name = &*name.unwrap_or_default().replace("%20", " ");
        let Some(content) = self.files.get(name) else {
            return write!(
                out,
                "HTTP/1.1 404 Not Found\r\nX-Error-Code: EntryNotFound\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        };
        let sha = sha256(content);
        let etag = faults.etag.clone().unwrap_or(if is_large(name) {
            sha
        } else {
            sha[..40].into()
        });
        let size = content.len() as i64 + faults.announced_more;
        if is_large(name) && !away {
            return write!(
                out,
                "HTTP/1.1 302 Found\r\nLocation: {}/blob/{name}\r\nX-Repo-Commit: {COMMIT}\r\n\
                 X-Linked-Size: {size}\r\nX-Linked-Etag: \"{etag}\"\r\nETag: \"other\"\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n",
                self.away
            );
        }
        let asked = request.range.as_deref().filter(|_| !faults.no_ranges);
        let from = asked
            .and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
            .unwrap_or(0);
        let Some(body) = content.get(from..).filter(|b| from == 0 || !b.is_empty()) else {
            return write!(
                out,
                "HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        };
        let status = match asked {
            Some(_) => "206 Partial Content",
            None => "200 OK",
        };
        write!(
            out,
            "HTTP/1.1 {status}\r\nETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\n\
             Content-Length: {}\r\nConnection: close\r\n",
            body.len()
        )?;
        if asked.is_some() {
            let last = content.len() - 1;
            write!(
                out,
                "Content-Range: bytes {from}-{last}/{}\r\n",
                content.len()
            )?;
        }
        write!(out, "\r\n")?;
        if request.method == "HEAD" {
            return Ok(());
        }
        let cut = if away { faults.cut.pop() } else { None };
        drop(faults);
        out.write_all(&body[..cut.unwrap_or(body.len()).min(body.len())])
    }
}

fn read(stream: &TcpStream, away: bool) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        range: None,
        token: None,
        away,
    };
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            None => break,
            Some((name, value)) => match name.to_lowercase().as_str() {
                "range" => request.range = Some(value.into()),
                "authorization" => request.token = Some(value.into()),
                _ => {}
            },
        }
    }
    Ok(request)
}

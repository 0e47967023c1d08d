//! The download of one blob into the cache: resumed, checked, and put in place only when it is whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use ureq::Body;
use ureq::http::{Response, StatusCode, header};

use super::Progress;
use super::client::{ATTEMPTS, Client, Failure, Remote};
use super::error::HubError;
use super::hub_cache::{Repo, create_parent};
use super::id::RepoId;

/// The number of bytes read at a time.
const CHUNK: usize = 256 << 10;

/// One file of a commit.
pub(super) struct BlobDownload<'a> {
    pub client: &'a Client<'a>,
    pub id: &'a RepoId,
    pub repo: &'a Repo,
    pub url: String,
    pub file: &'a str,
    pub remote: Remote,
}

impl BlobDownload<'_> {
    /// Fetch the blob unless the cache has it. A stop at any moment, even by a signal, leaves a part that the
    /// next call resumes.
    pub fn fetch(&self, progress: &mut dyn Progress) -> Result<(), HubError> {
        let blob = self.repo.blob(&self.remote.etag);
        let partial = self.repo.partial(&self.remote.etag);
        create_parent(&blob)?;
        let _lock = self.lock(progress)?;
        if blob.exists() {
            return Ok(());
        }
        let at = |error| HubError::Io {
            path: partial.clone(),
            error,
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(&partial)
            .map_err(at)?;
        let mut sink = Sink::resume(&mut file, self.remote.size).map_err(at)?;
        progress.start(self.file, self.remote.size, sink.length);
        self.fill(&mut sink, &partial, progress)?;
        file.sync_all().map_err(at)?;
        fs::rename(&partial, &blob).map_err(at)?;
        progress.finish();
        Ok(())
    }

    /// The lock of the blob, held as long as the file is open.
    fn lock(&self, progress: &mut dyn Progress) -> Result<File, HubError> {
        let path = self.repo.lock_file(&self.remote.etag);
        create_parent(&path)?;
        let at = |error| HubError::Io {
            path: path.clone(),
            error,
        };
        let file = File::create(&path).map_err(at)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note(&format!(
                    "waiting for another program to fetch {}",
                    self.file
                ));
                file.lock().map_err(at)?;
            }
            Err(TryLockError::Error(error)) => return Err(at(error)),
        }
        Ok(file)
    }

    /// Send requests until the file is whole. Attempts are counted from the last one that got further than
    /// any before.
    fn fill(
        &self,
        sink: &mut Sink,
        partial: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), HubError> {
        let broken = |problem: String| HubError::Broken {
            url: self.url.clone(),
            problem,
            attempts: ATTEMPTS,
        };
        let (mut attempt, mut damaged) = (0, false);
        let mut most = sink.length;
        loop {
            let (problem, wait) = match self.once(sink, partial, progress) {
                Ok(()) if sink.matches(&self.remote) => return Ok(()),
                Ok(()) => {
                    sink.clear().map_err(|error| HubError::Io {
                        path: partial.to_owned(),
                        error,
                    })?;
                    // Bytes of an earlier run may be damaged; those of this run are not.
                    if std::mem::replace(&mut damaged, true) {
                        return Err(HubError::Answer {
                            url: self.url.clone(),
                            problem: format!(
                                "what arrived has another SHA-256 than {}; nothing was kept",
                                self.remote.etag
                            ),
                        });
                    }
                    ("what arrived has another checksum".to_owned(), None)
                }
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(problem, wait)) => (problem, wait),
            };
            attempt = if sink.length > most { 1 } else { attempt + 1 };
            most = most.max(sink.length);
            if attempt == ATTEMPTS {
                return Err(broken(problem));
            }
            progress.note(&format!("{}: {problem}; trying again", self.file));
            self.client.pause(attempt, wait);
            progress.at(sink.length);
        }
    }

    /// Send one request for the missing bytes. Success means that the announced length is reached.
    fn once(
        &self,
        sink: &mut Sink,
        partial: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        if sink.length == self.remote.size {
            return Ok(());
        }
        let disk = |error| HubError::Io {
            path: partial.to_owned(),
            error,
        };
        let mut response = self.client.open(self.id, &self.url, sink.length)?;
        if !continues(&response, sink.length) {
            sink.clear().map_err(disk)?;
        }
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Err(Failure::Again("the server has no such range".into(), None));
        }
        let mut body = response.body_mut().as_reader();
        let mut chunk = vec![0; CHUNK];
        while sink.length < self.remote.size {
            let n = match body.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Failure::Again(e.to_string(), None)),
            };
            if sink.length + n as u64 > self.remote.size {
                return Err(self.wrong_length(sink, partial, "longer"));
            }
            sink.put(&chunk[..n]).map_err(disk)?;
            progress.at(sink.length);
        }
        if sink.length < self.remote.size {
            return Err(Failure::Again(
                format!(
                    "the connection ended after {} of {} bytes",
                    sink.length, self.remote.size
                ),
                None,
            ));
        }
        match body.read(&mut chunk[..1]) {
            Ok(1..) => Err(self.wrong_length(sink, partial, "longer")),
            _ => Ok(()),
        }
    }

    /// The error of a file whose length is not the announced one.
    fn wrong_length(&self, sink: &mut Sink, partial: &Path, comparison: &str) -> Failure {
        if let Err(error) = sink.clear() {
            let path = partial.to_owned();
            return HubError::Io { path, error }.into();
        }
        Failure::Final(HubError::Answer {
            url: self.url.clone(),
            problem: format!(
                "the file is {comparison} than the {} bytes that the server announced; nothing was kept",
                self.remote.size
            ),
        })
    }
}

/// Whether the body continues at byte `from` instead of starting the file anew.
fn continues(response: &Response<Body>, from: u64) -> bool {
    if from == 0 {
        return true;
    }
    let range = response.headers().get(header::CONTENT_RANGE);
    let start = range
        .and_then(|r| r.to_str().ok()?.strip_prefix("bytes ")?.split_once('-'))
        .and_then(|(start, _)| start.parse::<u64>().ok());
    response.status() == StatusCode::PARTIAL_CONTENT && start == Some(from)
}

/// The growing file and the checksum of its content.
struct Sink<'a> {
    file: &'a mut File,
    sha: Sha256,
    length: u64,
}

impl<'a> Sink<'a> {
    /// Continue after the file's content, or start anew if it is longer than `size`.
    fn resume(file: &'a mut File, size: u64) -> io::Result<Sink<'a>> {
        let mut sha = Sha256::new();
        let mut length = file.metadata()?.len();
        if length > size {
            file.set_len(0)?;
            length = 0;
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                n => sha.update(&chunk[..n]),
            }
        }
        Ok(Sink { file, sha, length })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.sha.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.sha = Sha256::new();
        self.length = 0;
        Ok(())
    }

    /// Whether the content is the announced one, as far as the hub's name for it tells.
    fn matches(&self, remote: &Remote) -> bool {
        let found = || hex(&self.sha.clone().finalize());
        remote
            .sha256()
            .is_none_or(|due| due.eq_ignore_ascii_case(&found()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

//! Computing the hash of a model's files: in pieces, on several threads, in the background or waited for.

use std::fmt;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::hash::{self, FileDigest, PIECE};
use super::hash_cache::{self, FileState};
use super::weights::{Content, Shard};
use crate::trace::model_hash::ModelHash;
use crate::trace::source::{Control, Progress, SourceError, Work};

/// The largest number of background threads. More would take the disk from other programs.
const BACKGROUND: usize = 4;
/// The number of bytes of a file that are read at once.
const BUFFER: usize = 1 << 20;

/// The state of a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashStatus {
    /// The hash in hex.
    Known(String),
    /// The bytes read so far, and those to read in all. The reading may not have started.
    Reading { done: u64, total: u64 },
    /// A file could not be read, or changed meanwhile.
    Failed(String),
}

impl fmt::Display for HashStatus {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            HashStatus::Known(digits) => ModelHash::Whole(digits.clone()).fmt(f),
            HashStatus::Reading { done, total } => {
                let share = *done as f64 / (*total).max(1) as f64 * 100.0;
                write!(
                    f,
                    "not known yet: {share:.0} % of {:.1} MB read for it",
                    *total as f64 / 1e6
                )
            }
            HashStatus::Failed(why) => write!(f, "not known: {why}"),
        }
    }
}

/// The hash of a model's files, which becomes known by and by. Dropping it stops the background threads.
pub(super) struct Hashing {
    job: Arc<Job>,
    started: AtomicBool,
}

struct Job {
    config: Vec<u8>,
    files: Vec<HashedFile>,
    /// The file and offset of each piece to read.
    pieces: Vec<(usize, u64)>,
    /// The next piece that no thread has taken.
    next: AtomicUsize,
    stopped: AtomicBool,
    found: Mutex<Found>,
    changed: Condvar,
}

struct HashedFile {
    path: PathBuf,
    content: Content,
    length: u64,
    /// The file's state, and the time at which reading began; `None` if the digest cannot be cached.
    state: Option<(FileState, SystemTime)>,
    /// The digest from the cache.
    known: Option<FileDigest>,
}

#[derive(Default)]
struct Found {
    /// The digests of the pieces.
    digests: Vec<Option<[u8; 32]>>,
    done: usize,
    end: Option<Result<String, String>>,
}

impl Hashing {
    /// A hash of which only the cache has been asked; no file is read yet.
    pub fn new(config: &[u8], shards: &[Shard]) -> Hashing {
        let cache = hash_cache::folder();
        let files: Vec<HashedFile> = (shards.iter())
            .map(|shard| HashedFile::new(shard, cache.as_deref()))
            .collect();
        let unknown = files.iter().enumerate().filter(|(_, f)| f.known.is_none());
        let pieces: Vec<(usize, u64)> = unknown
            .flat_map(|(i, f)| (0..hash::pieces(f.length)).map(move |piece| (i, piece * PIECE)))
            .collect();
        let job = Job {
            config: config.to_vec(),
            files,
            next: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            found: Mutex::new(Found {
                digests: vec![None; pieces.len()],
                ..Found::default()
            }),
            pieces,
            changed: Condvar::new(),
        };
        if job.pieces.is_empty() {
            job.end();
        }
        Hashing {
            job: Arc::new(job),
            started: AtomicBool::new(false),
        }
    }

    /// Start reading in the background. If a thread cannot be started, whoever waits does the work.
    pub fn start(&self) {
        if self.started.swap(true, Ordering::Relaxed) || self.job.found().end.is_some() {
            return;
        }
        for _ in 0..threads().min(BACKGROUND) {
            let job = self.job.clone();
            let body = move || {
                make_way();
                job.work(&job.stopped);
            };
            let _ = thread::Builder::new().name("hash".into()).spawn(body);
        }
    }

    pub fn status(&self) -> HashStatus {
        self.job.status()
    }

    /// Wait for the hash in hex, or for the reason why there is none.
    ///
    /// # Errors
    /// [`SourceError::Cancelled`].
    pub fn wait(&self, control: &Control) -> Result<Result<String, String>, SourceError> {
        let (job, stop) = (&self.job, AtomicBool::new(false));
        if let Some(end) = &job.found().end {
            return Ok(end.clone());
        }
        thread::scope(|scope| {
            let help = || {
                let body = || {
                    job.work(&stop);
                    job.finish(&stop);
                };
                thread::Builder::new().spawn_scoped(scope, body).is_ok()
            };
            let helped = (0..threads()).filter(|_| help()).count() > 0;
            if !helped {
                job.work(&stop);
                job.finish(&stop);
            }
            let mut found = job.found();
            loop {
                if let Some(end) = &found.end {
                    return Ok(end.clone());
                }
                let progress = Progress {
                    at: Work::Hash,
                    done: found.done,
                    total: job.pieces.len(),
                };
                if let Err(stopped) = control.check(progress) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(stopped);
                }
                let waited = job.changed.wait_timeout(found, Duration::from_millis(50));
                found = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        })
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.job.stopped.store(true, Ordering::Relaxed);
    }
}

impl HashedFile {
    fn new(shard: &Shard, cache: Option<&Path>) -> HashedFile {
        let content = shard.content();
        let path = shard.path.canonicalize();
        let path = path.unwrap_or_else(|_| shard.path.clone());
        let state = match &content {
            Content::File(file) => file.metadata().ok(),
            Content::Embedded(_) => None,
        };
        let state = state.map(|metadata| (FileState::of(&metadata), SystemTime::now()));
        let known = (cache.zip(state.as_ref()))
            .and_then(|(cache, (state, _))| hash_cache::find(cache, &path, state));
        HashedFile {
            length: (state.as_ref()).map_or(shard.all().len() as u64, |(state, _)| state.size()),
            path,
            content,
            state,
            known,
        }
    }

    fn piece(&self, offset: u64, buffer: &mut Vec<u8>) -> io::Result<[u8; 32]> {
        let end = self.length.min(offset + PIECE);
        let file = match &self.content {
            Content::File(file) => file,
            Content::Embedded(bytes) => {
                return Ok(Sha256::digest(&bytes[offset as usize..end as usize]).into());
            }
        };
        let mut sha = Sha256::new();
        let mut at = offset;
        while at < end {
            buffer.resize(BUFFER.min((end - at) as usize), 0);
            file.read_exact_at(buffer, at)?;
            sha.update(&buffer);
            at += buffer.len() as u64;
        }
        Ok(sha.finalize().into())
    }

    /// Whether the file is unchanged since reading began.
    fn is_unchanged(&self) -> bool {
        match (&self.content, &self.state) {
            (Content::File(file), Some((state, _))) => {
                (file.metadata()).is_ok_and(|metadata| FileState::of(&metadata).same_content(state))
            }
            _ => true,
        }
    }
}

impl Job {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Read one piece after the other until none is left or `stop` is set.
    fn work(&self, stop: &AtomicBool) {
        let mut buffer = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&(file, offset)) = self.pieces.get(index) else {
                return;
            };
            self.digest(index, file, offset, &mut buffer);
        }
    }

    /// Read pieces that background threads have taken. Those threads have the lowest priority, and on a busy
    /// machine may never finish.
    fn finish(&self, stop: &AtomicBool) {
        let mut buffer = Vec::new();
        for (index, &(file, offset)) in self.pieces.iter().enumerate() {
            let found = self.found();
            let is_open = found.end.is_none() && found.digests.get(index) == Some(&None);
            drop(found);
            if is_open && !stop.load(Ordering::Relaxed) {
                self.digest(index, file, offset, &mut buffer);
            }
        }
    }

    fn digest(&self, index: usize, file: usize, offset: u64, buffer: &mut Vec<u8>) {
        let file = &self.files[file];
        let digest = file.piece(offset, buffer);
        let mut found = self.found();
        match (digest, found.digests.get_mut(index)) {
            (Ok(digest), Some(due @ None)) => *due = Some(digest),
            // Another thread was first.
            (_, Some(Some(_)) | None) => return,
            (Err(error), _) => {
                found.end = Some(Err(format!("{}: {error}", file.path.display())));
                self.changed.notify_all();
                return;
            }
        }
        found.done += 1;
        let last = found.done == self.pieces.len();
        drop(found);
        if last {
            self.end();
        }
    }

    /// Put the pieces together, and cache each file's digest before anybody learns the hash.
    fn end(&self) {
        let digests = std::mem::take(&mut self.found().digests);
        let mut pieces = digests.into_iter().flatten();
        let cache = hash_cache::folder();
        let mut all = Vec::new();
        let mut changed = None;
        for file in &self.files {
            if let Some(known) = file.known {
                all.push(known);
                continue;
            }
            let count = hash::pieces(file.length) as usize;
            let own: Vec<[u8; 32]> = pieces.by_ref().take(count).collect();
            let digest = hash::file(file.length, &own);
            if !file.is_unchanged() {
                changed = Some(format!(
                    "{} changed while it was read for the model's hash",
                    file.path.display()
                ));
            } else if let (Some(cache), Some((state, began))) = (&cache, &file.state) {
                hash_cache::keep(cache, &file.path, state, *began, &digest);
            }
            all.push(digest);
        }
        let end = changed.map_or_else(|| Ok(hash::model(&self.config, &all)), Err);
        self.found().end = Some(end);
        self.changed.notify_all();
    }

    fn status(&self) -> HashStatus {
        let found = self.found();
        match &found.end {
            Some(Ok(hash)) => HashStatus::Known(hash.clone()),
            Some(Err(why)) => HashStatus::Failed(why.clone()),
            None => {
                let unknown = self.files.iter().filter(|file| file.known.is_none());
                let total = unknown.map(|file| file.length).sum();
                HashStatus::Reading {
                    done: (found.done as u64 * PIECE).min(total),
                    total,
                }
            }
        }
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Give this thread the lowest priority of the machine.
fn make_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes no pointers and concerns this thread alone: its id is 0 to the system.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 19);
    }
}

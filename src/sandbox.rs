//! Work that runs what came with a file, in a process of its own: whatever becomes of time, memory and
//! stack, it ends there.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::panics;

/// Seconds of a processor, and memory beyond what the program has when the work begins.
const SECONDS: u64 = 5;
const BYTES: u64 = 512 << 20;
/// The byte that the child writes behind everything: without, it did not come to its end.
const DONE: u8 = b'.';
/// Until the child is given up, whatever it does.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The child ended by a signal: its own end of stack or memory, or the system's of its time.
    #[error("it takes too much time or memory, and was stopped")]
    Stopped,
    #[error("cannot run it in a process of its own: {0}")]
    Io(#[from] io::Error),
}

/// The bytes that `work` returns, of which at most `limit` are taken.
///
/// It must not lock what another thread may hold, nor print: it runs in a copy of this process that has
/// this thread alone.
///
/// # Errors
/// It needed more than 5 seconds or (where the system tells how much there is already, as Linux does) 512 MB,
/// overflowed its stack, panicked, or wrote too much.
pub fn run(limit: u64, work: impl FnOnce() -> Vec<u8>) -> Result<Vec<u8>, SandboxError> {
    let (reader, mut writer) = io::pipe()?;
    // SAFETY: the child touches what this thread owns and the allocator, which forks with the process; it
    // leaves by `_exit` before anything of the parent's is dropped.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(io::Error::last_os_error().into()),
        0 => {
            bound();
            if let Ok(bytes) = panics::catch(work) {
                let _ = writer
                    .write_all(&bytes)
                    .and_then(|()| writer.write_all(&[DONE]));
            }
            // SAFETY: ends the child.
            unsafe { libc::_exit(0) }
        }
        child => {
            drop(writer);
            let bytes = read(reader, limit);
            // SAFETY: the child is ours and not waited for yet.
            unsafe {
                if bytes.is_none() {
                    libc::kill(child, libc::SIGKILL);
                }
                // How it ended is not asked: where nobody waits for children the system forgets it.
                while libc::waitpid(child, std::ptr::null_mut(), 0) == -1
                    && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
                {
                }
            }
            let mut bytes = bytes.ok_or(SandboxError::Stopped)?;
            match bytes.pop() {
                Some(DONE) => Ok(bytes),
                _ => Err(SandboxError::Stopped),
            }
        }
    }
}

/// Everything until the end; `None` if that does not come in time, or after too much.
fn read(mut pipe: io::PipeReader, limit: u64) -> Option<Vec<u8>> {
    let end = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut part = [0; 1 << 16];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut wait = libc::pollfd {
            fd: pipe.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one descriptor, which lives to the end of this function.
        let ready = unsafe { libc::poll(&mut wait, 1, left.as_millis() as libc::c_int) };
        match ready {
            0 => return None,
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => continue,
            -1 => return None,
            _ => {}
        }
        match pipe.read(&mut part) {
            Ok(0) => return Some(bytes),
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        if bytes.len() as u64 > limit + 1 {
            return None;
        }
    }
}

/// In the child: less time and memory, no core file, and nothing on the terminal of how it ends.
fn bound() {
    let set = |what, most: u64| {
        let limit = libc::rlimit {
            rlim_cur: most,
            rlim_max: most,
        };
        // SAFETY: sets one of this process's limits.
        unsafe { libc::setrlimit(what, &limit) };
    };
    set(libc::RLIMIT_CORE, 0);
    set(libc::RLIMIT_CPU, SECONDS);
    if let Some(now) = mapped() {
        set(libc::RLIMIT_AS, now + BYTES);
    }
    // SAFETY: puts a file in the place of standard error.
    unsafe {
        let nothing = libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY);
        libc::dup2(nothing, libc::STDERR_FILENO);
    }
}

/// Bytes of address space that this process has, where the system says so.
fn mapped() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').next()?.parse().ok()?;
    // SAFETY: asks for a constant.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Some(pages * u64::try_from(page).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_comes_back() {
        let large = vec![7; 3 << 20];
        assert_eq!(run(4 << 20, || large.clone()).unwrap(), large);
        assert!(matches!(
            run(1 << 20, || large.clone()),
            Err(SandboxError::Stopped)
        ));
    }

    #[test]
    fn what_runs_away_is_stopped() {
        fn deep(n: u64) -> u64 {
            std::hint::black_box(if n == 0 { 0 } else { 1 + deep(n - 1) })
        }
        let works: [fn() -> Vec<u8>; 4] = [
            || loop {
                std::hint::black_box(0);
            },
            || vec![1; 8 << 30],
            || deep(u64::MAX).to_le_bytes().to_vec(),
            || panic!("as libraries do"),
        ];
        for work in works {
            assert!(matches!(run(10, work), Err(SandboxError::Stopped)));
        }
    }
}

//! Whole processes: their running time and memory.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The system's figures about a finished process.
#[derive(Clone, Copy)]
pub struct Cost {
    pub seconds: f64,
    /// The seconds on all processors together.
    pub cpu_seconds: f64,
    /// The largest resident set, mapped files included, in MB (10^6 bytes).
    pub peak_mb: f64,
}

/// Run `command` to its end with its output discarded.
///
/// A child's peak starts from its parent's memory at the fork, so benches that report memory must be small
/// themselves: they do not link libtorch.
pub fn run(command: &mut Command) -> Cost {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut errors);
    }
    let mut status = 0;
    // SAFETY: plain data that the kernel fills.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: waits for our own child and writes to the two values above.
    let waited = unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
    let seconds = start.elapsed().as_secs_f64();
    // The child has ended; this call only tells the library.
    let _ = child.wait();
    assert!(
        waited == child.id() as i32 && status == 0,
        "{command:?} failed: {errors}"
    );
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let time = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Cost {
        seconds,
        cpu_seconds: time(usage.ru_utime) + time(usage.ru_stime),
        peak_mb: usage.ru_maxrss as f64 * unit as f64 / 1e6,
    }
}

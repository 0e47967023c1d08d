//! A program on a pseudo-terminal: its drawing, with times.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A program and the screen that it draws on. Dropping it ends the program.
pub struct Screen {
    terminal: vt100::Parser,
    /// The bytes that were read, with their times.
    output: Receiver<(Instant, Vec<u8>)>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    started: Instant,
    _master: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Start `program` on a terminal of `cols`×`rows`.
    pub fn start(program: &str, args: &[&str], cols: u16, rows: u16) -> Screen {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.cwd(Path::new("."));
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let started = Instant::now();
        let child = pty
            .slave
            .spawn_command(command)
            .expect("the program starts");
        Screen {
            terminal: vt100::Parser::new(rows, cols, 0),
            output,
            keyboard: pty.master.take_writer().expect("a writer"),
            child,
            started,
            _master: pty.master,
        }
    }

    /// The time from the start of the program to the last byte of the first frame that `is_full`.
    pub fn first(&mut self, is_full: impl Fn(&str) -> bool) -> Duration {
        let limit = Duration::from_secs(120);
        loop {
            match self.output.recv_timeout(limit) {
                Ok((at, bytes)) => {
                    self.terminal.process(&bytes);
                    if is_full(&self.text()) {
                        return at - self.started;
                    }
                }
                Err(why) => panic!("no full frame ({why}); on screen:\n{}", self.text()),
            }
        }
    }

    /// Press keys. The result is the time until the last byte that the program drew, if it drew. The program
    /// has finished once it is silent for `quiet`.
    pub fn press(&mut self, keys: &str, quiet: Duration) -> Option<Duration> {
        let pressed = Instant::now();
        self.keyboard
            .write_all(keys.as_bytes())
            .and_then(|()| self.keyboard.flush())
            .expect("the terminal takes keys");
        self.settle(quiet).map(|last| last - pressed)
    }

    /// Read until the program is silent. The result is the time of the last byte, if any came.
    pub fn settle(&mut self, quiet: Duration) -> Option<Instant> {
        let mut last = None;
        while let Ok((at, bytes)) = self.output.recv_timeout(quiet) {
            self.terminal.process(&bytes);
            last = Some(at);
        }
        last
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// The present resident memory in MB (10^6 bytes), mapped files included. Only Linux tells.
    pub fn resident_mb(&self) -> Option<f64> {
        let status = format!("/proc/{}/status", self.child.process_id()?);
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024.0 / 1e6)
    }
}

/// Whether a frame is complete: it shows the tensor's summary and the model's next token.
pub fn is_full(text: &str) -> bool {
    text.contains("count ") && text.contains("entropy ")
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

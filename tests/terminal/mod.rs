//! A pseudo-terminal with the program in it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A time long enough for a loaded machine. A test that passes never waits so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    pub master: Box<dyn MasterPty + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    pub keys: Box<dyn Write + Send>,
    pub screen: Arc<Mutex<vt100::Parser>>,
    /// Everything that was written.
    pub bytes: Arc<Mutex<Vec<u8>>>,
    /// The terminal's settings before the program started.
    pub before: libc::termios,
}

pub fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Terminal {
    pub fn start(args: &[&str], cols: u16, rows: u16) -> Terminal {
        Terminal::start_with(args, cols, rows, "relative, so that nothing is kept")
    }

    /// Start the program with a folder for its state between runs.
    pub fn start_with(args: &[&str], cols: u16, rows: u16, state: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerwise"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        Terminal::start_command(command, cols, rows, state)
    }

    /// In kitty, with a folder for the user's files.
    pub fn kitty(args: &[&str], home: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerwise"));
        command.args(args);
        command.env("TERM", "xterm-kitty");
        Terminal::start_command(command, 120, 36, home)
    }

    /// A shell with job control, in which the program is `$LAYERWISE`.
    pub fn shell(cols: u16, rows: u16) -> Terminal {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "--noediting", "-i"]);
        command.env("PS1", "$ ");
        command.env("TERM", "xterm-256color");
        command.env("LAYERWISE", env!("CARGO_BIN_EXE_layerwise"));
        Terminal::start_command(command, cols, rows, "relative, so that nothing is kept")
    }

    pub fn start_command(command: CommandBuilder, cols: u16, rows: u16, state: &str) -> Terminal {
        Terminal::start_sized(command, size(cols, rows), state)
    }

    /// A terminal that tells the pixels of its cells and is named by these variables.
    pub fn with_pixels(args: &[&str], named: &[(&str, &str)], state: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerwise"));
        command.args(args);
        Terminal::named(&mut command);
        command.env("COLORTERM", "truecolor");
        for (name, value) in named {
            command.env(name, value);
        }
        let size = PtySize {
            pixel_width: 120 * 8,
            pixel_height: 36 * 16,
            ..size(120, 36)
        };
        Terminal::start_own(command, size, state)
    }

    /// Take away what the terminal of whoever runs the tests says of itself.
    fn named(command: &mut CommandBuilder) {
        let others = [
            "TERM_PROGRAM",
            "TMUX",
            "STY",
            "ZELLIJ",
            "KITTY_WINDOW_ID",
            "LC_TERMINAL",
        ];
        // The program speaks English, whatever the language of whoever runs the tests.
        for name in others.into_iter().chain(["LC_ALL", "LC_MESSAGES", "LANG"]) {
            command.env_remove(name);
        }
    }

    fn start_sized(mut command: CommandBuilder, size: PtySize, state: &str) -> Terminal {
        Terminal::named(&mut command);
        Terminal::start_own(command, size, state)
    }

    fn start_own(mut command: CommandBuilder, size: PtySize, state: &str) -> Terminal {
        let pair = native_pty_system().openpty(size).unwrap();
        let before = pair.master.get_termios_raw();
        command.env("XDG_CONFIG_HOME", state);
        command.env("XDG_STATE_HOME", state);
        command.env("HOME", state);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        let child = pair.slave.spawn_command(command).unwrap();
        // The screen is larger than any size asked for; the program draws in its corner.
        let screen = Arc::new(Mutex::new(vt100::Parser::new(60, 200, 0)));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shown = screen.clone();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let written = bytes.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                written.lock().unwrap().extend(&buffer[..n]);
                shown.lock().unwrap().process(&buffer[..n]);
            }
        });
        Terminal {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            screen,
            bytes,
            before,
        }
    }

    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Wait until the screen shows `wanted`.
    pub fn see(&self, wanted: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text().contains(wanted) {
            assert!(Instant::now() < until, "no {wanted:?} on\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Where this was written, behind all that was written before it.
    pub fn written(&self, sequence: &str) -> usize {
        let until = Instant::now() + PATIENCE;
        loop {
            let bytes = self.bytes.lock().unwrap();
            let mut windows = bytes.windows(sequence.len());
            if let Some(at) = windows.rposition(|window| window == sequence.as_bytes()) {
                return at;
            }
            drop(bytes);
            assert!(Instant::now() < until, "{sequence:?} is not written");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Wait until the screen is so.
    pub fn becomes(&self, so: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !so(self.screen.lock().unwrap().screen()) {
            assert!(Instant::now() < until, "never so:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Wait until the shell asks for a line. What is typed while programs take over from each other is lost.
    pub fn prompts(&self) {
        self.becomes(|screen| {
            let (row, column) = screen.cursor_position();
            let line = screen.rows(0, 2).nth(row.into()).unwrap_or_default();
            column == 2 && line.starts_with('$')
        });
    }

    /// Send a signal to the program that the shell runs.
    pub fn signal_job(&self, signal: i32) {
        let group = self.master.process_group_leader().unwrap();
        assert_ne!(Some(group as u32), self.child.process_id());
        // SAFETY: a plain system call on the job that has the terminal.
        assert_eq!(unsafe { libc::kill(group, signal) }, 0);
    }

    pub fn signal(&self, signal: i32) {
        let id = self.child.process_id().unwrap() as libc::pid_t;
        // SAFETY: a plain system call on a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
    }

    /// Wait for the end, and check that the terminal is restored.
    pub fn ends(mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < until, "still there:\n{}", self.text()),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let after = self.master.get_termios_raw();
        assert_eq!(self.before.c_lflag, after.c_lflag, "raw mode is left");
        assert_eq!(self.before.c_iflag, after.c_iflag, "raw mode is left");
        // The last bytes may still be on their way to the reader.
        let restored = |s: &vt100::Screen| {
            !s.alternate_screen()
                && !s.hide_cursor()
                && s.mouse_protocol_mode() == vt100::MouseProtocolMode::None
                && !s.bracketed_paste()
        };
        while !restored(self.screen.lock().unwrap().screen()) {
            assert!(Instant::now() < until, "the screen is not given back");
            std::thread::sleep(Duration::from_millis(10));
        }
        status.exit_code()
    }
}

/// The terminal's settings, seen from the master's side.
pub trait Termios {
    fn get_termios_raw(&self) -> libc::termios;
}

impl Termios for Box<dyn MasterPty + Send> {
    fn get_termios_raw(&self) -> libc::termios {
        let fd = self.as_raw_fd().unwrap();
        let mut settings = std::mem::MaybeUninit::uninit();
        // SAFETY: `tcgetattr` fills the whole value where it returns 0.
        unsafe {
            assert_eq!(libc::tcgetattr(fd, settings.as_mut_ptr()), 0);
            settings.assume_init()
        }
    }
}

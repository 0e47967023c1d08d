//! The program on a real pseudo-terminal: it draws, reads keys, follows the size, and restores the terminal
//! however it ends.
#![cfg(unix)]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

mod common;

/// A time long enough for a loaded machine. A test that passes never waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// Everything that was written.
    bytes: Arc<Mutex<Vec<u8>>>,
    /// The terminal's settings before the program started.
    before: libc::termios,
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Terminal {
    fn start(args: &[&str], cols: u16, rows: u16) -> Terminal {
        Terminal::start_with(args, cols, rows, "relative, so that nothing is kept")
    }

    /// Start the program with a folder for its state between runs.
    fn start_with(args: &[&str], cols: u16, rows: u16, state: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerwise"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        Terminal::start_command(command, cols, rows, state)
    }

    /// In kitty, with a folder for the user's files.
    fn kitty(args: &[&str], home: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerwise"));
        command.args(args);
        command.env("TERM", "xterm-kitty");
        Terminal::start_command(command, 120, 36, home)
    }

    /// A shell with job control, in which the program is `$LAYERWISE`.
    fn shell(cols: u16, rows: u16) -> Terminal {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "--noediting", "-i"]);
        command.env("PS1", "$ ");
        command.env("TERM", "xterm-256color");
        command.env("LAYERWISE", env!("CARGO_BIN_EXE_layerwise"));
        Terminal::start_command(command, cols, rows, "relative, so that nothing is kept")
    }

    fn start_command(mut command: CommandBuilder, cols: u16, rows: u16, state: &str) -> Terminal {
        let pair = native_pty_system().openpty(size(cols, rows)).unwrap();
        let before = pair.master.get_termios_raw();
        for name in ["TERM_PROGRAM", "TMUX", "STY", "ZELLIJ"] {
            command.env_remove(name);
        }
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

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Wait until the screen shows `wanted`.
    fn see(&self, wanted: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text().contains(wanted) {
            assert!(Instant::now() < until, "no {wanted:?} on\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Where this was written, behind all that was written before it.
    fn written(&self, sequence: &str) -> usize {
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
    fn becomes(&self, so: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !so(self.screen.lock().unwrap().screen()) {
            assert!(Instant::now() < until, "never so:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Wait until the shell asks for a line. What is typed while programs take over from each other is lost.
    fn prompts(&self) {
        self.becomes(|screen| {
            let (row, column) = screen.cursor_position();
            let line = screen.rows(0, 2).nth(row.into()).unwrap_or_default();
            column == 2 && line.starts_with('$')
        });
    }

    /// Send a signal to the program that the shell runs.
    fn signal_job(&self, signal: i32) {
        let group = self.master.process_group_leader().unwrap();
        assert_ne!(Some(group as u32), self.child.process_id());
        // SAFETY: a plain system call on the job that has the terminal.
        assert_eq!(unsafe { libc::kill(group, signal) }, 0);
    }

    fn signal(&self, signal: i32) {
        let id = self.child.process_id().unwrap() as libc::pid_t;
        // SAFETY: a plain system call on a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
    }

    /// Wait for the end, and check that the terminal is restored.
    fn ends(mut self) -> u32 {
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
trait Termios {
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

fn trace() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    common::write(&path, common::Options::default()).unwrap();
    let text = path.to_str().unwrap().to_owned();
    (folder, text)
}

#[test]
fn a_trace_is_stepped_through_resized_and_left() {
    let (_folder, trace) = trace();
    let mut terminal = Terminal::start(&["replay", &trace], 120, 36);
    terminal.see("step 1/");
    terminal.press("ss");
    terminal.see("step 3/");
    terminal.master.resize(size(80, 24)).unwrap();
    terminal.press("s");
    terminal.see("step 4/");
    // The screen is drawn again without asking the terminal for its cursor: this terminal does not answer.
    terminal.press("\x0cs");
    terminal.see("step 5/");
    terminal.press(":goto logits\r");
    terminal.see("logits");
    for (cols, rows) in [(1, 1), (20, 5), (200, 60)] {
        terminal.master.resize(size(cols, rows)).unwrap();
        terminal.press("S");
        std::thread::sleep(Duration::from_millis(50));
    }
    terminal.see("next token");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn lines_are_kept_for_the_next_run() {
    let (folder, trace) = trace();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let mut terminal = Terminal::start_with(&["replay", &trace], 120, 36, state);
    terminal.see("step 1/");
    terminal.press(":goto logits\r");
    terminal.see("unembed · step");
    terminal.signal(libc::SIGTERM);
    terminal.ends();
    let mut terminal = Terminal::start_with(&["replay", &trace], 120, 36, state);
    terminal.see("step 1/");
    terminal.press(":\x1b[A");
    terminal.see(":goto logits");
    terminal.press("\x15\x15");
    terminal.press("\x12log");
    terminal.see("▸ goto logits");
    terminal.press("\r:q\r");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn commands_of_x_run_on_the_screen() {
    let (folder, trace) = trace();
    let file = folder.path().join("steps");
    std::fs::write(&file, "break *.pattern\ncontinue\n").unwrap();
    let file = file.to_str().unwrap();
    let terminal_args = ["replay", &trace, "-x", file, "-x", "info breakpoints"];
    let mut terminal = Terminal::start(&terminal_args, 120, 36);
    terminal.see("● 1  *.pattern");
    terminal.press("qq");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn signals_and_ctrl_c_give_the_terminal_back() {
    let (_folder, trace) = trace();
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        let terminal = Terminal::start(&["replay", &trace], 80, 24);
        terminal.see("step 1/");
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 128 + signal as u32);
    }
    let mut terminal = Terminal::start(&["replay", &trace], 80, 24);
    terminal.see("step 1/");
    terminal.press("\x03");
    terminal.ends();
}

/// Under a shell with job control, which is what a person goes back to.
#[test]
fn ctrl_z_and_signals_stop_it_and_fg_comes_back() {
    let (_folder, trace) = trace();
    let shell = |screen: &vt100::Screen| !screen.alternate_screen();
    let ours = |screen: &vt100::Screen| {
        screen.alternate_screen()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
    };
    let mut terminal = Terminal::shell(80, 24);
    terminal.prompts();
    terminal.press(&format!("$LAYERWISE replay {trace}\n"));
    terminal.see("step 1/");
    terminal.press("s");
    terminal.see("step 2/");
    // By the key, also from an editor that lies on top, and by a signal from elsewhere.
    for (i, stop) in ["\x1a", ":top\x1a", "TSTP"].into_iter().enumerate() {
        match stop {
            "TSTP" => terminal.signal_job(libc::SIGTSTP),
            keys => terminal.press(keys),
        }
        terminal.becomes(shell);
        terminal.prompts();
        terminal.press(&format!("echo back-$((40+{i}))\n"));
        terminal.see(&format!("back-4{i}"));
        let settings = terminal.master.get_termios_raw();
        assert_ne!(settings.c_lflag & libc::ISIG, 0, "raw mode is left");
        terminal.press("fg\n");
        terminal.becomes(ours);
        terminal.see("step 2/");
        let settings = terminal.master.get_termios_raw();
        assert_eq!(settings.c_lflag & libc::ICANON, 0, "raw mode is back");
        if stop.starts_with(':') {
            terminal.see(":top");
            terminal.press("\x1b");
            terminal.becomes(|screen| !screen.contents().contains(":top"));
        }
    }
    // Longer than the signal takes that ended the last stop.
    std::thread::sleep(Duration::from_millis(1100));
    // No program hears of this one: the shell finds the screen as it is.
    terminal.signal_job(libc::SIGSTOP);
    terminal.prompts();
    terminal.press("fg\n");
    terminal.becomes(ours);
    terminal.press("s");
    terminal.see("step 3/");
    terminal.press("q");
    terminal.becomes(shell);
    terminal.prompts();
    terminal.press("exit 7\n");
    assert_eq!(terminal.ends(), 7);
}

/// A remote terminal is asked for its clipboard and its keys by sequences in its own stream.
#[test]
fn the_users_keys_the_clipboard_and_kittys_keyboard() {
    let (folder, trace) = trace();
    let home = folder.path().join("home");
    let file = home.join("layerwise/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(
        &file,
        "them = 'dark'\ndensity = 'digits'\n[keys]\nu = 'step 2'\n",
    )
    .unwrap();
    let mut terminal = Terminal::kitty(&["replay", &trace], home.to_str().unwrap());
    terminal.see("step 1/");
    terminal.see("config.toml:1: there is no setting `them`; did you mean `theme`?");
    terminal.press("u");
    terminal.see("step 3/");
    terminal.press(":show density\r");
    terminal.see("density digits");
    terminal.press(":copy name\r");
    // "blocks.0.resid_pre"
    terminal.written("\x1b]52;c;YmxvY2tzLjAucmVzaWRfcHJl\x1b\\");
    let pushed = terminal.written("\x1b[>1u");
    assert!(terminal.written("\x1b[?1049h") < pushed);
    // The sequences by which kitty reports escape and q.
    terminal.press("\x1b[27u:q\x1b[13u");
    let (popped, left) = (
        terminal.written("\x1b[<1u"),
        terminal.written("\x1b[?1049l"),
    );
    assert!(pushed < popped && popped < left);
    assert_eq!(terminal.ends(), 0);
}

/// Where no shell could let it go on, as the only program of a terminal, Ctrl-Z does not end in a stop.
#[test]
fn ctrl_z_without_a_shell_changes_nothing() {
    let (_folder, trace) = trace();
    let mut terminal = Terminal::start(&["replay", &trace], 80, 24);
    terminal.see("step 1/");
    terminal.press("\x1as");
    terminal.see("step 2/");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_file_that_is_no_trace_is_said_on_the_ordinary_screen() {
    let terminal = Terminal::start(&["replay", "no-such-file"], 80, 24);
    let screen = terminal.screen.clone();
    assert_eq!(terminal.ends(), 2);
    let text = screen.lock().unwrap().screen().contents();
    assert!(text.contains("no-such-file"), "{text}");
}

/// The tokenizer's panic is reported like any error, on the ordinary screen and without a backtrace.
#[cfg(feature = "torch")]
#[test]
fn a_pattern_that_never_ends_is_said_on_the_ordinary_screen() {
    let folder = common::endless_tokenizer();
    let prompt = format!("{}b", "a".repeat(40));
    let args = [folder.path().to_str().unwrap(), "-p", &prompt];
    let terminal = Terminal::start(&args, 80, 24);
    let screen = terminal.screen.clone();
    assert_eq!(terminal.ends(), 2);
    let text = screen.lock().unwrap().screen().contents();
    assert!(text.contains("cannot encode the text"), "{text}");
    assert!(!text.contains("panic"), "{text}");
}

/// The bytes of a real terminal: lines pasted in brackets, alt-enter, ctrl-j, and nothing changed.
#[cfg(feature = "torch")]
#[test]
fn a_prompt_of_several_lines_is_edited() {
    let mut terminal = Terminal::start(&["-p", "中\n\t华"], 120, 36);
    terminal.see("step 1/");
    terminal.press("e");
    terminal.see("2 lines · 4 characters");
    terminal.press("\r");
    terminal.see("step 1/");
    terminal.press("e\x1b[200~人\r民\x1b[201~\x1b\r\nx");
    terminal.see("5 lines · 10 characters");
    terminal.press("\r:tokens\r");
    terminal.see("\"x\"");
    terminal.press("qq");
    assert_eq!(terminal.ends(), 0);
    // Where the terminal tells them apart, shift-enter is a new line as well.
    let mut terminal = Terminal::kitty(&["-p", "中"], "relative, so that nothing is kept");
    terminal.see("step 1/");
    terminal.press("e\x1b[13;2ux");
    terminal.see("2 lines · 3 characters");
    terminal.press("\x1b[27uq");
    assert_eq!(terminal.ends(), 0);
}

#[cfg(feature = "torch")]
#[test]
fn the_embedded_model_steps() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.see("中│华│人│民");
    terminal.press("sss");
    terminal.see("step 4/");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_perceptron_learns_forwards_and_back_and_says_why_it_cannot() {
    let mut terminal = Terminal::start(&["play", "perceptron"], 120, 36);
    terminal.see("= 16. The sum 16 is greater than the threshold 8");
    // Without a good price: 12.
    terminal.press("\x1b[B ");
    terminal.see("= 12. The sum 12 is greater than the threshold 8");
    terminal.press("dand\r");
    terminal.see("data and (4)");
    terminal.press("4s");
    terminal.see("the sum was too little");
    terminal.press("S");
    terminal.see("epoch 1 · next sample 4/4");
    terminal.press("c");
    terminal.see("Converged: all 4 samples are right");
    terminal.master.resize(size(80, 24)).unwrap();
    terminal.press(":data xor\rc");
    terminal.see("It never converges");
    terminal.see("`layerwise play`");
    // A file that is not there loses nothing, nor does a terminal that is too small.
    terminal.press("dno.csv\r");
    terminal.see("no.csv: it is not there");
    terminal.press("\x1b");
    terminal.see("q quit");
    terminal.master.resize(size(40, 10)).unwrap();
    terminal.press(" ");
    terminal.see("needs 60×16");
    terminal.master.resize(size(120, 36)).unwrap();
    terminal.press("\x0c");
    terminal.see("data xor (4)");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn signals_give_the_terminal_back_from_what_is_played() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        let terminal = Terminal::start(&["play", "perceptron", "-x", "data or"], 80, 24);
        terminal.see("data or (4)");
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 128 + signal as u32);
        let terminal = Terminal::start(&["play", "matrix", "-x", "play"], 80, 24);
        terminal.see("matrix product");
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 128 + signal as u32);
    }
}

#[cfg(feature = "torch")]
#[test]
fn tokens_appear_by_themselves_pause_and_stop() {
    let mut terminal = Terminal::start(&["-p", "中华人民"], 80, 24);
    terminal.see("step 1/");
    terminal.press(":autoplay 20 count=11\r");
    terminal.see("中华人民共和国成立于1949年");
    terminal.see("keys and values of 14 tokens are kept");
    terminal.see("paused");
    // On again without an end, until it is paused.
    terminal.press(" ");
    terminal.see("20 a second");
    terminal.see("keys and values of 16 tokens are kept");
    terminal.press(" ");
    terminal.see("paused");
    terminal.press("K");
    terminal.see("blocks.0.attn.keys");
    terminal.press("\x1b");
    terminal.becomes(|screen| !screen.contents().contains("attn.keys"));
    terminal.press("\x1b");
    terminal.see("autoplay stopped");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_matrix_product_plays_and_is_edited() {
    let mut terminal = Terminal::start(&["play", "matrix"], 120, 36);
    terminal.see("Each cell of C is a row of A times a column of B");
    terminal.press("s");
    terminal.see("Row 1 of A meets column 1 of B");
    terminal.press("++++ ");
    terminal.see("step 16/16");
    terminal.see("The sum 13 lands in row 2, column 2 of C.");
    // The first number of A.
    terminal.press("\r\u{7f}9\rc");
    terminal.see("13");
    terminal.press("C");
    terminal.see("step 0/16");
    terminal.press("2");
    terminal.see("u projected onto v");
    terminal.press("\u{1b}[C");
    terminal.see("u = (3.5, 4)");
    terminal.master.resize(size(40, 10)).unwrap();
    terminal.press(" ");
    terminal.see("needs 60×16");
    terminal.master.resize(size(80, 24)).unwrap();
    terminal.press("\u{c}");
    terminal.see("u = (3.5, 4)");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn recorded_passes_are_walked_through() {
    let (_folder, trace) = trace();
    let mut terminal = Terminal::start(&["replay", &trace], 120, 36);
    terminal.see("step 1/");
    terminal.see("pass 0");
    terminal.press(":autoplay 20\r");
    terminal.see("pass 1");
    terminal.see("a trace is a recording");
    terminal.press("\x1b");
    terminal.see("autoplay stopped after 1");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_product_of_a_trace_is_played() {
    let (_folder, path) = trace();
    let mut terminal = Terminal::start(&["replay", &path, "-x", "goto 0.attn_scores"], 80, 24);
    terminal.see("attn_scores");
    terminal.press("p");
    terminal.see("0 of 4 terms");
    terminal.press(" ");
    terminal.see("4 of 4 terms");
    terminal.press("q");
    terminal.press(":goto 0.q\rp");
    terminal.see("not here: ");
    terminal.press("q");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

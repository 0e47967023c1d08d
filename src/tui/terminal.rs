//! The terminal as we found it comes back: at the end, on errors, panics and signals, and while the program is
//! stopped.

use std::io::{self, Stdout, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError};
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, window_size,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use signal_hook::consts::{SIGCONT, SIGTSTP};

use super::graphics;
use super::pictures::{Made, Pictures};
use super::theme::Theme;
use super::widgets::heat_map;
use crate::panics;

/// How long after a stop the signal that ended it may still be under way.
const SETTLED: Duration = Duration::from_secs(1);

/// Holds the terminal; dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// When a shell last let the program go on.
    retaken: Option<Instant>,
    pictures: Pictures,
    /// The size of the last frame. A terminal of another size is cleared first.
    drawn: Rect,
}

impl Screen {
    pub fn take() -> io::Result<Screen> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let previous = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                // A panic on the worker's thread is reported on the screen, which goes on.
                let worker = std::thread::current().name() == Some("source");
                if !worker && !panics::are_caught() {
                    restore();
                    previous(info);
                }
            }));
        });
        let terminal = enter().and_then(|()| Terminal::new(CrosstermBackend::new(stdout())));
        match terminal {
            Ok(terminal) => Ok(Screen {
                terminal,
                retaken: None,
                pictures: Pictures::default(),
                drawn: Rect::default(),
            }),
            Err(e) => {
                restore();
                Err(e)
            }
        }
    }

    /// Draw a frame; what draws it says where the terminal's cursor belongs, if anywhere.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(
        &mut self,
        theme: Theme,
        draw: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let (pictures, drawn) = (&mut self.pictures, &mut self.drawn);
        self.terminal.try_draw(|frame| {
            if std::mem::replace(drawn, frame.area()) != frame.area() {
                pictures.forget();
            }
            let (cursor, maps) = heat_map::collect(|| draw(frame.buffer_mut()));
            let pixels = theme.pixels();
            let first = pictures.show(frame.buffer_mut(), maps, theme.graphics, pixels);
            if let Some(at) = cursor {
                frame.set_cursor_position(at);
            }
            stdout().write_all(first.as_bytes())
        })?;
        Ok(())
    }

    /// Pictures that belong in the next frame come here, for [`Screen::keep`].
    pub fn ready(&self) -> Receiver<Made> {
        self.pictures.ready()
    }

    /// Take a picture that the next frame shows.
    pub fn keep(&mut self, made: Result<Made, RecvError>) {
        match made {
            Ok(made) => self.pictures.keep(made),
            Err(_) => self.pictures.lose(),
        }
    }

    /// Stop or go on as a signal says; returns a signal that ends the program. What was drawn is to be drawn again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn obey(&mut self, signal: i32) -> io::Result<Option<i32>> {
        match signal {
            SIGTSTP => {
                self.suspend()?;
                self.retaken = Some(Instant::now());
            }
            // The signal that let it go on comes late and says nothing new.
            SIGCONT if self.retaken.is_some_and(|at| at.elapsed() < SETTLED) => {}
            // It may have been stopped by a signal that no program hears of.
            SIGCONT => self.retake()?,
            signal => return Ok(Some(signal)),
        }
        Ok(None)
    }

    /// Stop as a program does that knows nothing of SIGTSTP, the terminal as it was, until a shell lets the
    /// program go on. Where there is no shell that could, the system does not stop it.
    ///
    /// # Errors
    /// The terminal is gone meanwhile.
    fn suspend(&mut self) -> io::Result<()> {
        restore();
        stop();
        self.retake()
    }

    /// Take the terminal as if for the first time: a shell had it meanwhile.
    ///
    /// # Errors
    /// The terminal is gone.
    fn retake(&mut self) -> io::Result<()> {
        restore();
        enter()?;
        self.redraw()
    }

    /// Ask the terminal, wherever it is, to put a text into its clipboard (OSC 52).
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Let the next frame be drawn whole.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.pictures.forget();
        // Not `clear`, which asks the terminal for its cursor and fails where that is slow to answer.
        let size = self.size()?;
        self.terminal.resize(size)
    }

    /// The terminal's size, asked for rather than waited for: a resize that comes together with a key is not
    /// reported.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn size(&self) -> io::Result<Rect> {
        let size = self.terminal.size()?;
        // A terminal that does not tell its pixels shows no pictures.
        let pixels = window_size().map_or((0, 0), |size| (size.width, size.height));
        graphics::fit((size.width, size.height), pixels);
        Ok(Rect::from((Position::ORIGIN, size)))
    }
}

/// Ask this program and all that the shell started with it to stop, as the terminal does for Ctrl-Z where
/// it is not raw.
pub fn ask_to_stop() {
    // SAFETY: sends a signal to the own group.
    unsafe { libc::kill(0, SIGTSTP) };
}

fn stop() {
    // SAFETY: both actions are whole values of the system's own type, and zero is one of them; the signal
    // goes to this thread, so that it is obeyed before the next line.
    unsafe {
        let mut own: libc::sigaction = std::mem::zeroed();
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        if libc::sigaction(SIGTSTP, &raw const default, &raw mut own) == 0 {
            libc::raise(SIGTSTP);
            libc::sigaction(SIGTSTP, &raw const own, std::ptr::null_mut());
        }
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste
    )?;
    if tells_keys_apart(|name| std::env::var(name).ok()) {
        PUSHED.store(true, Ordering::SeqCst);
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(stdout(), PushKeyboardEnhancementFlags(flags))?;
    }
    Ok(())
}

/// Whether the terminal is known for kitty's keyboard protocol, by which shift-enter is another key than enter.
/// One that is asked and does not answer would keep the first keys waiting.
fn tells_keys_apart(env: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, known: &[&str]| env(name).is_some_and(|v| known.contains(&v.as_str()));
    let multiplexed = ["TMUX", "STY", "ZELLIJ"]
        .iter()
        .any(|name| env(name).is_some());
    let terms = [
        "xterm-kitty",
        "xterm-ghostty",
        "foot",
        "foot-direct",
        "foot-extra",
        "alacritty",
        "alacritty-direct",
        "rio",
        "wezterm",
    ];
    let programs = ["ghostty", "iTerm.app", "kitty", "rio", "WezTerm"];
    !multiplexed && (is("TERM", &terms) || is("TERM_PROGRAM", &programs))
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = stdout().write_all(self.pictures.end().as_bytes());
        restore();
    }
}

/// Whether the terminal is ours. It is given back once: a second time would move the cursor over what a
/// panic has printed.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the terminal was told to tell keys apart. The two screens of a terminal have a memory each for
/// that, so it is taken back before the other one is shown.
static PUSHED: AtomicBool = AtomicBool::new(false);

/// Best effort: there is nobody left to tell of an error.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if PUSHED.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), PopKeyboardEnhancementFlags);
    }
    let _ = execute!(
        stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_are_known_for_it_tell_keys_apart() {
        let env = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        };
        assert!(tells_keys_apart(env(&[("TERM", "xterm-kitty")])));
        assert!(tells_keys_apart(env(&[
            ("TERM", "xterm-256color"),
            ("TERM_PROGRAM", "WezTerm")
        ])));
        assert!(!tells_keys_apart(env(&[("TERM", "xterm-256color")])));
        assert!(!tells_keys_apart(env(&[
            ("TERM", "tmux-256color"),
            ("TERM_PROGRAM", "WezTerm"),
            ("TMUX", "/tmp/tmux")
        ])));
    }
}

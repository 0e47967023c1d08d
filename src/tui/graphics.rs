//! Whether the terminal shows pictures, by which protocol, and how many pixels a cell of it has.
//!
//! The terminal is never asked: a terminal that does not answer, or answers late, would take the first keys for its
//! answer or keep them waiting. Its environment says what it is, and its user may say otherwise.

use std::cell::Cell;

/// A way to send pictures to a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    Kitty,
    Sixel,
    Iterm2,
}

/// Words of the setting `graphics`.
pub const WORDS: [&str; 5] = ["auto", "off", "kitty", "sixel", "iterm2"];

impl Protocol {
    /// The protocol of the terminal that the environment names, if it is known for one.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Option<Protocol> {
        let has = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        let term = env("TERM").unwrap_or_default();
        // Behind a multiplexer the terminal is another one than the environment may say, and sees no pictures.
        let multiplexed = ["TMUX", "STY", "ZELLIJ"].into_iter().any(has)
            || term.starts_with("tmux")
            || term.starts_with("screen");
        if multiplexed {
            return None;
        }
        let of_term = match term.as_str() {
            "dumb" | "linux" => return None,
            "xterm-kitty" | "xterm-ghostty" => Some(Protocol::Kitty),
            "wezterm" => Some(Protocol::Iterm2),
            "mlterm" | "yaft-256color" | "contour" => Some(Protocol::Sixel),
            foot if foot == "foot" || foot.starts_with("foot-") => Some(Protocol::Sixel),
            _ => None,
        };
        let of_program = || match env("TERM_PROGRAM")?.as_str() {
            "ghostty" | "kitty" => Some(Protocol::Kitty),
            "iTerm.app" | "WezTerm" => Some(Protocol::Iterm2),
            _ => None,
        };
        // Variables that a terminal inherited from another count only if it sets none of its own.
        let inherited = || match (has("TERM_PROGRAM"), has("KITTY_WINDOW_ID")) {
            (false, true) => Some(Protocol::Kitty),
            _ => (env("LC_TERMINAL")? == "iTerm2").then_some(Protocol::Iterm2),
        };
        of_term.or_else(of_program).or_else(inherited)
    }

    /// The protocol that a word of the setting stands for.
    pub fn chosen(word: &str, env: impl Fn(&str) -> Option<String>) -> Option<Protocol> {
        match word {
            "auto" => Protocol::detect(env),
            "kitty" => Some(Protocol::Kitty),
            "sixel" => Some(Protocol::Sixel),
            "iterm2" => Some(Protocol::Iterm2),
            _ => None,
        }
    }

    /// The word for it, or for none.
    pub fn word(protocol: Option<Protocol>) -> &'static str {
        match protocol {
            None => "off",
            Some(Protocol::Kitty) => "kitty",
            Some(Protocol::Sixel) => "sixel",
            Some(Protocol::Iterm2) => "iterm2",
        }
    }
}

thread_local! {
    static CELL: Cell<Option<(u16, u16)>> = const { Cell::new(None) };
}

/// Columns and rows of pixels of a cell of the terminal that this thread draws on, where it tells them.
pub fn cell() -> Option<(u16, u16)> {
    CELL.get()
}

/// Remember the size of the terminal, in cells and in pixels, as the system tells it.
pub fn fit((columns, rows): (u16, u16), (width, height): (u16, u16)) {
    let each = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|&n| n >= 4);
    CELL.set(each(width, columns).zip(each(height, rows)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &'static [(&str, &str)]) -> Option<Protocol> {
        Protocol::detect(move |name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_tells_the_protocol_of_a_terminal() {
        use Protocol::{Iterm2, Kitty, Sixel};
        for (set, due) in [
            (&[("TERM", "xterm-kitty")][..], Some(Kitty)),
            (&[("TERM", "xterm-ghostty")], Some(Kitty)),
            (&[("TERM", "foot")], Some(Sixel)),
            (&[("TERM", "foot-direct")], Some(Sixel)),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")],
                Some(Iterm2),
            ),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
                Some(Iterm2),
            ),
            (
                &[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")],
                Some(Iterm2),
            ),
            (
                &[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")],
                Some(Kitty),
            ),
            // Another terminal, started from kitty's shell.
            (
                &[
                    ("TERM", "xterm-256color"),
                    ("TERM_PROGRAM", "vscode"),
                    ("KITTY_WINDOW_ID", "1"),
                ],
                None,
            ),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], None),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], None),
            (&[("TERM", "xterm-kitty"), ("STY", "1.pts")], None),
            (&[("TERM", "xterm-256color")], None),
            (&[("TERM", "linux")], None),
            (&[], None),
        ] {
            assert_eq!(of(set), due, "{set:?}");
        }
    }

    #[test]
    fn every_word_of_the_setting_is_one() {
        let kitty = |name: &str| (name == "TERM").then(|| "xterm-kitty".to_owned());
        for word in WORDS {
            let chosen = Protocol::word(Protocol::chosen(word, kitty));
            assert_eq!(chosen, if word == "auto" { "kitty" } else { word });
        }
    }

    #[test]
    fn a_cell_has_pixels_where_the_terminal_tells_them() {
        fit((80, 24), (800, 480));
        assert_eq!(cell(), Some((10, 20)));
        fit((80, 24), (0, 0));
        assert_eq!(cell(), None);
        fit((0, 0), (800, 480));
        assert_eq!(cell(), None);
    }
}

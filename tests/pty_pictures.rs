//! Heat maps as pictures, on a pseudo-terminal that is named like one that shows them.
#![cfg(unix)]

use terminal::Terminal;

mod common;
mod terminal;

const KITTY: &str = "\x1b_Gq=2,i=";
const SIXEL: &str = "\x1bP9;1;0q";
const ITERM2: &str = "\x1b]1337;File=inline=1;";
const ALL: [&str; 3] = [KITTY, SIXEL, ITERM2];

fn trace() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    common::write(&path, common::Options::default()).unwrap();
    let text = path.to_str().unwrap().to_owned();
    (folder, text)
}

/// The program at a pattern, whose heads are heat maps; keys are typed before it can have read any.
fn at_a_pattern(named: &[(&str, &str)], config: &str) -> (tempfile::TempDir, Terminal) {
    let (folder, trace) = trace();
    let home = folder.path().to_str().unwrap().to_owned();
    if !config.is_empty() {
        std::fs::create_dir(folder.path().join("layerwise")).unwrap();
        std::fs::write(folder.path().join("layerwise/config.toml"), config).unwrap();
    }
    let mut terminal = Terminal::with_pixels(&["replay", &trace], named, &home);
    // Enter would be another key on a terminal that is not raw yet.
    terminal.press(":goto 0.pattern");
    terminal.see("tab complete");
    terminal.see("step 1/");
    terminal.see(":goto 0.pattern");
    terminal.press("\r");
    terminal.see("heads of pattern");
    (folder, terminal)
}

fn count(terminal: &Terminal, escape: &str) -> usize {
    let bytes = terminal.bytes.lock().unwrap();
    let windows = bytes.windows(escape.len());
    windows
        .filter(|window| *window == escape.as_bytes())
        .count()
}

/// Leave; how often each escape was written.
fn leave(mut terminal: Terminal, escapes: &[&str]) -> Vec<usize> {
    terminal.press("q");
    let bytes = terminal.bytes.clone();
    assert_eq!(terminal.ends(), 0);
    let bytes = bytes.lock().unwrap();
    let count = |escape: &&str| {
        let windows = bytes.windows(escape.len());
        windows.filter(|w| *w == escape.as_bytes()).count()
    };
    escapes.iter().map(count).collect()
}

#[test]
fn terminals_that_show_pictures_get_heat_maps_as_pictures() {
    for (named, escape) in [
        (&[("TERM", "xterm-kitty")][..], KITTY),
        (&[("TERM", "foot")], SIXEL),
        (
            &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
            ITERM2,
        ),
    ] {
        let (_folder, terminal) = at_a_pattern(named, "");
        terminal.written(escape);
        let others = ALL.into_iter().filter(|other| *other != escape);
        assert_eq!(others.map(|e| count(&terminal, e)).sum::<usize>(), 0);
        // The terminal is asked to drop all that it was given.
        let dropped = leave(terminal, &["\x1b_Gq=2,a=d,d=I,i="])[0];
        assert_eq!(dropped > 0, escape == KITTY);
    }
}

#[test]
fn other_terminals_get_half_blocks() {
    for named in [
        &[("TERM", "xterm-256color")][..],
        &[("TERM", "xterm-kitty"), ("NO_COLOR", "1")],
        &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux,1,0")],
        &[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")],
    ] {
        let (_folder, terminal) = at_a_pattern(named, "");
        assert_eq!(leave(terminal, &ALL), [0; 3], "{named:?}");
    }
}

#[test]
fn the_setting_stands_before_the_name_of_the_terminal() {
    let (_folder, terminal) = at_a_pattern(&[("TERM", "xterm-kitty")], "graphics = 'off'\n");
    let mut terminal = terminal;
    terminal.press(":show graphics\r");
    terminal.see("graphics off");
    assert_eq!(count(&terminal, KITTY), 0);
    terminal.press(":graphics sixel\r");
    terminal.see("heat maps: pictures (sixel)");
    terminal.written(SIXEL);
    // A window over a map takes the picture away, and it comes back.
    terminal.press("?");
    terminal.see("reverse-step");
    terminal.press("\x1b");
    // A key right behind escape is one key with it: the window is gone first.
    terminal.becomes(|screen| !screen.contents().contains("reverse-step"));
    terminal.see("heads of pattern");
    leave(terminal, &[]);
}

//! The screens of play on a real pseudo-terminal.
#![cfg(unix)]

use std::time::Duration;

use terminal::{Terminal, size};

mod terminal;

const SIZES: [(u16, u16); 2] = [(120, 36), (80, 24)];

#[test]
fn the_playground_is_run_paused_edited_and_left() {
    for (cols, rows) in SIZES {
        let mut terminal = Terminal::start(&["play", "#seed=0.5"], cols, rows);
        terminal.see("000,000");
        // At full speed the keys are read at once.
        terminal.press(">> ");
        terminal.see("pause");
        let begun = |screen: &vt100::Screen| {
            let shown = screen.contents();
            shown.contains("pause") && !shown.contains("000,000")
        };
        terminal.becomes(begun);
        terminal.press("t");
        terminal.see("[✓]");
        terminal.press(" ");
        terminal.see("▶ run");
        // The first neuron, its first weight, another value.
        terminal.press("\t\t\r");
        terminal.see(" of x1");
        terminal.press("\r\x15-1.25\r");
        terminal.see("weight -1.25 of x1");
        terminal.press("\x1b");
        terminal.becomes(|screen| !screen.contents().contains("weight -1.25"));
        terminal.press("r");
        terminal.see("000,000");
        terminal.press("i");
        terminal.see("point 1 · layer 1 forward");
        terminal.press(":activ\t\r");
        terminal.see("usage: activation VALUE");
        terminal.press("\x15activation sine\r");
        terminal.see("sine");
        terminal.master.resize(size(40, 10)).unwrap();
        terminal.press("s");
        terminal.see("needs 80×22");
        terminal.master.resize(size(200, 60)).unwrap();
        terminal.press("s");
        terminal.see("training points");
        terminal.press("q");
        assert_eq!(terminal.ends(), 0);
    }
}

#[test]
fn a_run_at_full_speed_is_left_at_once_by_key_and_by_signal() {
    for end in ["q", "\x03", "TERM"] {
        let state = "#networkShape=8,8&seed=0.5&xSquared=true";
        let mut terminal = Terminal::start(&["play", state, "-x", "run 100000"], 120, 36);
        terminal.see("pause");
        match end {
            "TERM" => {
                terminal.signal(libc::SIGTERM);
                assert_eq!(terminal.ends(), 128 + libc::SIGTERM as u32);
            }
            key => {
                terminal.press(key);
                terminal.ends();
            }
        }
    }
}

#[test]
fn lines_of_both_screens_are_kept_for_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    for (args, line, shown) in [
        (&["play", "#seed=0.5"][..], "noise 35", "35"),
        (&["play", "perceptron"][..], "threshold 12", "12"),
    ] {
        let mut terminal = Terminal::start_with(args, 80, 24, state);
        terminal.see("layerwise");
        terminal.press(&format!(":{line}\r"));
        terminal.see(shown);
        terminal.press("q");
        assert_eq!(terminal.ends(), 0);
        let mut terminal = Terminal::start_with(args, 80, 24, state);
        terminal.see("layerwise");
        terminal.press(":\x1b[A");
        terminal.see(&format!(":{line}"));
        terminal.press("\x15\x12");
        std::thread::sleep(Duration::from_millis(50));
        terminal.press(&line[..4]);
        terminal.see(&format!("▸ {line}"));
        terminal.press("\x1b\x1bq");
        terminal.signal(libc::SIGTERM);
        terminal.ends();
    }
}

#[test]
fn a_link_that_is_broken_is_told_before_the_screen() {
    let terminal = Terminal::start(&["play", "#noise=99"], 80, 24);
    terminal.see("key noise: 99 is out of range");
    assert_eq!(terminal.ends(), 2);
    let mut terminal = Terminal::start(&["play", "#nosie=3&seed=0.5"], 120, 36);
    terminal.see("the key nosie is unknown; did you mean noise?");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

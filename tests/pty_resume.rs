//! Sessions on a real pseudo-terminal: left in one run, and returned to in the next.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use terminal::Terminal;

mod common;
mod program;
mod terminal;

fn trace(folder: &Path) -> String {
    let path = folder.join("a.safetensors");
    common::write(&path, common::Options::default()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn state(folder: &Path) -> String {
    folder.join("state").to_str().unwrap().to_owned()
}

/// The files of sessions.
fn kept(state: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(state).join("layerwise/sessions")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn batch(state: &str, args: &[&str]) -> Output {
    program::layerwise()
        .args(args)
        .env("XDG_STATE_HOME", state)
        .output()
        .unwrap()
}

/// Press esc by itself: with a key right behind it, it would be that key with alt.
fn escape(terminal: &mut Terminal) {
    terminal.press("\x1b");
    std::thread::sleep(std::time::Duration::from_millis(300));
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_session_of_a_trace_is_returned_to() {
    let folder = tempfile::tempdir().unwrap();
    let (trace, state) = (trace(folder.path()), state(folder.path()));
    let mut first = Terminal::start_with(&["replay", &trace], 120, 36, &state);
    first.see("step 1/");
    first.press(":goto logits\r");
    first.see("unembed · step");
    first.press(":break *.attn.pattern\r:hide explain\r:density digits\r:temperature 1.5\r");
    first.see("T 1.5");
    first.press("q");
    assert_eq!(first.ends(), 0);
    assert_eq!(kept(&state).len(), 1);
    // It is found by its model, and as the last one of all.
    for args in [&["--resume"][..], &[&trace, "--resume"]] {
        let mut again = Terminal::start_with(args, 120, 36, &state);
        again.see("back in the session that was left");
        again.see("unembed · step");
        again.press(":show temperature\r");
        again.see("temperature 1.5");
        again.press(":breakpoints\r");
        again.see("● 1  *.attn.pattern");
        escape(&mut again);
        again.press(":show density\r");
        again.see("density digits");
        again.press("q");
        assert_eq!(again.ends(), 0);
    }
    let out = batch(
        &state,
        &["--resume", "--batch", "-x", "where", "-x", "breakpoints"],
    );
    assert!(out.status.success(), "{}", text(&out.stderr));
    let said = text(&out.stdout);
    assert!(
        said.contains("· logits") && said.contains("*.attn.pattern"),
        "{said}"
    );
}

#[test]
fn a_signal_keeps_the_session_and_so_does_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let (trace, state) = (trace(folder.path()), state(folder.path()));
    let mut first = Terminal::start_with(&["replay", &trace], 120, 36, &state);
    first.see("step 1/");
    first.press("sss");
    first.see("step 4/");
    first.signal(libc::SIGTERM);
    first.ends();
    let out = batch(&state, &["--resume", "--batch", "-x", "where"]);
    assert!(
        text(&out.stdout).contains("step 4/"),
        "{}",
        text(&out.stdout)
    );
    // A program that is killed has kept what it had when the keys rested.
    let mut second = Terminal::start_with(&[&trace, "--resume"], 120, 36, &state);
    second.see("step 4/");
    second.press("ss");
    second.see("step 6/");
    std::thread::sleep(std::time::Duration::from_secs(2));
    second.signal(libc::SIGKILL);
    second.child.wait().unwrap();
    let out = batch(&state, &["--resume", "--batch", "-x", "where"]);
    assert!(
        text(&out.stdout).contains("step 6/"),
        "{}",
        text(&out.stdout)
    );
}

#[test]
fn a_broken_file_is_told_and_lost_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (trace, state) = (trace(folder.path()), state(folder.path()));
    let out = batch(&state, &[&trace, "--resume", "--batch", "-x", "where"]);
    assert!(out.status.success());
    let told = text(&out.stderr);
    assert!(told.contains("was kept: this is a new one"), "{told}");
    let mut first = Terminal::start_with(&["replay", &trace], 120, 36, &state);
    first.see("step 1/");
    first.press("sq");
    first.ends();
    let file = kept(&state).remove(0);
    fs::write(&file, "{\"version\": 1, \"ori").unwrap();
    let out = batch(&state, &[&trace, "--resume", "--batch", "-x", "where"]);
    assert!(out.status.success(), "it goes on");
    let told = text(&out.stderr);
    assert!(
        told.contains("it is no session of layerwise") && told.contains("this is a new session"),
        "{told}"
    );
    assert!(text(&out.stdout).contains("step 1/"));
    let mut second = Terminal::start_with(&[&trace, "--resume"], 120, 36, &state);
    second.see("step 1/");
    second.press("sq");
    second.ends();
    let old = file.with_extension("json.old");
    assert_eq!(fs::read_to_string(old).unwrap(), "{\"version\": 1, \"ori");
}

#[cfg(feature = "torch")]
#[test]
fn prompt_tokens_interventions_and_branches_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(folder.path());
    let mut first = Terminal::start_with(&["-p", "中华人民"], 120, 36, &state);
    first.see("step 1/");
    first.press(":zero 1.z [:, 2]\r");
    first.see("✎ 1 intervention");
    first.press("tt");
    first.see("pass 2");
    first.press(":branch other prompt 中国人民\r");
    first.see("⑂ other");
    first.press(":forbid 17\r");
    first.see("✎ 2 interventions");
    first.press("g2.pattern\r");
    first.see("▶ pattern");
    first.press("&");
    first.see("other → main");
    first.press("q");
    assert_eq!(first.ends(), 0);
    let mut again = Terminal::start_with(&["--resume"], 120, 36, &state);
    again.see("back in the session that was left");
    again.see("⑂ other");
    again.see("other → main");
    again.see("▶ pattern");
    again.press(":branches\r");
    again.see("main · \"中华人民\" + \"共和\" · zero blocks.1.attn.z [:, 2]");
    again.see("other · \"中国人民\" · zero blocks.1.attn.z [:, 2], forbid");
    escape(&mut again);
    again.press("q");
    assert_eq!(again.ends(), 0);
    // A prompt that is given holds: the layout is what is left of the session.
    let lines = ["-x", "branches", "-x", "where", "-x", "interventions"];
    let args = [&["--resume", "-p", "中国", "--batch"][..], &lines].concat();
    let out = batch(&state, &args);
    let said = text(&out.stdout);
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert!(said.contains("▶ main · \"中国\""), "{said}");
    assert!(said.contains("blocks.2.attn.pattern"), "{said}");
    assert!(said.contains("there is no intervention"), "{said}");
}

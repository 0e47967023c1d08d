//! The program on a real pseudo-terminal: it draws, reads keys, follows the size, and restores the terminal
//! however it ends.
#![cfg(unix)]

use std::time::Duration;

use terminal::{Terminal, Termios, size};

mod common;
mod terminal;

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

/// A key is read also where the size changes in the same moment, and it waits for no further key.
#[test]
fn a_key_beside_a_new_size_is_read() {
    let (_folder, trace) = trace();
    let mut terminal = Terminal::start(&["replay", &trace], 120, 36);
    terminal.see("step 1/");
    for round in 0..100 {
        terminal.master.resize(size(100 + round % 7, 36)).unwrap();
        terminal.press("s");
        terminal.see("step 2/");
        terminal.master.resize(size(100 + round % 5, 36)).unwrap();
        terminal.press("S");
        terminal.see("step 1/");
    }
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
    terminal.becomes(|screen| !screen.contents().contains("no.csv"));
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
fn a_lesson_is_answered_and_kept_and_the_next_one_opens() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start_with(&["learn"], 120, 36, state);
    terminal.see("lesson 1 of 15");
    terminal.see("99.9 %");
    terminal.press("a");
    terminal.see("your answer:");
    terminal.press("民\r");
    terminal.see("Not yet");
    terminal.press("\x15共\r");
    terminal.see("✓ Done");
    terminal.press("n");
    terminal.see("lesson 2 of 15");
    terminal.press("g");
    terminal.see("terms; those on the screen come first");
    terminal.press("\x1b");
    terminal.becomes(|screen| !screen.contents().contains("terms; those"));
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    // Another run opens at the first lesson that is not done.
    let mut terminal = Terminal::start_with(&["learn", "--lang", "zh-Hant"], 80, 24, state);
    terminal.see("第 2 課，共 15 課");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_lesson_in_chinese_is_done_in_its_panes_at_80_by_24() {
    let mut terminal = Terminal::start(&["learn", "3", "--lang", "zh-Hans"], 80, 24);
    terminal.see("第 3 课");
    terminal.see("感知器");
    terminal.press("\t:threshold 12\r");
    terminal.see("✓ 完成");
    // Too small, and large again: nothing is lost.
    terminal.master.resize(size(30, 8)).unwrap();
    terminal.see("60×16");
    terminal.master.resize(size(80, 24)).unwrap();
    terminal.see("✓ 完成");
    terminal.signal(libc::SIGTERM);
    assert_eq!(terminal.ends(), 143);
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

//! The whole screen, driven by keys.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Density};
use super::draw;
use super::fake_source::Fake;
use super::theme::{Depth, Ground, Theme};
use super::update::Driver;
use super::widgets::text;
use crate::session::worker::Worker;

fn driver(width: u16, height: u16) -> Driver {
    let worker = Worker::start(Box::new(|| Ok(Box::new(Fake::new()))));
    let app = App::new(Theme::new(Depth::None, Ground::Dark));
    let mut driver = Driver::new(app, worker);
    driver.resize(Rect::new(0, 0, width, height));
    settle(&mut driver);
    driver
}

fn settle(driver: &mut Driver) {
    let reports = driver.worker.reports().clone();
    while driver.app.model.is_none() || driver.worker.busy() {
        driver.report(reports.recv_timeout(Duration::from_secs(5)).unwrap());
    }
}

/// The screen as lines of text.
fn picture(driver: &Driver) -> String {
    let mut buf = Buffer::empty(driver.app.screen);
    draw::draw(&mut buf, &driver.app);
    draw::text(&buf)
}

fn mouse(driver: &mut Driver, kind: MouseEventKind, column: u16, row: u16) {
    let modifiers = KeyModifiers::NONE;
    driver.mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    });
    settle(driver);
}

/// Press keys: characters, or words such as `<enter>`.
fn press(driver: &mut Driver, keys: &str) {
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let word = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
        let named = match word.map(|w| w.0) {
            Some("enter") => Some(KeyCode::Enter),
            Some("esc") => Some(KeyCode::Esc),
            Some("down") => Some(KeyCode::Down),
            Some("up") => Some(KeyCode::Up),
            Some("f5") => Some(KeyCode::F(5)),
            Some("right") => Some(KeyCode::Right),
            Some("end") => Some(KeyCode::End),
            Some("tab") => Some(KeyCode::Tab),
            Some("back") => Some(KeyCode::Backspace),
            _ => None,
        };
        let (event, len) = match (word, named) {
            (Some((name, _)), Some(code)) => (KeyEvent::from(code), name.len() + 2),
            (Some((name, _)), None) if name.starts_with("ctrl-") => {
                let c = name.chars().next_back().unwrap();
                let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
                (event, name.len() + 2)
            }
            _ => (KeyEvent::from(KeyCode::Char(first)), first.len_utf8()),
        };
        driver.key(event);
        settle(driver);
        rest = &rest[len..];
    }
}

fn here(driver: &Driver) -> String {
    let plan = driver.app.plan().unwrap();
    crate::trace::hook::short(&plan.points()[driver.app.at.point].name)
}

#[test]
fn keys_step_break_continue_and_go() {
    let mut d = driver(120, 36);
    assert_eq!(here(&d), "embed");
    press(&mut d, "ss");
    assert_eq!(here(&d), "blocks.0.resid_pre");
    press(&mut d, ":break *.pattern<enter>c");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("head 0 of 4"));
    press(&mut d, "]cC");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("head 1 of 4"));
    press(&mut d, "g3.mlp.post<enter>");
    assert_eq!(here(&d), "blocks.3.mlp.post");
    press(&mut d, ">S");
    assert_eq!(here(&d), "ln_final.out");
    press(&mut d, ":flurb<enter>");
    assert!(picture(&d).contains("there is no command"));
    press(&mut d, "<esc>?");
    assert!(picture(&d).contains("Go to the next hook point"));
}

#[test]
fn a_candidate_becomes_the_next_token() {
    let mut d = driver(120, 36);
    press(&mut d, ":focus lens<enter><down><enter>");
    assert_eq!(d.app.at.pass, 1);
    assert_eq!(d.app.pass().unwrap().tokens.last().unwrap().text, "的");
    press(&mut d, "g1.pattern<enter>");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
    press(&mut d, "(");
    assert_eq!(d.app.at.pass, 0);
}

#[test]
fn a_token_at_an_earlier_pass_asks_before_later_ones_are_dropped() {
    let mut d = driver(80, 24);
    press(&mut d, "tt");
    assert_eq!((d.app.passes.len(), d.app.at.pass), (3, 2));
    let question = "Another token here drops passes 1 to 2. Take it?";
    // No is no, however it is said, and other keys neither.
    for no in ["n", "N", "<esc>", "<ctrl-c>"] {
        press(&mut d, "((tqx<enter>");
        assert!(picture(&d).contains(question), "{}", picture(&d));
        press(&mut d, no);
        assert!(d.app.overlay.is_none() && d.app.passes.len() == 3);
        press(&mut d, "))");
    }
    press(&mut d, "((t");
    insta::assert_snapshot!(picture(&d));
    press(&mut d, "y");
    assert_eq!((d.app.passes.len(), d.app.at.pass), (2, 1));
    assert!(picture(&d).contains("this is pass 1, passes 1 to 2 dropped"));
    // So many are one question, and a candidate is a token too.
    press(&mut d, "t(3t");
    assert!(picture(&d).contains("drops pass 2."), "{}", picture(&d));
    press(&mut d, "y");
    assert_eq!((d.app.passes.len(), d.app.at.pass), (5, 4));
    press(&mut d, "(:focus lens<enter><enter>");
    assert!(picture(&d).contains("drops pass 4."));
    press(&mut d, "n");
    // Lines of a file are answered by who wrote them, as in gdb.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    std::fs::write(&file, "pass 0\ntoken\n").unwrap();
    press(&mut d, &format!(":source {}<enter>", file.display()));
    assert_eq!(d.app.passes.len(), 2);
}

#[test]
fn a_click_on_a_token_goes_to_the_pass_that_ran_it() {
    let mut d = driver(120, 36);
    press(&mut d, "tt");
    let lines: Vec<String> = picture(&d).lines().map(str::to_owned).collect();
    let row = lines.iter().position(|l| l.contains("中│华")).unwrap();
    let column = |token: &str| {
        let line = &lines[row];
        text::width(&line[..line.find(token).unwrap()])
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut d, click, column("华"), row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (0, 1));
    // The tokens that came later are seen from here too.
    let last = column("民┃") + 3;
    mouse(&mut d, click, last, row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (1, 0), "{}", picture(&d));
    mouse(&mut d, click, column("中"), row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (0, 0));
}

#[test]
fn what_is_selected_goes_to_the_clipboard() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>jlly");
    let value = d.take_copied().unwrap();
    assert!(picture(&d).contains(&format!("copied {value}")));
    press(&mut d, "Y");
    let row = d.take_copied().unwrap();
    let values: Vec<&str> = row.trim_matches(['[', ']']).split(", ").collect();
    let width = d.app.plan().unwrap().points()[d.app.at.point].shape[2];
    assert_eq!(values.len(), width);
    assert_eq!(values[d.app.cell.1], value);
    press(&mut d, ":copy name<enter>");
    assert_eq!(d.take_copied().as_deref(), Some("blocks.1.attn.q"));
    press(&mut d, ":focus lens<enter><down>y");
    assert_eq!(d.take_copied().as_deref(), Some("的"));
    press(&mut d, ":focus steps<enter><down>y");
    assert_eq!(d.take_copied().as_deref(), Some("blocks.1.attn.k"));
    press(&mut d, "G:focus matrix<enter>y");
    assert_eq!(d.take_copied().as_deref(), Some("共"));
    // Where there is nothing, nothing goes there.
    press(&mut d, ":copy all<enter>");
    assert!(d.take_copied().is_none() && picture(&d).contains("copy does not understand `all`"));
}

#[test]
fn the_prompt_is_edited_as_it_was_given() {
    let mut d = driver(120, 36);
    press(&mut d, "te");
    insta::assert_snapshot!(picture(&d));
    press(&mut d, "<ctrl-j>x");
    d.paste("one\r\ttwo");
    press(&mut d, "<enter>");
    assert_eq!(d.app.prompt, "中华人民\nxone\n\ttwo");
    // What nobody changes comes back, and so does what a screen cannot show.
    let text = " a\tb\r\n\u{1b}[31m\n<|im_start|>user\n";
    d.app.prompt = text.into();
    press(&mut d, "e");
    assert!(picture(&d).contains("not shown, but kept"));
    press(&mut d, "<enter>");
    assert_eq!(d.app.prompt, text);
    press(&mut d, "ex<esc>");
    assert_eq!(d.app.prompt, text);
}

#[test]
fn the_prompt_editor_is_reached_from_the_command_line() {
    let mut d = driver(80, 24);
    press(&mut d, ":prompt<enter>");
    assert!(picture(&d).contains("ctrl-j new line"));
    press(&mut d, "<esc>:prompt a");
    d.paste("b\nc");
    assert!(
        picture(&d).contains("2 lines · 4 characters"),
        "{}",
        picture(&d)
    );
    press(&mut d, "<enter>");
    assert_eq!(d.app.prompt, "ab\nc");
}

#[test]
fn keys_that_come_faster_than_tokens_are_not_lost() {
    let mut d = driver(120, 36);
    for _ in 0..3 {
        d.key(KeyEvent::from(KeyCode::Char('t')));
    }
    settle(&mut d);
    assert_eq!((d.app.passes.len(), d.app.at.pass), (4, 3));
    press(&mut d, "(ty");
    assert_eq!((d.app.passes.len(), d.app.at.pass), (4, 3));
}

#[test]
fn printing_commands_show_their_answers() {
    let mut d = driver(120, 36);
    press(&mut d, ":topk 3<enter>");
    assert!(picture(&d).contains("next token, seen from embed"));
    press(&mut d, "<esc>g1.pattern<enter>:print [0]<enter>");
    assert!(picture(&d).contains("blocks.1.attn.pattern ["));
    press(&mut d, "<esc>i");
    assert!(picture(&d).contains("softmax(scores)"));
    press(&mut d, "<esc>:print [9]<enter>");
    assert!(picture(&d).contains("outside axis head"));
    press(&mut d, ":walk<enter>");
    assert!(picture(&d).contains("hook point"));
}

#[test]
fn the_whole_screen_at_the_logits() {
    let mut d = driver(120, 36);
    press(&mut d, ">");
    insta::assert_snapshot!(picture(&d));
    press(&mut d, "d");
    assert_eq!(d.app.density, Density::Digits);
    assert!(!picture(&d).contains("most likely"));
}

#[test]
fn the_whole_screen_with_the_command_line_narrow() {
    let mut d = driver(80, 24);
    press(&mut d, "g1.pa");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_whole_screen_with_help_narrow() {
    let mut d = driver(80, 24);
    press(&mut d, "?<end>");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_whole_screen_with_the_form_to_save() {
    let mut d = driver(120, 36);
    press(&mut d, "<ctrl-s><tab><back>*.pattern");
    insta::assert_snapshot!(picture(&d));
    press(&mut d, "x");
    assert!(picture(&d).contains("no hook point matches"));
    press(&mut d, "<back><enter>");
    assert!(picture(&d).contains("disk full"));
}

#[test]
fn a_file_is_replaced_only_on_a_second_enter() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut d = driver(120, 36);
    press(&mut d, "<ctrl-s><ctrl-u>");
    d.paste(file.path().to_str().unwrap());
    press(&mut d, "<enter>");
    assert!(picture(&d).contains("enter again replaces it"));
    press(&mut d, "<enter>");
    assert!(picture(&d).contains("disk full"));
}

#[test]
fn half_a_command_is_completed_and_old_lines_come_back() {
    let mut d = driver(120, 36);
    press(&mut d, ":brea<tab>*.q<enter>c");
    assert_eq!(here(&d), "blocks.0.attn.q");
    press(&mut d, ":got<enter>logits<enter>");
    assert_eq!(here(&d), "logits");
    press(&mut d, ":<ctrl-p><ctrl-p><enter>");
    assert!(picture(&d).contains("4 hook points"));
    // The line that was typed comes back behind the newest of the history.
    press(&mut d, ":top<up><up><up><down><down>");
    assert!(picture(&d).contains(":break *.q"), "{}", picture(&d));
    press(&mut d, "<down>");
    assert!(picture(&d).contains(":top"), "{}", picture(&d));
    press(&mut d, "<esc>:<ctrl-r>logi");
    assert!(picture(&d).contains("▸ goto logits"), "{}", picture(&d));
    press(&mut d, "<esc><esc>:<ctrl-r>brea<ctrl-r><ctrl-r><tab>");
    assert!(picture(&d).contains(":break *.q"), "{}", picture(&d));
    press(&mut d, "<esc>:<ctrl-r>goto<enter>");
    assert_eq!(here(&d), "logits");
    press(&mut d, ":help topk<enter>");
    assert!(picture(&d).contains("topk 5 1.resid_post"));
}

#[test]
fn tab_completes_the_argument_or_does_nothing() {
    let mut d = driver(120, 36);
    let typed = |d: &mut Driver, keys: &str| {
        press(d, &format!(":{keys}"));
        let shown = picture(d);
        press(d, "<esc>");
        let line = shown.lines().find(|line| line.contains("┃ :")).unwrap();
        let line = line.split("┃ :").nth(1).unwrap();
        line.split('┃').next().unwrap().trim_end().to_owned()
    };
    for (keys, due) in [
        ("print 2.pat<tab>", "print blocks.2.attn.pattern"),
        ("print 2.pat<tab><tab>", "print blocks.2.attn.pattern"),
        ("print 2.pat [0<tab>", "print 2.pat [0"),
        ("break *.attn_s<tab>", "break *.attn_scores"),
        ("focus le<tab>", "focus lens"),
        ("token \"和<tab>", "token \"和\""),
        ("step 3<tab>", "step 3"),
        ("print zzz<tab>", "print zzz"),
        ("pri<tab>", "print"),
    ] {
        assert_eq!(typed(&mut d, keys), due, "{keys}");
    }
}

#[test]
fn an_empty_line_repeats_the_last_step() {
    let mut d = driver(120, 36);
    press(&mut d, ":<enter>");
    assert!(picture(&d).contains("type a command"));
    press(
        &mut d,
        "<esc>:step 3<enter>:info<enter><esc>:<enter>:<enter>",
    );
    assert_eq!(d.app.at.point, 9);
}

#[test]
fn numbers_before_keys_count() {
    let mut d = driver(120, 36);
    press(&mut d, "12");
    assert!(picture(&d).contains("12: the next key so many times"));
    press(&mut d, "s");
    assert_eq!(d.app.at.point, 12);
    press(&mut d, "5s<esc>");
    assert_eq!(d.app.at.point, 17);
    press(&mut d, "5<esc>s");
    assert_eq!(d.app.at.point, 18);
    press(&mut d, "gg");
    assert_eq!(here(&d), "embed");
    press(&mut d, "G");
    assert_eq!(here(&d), "logits");
    press(&mut d, "10gg");
    assert_eq!(d.app.at.point, 9);
    press(&mut d, "20G3S");
    assert_eq!(d.app.at.point, 16);
    press(&mut d, "999G");
    assert!(picture(&d).contains("this pass has steps 1 to 82"));
    press(&mut d, "3t");
    assert_eq!(d.app.passes.len(), 4);
    press(&mut d, "2(");
    assert_eq!(d.app.at.pass, 1);
    press(&mut d, "2?");
    assert!(picture(&d).contains("? takes no number"), "{}", picture(&d));
    press(&mut d, "g1.pattern<enter>");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
}

#[test]
fn a_search_finds_names_and_values() {
    let mut d = driver(120, 36);
    press(&mut d, "/pattern<enter>");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("esc ends the search"));
    press(&mut d, "nn");
    assert_eq!(here(&d), "blocks.2.attn.pattern");
    press(&mut d, "N");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
    // Another key, and then n is `next` again.
    press(&mut d, "<right>");
    assert!(picture(&d).contains("n N next, previous"));
    press(&mut d, "<esc>n");
    assert_eq!(here(&d), "blocks.1.attn_out");
    press(&mut d, "gg/>1.5<enter>");
    assert_eq!(here(&d), "embed");
    let at = |d: &Driver| (d.app.at.point, d.app.cell, d.app.head);
    let value = |d: &Driver| super::fake::value(d.app.at.point, 0, d.app.cell.0, d.app.cell.1);
    let first = at(&d);
    assert!(value(&d) > 1.5);
    press(&mut d, "n");
    assert!(at(&d) > first && value(&d) > 1.5, "{:?}", at(&d));
    press(&mut d, "N");
    assert_eq!(at(&d), first);
    press(&mut d, "/nan<enter>");
    assert!(picture(&d).contains("no value of this pass is nan"));
    press(&mut d, "/zzz<enter>");
    assert!(picture(&d).contains("no hook point matches zzz"));
}

#[test]
fn esc_leaves_the_zoom_and_keys_without_a_meaning_say_so() {
    let mut d = driver(120, 36);
    press(&mut d, "z");
    assert!(d.app.zoom);
    press(&mut d, "<esc>");
    assert!(!d.app.zoom);
    press(&mut d, "<esc>");
    assert!(picture(&d).contains("nothing is open"));
    for (key, name) in [
        ("v", "v"),
        ("<f5>", "f5"),
        ("<ctrl-g>", "ctrl-g"),
        ("0", "0"),
    ] {
        press(&mut d, key);
        assert!(
            picture(&d).contains(&format!("{name} means nothing here")),
            "{key}"
        );
    }
}

#[test]
fn a_file_of_commands_runs_to_its_end_or_to_the_first_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = path(
        "good",
        "# steps\ntop\nprint [0]\ntoken\ntopk 2\nuntil 1.q\n",
    );
    let mut d = driver(120, 36);
    press(&mut d, &format!(":source {good}<enter>"));
    let shown = picture(&d);
    for part in [
        "what the commands said",
        "embed [",
        "next token, seen from embed",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    press(&mut d, "<esc>");
    assert_eq!((here(&d).as_str(), d.app.at.pass), ("blocks.1.attn.q", 1));
    let bad = path("bad", "top\nprint [9]\nend\n");
    press(&mut d, &format!(":source {bad}<enter>"));
    assert_eq!(here(&d), "embed");
    assert!(
        picture(&d).contains("bad:2: print [9]: 9 is outside"),
        "{}",
        picture(&d)
    );
    // As -x gives them, before anything is typed.
    let worker = Worker::start(Box::new(|| Ok(Box::new(Fake::new()))));
    let app = App::new(Theme::new(Depth::None, Ground::Dark));
    let history = crate::session::history::History::default();
    d = Driver::new(app, worker).with(history, &["break *.q".into(), "c".into()]);
    d.resize(Rect::new(0, 0, 120, 36));
    settle(&mut d);
    assert_eq!(here(&d), "blocks.0.attn.q");
}

#[test]
fn settings_are_told_and_set() {
    let mut d = driver(120, 36);
    press(
        &mut d,
        ":set density digits<enter>:set theme none<enter>:set head 2<enter>:show<enter>",
    );
    let shown = picture(&d);
    for line in [
        "temperature 1",
        "row 3",
        "head 2",
        "density digits",
        "theme none",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    press(&mut d, "<esc>:show density<enter>");
    assert!(picture(&d).contains("density digits"));
    press(&mut d, ":show lens<enter>");
    assert!(picture(&d).contains("lens is hidden"));
}

#[test]
fn the_mouse_chooses_panes_cells_tokens_and_lines() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>");
    let shown = picture(&d);
    let find = |wanted: &str| {
        let at = shown.lines().enumerate().find_map(|(y, line)| {
            let x = line.find(wanted)?;
            Some((text::width(&line[..x]), y as u16))
        });
        at.unwrap_or_else(|| panic!("no {wanted} on\n{shown}"))
    };
    let left = MouseEventKind::Down(MouseButton::Left);
    let (x, y) = find("华");
    mouse(&mut d, left, x, y);
    assert_eq!(d.app.at.row, 1);
    let (x, y) = find("resid_mid");
    mouse(&mut d, left, x, y);
    assert_eq!(here(&d), "blocks.1.resid_mid");
    let cell = d.app.cell;
    mouse(&mut d, MouseEventKind::ScrollDown, 60, 10);
    assert_eq!(d.app.cell.0, cell.0 + 1);
    press(&mut d, "?");
    mouse(&mut d, MouseEventKind::ScrollDown, 60, 10);
    assert!(!picture(&d).contains("┃ Step"));
    press(&mut d, "<esc>:");
    mouse(&mut d, left, 0, 0);
    assert!(d.app.overlay.is_none());
}

#[test]
fn errors_are_shown_and_leave_the_screen_alive() {
    let mut d = driver(120, 36);
    press(&mut d, ":save x.safetensors<enter>");
    assert!(picture(&d).contains("disk full"));
    press(&mut d, "s");
    assert_eq!(here(&d), "pos_embed");
    // The form stays as it was filled in.
    press(&mut d, "<ctrl-s>y.safetensors<enter>");
    let shown = picture(&d);
    assert!(
        shown.contains("disk full") && shown.contains("y.safetensors"),
        "{shown}"
    );
    assert!(
        !shown.contains("trace.safetensors"),
        "the first letter replaces the offered name"
    );
}

#[test]
fn every_hook_point_draws_at_every_size() {
    for (w, h) in [(120, 36), (80, 24), (200, 60), (60, 16), (40, 10), (1, 1)] {
        let mut d = driver(w, h);
        for _ in 0..90 {
            press(&mut d, "s<right>");
            picture(&d);
        }
        assert_eq!(here(&d), "logits");
        press(&mut d, "z<tab><end>z<tab>z?");
        picture(&d);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    /// Whatever is pressed, pasted and clicked at whatever size, a frame can be drawn.
    #[test]
    fn no_key_panics(events in proptest::collection::vec((0..40u8, 0..220u16, 0..70u16), 1..60)) {
        let mut d = driver(100, 30);
        let keys = "snoSNOcCbBg<>tT().,+-d][zxXhjklHLi:?e 1*\"";
        for (what, x, y) in events {
            let code = match what {
                0 => KeyCode::Enter,
                1 => KeyCode::Esc,
                2 => KeyCode::Tab,
                3 => KeyCode::Up,
                4 => KeyCode::Down,
                5 => KeyCode::Home,
                6 => KeyCode::End,
                7 => KeyCode::PageDown,
                8 => KeyCode::BackTab,
                9 => {
                    d.resize(Rect::new(0, 0, x, y));
                    settle(&mut d);
                    continue;
                }
                10..13 => {
                    mouse(&mut d, MouseEventKind::Down(MouseButton::Left), x, y);
                    continue;
                }
                13 => {
                    mouse(&mut d, MouseEventKind::ScrollDown, x, y);
                    continue;
                }
                14 => {
                    d.paste("中华\n人民 [0, -1]");
                    continue;
                }
                _ => KeyCode::Char(keys.chars().nth((x as usize * 70 + y as usize) % keys.len()).unwrap()),
            };
            d.key(KeyEvent::from(code));
            settle(&mut d);
            picture(&d);
        }
    }
}

#[test]
fn a_window_hides_what_lies_before_it_in_patterns_too() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.pattern<enter>");
    let dots = |text: String| text.matches('·').count();
    let all = dots(picture(&d));
    let windows = serde_json::json!({ "attention": { "windows": [null, 2, null, null] } });
    d.app.model.as_mut().unwrap().arch = Some(windows);
    // Of the last two of four tokens, the first and the first two; in the thumbnails as well.
    assert_eq!(dots(picture(&d)) - all, 3, "{}", picture(&d));
    press(&mut d, "g2.pattern<enter>");
    let whole = picture(&d);
    d.app.model.as_mut().unwrap().arch = None;
    assert_eq!(picture(&d), whole, "this block has no window");
}

#[test]
fn at_a_scale_the_footer_shows_the_scale() {
    let mut d = driver(120, 36);
    for (name, value) in [
        ("1.ln1.scale", "[3, 0] = "),
        ("1.ln1.normalized", "[3, 2] = "),
    ] {
        press(&mut d, &format!("g{name}<enter><right><right>"));
        let point = d.app.plan().unwrap().find(name).unwrap();
        let col = if name.ends_with("scale") { 0 } else { 2 };
        let due = format!("{value}{:.7}", super::fake::value(point, 0, 3, col));
        assert!(picture(&d).contains(&due), "{due}: {}", picture(&d));
        d.app.cell.1 = 0;
    }
}

#[test]
fn an_encoder_is_read_in_place_and_does_not_go_on() {
    let mut d = driver(120, 36);
    let mask = d.app.passes[0].tokens[1].id;
    let model = d.app.model.as_mut().unwrap();
    (model.causal, model.mask_token) = (false, Some(mask));
    assert!(picture(&d).contains(" this token, seen from here "));
    press(&mut d, ",,");
    assert!(picture(&d).contains(" masked token, seen from here "));
    press(&mut d, "<");
    press(&mut d, ">");
    let shown = picture(&d);
    assert!(shown.contains("✓ the token that stands there"), "{shown}");
    assert!(!shown.contains("next token"), "{shown}");
    // The upper triangle of a pattern is not hidden.
    press(&mut d, "g0.pattern<enter>");
    let causal = picture(&d);
    d.app.model.as_mut().unwrap().causal = true;
    assert_ne!(picture(&d), causal);
}

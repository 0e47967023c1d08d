//! Lines that are typed, forms, and files of commands.

use super::super::app::{Message, Overlay};
use super::*;

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
    // Lines of -x run before anything is typed.
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

/// Wrong lines are told in the learner's language, on one line of a wide screen.
#[test]
fn wrong_lines_are_told_in_the_language_chosen() {
    let lines = [
        "stpe",
        "goto 9.q",
        "goto nothing_like_it",
        "row 99",
        "pass 7",
        "head 99",
        "print [",
        "print 1.q [0, 0, 99]",
        "print 1.q [0, 0, 0, 0]",
        "temperature -1",
        "cut top_p=3",
        "step twice",
        "delete 4",
        "until embed",
        "stages 1.q",
        "focus nowhere",
        "autoplay 5000",
        "autoplay count=0",
        "curves x",
        "weights *.nothing",
        "break nothing",
        "set volume 3",
        "find",
    ];
    for language in [lang::Language::Simplified, lang::Language::Traditional] {
        lang::within(language, || {
            for line in lines {
                let mut d = driver(120, 36);
                press(&mut d, &format!(":{line}<enter>"));
                let shown = picture(&d);
                let said = match (&d.app.message, &d.app.overlay) {
                    (Some(Message::Error(why) | Message::Note(why)), _) => why.clone(),
                    (None, Some(Overlay::Palette(palette))) => {
                        palette.error.clone().unwrap_or_default()
                    }
                    _ => panic!("{line}: nothing is said: {shown}"),
                };
                assert!(said.chars().any(|c| c >= '\u{4e00}'), "{line}: {said}");
                assert!(text::width(&said) <= 116, "{line}: {said}");
            }
        });
    }
}

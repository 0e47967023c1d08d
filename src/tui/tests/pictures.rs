//! Whole screens.

use super::*;

#[test]
fn the_prompt_is_edited_as_it_was_given() {
    let mut d = driver(120, 36);
    press(&mut d, "te");
    insta::assert_snapshot!(picture(&d));
    press(&mut d, "<ctrl-j>x");
    d.paste("one\r\ttwo");
    press(&mut d, "<enter>");
    assert_eq!(d.app.prompt, "中华人民\nxone\n\ttwo");
    // A text that nobody changes comes back, and so does a character that a screen cannot show.
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
fn the_whole_screen_with_help_in_two_columns() {
    let mut d = driver(200, 60);
    press(&mut d, "?");
    insta::assert_snapshot!(picture(&d));
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
    // Passes that come while a question stands there are part of it.
    press(&mut d, "))))");
    d.key(KeyEvent::from(KeyCode::Char('t')));
    for key in ['(', '(', 't'] {
        d.key(KeyEvent::from(KeyCode::Char(key)));
    }
    settle(&mut d);
    assert!(
        picture(&d).contains("drops passes 3 to 5."),
        "{}",
        picture(&d)
    );
    press(&mut d, "n");
    // Lines of a file are answered by who wrote them, as in gdb.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    std::fs::write(&file, "pass 0\ntoken\n").unwrap();
    press(&mut d, &format!(":source {}<enter>", file.display()));
    assert_eq!(d.app.passes.len(), 2);
}

/// Help, hints and explanations in Chinese, whose characters take two columns each.
#[test]
fn the_whole_screen_in_chinese() {
    use crate::lang::{Language, within};
    within(Language::Traditional, || {
        let mut driver = driver(80, 24);
        press(&mut driver, "nns");
        insta::assert_snapshot!(picture(&driver));
        press(&mut driver, "?");
        insta::assert_snapshot!(picture(&driver));
    });
    within(Language::Simplified, || {
        let mut driver = driver(120, 36);
        press(&mut driver, "nnE");
        insta::assert_snapshot!(picture(&driver));
    });
}

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

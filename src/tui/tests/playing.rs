//! Stages of a value, and tokens that appear one after another.

use super::*;

#[test]
fn the_stages_of_a_value_take_the_middle_at_a_key() {
    let mut d = driver(80, 24);
    press(&mut d, ":goto 1.pattern<enter>");
    assert!(!picture(&d).contains("stages"), "{}", picture(&d));
    press(&mut d, "v");
    insta::assert_snapshot!(picture(&d));
    // The chosen token and head are those of the matrix.
    press(&mut d, "<up>]");
    let shown = picture(&d);
    assert!(shown.contains("人 in head 1"), "{shown}");
    assert_eq!(d.app.at.row, 2);
    press(&mut d, "v");
    assert!(picture(&d).contains("[pattern]"));
    press(&mut d, "v<esc>");
    assert_eq!((d.app.zoom, d.app.focus), (false, App::FOCUS));
    press(&mut d, ":goto 1.q<enter>v");
    assert!(picture(&d).contains("no stages here"), "{}", picture(&d));
}

#[test]
fn the_stages_of_z_and_of_the_answer() {
    let mut d = driver(80, 24);
    press(&mut d, ":goto 1.z<enter>v");
    insta::assert_snapshot!(picture(&d));
    let mut d = driver(120, 36);
    press(&mut d, ":goto logits<enter>:cut top_k=3 top_p=0.99<enter>+");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_curves_of_positions() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut d = driver(width, height);
        press(&mut d, ":goto pos_embed<enter>");
        if width == 80 {
            press(&mut d, "v");
        }
        let shown = picture(&d);
        // The fake model's architecture is not known, and a table is what is taken for likely.
        for part in ["stages", "中", "●"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}

#[test]
fn curves_of_dimensions_are_chosen_by_key_and_by_command() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut d = driver(width, height);
        press(&mut d, ":curves 0 8<enter>");
        assert!(picture(&d).contains("goto pos_embed"), "{}", picture(&d));
        press(&mut d, ":goto pos_embed<enter>:curves 8 40 8<enter>");
        assert_eq!(d.app.curves, [8, 40]);
        if width == 80 {
            press(&mut d, "v");
        }
        // Each curve ends in its number; the cursor's own dimension is one of them.
        let shown = picture(&d);
        for part in ["[8]", "[40]", "[0]", "中", "●"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        press(&mut d, "<esc><right><right>M");
        assert_eq!(d.app.curves, [8, 40, 2]);
        press(&mut d, "M");
        assert_eq!(d.app.curves, [8, 40]);
        press(&mut d, ":curves 64<enter>");
        assert!(picture(&d).contains("0 to 63"), "{}", picture(&d));
        press(&mut d, ":curves 1 2 3 4 5 6<enter>");
        assert!(picture(&d).contains("at most 5"), "{}", picture(&d));
        assert_eq!(d.app.curves, [8, 40]);
        press(&mut d, ":curves none<enter>");
        assert!(d.app.curves.is_empty());
    }
}

#[test]
fn stages_in_chinese_fit_their_pane() {
    for language in [lang::Language::Simplified, lang::Language::Traditional] {
        lang::within(language, || {
            let mut d = driver(80, 24);
            press(&mut d, ":goto 1.pattern<enter>v");
            let shown = picture(&d);
            assert!(shown.contains("÷ ") && shown.contains("第 0 "), "{shown}");
            assert!(shown.lines().all(|line| text::width(line) <= 80), "{shown}");
        });
    }
}

/// Let the token appear that is due.
fn tick(d: &mut Driver) {
    d.play();
    settle(d);
}

#[test]
fn tokens_appear_one_after_another_with_their_probabilities() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut d = driver(width, height);
        press(&mut d, "a");
        assert!(d.due().is_some());
        tick(&mut d);
        tick(&mut d);
        let play = d.app.play.clone().unwrap();
        assert_eq!(play.tokens.len(), 2);
        assert!(play.tokens.iter().all(|token| token.prob == Some(0.968)));
        insta::assert_snapshot!(format!("autoplay_{width}"), picture(&d));
        // Space pauses: nothing is due until it is pressed again.
        press(&mut d, " ");
        assert!(d.due().is_none());
        tick(&mut d);
        assert_eq!(d.app.passes.len(), 3);
        press(&mut d, "t");
        assert_eq!(d.app.passes.len(), 4);
        assert!(d.due().is_none(), "one token by hand is a step");
        assert_eq!(d.app.play.as_ref().unwrap().tokens.len(), 3);
        // The kept keys of all tokens but the last and its own are there on request.
        press(&mut d, "K");
        let shown = picture(&d);
        assert!(
            shown.contains("attn.keys") && shown.contains("[key 7,"),
            "{shown}"
        );
        press(&mut d, "<esc>");
        assert!(d.app.opened.is_none() && d.app.play.is_some());
        press(&mut d, " ");
        tick(&mut d);
        assert_eq!(d.app.passes.len(), 5);
        press(&mut d, "<esc>");
        assert!(d.app.play.is_none());
        assert!(picture(&d).contains("autoplay stopped after 4 tokens"));
        tick(&mut d);
        assert_eq!(d.app.passes.len(), 5);
    }
}

#[test]
fn a_number_of_tokens_ends_it_and_passes_that_are_there_are_walked() {
    let mut d = driver(80, 24);
    press(&mut d, ":autoplay 5 count=2<enter>");
    for _ in 0..4 {
        tick(&mut d);
    }
    assert_eq!(d.app.passes.len(), 3);
    assert!(picture(&d).contains("paused"), "{}", picture(&d));
    press(&mut d, "<esc>((a");
    assert_eq!(d.app.at.pass, 0);
    tick(&mut d);
    tick(&mut d);
    assert_eq!((d.app.passes.len(), d.app.at.pass), (3, 2));
    tick(&mut d);
    assert_eq!(d.app.passes.len(), 4);
    // Another prompt is another text.
    press(&mut d, "ex<enter>");
    assert!(d.app.play.is_none());
}

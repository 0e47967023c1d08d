use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::super::keymap::Keymap;
use super::super::tests::{ctrl, mouse, plain, press, screen};
use super::view::View;
use crate::lang::{Language, within};
use crate::play::matrix::Kind;
use crate::play::matrix::command::Thing;
use crate::session::history::History;

fn view(width: u16, height: u16, lines: &[&str]) -> View {
    let mut view = View::new(plain(), History::default(), Keymap::default());
    view.base.screen = Rect::new(0, 0, width, height);
    for line in lines {
        assert!(view.command(line), "{line}: {:?}", view.base.message);
    }
    view
}

#[test]
fn a_product_half_way() {
    insta::assert_snapshot!(screen(&view(120, 36, &["step 7"])));
}

#[test]
fn a_product_half_way_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, &["cell 2"])));
}

#[test]
fn a_large_product_narrow() {
    let lines = ["size 9 9 9", "set a 9 9 1234.5", "set b 9 9 -0.125", "end"];
    insta::assert_snapshot!(screen(&view(80, 24, &lines)));
}

#[test]
fn two_vectors() {
    insta::assert_snapshot!(screen(&view(120, 36, &["vectors"])));
}

#[test]
fn two_vectors_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, &["u -2 3"])));
}

#[test]
fn the_screen_in_chinese() {
    for (language, lines) in [
        (Language::Simplified, &["step 7"][..]),
        (Language::Traditional, &["vectors"][..]),
    ] {
        within(language, || {
            insta::assert_snapshot!(screen(&view(80, 24, lines)));
        });
    }
}

#[test]
fn keys_walk_and_edit() {
    let mut view = view(120, 36, &[]);
    press(&mut view, "3s");
    assert_eq!(view.play.product().at, 3);
    press(&mut view, "S");
    assert_eq!(view.play.product().at, 2);
    press(&mut view, "nn");
    assert_eq!(view.play.product().at, 8);
    press(&mut view, "c");
    assert_eq!(view.play.product().at, 16);
    press(&mut view, "C");
    // The second number of the first row of B.
    press(&mut view, "\t→\n\u{8}7\n");
    assert_eq!(view.play.product().b.get(0, 1), 7.0);
    press(&mut view, "u");
    assert_eq!(view.play.product().b.get(0, 1), 0.0);
    press(&mut view, "xr");
    let product = view.play.product();
    assert_eq!(
        (product.a.columns(), product.b.rows(), product.b.columns()),
        (4, 4, 3)
    );
    press(&mut view, "RXXX");
    let product = view.play.product();
    assert_eq!((product.b.rows(), product.b.columns()), (3, 1));
    assert!(screen(&view).contains("it is empty"), "{}", screen(&view));
    press(&mut view, ":size 1 1 10\n");
    assert!(
        screen(&view).contains("1×10 is too large"),
        "{}",
        screen(&view)
    );
    // The line stays to be mended.
    press(&mut view, "\u{8}\u{8}2\n");
    assert_eq!(view.play.product().b.columns(), 2);
    press(&mut view, "é");
    assert!(screen(&view).contains("this key does nothing here"));
    press(&mut view, "?");
    assert!(screen(&view).contains("take the last step back"));
    press(&mut view, "\u{1b}q");
    assert!(view.base.quit);
}

#[test]
fn it_plays_to_the_end_and_stops() {
    let mut view = view(80, 24, &["speed 8"]);
    press(&mut view, " ");
    assert_eq!(view.play.pace.wait(), Some(Duration::from_millis(125)));
    assert!(screen(&view).contains("▶ step 1/16 · 8 steps a second"));
    press(&mut view, "+");
    assert!(view.play.pace.playing);
    for _ in 0..20 {
        view.tick();
    }
    assert_eq!(view.play.product().at, 16);
    assert_eq!(view.play.pace.wait(), None);
    // From the end it begins again, and a step by hand stops it.
    press(&mut view, "p");
    assert_eq!(view.play.product().at, 1);
    press(&mut view, "s");
    assert!(!view.play.pace.playing);
    press(&mut view, "w");
    press(&mut view, ":a 1 2 3 4\n");
    press(&mut view, " ");
    assert!(!view.play.pace.playing);
    assert!(
        screen(&view).contains("a row of A must be as long"),
        "{}",
        screen(&view)
    );
}

#[test]
fn arrows_move_with_the_keys() {
    let mut view = view(120, 36, &[]);
    press(&mut view, "2→↑");
    assert_eq!(view.play.kind(), Kind::Vectors);
    assert_eq!(view.play.vectors().u, [3.5, 4.5]);
    press(&mut view, "\tL");
    assert_eq!(view.play.vectors().v, [5.1, 1.0]);
    press(&mut view, "uuu");
    assert_eq!(view.play.vectors().u, [3.0, 4.0]);
    press(&mut view, "\n\u{8}\u{8}\u{8}0 0\n");
    assert_eq!(view.play.vectors().v, [0.0, 0.0]);
    assert!(
        screen(&view).contains("nothing to project onto"),
        "{}",
        screen(&view)
    );
    // Without a plane keys choose a number and change it.
    press(&mut view, ":u 1 2 3\n:v 4 5 6\n→↓");
    assert_eq!(view.play.vectors().v, [4.0, 4.5, 6.0]);
    assert!(
        screen(&view).contains("u · v = 1 × 4 + 2 × 4.5 + 3 × 6 = 31"),
        "{}",
        screen(&view)
    );
    press(&mut view, "s");
    assert!(screen(&view).contains("two vectors have no steps"));
    press(&mut view, "1");
    assert_eq!(view.play.kind(), Kind::Product);
}

#[test]
fn a_click_chooses_a_number_and_the_wheel_steps() {
    let mut view = view(120, 36, &[]);
    let shown = screen(&view);
    let (y, line) = shown
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("-1"))
        .unwrap();
    let x = line.chars().position(|c| c == '-').unwrap();
    let at = Position::new(x as u16, y as u16);
    let corner = Position::default();
    view.mouse(mouse(MouseEventKind::Down(MouseButton::Left), at));
    assert_eq!((view.matrix, view.cell), (Thing::B, (1, 1)));
    view.mouse(mouse(MouseEventKind::ScrollDown, corner));
    assert_eq!(view.play.product().at, 1);
    view.mouse(mouse(MouseEventKind::ScrollUp, corner));
    view.mouse(mouse(MouseEventKind::ScrollUp, corner));
    assert_eq!(
        (view.play.product().at, view.base.message.is_none()),
        (0, true)
    );
}

#[test]
fn a_click_takes_the_tip_of_an_arrow_there() {
    let mut view = view(120, 36, &["vectors"]);
    let find = |view: &View| {
        let shown = screen(view);
        let mut lines = shown.lines().enumerate();
        let (y, line) = lines.find(|(_, line)| line.contains("u+v")).unwrap();
        let x = line.chars().position(|c| c == '+').unwrap() - 1;
        Position::new(x as u16, y as u16)
    };
    let at = find(&view);
    view.mouse(mouse(MouseEventKind::Down(MouseButton::Left), at));
    // Where u+v was, (8, 5), as near as cells of the screen tell.
    let &[x, y] = &view.play.vectors().u[..] else {
        panic!("two numbers")
    };
    assert!((x - 8.0).abs() <= 0.5 && (y - 5.0).abs() <= 0.5, "{x} {y}");
}

#[test]
fn no_size_panics() {
    let lines = ["size 9 9 9", "step 35"];
    for (width, height) in [(0, 0), (1, 1), (59, 16), (60, 16), (61, 17), (200, 60)] {
        for lines in [&lines[..], &["vectors"], &["u 1 2 3"]] {
            let view = view(width, height, lines);
            let shown = screen(&view);
            assert!(
                (width, height) != (59, 16) || shown.contains("needs 60×16"),
                "{shown}"
            );
        }
    }
}

#[test]
fn commands_are_completed_looked_back_at_and_found_again() {
    let mut view = view(80, 24, &[]);
    press(&mut view, ":transp");
    let shown = screen(&view);
    assert!(shown.contains("▸ transpose a|b"), "{shown}");
    press(&mut view, "\tb\n:size 1 1 1\n:↑↑");
    let shown = screen(&view);
    assert!(shown.contains(":transpose b"), "{shown}");
    press(&mut view, "\u{1b}:");
    view.key(ctrl('r'));
    press(&mut view, "siz");
    let shown = screen(&view);
    assert!(shown.contains("▸ size 1 1 1"), "{shown}");
}

#[test]
fn keys_of_the_users_own_run_commands_of_this_screen() {
    let mut view = view(80, 24, &[]);
    for (key, line) in [("y", "step 3"), ("s", "")] {
        view.base.keymap.set(key, line).unwrap();
    }
    press(&mut view, "ys");
    assert_eq!(view.play.product().at, 3);
    press(&mut view, "?");
    let lines = &view.base.text.as_ref().unwrap().lines;
    let has = |words: &str| lines.iter().any(|line| line.contains(words));
    assert!(has("step 3"), "{lines:?}");
}

#[test]
fn the_glossary_explains_the_terms_on_the_screen_first() {
    let mut view = view(80, 24, &[]);
    press(&mut view, "2E");
    let lines = &view.base.text.as_ref().unwrap().lines;
    let at = |term: &str| lines.iter().position(|line| line.starts_with(term));
    assert!(
        at("dot product") < at("entropy") && at("entropy").is_some(),
        "{lines:?}"
    );
    press(&mut view, "\u{1b}");
    assert!(view.base.text.is_none());
}

use ratatui::layout::Rect;

use super::super::super::keymap::Keymap;
use super::super::tests::{ctrl, plain, press, screen};
use super::view::{Cell, Pane, View};
use crate::lang::say;
use crate::play::perceptron::command::COMMANDS;
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
fn the_film() {
    insta::assert_snapshot!(screen(&view(120, 36, &[])));
}

#[test]
fn the_film_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, &["toggle price"])));
}

const CHINESE: &[&str] = &[
    "name weather 天气",
    "name price 价格",
    "name company 有人同去吗",
    "output 看电影",
    "weight 2 -4.25",
];

#[test]
fn chinese_names() {
    insta::assert_snapshot!(screen(&view(120, 36, CHINESE)));
}

#[test]
fn chinese_names_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, CHINESE)));
}

#[test]
fn learning_and() {
    insta::assert_snapshot!(screen(&view(120, 36, &["data and", "step 4"])));
}

#[test]
fn learning_and_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, &["data and", "step 4"])));
}

#[test]
fn and_converged() {
    insta::assert_snapshot!(screen(&view(120, 36, &["data and", "run"])));
}

#[test]
fn exclusive_or_never_converges() {
    insta::assert_snapshot!(screen(&view(120, 36, &["data xor", "run"])));
}

#[test]
fn exclusive_or_never_converges_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, &["data xor", "run"])));
}

#[test]
fn twelve_inputs() {
    let more: Vec<String> = (4..=12).map(|i| format!("add input{i} {i}")).collect();
    let lines: Vec<&str> = more.iter().map(String::as_str).collect();
    insta::assert_snapshot!(screen(&view(80, 24, &lines)));
}

#[test]
fn help() {
    let mut view = view(80, 24, &[]);
    press(&mut view, "?");
    insta::assert_snapshot!(screen(&view));
}

/// No usage runs into the words behind it.
#[test]
fn help_parts_names_from_words() {
    let mut view = view(80, 24, &[]);
    press(&mut view, "?");
    let lines = view.base.text.unwrap().lines;
    let usage = "  data [and|or|xor|table|FILE]";
    assert!(lines.iter().any(|line| line == usage), "{lines:?}");
}

#[test]
fn help_names_every_command_under_its_heading() {
    let mut view = view(80, 24, &[]);
    press(&mut view, "?");
    let lines = &view.base.text.as_ref().unwrap().lines;
    let heading = lines.iter().position(|line| line == say("help-commands"));
    let commands = &lines[heading.unwrap()..];
    for spec in COMMANDS.iter() {
        let row = format!("  {} ", spec.usage());
        let own = format!("  {}", spec.usage());
        let is_its = |line: &String| line.starts_with(&row) || *line == own;
        assert!(commands.iter().any(is_its), "{own}");
    }
}

#[test]
fn keys_edit_everything() {
    let mut view = view(120, 36, &[]);
    // Switch price off.
    press(&mut view, "↓ ");
    assert_eq!(view.play.perceptron().values, [1.0, 0.0, 1.0]);
    // Its weight, then the name.
    press(&mut view, "→\n\u{8}2.5\n");
    assert_eq!(view.play.perceptron().weights.each, [8.0, 2.5, 4.0]);
    press(&mut view, "←←\n\u{8}\u{8}\u{8}\u{8}\u{8}票价\n");
    assert_eq!(view.play.perceptron().names[1], "票价");
    // Threshold and output.
    press(&mut view, "↓↓\n\u{8}12\n→\n\u{8}\u{8}\u{8}\u{8}go\n");
    assert_eq!(view.play.perceptron().weights.threshold, 12.0);
    assert_eq!(view.play.perceptron().output, "go");
    // A value that is no 0 or 1.
    view.cell = Cell::Value(2);
    press(&mut view, "\n\u{8}0.5\n");
    assert_eq!(view.play.perceptron().values, [1.0, 0.0, 0.5]);
    press(&mut view, "uuuu");
    assert_eq!(view.play.perceptron().weights.each, [8.0, 4.0, 4.0]);
}

#[test]
fn a_line_that_is_wrong_stays_and_says_why() {
    let mut view = view(80, 24, &[]);
    press(&mut view, "→\n\u{8}x\n");
    let shown = screen(&view);
    assert!(shown.contains("weight of weather: x"), "{shown}");
    assert!(shown.contains("\"x\" is no number"), "{shown}");
    press(&mut view, "\u{8}7\n");
    assert_eq!(view.play.perceptron().weights.each[0], 7.0);
    press(&mut view, ":data no.csv\n");
    let shown = screen(&view);
    assert!(shown.contains("no.csv: it is not there"), "{shown}");
    press(&mut view, "\u{1b}");
    assert!(view.play.samples().is_none());
}

#[test]
fn commands_are_completed_looked_back_at_and_found_again() {
    let mut view = view(80, 24, &[]);
    press(&mut view, ":thr");
    let shown = screen(&view);
    assert!(shown.contains("▸ threshold NUMBER"), "{shown}");
    press(&mut view, "\t12\n");
    assert_eq!(view.play.perceptron().weights.threshold, 12.0);
    press(&mut view, ":data x\t\n");
    assert_eq!(view.play.data_name(), Some("xor"));
    press(&mut view, ":↑↑\n");
    assert_eq!(view.play.perceptron().weights.threshold, 12.0);
    press(&mut view, ":");
    view.key(ctrl('r'));
    press(&mut view, "xo");
    let shown = screen(&view);
    assert!(shown.contains("▸ data xor"), "{shown}");
}

#[test]
fn keys_of_the_users_own_run_commands_of_this_screen() {
    let mut view = view(80, 24, &["data and"]);
    view.base.keymap.set("w", "step 3").unwrap();
    view.base.keymap.set("s", "").unwrap();
    view.base.keymap.set("V", "threshold ").unwrap();
    press(&mut view, "ws");
    assert_eq!(view.play.learning().taken(), 3);
    // The arguments of a line that ends with a space are typed.
    press(&mut view, "V7\n");
    assert_eq!(view.play.perceptron().weights.threshold, 7.0);
}

#[test]
fn keys_learn_forwards_and_back() {
    let mut view = view(120, 36, &[]);
    press(&mut view, "dand\n3s");
    assert_eq!(view.play.learning().taken(), 3);
    press(&mut view, "n");
    assert_eq!(view.play.learning().taken(), 4);
    press(&mut view, "2n");
    assert_eq!(view.play.learning().taken(), 12);
    press(&mut view, "SN");
    assert_eq!(view.play.learning().taken(), 8);
    press(&mut view, "c");
    assert_eq!(view.play.wrong(), 0);
    press(&mut view, "C");
    assert_eq!(view.play.learning().taken(), 0);
    press(&mut view, "S");
    assert!(screen(&view).contains("already at the start"));
}

#[test]
fn samples_are_edited_at_their_cells() {
    let mut view = view(120, 36, &["data and"]);
    view.focus = Pane::Data;
    // The answer of the second sample, a value of the first, one more sample, one less.
    press(&mut view, "↓→→ ↑←\n\u{8}0.5\na");
    let samples = view.play.samples().unwrap();
    assert!(samples[1].answer);
    assert_eq!(samples[0].values, [0.0, 0.5]);
    assert_eq!((samples.len(), view.sample.0), (5, 4));
    press(&mut view, "D");
    assert_eq!(view.play.samples().unwrap().len(), 4);
    view.focus = Pane::Table;
    press(&mut view, "↓↓\n");
    assert_eq!(view.play.perceptron().values, [1.0, 0.0]);
}

#[test]
fn panes_are_zoomed_and_hidden() {
    let mut view = view(80, 24, &["data and"]);
    press(&mut view, "\tz");
    assert!(!screen(&view).contains("╭ perceptron"));
    press(&mut view, "\u{1b}x");
    assert!(!view.panes().contains(&Pane::Table));
    press(&mut view, "xxx");
    assert_eq!(view.panes().len(), 1);
    press(&mut view, "X");
    assert_eq!(view.panes().len(), 4);
    press(&mut view, "w");
    assert!(screen(&view).contains("this key does nothing here"));
}

#[test]
fn no_size_and_no_state_panics() {
    let states: [&[&str]; 4] = [
        &[],
        &["data xor", "run"],
        CHINESE,
        &["remove 1", "remove 1", "data table", "run"],
    ];
    for lines in states {
        for (w, h) in [
            (0, 0),
            (1, 1),
            (59, 15),
            (60, 16),
            (61, 17),
            (80, 24),
            (99, 20),
            (200, 60),
        ] {
            let mut view = view(w, h, lines);
            for pane in view.panes() {
                for zoom in [false, true] {
                    (view.focus, view.zoom) = (pane, zoom);
                    screen(&view);
                    press(&mut view, "↑↓←→");
                }
            }
            press(&mut view, "?");
            screen(&view);
        }
    }
    assert!(screen(&view(40, 10, &[])).contains("needs 60×16"));
}

#[test]
fn the_screen_in_chinese() {
    let learning = |language, width, height| {
        crate::lang::within(language, || {
            screen(&view(width, height, &["data xor", "step 4"]))
        })
    };
    insta::assert_snapshot!(learning(crate::lang::Language::Simplified, 120, 36));
    insta::assert_snapshot!(learning(crate::lang::Language::Traditional, 80, 24));
}

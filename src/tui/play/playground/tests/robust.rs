//! Sizes, states, languages and links that leave little room.

use ratatui::layout::Rect;

use super::super::super::tests::screen;
use super::super::layout::spots;
use super::super::view::Spot;
use super::{press, view};
use crate::lang::{Language, within};

#[test]
fn a_link_hides_what_it_names() {
    let state = "activation_hide=true&playButton_hide=true&noise_hide=true&xSquared_hide=true\
        &discretize_hide=true&numHiddenLayers_hide=true&dataset_hide=true";
    for (width, height) in [(120, 36), (80, 24)] {
        let view = view(width, height, state, &[]);
        let shown = screen(&view);
        for word in [
            "activ",
            "▶ run",
            "noise",
            "x1²",
            "discretise",
            "hidden layers",
            "spiral",
        ] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
        assert!(shown.contains("batch"), "{shown}");
    }
}

#[test]
fn no_size_and_no_state_panics() {
    for state in [
        "",
        "networkShape=8,8,8,8,8,8&seed=种子",
        "networkShape=&x=false&y=false",
        "problem=regression",
    ] {
        let mut view = view(120, 36, state, &["run 2"]);
        for inside in [false, true] {
            if inside {
                press(&mut view, "i");
            }
            for size in [
                (0, 0),
                (1, 1),
                (79, 21),
                (80, 22),
                (81, 23),
                (109, 31),
                (110, 32),
                (200, 60),
            ] {
                view.base.screen = Rect::new(0, 0, size.0, size.1);
                for (spot, _) in spots(&view).into_iter().step_by(9) {
                    view.spot = spot;
                    screen(&view);
                }
                press(&mut view, "z↑↓←→");
                screen(&view);
                press(&mut view, "z\t");
                if view.spot != Spot::Run {
                    press(&mut view, "\n");
                }
                press(&mut view, "\u{1b}\u{1b}?");
                screen(&view);
                press(&mut view, "\u{1b}");
            }
        }
    }
    let mut view = view(40, 10, "", &[]);
    assert!(screen(&view).contains("needs 80×22"));
    press(&mut view, "q");
    assert!(view.base.quit);
}

/// Names and values have the room that they need, in every language.
#[test]
fn no_word_is_cut() {
    for language in Language::ALL {
        for (width, height) in [(120, 36), (80, 24)] {
            within(language, || {
                for state in ["", "problem=regression&activation=leakyRelu"] {
                    let view = view(width, height, state, &[]);
                    let shown = screen(&view);
                    assert!(!shown.contains('…'), "{language:?}: {shown}");
                }
            });
        }
    }
}

//! Keys that select places and change what they hold.

use super::super::super::tests::screen;
use super::super::layout::spots;
use super::super::view::Spot;
use super::{press, view};

#[test]
fn every_place_is_reached_by_arrows() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut view = view(width, height, "networkShape=4,2", &[]);
        let all = spots(&view);
        let mut seen = vec![view.spot];
        let mut at = 0;
        while at < seen.len() {
            for key in ["↑", "↓", "←", "→"] {
                view.spot = seen[at];
                press(&mut view, key);
                if !seen.contains(&view.spot) {
                    seen.push(view.spot);
                }
            }
            at += 1;
        }
        for (spot, _) in all {
            assert!(seen.contains(&spot), "{width}×{height}: {spot:?}");
        }
    }
}

#[test]
fn values_are_chosen_switched_and_typed() {
    let mut view = view(120, 36, "", &[]);
    view.spot = Spot::Set("activation");
    press(&mut view, "\n↑\n");
    assert_eq!(view.value("activation"), "relu");
    press(&mut view, "+");
    assert_eq!(view.value("activation"), "tanh");
    view.spot = Spot::Set("noise");
    press(&mut view, "++-");
    assert_eq!(view.value("noise"), "5");
    view.spot = Spot::Set("seed");
    press(&mut view, "\n\u{8}\u{8}\u{8}abc\n");
    assert_eq!(view.value("seed"), "abc");
    view.spot = Spot::Stop;
    press(&mut view, "\n\u{8}\u{8}\u{8}train < 0.3\n");
    assert!(screen(&view).contains("train < 0.3"));
    view.spot = Spot::Feature(2);
    press(&mut view, "\n");
    assert_eq!(view.value("xSquared"), "true");
    press(&mut view, "tdp");
    let values = ["showTestData", "discretize", "problem"].map(|key| view.value(key));
    assert_eq!(values, ["true", "true", "regression"]);
    press(&mut view, "]");
    assert_eq!(view.now.state.hidden_layers, [4, 2, 2]);
    view.spot = Spot::Neuron(2, 1);
    press(&mut view, "+");
    assert_eq!(view.now.state.hidden_layers, [4, 2, 3]);
    press(&mut view, "[");
    assert_eq!(view.now.state.hidden_layers, [4, 2]);
    assert_eq!(view.spot, Spot::Output, "what was selected is gone");
}

#[test]
fn a_weight_is_read_and_edited() {
    let mut view = view(120, 36, "", &[]);
    view.spot = Spot::Neuron(1, 0);
    press(&mut view, "\n↓");
    assert_eq!(view.spot, Spot::Weight(1, 0, Some(1)));
    let weight = view.weight();
    let shown = screen(&view);
    let due = format!("weight {weight} of n2 in layer 2");
    assert!(shown.contains(&due), "{shown}");
    press(&mut view, "\n");
    for _ in 0..30 {
        press(&mut view, "\u{8}");
        if screen(&view)
            .lines()
            .last()
            .unwrap()
            .trim_end()
            .ends_with(':')
        {
            break;
        }
    }
    press(&mut view, "x\n");
    assert!(
        screen(&view).contains("✗ \"x\" is no finite number"),
        "{}",
        screen(&view)
    );
    press(&mut view, "\u{8}-1.25\n");
    assert_eq!(view.weight(), -1.25);
    press(&mut view, "+");
    assert_eq!(view.weight(), -1.15);
    press(&mut view, "uu");
    assert_eq!(view.weight(), weight);
    press(&mut view, "↑↑");
    assert_eq!(view.spot, Spot::Weight(1, 0, None));
    assert!(screen(&view).contains("bias 0.1 of layer 2, neuron 1"));
    press(&mut view, "\u{1b}");
    assert_eq!(view.spot, Spot::Neuron(1, 0));
}

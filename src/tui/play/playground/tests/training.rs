//! Keys that train, forwards and back.

use super::super::super::tests::{keys, screen};
use super::super::view::View;
use super::{PATIENCE, press, settle, view};

#[test]
fn keys_train_forwards_and_back() {
    let mut view = view(120, 36, "", &[]);
    let epoch = |view: &View| view.now.training.epoch;
    press(&mut view, "s10s");
    assert_eq!(epoch(&view), 11);
    press(&mut view, "3S");
    assert_eq!(epoch(&view), 8);
    press(&mut view, "u");
    assert_eq!(epoch(&view), 11);
    press(&mut view, "i2i");
    assert!(view.now.is_inside());
    press(&mut view, "e");
    let shown = screen(&view);
    assert!(shown.contains("point 1, layer 3 forward"), "{shown}");
    press(&mut view, "\u{1b}S");
    assert_eq!((epoch(&view), view.now.training.point), (11, 0));
    press(&mut view, "r");
    assert_eq!((epoch(&view), view.now.ghost.epochs), (0, 11));
    let seed = view.now.state.seed.clone();
    press(&mut view, "g");
    assert_ne!(view.now.state.seed, seed);
    press(&mut view, "u");
    assert_eq!(view.now.state.seed, seed);
}

#[test]
fn a_run_is_paused_by_the_key_that_began_it() {
    let mut view = view(120, 36, "", &[]);
    let space = keys(" ").next().unwrap();
    view.key(space);
    while view.now.training.epoch < 20 {
        let report = view.trainer.reports().recv_timeout(PATIENCE).unwrap();
        view.report(report);
    }
    assert!(screen(&view).contains("pause"));
    view.key(space);
    settle(&mut view);
    assert!(screen(&view).contains("▶ run"));
    press(&mut view, "u");
    assert_eq!(view.now.training.epoch, 0, "a run is one change");
}

#[test]
fn a_number_that_is_not_finite_is_explained() {
    let state = "activation=linear&problem=regression&learningRate=10&networkShape=2";
    let mut view = view(120, 36, state, &["run 10"]);
    let found = view.now.not_finite.clone().unwrap();
    let shown = screen(&view);
    assert!(
        shown.contains(&format!("✗ epoch {}, point {}", found.epoch, found.point)),
        "{shown}"
    );
    assert!(shown.contains("????"), "{shown}");
    // The epoch before it comes back.
    press(&mut view, "S");
    assert_eq!(view.now.not_finite, None);
    assert!(!screen(&view).contains("????"));
}

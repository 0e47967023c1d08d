//! The command line, files, and keys of the user's own.

use super::super::super::tests::screen;
use super::{press, view};
use crate::tui::app::Message;

#[test]
fn commands_are_completed_and_what_fails_can_be_mended() {
    let mut view = view(120, 36, "", &[]);
    press(&mut view, ":activ\tsi");
    let shown = screen(&view);
    assert!(shown.contains("▸ activation sigmoid"), "{shown}");
    press(&mut view, "\t\n");
    assert_eq!(view.value("activation"), "sigmoid");
    press(&mut view, ":export l\t");
    assert!(
        screen(&view).contains(":export losses"),
        "{}",
        screen(&view)
    );
    press(&mut view, "\u{1b}:nose 3\n");
    assert!(screen(&view).contains("did you mean noise?"));
    press(&mut view, "\u{1b}:csv /nowhere.csv\n");
    let shown = screen(&view);
    assert!(shown.contains("/nowhere.csv: No such file"), "{shown}");
    assert!(shown.contains(":csv /nowhere.csv"), "{shown}");
    press(&mut view, "\u{1b}:↑");
    assert!(screen(&view).contains(":csv /nowhere.csv"));
    press(&mut view, "\u{1b}:noise 99\n\u{1b}");
    assert_eq!(
        (view.value("noise"), view.value("activation")),
        ("0".into(), "sigmoid".into())
    );
    for line in [
        "show",
        "weights",
        "data 3",
        "value 1 2",
        "surface",
        "settings",
        "help",
        "link",
    ] {
        press(&mut view, &format!(":{line}\n"));
        assert!(view.base.text.is_some(), "{line}");
        screen(&view);
        press(&mut view, "\u{1b}");
    }
    assert!(view.copied.take().unwrap().contains("#activation=sigmoid"));
    press(&mut view, ":open #noise=77\n");
    assert!(screen(&view).contains("out of range"), "{}", screen(&view));
    press(&mut view, "\u{1b}:open #dataset=gauss&nosie=3\n");
    assert_eq!(view.value("dataset"), "gauss");
    assert!(matches!(&view.base.message, Some(Message::Error(why)) if why.contains("nosie")));
}

#[test]
fn files_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(
        path("own.csv"),
        "x,y,label\n".to_owned() + &"1,2,1\n-1,-2,-1\n".repeat(10),
    )
    .unwrap();
    let mut view = view(120, 36, "", &["run 3"]);
    for line in [
        format!("save {}", path("a save.json")),
        format!("export losses {}", path("losses.csv")),
        format!("svg {}", path("a.svg")),
        format!("csv {}", path("own.csv")),
    ] {
        press(&mut view, &format!(":{line}\n"));
    }
    assert_eq!(view.now.own, Some(20));
    assert!(screen(&view).contains("● your 20"));
    press(&mut view, &format!(":load \"{}\"\n", path("a save.json")));
    assert_eq!((view.now.own, view.now.training.epoch), (None, 3));
    for name in ["losses.csv", "a.svg"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn keys_of_the_users_own_run_commands_of_this_screen() {
    let mut view = view(120, 36, "", &[]);
    view.base.keymap.set("w", "run 7").unwrap();
    view.base.keymap.set("s", "").unwrap();
    press(&mut view, "ws");
    assert_eq!(view.now.training.epoch, 7);
}

#[test]
fn the_glossary_explains_the_terms_on_the_screen_first() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut view = view(width, height, "", &[]);
        press(&mut view, "E");
        let lines = &view.base.text.as_ref().unwrap().lines;
        let at = |term: &str| lines.iter().position(|line| line.starts_with(term));
        for term in ["learning rate", "regularisation", "noise", "loss"] {
            assert!(
                at(term) < at("entropy") && at(term).is_some(),
                "{term}: {lines:?}"
            );
        }
        press(&mut view, "\u{1b}");
        assert!(view.base.text.is_none());
    }
}

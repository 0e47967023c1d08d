//! Why a value is what it is, over the panes.

use super::super::app::{Asked, Overlay, Why};
use super::super::draw;
use super::super::fake;
use super::{driver, picture, press};
use crate::lang::{Language, within};
use crate::trace::query::Query;

fn why(driver: &super::Driver) -> &Why {
    match &driver.app.overlay {
        Some(Overlay::Why(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn at(driver: &super::Driver) -> (String, Vec<usize>) {
    match &why(driver).trail.last().unwrap().query {
        Query::Why { point, cell, .. } => (point.clone(), cell.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn enter_asks_why_and_leads_on_and_back() {
    let mut driver = driver(120, 36);
    press(&mut driver, ":goto 1.z<enter>");
    press(&mut driver, ":row 2<enter>:head 1<enter><right><right>");
    assert!(
        picture(&driver).contains("enter why"),
        "{}",
        picture(&driver)
    );
    press(&mut driver, "<enter>");
    assert_eq!(at(&driver), ("blocks.1.attn.hook_z".into(), vec![2, 1, 2]));
    insta::assert_snapshot!(picture(&driver));
    // Into the value, back, into the weight.
    press(&mut driver, "j");
    let selected = why(&driver).trail[0].selected;
    assert_eq!(selected, 1);
    press(&mut driver, "<enter>");
    assert_eq!(at(&driver).0, "blocks.1.attn.hook_v");
    press(&mut driver, "h");
    assert_eq!(
        (why(&driver).trail.len(), why(&driver).trail[0].selected),
        (1, 1)
    );
    press(&mut driver, "w");
    assert_eq!(at(&driver).0, "blocks.1.attn.hook_pattern");
    let shown = picture(&driver);
    assert!(
        shown.contains("1.attn.z[2, 1, 2] › 1.attn.pattern[1, 2, "),
        "{shown}"
    );
    assert!(shown.contains("e^"), "{shown}");
    press(&mut driver, "w");
    assert!(
        picture(&driver).contains("no weight"),
        "{}",
        picture(&driver)
    );
    press(&mut driver, "<back><back>");
    assert!(picture(&driver).contains("where the question began"));
    press(&mut driver, "?");
    assert!(picture(&driver).contains("back along the trail"));
    press(&mut driver, "?q");
    assert!(driver.app.overlay.is_none());
    // z still gives the pane the screen.
    press(&mut driver, "z");
    assert!(driver.app.zoom);
}

#[test]
fn a_product_is_played_from_its_derivation_and_closes_into_it() {
    let mut driver = driver(80, 24);
    press(&mut driver, ":goto 1.attn_scores<enter><enter>");
    let before = at(&driver);
    insta::assert_snapshot!(picture(&driver));
    press(&mut driver, "p");
    assert!(matches!(driver.app.overlay, Some(Overlay::Product(_))));
    press(&mut driver, "s<esc>");
    assert_eq!(at(&driver), before);
    press(&mut driver, "pq");
    assert_eq!(at(&driver), before);
    press(&mut driver, "<esc>");
    assert!(driver.app.overlay.is_none());
    // A sum is no product.
    press(&mut driver, ":goto 1.resid_mid<enter><enter>p");
    assert!(picture(&driver).contains("no matrix product makes"));
}

#[test]
fn the_command_asks_about_any_place() {
    let mut driver = driver(120, 36);
    press(&mut driver, ":why 2.pattern [1, 3, 2]<enter>");
    assert_eq!(
        at(&driver),
        ("blocks.2.attn.hook_pattern".into(), vec![1, 3, 2])
    );
    press(&mut driver, "<esc>:goto logits<enter>:why<enter>");
    assert_eq!(at(&driver), ("logits".into(), vec![3, 0]));
    press(&mut driver, "<esc>:why 0.pattern [:, 1]<enter>");
    assert!(driver.app.overlay.is_none());
    assert!(
        picture(&driver).contains("why asks about one element"),
        "{}",
        picture(&driver)
    );
}

#[test]
fn enter_keeps_its_meaning_elsewhere() {
    let mut driver = driver(120, 36);
    press(
        &mut driver,
        ":goto 1.z<enter>:focus steps<enter><down><enter>",
    );
    assert!(driver.app.overlay.is_none());
    press(&mut driver, ":goto logits<enter>:focus lens<enter><enter>");
    assert!(!matches!(driver.app.overlay, Some(Overlay::Why(_))));
}

#[test]
fn a_derivation_in_chinese_and_at_any_size() {
    for (width, height) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
        for language in Language::ALL {
            within(language, || {
                let mut app = fake::app("1.z", width, height);
                let asked = |point: &str, cell: Vec<usize>| Asked {
                    query: Query::Why {
                        pass: 0,
                        point: point.into(),
                        cell,
                        most: 64,
                        against: None,
                    },
                    selected: 0,
                };
                app.overlay = Some(Overlay::Why(Why {
                    trail: vec![
                        asked("blocks.1.attn.hook_z", vec![3, 1, 2]),
                        asked("blocks.1.attn.hook_pattern", vec![1, 3, 2]),
                    ],
                    note: None,
                    help: false,
                }));
                fake::answer(&mut app);
                let mut buf = ratatui::buffer::Buffer::empty(app.screen);
                draw::draw(&mut buf, &app);
                let shown = draw::text(&buf);
                assert!(shown.contains("softmax(scores)"), "{shown}");
                assert!(shown.contains("scores[1, 3, "), "{shown}");
            });
        }
    }
}

#[test]
fn terms_of_a_derivation_and_of_a_product_are_explained_over_them() {
    let mut driver = driver(120, 36);
    press(&mut driver, ":goto 1.z<enter><enter>");
    for (key, title) in [("", " why "), ("p", "product")] {
        press(&mut driver, key);
        press(&mut driver, "E");
        let shown = picture(&driver);
        assert!(shown.contains("terms; those on the screen"), "{shown}");
        press(&mut driver, "j<esc>");
        let shown = picture(&driver);
        assert!(
            !shown.contains("glossary") && shown.contains(title),
            "{shown}"
        );
    }
}

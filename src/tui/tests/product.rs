//! A matrix product of the model, played over the panes.

use std::time::Duration;

use super::super::app::{Overlay, Product};
use super::super::draw;
use super::super::fake;
use super::{driver, picture, press};
use crate::lang::{Language, within};
use crate::trace::query::Query;

fn product(driver: &super::Driver) -> &Product {
    match &driver.app.overlay {
        Some(Overlay::Product(product)) => product,
        other => panic!("{other:?}"),
    }
}

fn cell(driver: &super::Driver) -> Vec<usize> {
    match &product(driver).query {
        Query::Operands { cell, .. } => cell.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_product_is_played_at_the_selected_value() {
    let mut driver = driver(120, 36);
    press(&mut driver, ":goto 1.q<enter>");
    press(&mut driver, ":row 2<enter>:head 1<enter><right><right>");
    assert!(
        picture(&driver).contains("p product"),
        "{}",
        picture(&driver)
    );
    press(&mut driver, "p");
    assert_eq!(cell(&driver), [2, 1, 2]);
    let shown = picture(&driver);
    assert!(
        shown.contains("blocks.1.attn.q = blocks.1.ln1.out · W_Q"),
        "{shown}"
    );
    assert!(shown.contains("0 of 64 terms"), "{shown}");
    press(&mut driver, "<right>ss");
    assert_eq!(product(&driver).at, 3);
    assert!(picture(&driver).contains("3 of 64 terms"));
    insta::assert_snapshot!(picture(&driver));
    press(&mut driver, "S");
    assert_eq!(product(&driver).at, 2);
    press(&mut driver, "nc");
    assert!(picture(&driver).contains("stored"), "{}", picture(&driver));
    let end = product(&driver).at;
    press(&mut driver, "s");
    assert_eq!(product(&driver).at, end);
    // Another element of the same matrix.
    press(&mut driver, "LLK");
    assert_eq!(cell(&driver), [1, 1, 4]);
    assert!(
        picture(&driver).contains("64 of 64 terms"),
        "{}",
        picture(&driver)
    );
    press(&mut driver, "m");
    assert!(product(&driver).largest);
    press(&mut driver, "?");
    assert!(picture(&driver).contains("another element: left, below, above, right"));
    press(&mut driver, "?<esc>");
    assert!(driver.app.overlay.is_none());
    // Kept keys are not computed.
    press(&mut driver, "Kp");
    assert!(driver.app.overlay.is_none());
    let shown = picture(&driver);
    assert!(shown.contains("is stored, not computed"), "{shown}");
}

#[test]
fn a_product_plays_by_itself() {
    let mut driver = driver(80, 24);
    press(&mut driver, ":goto 1.z<enter>p");
    assert_eq!(driver.next_step(), None);
    press(&mut driver, " +");
    assert_eq!(driver.next_step(), Some(Duration::from_millis(250)));
    for _ in 0..10 {
        driver.step_product();
    }
    assert_eq!(driver.next_step(), None);
    assert_eq!(product(&driver).at, 5);
    insta::assert_snapshot!(picture(&driver));
    // From the end it begins again; any other key stops it.
    press(&mut driver, "p");
    assert_eq!(
        (product(&driver).at, driver.next_step().is_some()),
        (0, true)
    );
    press(&mut driver, "s");
    assert_eq!(driver.next_step(), None);
}

#[test]
fn what_is_no_product_is_told() {
    let mut driver = driver(80, 24);
    press(&mut driver, ":goto 1.resid_mid<enter>");
    assert!(!picture(&driver).contains("p product"));
    press(&mut driver, "p");
    assert!(picture(&driver).contains("no matrix product makes blocks.1.resid_mid"));
    press(&mut driver, ":multiply<enter>");
    assert!(driver.app.overlay.is_none());
}

#[test]
fn the_logit_of_the_chosen_token_is_played() {
    let mut driver = driver(120, 36);
    press(&mut driver, ":goto logits<enter>p");
    assert_eq!(cell(&driver), [3, 0]);
    let shown = picture(&driver);
    assert!(shown.contains("W_U[0, 0]"), "{shown}");
}

#[test]
fn a_product_in_chinese_and_at_any_size() {
    for (width, height) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
        for language in Language::ALL {
            within(language, || {
                let mut app = fake::app("1.attn_scores", width, height);
                app.overlay = Some(Overlay::Product(Product {
                    query: Query::Operands {
                        pass: 0,
                        point: "blocks.1.attn.hook_attn_scores".into(),
                        cell: vec![0, 1, 3],
                        most: 100,
                        largest: false,
                    },
                    at: 99,
                    pace: Default::default(),
                    largest: true,
                    help: false,
                    under: None,
                }));
                fake::answer(&mut app);
                let mut buf = ratatui::buffer::Buffer::empty(app.screen);
                draw::draw(&mut buf, &app);
                let shown = draw::text(&buf);
                assert!(
                    shown.contains("q[1, 0, ") && shown.contains("k[3, 0, "),
                    "{shown}"
                );
                assert!(shown.contains("−∞"), "{shown}");
            });
        }
    }
}

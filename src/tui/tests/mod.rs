//! The whole screen, driven by keys: `moving` over the panes, `playing` tokens and stages, `typing` lines, whole
//! `pictures`, `interventions`, `branches`, a file of every pane (`export`), `heat_maps` as pictures, a `product` of the model, views of the `whole` model, and what no key may break
//! (`robust`).

mod branches;
mod export;
mod heat_maps;
mod interventions;
mod moving;
mod pictures;
mod playing;
mod product;
mod robust;
mod typing;
mod whole;
mod why;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::App;
use super::draw;
use super::fake_source::Fake;
use super::theme::{Depth, Ground, Theme};
use super::update::Driver;
use super::widgets::matrix::Density;
use super::widgets::text;
use crate::lang;
use crate::session::branches::Branches;
use crate::session::worker::Worker;

fn driver(width: u16, height: u16) -> Driver {
    let worker = Worker::start(Box::new(|| {
        let open = |name: &str, _: &str| Err(format!("{name}: there is no such file"));
        let source = Branches::new(Box::new(Fake::new()), Box::new(open));
        Ok(Box::new(source))
    }));
    let app = App::new(Theme::new(Depth::None, Ground::Dark));
    let mut driver = Driver::new(app, worker);
    driver.resize(Rect::new(0, 0, width, height));
    settle(&mut driver);
    driver
}

/// Take in all answers, also those that are asked for when no key comes.
fn settle(driver: &mut Driver) {
    let reports = driver.worker.reports().clone();
    loop {
        while driver.app.model.is_none() || driver.worker.busy() {
            driver.report(reports.recv_timeout(Duration::from_secs(5)).unwrap());
        }
        if !driver.waits_for_rest() {
            return;
        }
        driver.rest();
    }
}

/// The screen as lines of text.
fn picture(driver: &Driver) -> String {
    let mut buf = Buffer::empty(driver.app.screen);
    draw::draw(&mut buf, &driver.app);
    draw::text(&buf)
}

fn mouse(driver: &mut Driver, kind: MouseEventKind, column: u16, row: u16) {
    let modifiers = KeyModifiers::NONE;
    driver.mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    });
    settle(driver);
}

/// Press keys: characters, or words such as `<enter>`.
fn press(driver: &mut Driver, keys: &str) {
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let word = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
        let named = match word.map(|w| w.0) {
            Some("enter") => Some(KeyCode::Enter),
            Some("esc") => Some(KeyCode::Esc),
            Some("down") => Some(KeyCode::Down),
            Some("up") => Some(KeyCode::Up),
            Some("f5") => Some(KeyCode::F(5)),
            Some("right") => Some(KeyCode::Right),
            Some("end") => Some(KeyCode::End),
            Some("tab") => Some(KeyCode::Tab),
            Some("back") => Some(KeyCode::Backspace),
            _ => None,
        };
        let (event, len) = match (word, named) {
            (Some((name, _)), Some(code)) => (KeyEvent::from(code), name.len() + 2),
            (Some((name, _)), None) if name.starts_with("ctrl-") => {
                let c = name.chars().next_back().unwrap();
                let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
                (event, name.len() + 2)
            }
            _ => (KeyEvent::from(KeyCode::Char(first)), first.len_utf8()),
        };
        driver.key(event);
        settle(driver);
        rest = &rest[len..];
    }
}

fn here(driver: &Driver) -> String {
    let plan = driver.app.plan().unwrap();
    crate::trace::hook::short(&plan.points()[driver.app.at.point].name)
}

//! Why a value is what it is: the question at the selected cell, the way into an operand and back.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::app::{Asked, Message, Overlay, Product, Why};
use super::super::{keys, overlays};
use super::Driver;
use super::product::{MOST, chosen};
use crate::lang::{say, say_with};
use crate::play::matrix::pace::Pace;
use crate::trace::hook;
use crate::trace::operands::Cell;
use crate::trace::query::Query;

/// Operands that are listed; those beyond are one sum.
const LISTED: usize = 64;
/// Operands of a page.
const PAGE: usize = 10;

impl Driver {
    /// Ask why the selected element is what it is.
    pub(super) fn why(&mut self) {
        let Some(point) = self.app.point() else {
            return;
        };
        if self.app.opened.is_some() {
            self.app.message = Some(Message::Note(say("why-opened").into()));
            return;
        }
        let query = Query::Why {
            pass: self.app.at.pass,
            point: point.name.clone(),
            cell: chosen(&self.app, point),
            most: LISTED,
        };
        self.open_why(query);
    }

    pub(super) fn open_why(&mut self, query: Query) {
        self.app.overlay = Some(Overlay::Why(Why {
            trail: vec![Asked { query, selected: 0 }],
            note: None,
            help: false,
        }));
    }

    pub(super) fn why_key(&mut self, key: KeyEvent) {
        let name = match key.code {
            // Commands have no key of this name.
            KeyCode::Backspace => "left".to_owned(),
            _ => keys::name(key).unwrap_or_default(),
        };
        let terms = overlays::why::shown(&self.app).map_or(0, |why| why.terms.len());
        let Some(Overlay::Why(why)) = &mut self.app.overlay else {
            return;
        };
        why.note = None;
        if why.help {
            why.help = false;
            return;
        }
        let Some(asked) = why.trail.last_mut() else {
            return;
        };
        let (at, last) = (asked.selected, terms.saturating_sub(1));
        match name.as_str() {
            "down" | "j" => asked.selected = (at + 1).min(last),
            "up" | "k" => asked.selected = at.saturating_sub(1),
            "pagedown" => asked.selected = (at + PAGE).min(last),
            "pageup" => asked.selected = at.saturating_sub(PAGE),
            "home" => asked.selected = 0,
            "end" => asked.selected = last,
            "enter" | "right" | "l" => self.descend(false),
            "w" => self.descend(true),
            "left" | "h" => match why.trail.len() {
                1 => why.note = Some(say("why-top").into()),
                _ => _ = why.trail.pop(),
            },
            "p" => self.play_reason(),
            "?" => why.help = true,
            "q" => self.app.overlay = None,
            _ => {}
        }
        self.after();
    }

    /// Ask why the selected operand, or its weight, is what it is.
    fn descend(&mut self, weight: bool) {
        let term = overlays::why::selected(&self.app).cloned();
        let Some(Overlay::Why(why)) = &mut self.app.overlay else {
            return;
        };
        let Some(term) = term else { return };
        let to = if weight { term.by } else { Some(term.from) };
        match (to, weight) {
            (
                Some(Cell {
                    pass: Some(pass),
                    point,
                    cell,
                }),
                _,
            ) => {
                let query = Query::Why {
                    pass,
                    point,
                    cell,
                    most: LISTED,
                };
                why.trail.push(Asked { query, selected: 0 });
            }
            (Some(_), _) => why.note = Some(say("why-end").into()),
            (None, _) => why.note = Some(say("why-no-weight").into()),
        }
    }

    /// Play the matrix product that makes the element that is shown.
    fn play_reason(&mut self) {
        let shown = overlays::why::shown(&self.app).cloned();
        let (Some(shown), Some(Overlay::Why(why))) = (shown, &mut self.app.overlay) else {
            return;
        };
        if !shown.product {
            let name = hook::short(&shown.point);
            why.note = Some(say_with("matrix-no-product", &[("name", name.into())]));
            return;
        }
        let under = Some(why.clone());
        self.app.overlay = Some(Overlay::Product(Product {
            query: Query::Operands {
                pass: shown.pass,
                point: shown.point,
                cell: shown.cell,
                most: MOST,
                largest: false,
            },
            at: 0,
            pace: Pace::default(),
            largest: false,
            help: false,
            under,
        }));
    }
}

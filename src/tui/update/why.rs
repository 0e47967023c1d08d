//! Why a value is what it is: the question at the selected cell, the way into an operand and back.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::app::{Asked, Message, Overlay, Product, Why};
use super::super::{keys, overlays, panes};
use super::Driver;
use super::product::{MOST, chosen};
use crate::lang::{say, say_with};
use crate::play::matrix::pace::Pace;
use crate::trace::hook;
use crate::trace::query::Query;
use crate::trace::why::Why as Reason;

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
            against: self
                .app
                .diff
                .clone()
                .filter(|_| panes::diff::is_shown(&self.app)),
        };
        self.open_why(query);
    }

    /// Show the derivation of an element of another branch, which has been answered.
    pub(super) fn why_there(&mut self, branch: &str, why: &Reason) {
        let query = Query::Why {
            pass: why.pass,
            point: why.point.clone(),
            cell: why.cell.clone(),
            most: LISTED,
            against: None,
        };
        self.open_why(Query::There {
            branch: branch.to_owned(),
            query: Box::new(query),
        });
        self.after();
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
        match to {
            Some(cell) if cell.pass.is_some() => {
                let query = why.trail.last();
                let query = query.and_then(|asked| overlays::why::about(&asked.query, cell));
                let asked = query.map(|query| Asked { query, selected: 0 });
                why.trail.extend(asked);
            }
            Some(_) => why.note = Some(say("why-end").into()),
            None => why.note = Some(say("why-no-weight").into()),
        }
    }

    /// Play the matrix product that makes the element that is shown.
    fn play_reason(&mut self) {
        let shown = overlays::why::shown(&self.app).cloned();
        let (Some(shown), Some(Overlay::Why(why))) = (shown, &mut self.app.overlay) else {
            return;
        };
        let here = why.trail.last();
        if here.is_some_and(|asked| !matches!(asked.query, Query::Why { against: None, .. })) {
            why.note = Some(say("why-elsewhere").into());
            return;
        }
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

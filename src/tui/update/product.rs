//! A matrix product that is played: opening it at the selected element, its keys, the steps that follow by
//! themselves.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::super::app::{App, Message, Overlay, Product};
use super::super::panes::{lens, matrix};
use super::super::view::{self, heads};
use super::super::{keys, layout, overlays};
use super::Driver;
use crate::lang::{say, say_with};
use crate::play::matrix::command::Speed;
use crate::play::matrix::pace::Pace;
use crate::trace::hook;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;

/// Terms that are played; those beyond are one sum.
pub(super) const MOST: usize = 1 << 16;
/// Steps of a page.
const PAGE: usize = 10;

impl Driver {
    /// Open the product that makes the selected element.
    pub(super) fn multiply(&mut self) {
        self.app.close_whole();
        let app = &self.app;
        let Some(point) = app.point() else { return };
        if app.opened.is_some() {
            self.app.message = Some(Message::Error(say("matrix-opened").into()));
            return;
        }
        if !app.is_product {
            let name = hook::short(&point.name);
            let words = say_with("matrix-no-product", &[("name", name.into())]);
            self.app.message = Some(Message::Error(words));
            return;
        }
        let cell = chosen(app, point);
        let query = Query::Operands {
            pass: app.at.pass,
            point: point.name.clone(),
            cell,
            most: MOST,
            largest: false,
        };
        self.app.overlay = Some(Overlay::Product(Product {
            query,
            at: 0,
            pace: Pace::default(),
            largest: false,
            help: false,
            under: None,
        }));
    }

    pub(super) fn product_key(&mut self, key: KeyEvent) {
        let steps = overlays::product::steps(&self.app);
        let name = keys::name(key).unwrap_or_default();
        let Some(Overlay::Product(product)) = &mut self.app.overlay else {
            return;
        };
        if product.help {
            product.help = false;
            return;
        }
        let at = product.at;
        let plays = product.pace.playing;
        product.pace.playing = false;
        match name.as_str() {
            "right" | "l" | "s" | "down" | "j" => product.at = at.saturating_add(1),
            "left" | "h" | "S" | "up" | "k" => product.at = at.saturating_sub(1),
            "pagedown" | "n" => product.at = at.saturating_add(PAGE),
            "pageup" | "N" => product.at = at.saturating_sub(PAGE),
            "home" | "C" => product.at = 0,
            "end" | "c" => product.at = usize::MAX,
            "space" | "p" if !plays => {
                product.at = if at >= steps { 0 } else { at };
                product.pace.playing = true;
            }
            "space" | "p" => {}
            "+" | "-" => {
                let faster = name == "+";
                let speed = if faster { Speed::Faster } else { Speed::Slower };
                product.pace.change(Some(speed));
                product.pace.playing = plays;
            }
            "?" => product.help = true,
            "m" => product.largest = !product.largest,
            "shift-left" | "H" => self.other_cell(0, -1),
            "shift-right" | "L" => self.other_cell(0, 1),
            "shift-up" | "K" => self.other_cell(-1, 0),
            "shift-down" | "J" => self.other_cell(1, 0),
            "q" => return self.leave_product(),
            _ => product.pace.playing = plays,
        }
        if let Some(Overlay::Product(product)) = &mut self.app.overlay {
            // Terms that are not known yet have no end.
            product.at = product.at.min(if steps > 0 { steps } else { usize::MAX });
        }
        self.after();
    }

    /// Close the product; the derivation that it was opened from is there again.
    pub(super) fn leave_product(&mut self) {
        let under = match self.app.overlay.take() {
            Some(Overlay::Product(product)) => product.under,
            _ => None,
        };
        self.app.overlay = under.map(Overlay::Why);
        self.after();
    }

    /// Another element of the same matrix, as many steps done.
    fn other_cell(&mut self, down: isize, right: isize) {
        let Some(point) = self.app.point().cloned() else {
            return;
        };
        let (row, column) = view::matrix_axes(&point);
        let Some(Overlay::Product(product)) = &mut self.app.overlay else {
            return;
        };
        let Query::Operands { cell, .. } = &mut product.query else {
            return;
        };
        for (axis, by) in [(row, down), (column, right)] {
            if let Some(axis) = axis {
                let last = point.shape[axis].max(1) - 1;
                cell[axis] = cell[axis].saturating_add_signed(by).min(last);
            }
        }
    }

    /// The time until the next step of a product that plays by itself.
    pub fn next_step(&self) -> Option<Duration> {
        match &self.app.overlay {
            Some(Overlay::Product(product)) => product.pace.wait(),
            _ => None,
        }
    }

    /// The next step of a product that plays by itself.
    pub fn step_product(&mut self) {
        let steps = overlays::product::steps(&self.app);
        let Some(Overlay::Product(product)) = &mut self.app.overlay else {
            return;
        };
        product.at = product.at.saturating_add(1).min(steps);
        // Terms that are still to come are waited for.
        product.pace.playing = product.at < steps || steps == 0;
        self.dirty = true;
    }
}

/// The selected element; of predictions the logit of the chosen token.
pub(super) fn chosen(app: &App, point: &HookPoint) -> Vec<usize> {
    let areas = layout::layout(app);
    let area = areas.map(|areas| areas.of(&matrix::PANE));
    let selected = area.and_then(|area| matrix::selected_cell(app, area));
    let (row, column) = selected.unwrap_or(app.cell);
    // Where tokens are shown it is the logit of the chosen one.
    let column = match lens::shown(app).filter(|_| matrix::predicts(app)) {
        Some(lens) => lens
            .top
            .get(app.candidate)
            .map_or(0, |candidate| candidate.id as usize),
        None => column,
    };
    let head = heads::head_of(app, point);
    let (row_axis, column_axis) = view::matrix_axes(point);
    let cell = (0..point.shape.len()).map(|axis| match axis {
        axis if Some(axis) == row_axis => row,
        axis if Some(axis) == column_axis => column,
        _ => head.unwrap_or(0),
    });
    cell.collect()
}

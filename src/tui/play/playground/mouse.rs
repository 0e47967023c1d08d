//! The mouse: a click selects and does what it can, the wheel changes values.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::super::widgets::frame;
use super::data::value_at;
use super::draw::menu_first;
use super::layout::{areas, data, menu_area, spots};
use super::network::{bias_at, link_at};
use super::view::{Spot, View};

impl View {
    pub fn mouse(&mut self, mouse: MouseEvent) {
        if self.base.mouse(mouse) {
            return;
        }
        let at = Position::new(mouse.column, mouse.row);
        let wheel: isize = match mouse.kind {
            MouseEventKind::ScrollUp => -1,
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::Down(MouseButton::Left) => 0,
            MouseEventKind::Drag(MouseButton::Left) => return self.drag(at),
            _ => return,
        };
        if self.menu.is_some() {
            return self.menu_mouse(at, wheel);
        }
        self.base.message = None;
        if wheel != 0 {
            if let Some(spot) = self.spot_at(at) {
                self.spot = spot;
                self.change(-wheel);
            }
            return;
        }
        self.click(at);
    }

    fn spot_at(&self, at: Position) -> Option<Spot> {
        let spots = spots(self);
        let found = spots.iter().find(|(_, area)| area.contains(at));
        found.map(|(spot, _)| *spot)
    }

    fn click(&mut self, at: Position) {
        if self.drag_bar(at) {
            return;
        }
        let network = areas(self).network;
        let Some(spot) = bias_at(self, at)
            .filter(|_| !network.is_empty())
            .or_else(|| self.spot_at(at))
        else {
            if network.contains(at)
                && let Some(link) = link_at(self, at)
            {
                let again = self.spot == link;
                self.spot = link;
                if again {
                    self.act();
                }
            }
            return;
        };
        let again = self.spot == spot;
        self.spot = spot;
        let area = spots(self)
            .into_iter()
            .find(|(s, _)| *s == spot)
            .map(|(_, area)| area);
        match (spot, area) {
            // The ends of such a place are its signs.
            (Spot::Layers, Some(area)) => match sign(area, at, 4) {
                0 => {}
                by => self.change_layers(by),
            },
            (Spot::Width(layer), Some(area)) if area.width >= 5 => match sign(area, at, 2) {
                0 => {}
                by => self.change_width(layer, by),
            },
            (Spot::Neuron(..) | Spot::Weight(..), _) if again => self.act(),
            (Spot::Neuron(..) | Spot::Weight(..) | Spot::Output | Spot::Width(_), _) => {}
            // The name of a feature switches it at once, its picture at the second click.
            (Spot::Feature(_), Some(area)) if again || at.x < area.x + 6 => self.act(),
            (Spot::Feature(_), _) => {}
            _ => self.act(),
        }
    }

    fn drag(&mut self, at: Position) {
        if self.base.text.is_none() && !self.base.line.is_open() && self.menu.is_none() {
            self.drag_bar(at);
        }
    }

    /// Take the value at a place of a bar; whether there is a bar.
    fn drag_bar(&mut self, at: Position) -> bool {
        let bars = data(self);
        let Some(line) = bars.iter().find(|line| line.bar.contains(at)) else {
            return false;
        };
        self.spot = line.spot;
        if let Spot::Set(key) = line.spot
            && let Some(value) = value_at(key, line.bar, at.x)
            && self.value(key) != value
        {
            self.command(&format!("{key} {value}"));
        }
        true
    }

    fn menu_mouse(&mut self, at: Position, wheel: isize) {
        let area = menu_area(self).unwrap_or_default();
        let Some(menu) = &mut self.menu else {
            return;
        };
        let last = menu.values.len().saturating_sub(1);
        if wheel != 0 {
            menu.at = menu.at.saturating_add_signed(wheel).min(last);
            return;
        }
        let inner = frame::inside(area);
        if !inner.contains(at) {
            self.menu = None;
            return;
        }
        let chosen = menu_first(menu.at, inner.height) + usize::from(at.y - inner.y);
        menu.at = chosen.min(last);
        self.choose();
    }
}

/// −1 within so many columns of the left end of a place, 1 of the right one, else 0.
fn sign(area: Rect, at: Position, columns: u16) -> isize {
    if at.x < area.x + columns {
        -1
    } else if at.x + columns >= area.right() {
        1
    } else {
        0
    }
}

//! All state of the perceptron's screen, and where its panes lie.

use ratatui::layout::Rect;

use super::super::super::keymap::Keymap;
use super::super::super::theme::Theme;
use super::super::base::Base;
use super::super::line::CommandLine;
use crate::lang::say;
use crate::play::perceptron::Play;
use crate::play::perceptron::command::COMMANDS;
use crate::session::history::History;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Diagram,
    Table,
    Data,
    Line,
}

impl Pane {
    pub fn title(self) -> &'static str {
        match self {
            Pane::Diagram => say("perceptron-diagram"),
            Pane::Table => say("perceptron-table"),
            Pane::Data => say("perceptron-data"),
            Pane::Line => say("perceptron-line"),
        }
    }
}

/// The place of the diagram's cursor; inputs count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Name(usize),
    Value(usize),
    Weight(usize),
    Threshold,
    Output,
}

#[derive(Debug)]
pub struct View {
    pub base: Base,
    pub play: Play,
    pub focus: Pane,
    pub cell: Cell,
    /// The row that is chosen in the truth table.
    pub table_row: usize,
    /// Row and column that are chosen among the samples; the answer is the last column.
    pub sample: (usize, usize),
    pub zoom: bool,
    pub hidden: Vec<Pane>,
}

impl View {
    pub fn new(theme: Theme, history: History, keymap: Keymap) -> View {
        View {
            base: Base::new(theme, CommandLine::of(&COMMANDS, history), keymap),
            play: Play::default(),
            focus: Pane::Diagram,
            cell: Cell::Value(0),
            table_row: 0,
            sample: (0, 0),
            zoom: false,
            hidden: Vec::new(),
        }
    }

    /// Panes that there is something for, and that are not hidden.
    pub fn panes(&self) -> Vec<Pane> {
        let samples = self.play.samples().is_some();
        let two = self.play.perceptron().names.len() == 2;
        let all = [
            (Pane::Diagram, true),
            (Pane::Table, true),
            (Pane::Data, samples),
            (Pane::Line, two),
        ];
        let there = all
            .into_iter()
            .filter(|(pane, there)| *there && !self.hidden.contains(pane));
        there.map(|(pane, _)| pane).collect()
    }

    pub fn inputs(&self) -> usize {
        self.play.perceptron().names.len()
    }

    pub fn table_rows(&self) -> usize {
        1 << self.inputs()
    }

    /// Where each pane lies; `area` is what header, words and footer leave.
    pub fn layout(&self, area: Rect) -> Vec<(Pane, Rect)> {
        let panes = self.panes();
        if self.zoom || panes.len() == 1 {
            return vec![(self.focus, area)];
        }
        let diagram = panes.contains(&Pane::Diagram);
        let left = if diagram { area.width * 6 / 10 } else { 0 };
        let mut out = Vec::new();
        if diagram {
            out.push((
                Pane::Diagram,
                Rect {
                    width: left,
                    ..area
                },
            ));
        }
        let column = Rect {
            x: area.x + left,
            width: area.width - left,
            ..area
        };
        out.extend(self.stack(&panes, column));
        out
    }

    /// The panes on the right, one below the other: those that have room, the focused one first of all.
    fn stack(&self, panes: &[Pane], column: Rect) -> Vec<(Pane, Rect)> {
        let right = || panes.iter().copied().filter(|pane| *pane != Pane::Diagram);
        // While learning, line and samples say more than the truth table.
        let newest = [Pane::Line, Pane::Data, Pane::Table];
        let learning = self.play.samples().is_some();
        let order = newest
            .into_iter()
            .filter(|pane| learning && right().any(|p| p == *pane));
        let order = right()
            .filter(|pane| *pane == self.focus)
            .chain(order)
            .chain(right());
        let mut left = column.height;
        let mut shown: Vec<(Pane, u16)> = Vec::new();
        for pane in order {
            let least = match pane {
                Pane::Line => 10,
                pane => self.lines(pane).min(7),
            };
            if shown.iter().any(|(p, _)| *p == pane) {
                continue;
            }
            if shown.is_empty() || least <= left {
                let height = least.min(left);
                shown.push((pane, height));
                left -= height;
            }
        }
        shown.sort_by_key(|(pane, _)| *pane as u8);
        // Room that is left goes to tables until they are whole, then to the last pane.
        for (pane, height) in &mut shown {
            let more = self.lines(*pane).saturating_sub(*height).min(left);
            if *pane != Pane::Line {
                *height += more;
                left -= more;
            }
        }
        if let Some((_, height)) = shown.last_mut() {
            *height += left;
        }
        let mut y = column.y;
        let place = |(pane, height)| {
            let area = Rect {
                y,
                height,
                ..column
            };
            y += height;
            (pane, area)
        };
        shown.into_iter().map(place).collect()
    }

    /// Lines that a pane would like to have.
    fn lines(&self, pane: Pane) -> u16 {
        let rows = match pane {
            Pane::Table => self.table_rows(),
            Pane::Data => self.play.samples().map_or(0, <[_]>::len),
            Pane::Line | Pane::Diagram => 20,
        };
        rows.min(1000) as u16 + 3
    }
}

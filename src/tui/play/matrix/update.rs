//! Keys, the mouse and pasted text; all of them end in command lines of the matrices.

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::super::base::Pressed;
use super::super::screen::PlayScreen;
use super::super::text::Help;
use super::view::View;
use super::{draw, plane, product, words};
use crate::lang::{say, say_with};
use crate::play::matrix::Kind;
use crate::play::matrix::command::{COMMANDS, Thing};
use crate::play::matrix::error::PlayError;
use crate::play::matrix::reply::Reply;

/// How far a key moves the tip of an arrow, and how far with shift.
const FAR: f64 = 0.5;
const NEAR: f64 = 0.1;

impl View {
    /// Run a command line and show what it says; whether it could be run.
    pub fn command(&mut self, line: &str) -> bool {
        self.base.message = None;
        if line.trim() == "play" && self.play.kind() == Kind::Product {
            return self.toggle();
        }
        match self.play.run(line) {
            Ok(None) => self.base.quit = true,
            Ok(Some(Reply::Text { .. })) if line.trim() == "help" => self.help(),
            Ok(Some(Reply::Text { text })) => self.base.note(&text),
            Ok(Some(_)) => {}
            Err(why) => {
                self.play.pace.playing = false;
                self.base.error(why.to_string());
                return false;
            }
        }
        self.keep_cursor();
        true
    }

    /// Go on by itself, from the start again where all cells have landed; or stop.
    fn toggle(&mut self) -> bool {
        if self.play.pace.playing {
            self.play.pace.playing = false;
            return true;
        }
        let product = self.play.product();
        let again = product.fits() && product.at == product.steps();
        if again && !self.command("start") || !self.command("step") {
            return false;
        }
        self.play.pace.playing = true;
        true
    }

    /// The next step of those that follow by themselves.
    pub fn tick(&mut self) {
        match self.play.run("step") {
            Ok(_) => {}
            Err(PlayError::AtEnd) => self.play.pace.playing = false,
            Err(why) => {
                self.play.pace.playing = false;
                self.base.error(why.to_string());
            }
        }
        let product = self.play.product();
        self.play.pace.playing &= product.at < product.steps();
    }

    pub fn key(&mut self, key: KeyEvent) {
        let name = match self.base.key(key) {
            Pressed::Done => return,
            Pressed::Line(line) => {
                let ran = self.command(&line);
                return self.base.typed(&line, ran);
            }
            Pressed::Key(name) => name,
        };
        self.base.message = None;
        let vectors = self.play.kind() == Kind::Vectors;
        if self.base.digit(&name, &[0, 1, 2]) {
            return;
        }
        let count = std::mem::take(&mut self.base.count).max(1);
        match self.base.own_key(&name) {
            Some(Pressed::Line(line)) => {
                self.command(&line);
                return;
            }
            Some(_) => return,
            None => {}
        }
        if let Some(line) = COMMANDS.line(&name) {
            let line = match line {
                "step" | "back" | "cell" | "cell-back" => format!("{line} {count}"),
                line => line.to_owned(),
            };
            // A step by hand is one: what goes by itself stops.
            self.play.pace.playing &= line == "play" || line.starts_with("speed");
            self.command(&line);
            return;
        }
        match name.as_str() {
            "?" => self.help(),
            "E" => self.glossary(),
            ":" => {
                self.play.pace.playing = false;
                self.base.line.command("");
            }
            "enter" => self.edit(),
            "tab" | "backtab" | "shift-backtab" => self.other(),
            "r" | "R" if !vectors => self.resize(1, 0, name == "r"),
            "x" | "X" if !vectors => self.resize(0, 1, name == "x"),
            "t" if !vectors => {
                let letter = self.matrix.letter().to_ascii_lowercase();
                self.command(&format!("transpose {letter}"));
            }
            "esc" => self.play.pace.playing = false,
            "ctrl-l" => self.base.redraw = true,
            "ctrl-t" => self.base.theme = self.base.theme.toggled(),
            "left" | "h" => self.go(0, -1, FAR),
            "right" | "l" => self.go(0, 1, FAR),
            "up" | "k" => self.go(-1, 0, FAR),
            "down" | "j" => self.go(1, 0, FAR),
            "shift-left" | "H" => self.go(0, -1, NEAR),
            "shift-right" | "L" => self.go(0, 1, NEAR),
            "shift-up" | "K" => self.go(-1, 0, NEAR),
            "shift-down" | "J" => self.go(1, 0, NEAR),
            _ => self.base.note(say("hint-no-key")),
        }
    }

    /// Type a value by its name; `prefix` makes a command of it.
    fn enter(&mut self, label: &str, prefix: &str, text: &str) {
        self.play.pace.playing = false;
        self.base.line.value(label, prefix, text);
    }

    /// The other matrix, or the other vector.
    fn other(&mut self) {
        match self.play.kind() {
            Kind::Product if self.matrix == Thing::A => self.matrix = Thing::B,
            Kind::Product => self.matrix = Thing::A,
            Kind::Vectors if self.vector == Thing::U => self.vector = Thing::V,
            Kind::Vectors => self.vector = Thing::U,
        }
        self.keep_cursor();
    }

    /// A row or a column more or fewer of the matrix that the cursor is in. What it is multiplied with follows.
    fn resize(&mut self, rows: usize, columns: usize, more: bool) {
        let product = self.play.product();
        let (mut first, mut inner) = (product.a.rows(), product.a.columns());
        let mut last = product.b.columns();
        let change = |n: &mut usize, by: usize| {
            *n = if more { *n + by } else { n.saturating_sub(by) };
        };
        match self.matrix {
            Thing::B => {
                change(&mut inner, rows);
                change(&mut last, columns);
            }
            _ => {
                change(&mut first, rows);
                change(&mut inner, columns);
            }
        }
        self.command(&format!("size {first} {inner} {last}"));
    }

    /// Move the cursor, or the tip of an arrow.
    fn go(&mut self, down: isize, right: isize, far: f64) {
        let by = |at: usize, by: isize, length: usize| {
            at.saturating_add_signed(by).min(length.max(1) - 1)
        };
        if self.play.kind() == Kind::Product {
            let (rows, columns) = self.size();
            self.cell = (by(self.cell.0, down, rows), by(self.cell.1, right, columns));
            return;
        }
        let numbers = self.numbers();
        // On the plane the tip moves where the arrow key points.
        let (i, way) = match (numbers.len(), right) {
            (2, 0) => (1, -down),
            (2, _) => (0, right),
            (length, 0) => (self.number.min(length - 1), -down),
            (length, _) => {
                self.number = by(self.number, right, length);
                return;
            }
        };
        self.number = i;
        // Tenths have no exact double: sums of them are rounded.
        let moved = ((self.numbers()[i] + far * way as f64) * 1e6).round() / 1e6;
        let letter = self.vector.letter();
        self.command(&format!("set {letter} {} {moved}", i + 1));
    }

    fn edit(&mut self) {
        let focus = self.focus();
        let letter = focus.letter();
        let command = letter.to_ascii_lowercase();
        if self.play.kind() == Kind::Vectors {
            let numbers: Vec<String> = self.numbers().iter().map(f64::to_string).collect();
            return self.enter(
                &letter.to_string(),
                &format!("{command} "),
                &numbers.join(" "),
            );
        }
        let (row, column) = self.cell;
        let product = self.play.product();
        let value = match focus {
            Thing::B => product.b.get(row, column),
            _ => product.a.get(row, column),
        };
        let (i, j) = (row + 1, column + 1);
        let args = [
            ("name", letter.to_string().into()),
            ("row", i.to_string().into()),
            ("column", j.to_string().into()),
        ];
        let label = say_with("matrix-element", &args);
        let prefix = format!("set {command} {i} {j} ");
        self.enter(&label, &prefix, &value.to_string());
    }

    fn help(&mut self) {
        let mut help = Help::new(self.base.screen, 24);
        help.table(&COMMANDS, words::SCREEN_KEYS, &self.base.keymap);
        self.base.text = Some(help.into_text(say("help")));
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        if self.base.mouse(mouse) {
            return;
        }
        let at = Position::new(mouse.column, mouse.row);
        let wheel: isize = match mouse.kind {
            MouseEventKind::ScrollUp => -1,
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        if self.play.kind() == Kind::Vectors {
            // A click takes the tip of the arrow there.
            let tip = plane::hit(self, draw::body(self), at);
            if let Some([x, y]) = tip.filter(|_| wheel == 0) {
                self.command(&format!("{} {x} {y}", self.vector.letter()));
            }
            return;
        }
        match wheel {
            0 => {
                if let Some((thing, cell)) = product::hit(self, draw::body(self), at) {
                    (self.matrix, self.cell) = (thing, cell);
                }
            }
            // The wheel at an end does nothing, and says nothing.
            1 => drop(self.play.run("step")),
            _ => drop(self.play.run("back")),
        }
    }
}

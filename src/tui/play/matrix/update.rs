//! Keys, the mouse and pasted text; all of them end in command lines of the matrices.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::super::super::widgets::input::Input;
use super::super::super::widgets::text;
use super::super::super::{keys, terminal};
use super::view::{Entry, Message, Overlay, View};
use super::{draw, plane, product, words};
use crate::lang::{say, say_with};
use crate::play::matrix::Kind;
use crate::play::matrix::command::{COMMANDS, Thing};
use crate::play::matrix::error::PlayError;
use crate::play::matrix::reply::Reply;

/// Largest number before a key.
const MOST_COUNT: usize = 10_000;
/// Lines that are looked back at.
const MOST_TYPED: usize = 200;
/// How far a key moves the tip of an arrow, and how far with shift.
const FAR: f64 = 0.5;
const NEAR: f64 = 0.1;

impl View {
    /// Run a command line and show what it says; whether it could be run.
    pub fn command(&mut self, line: &str) -> bool {
        self.message = None;
        if line.trim() == "play" && self.play.kind() == Kind::Product {
            return self.toggle();
        }
        match self.play.run(line) {
            Ok(None) => self.quit = true,
            Ok(Some(Reply::Text { .. })) if line.trim() == "help" => self.help(),
            Ok(Some(Reply::Text { text })) => self.message = Some(Message::Note(text)),
            Ok(Some(_)) => {}
            Err(why) => {
                self.play.pace.playing = false;
                self.message = Some(Message::Error(why.to_string()));
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
                self.message = Some(Message::Error(why.to_string()));
            }
        }
        let product = self.play.product();
        self.play.pace.playing &= product.at < product.steps();
    }

    pub fn key(&mut self, key: KeyEvent) {
        let name = keys::name(key);
        if name.as_deref() == Some("ctrl-z") {
            return terminal::ask_to_stop();
        }
        if self.entry.is_some() {
            return self.type_key(key);
        }
        let Some(name) = name else {
            return self.note(say("hint-no-key"));
        };
        if self.overlay.is_some() {
            return self.overlay_key(&name);
        }
        self.message = None;
        let vectors = self.play.kind() == Kind::Vectors;
        if let Ok(digit) = name.parse::<usize>()
            && (self.count > 0 || !(0..=2).contains(&digit))
        {
            self.count = (self.count * 10 + digit).min(MOST_COUNT);
            return;
        }
        let count = std::mem::take(&mut self.count).max(1);
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
            ":" => self.enter(":", "", ""),
            "enter" => self.edit(),
            "tab" | "backtab" | "shift-backtab" => self.other(),
            "r" | "R" if !vectors => self.resize(1, 0, name == "r"),
            "x" | "X" if !vectors => self.resize(0, 1, name == "x"),
            "t" if !vectors => {
                let letter = self.matrix.letter().to_ascii_lowercase();
                self.command(&format!("transpose {letter}"));
            }
            "esc" => self.play.pace.playing = false,
            "ctrl-l" => self.redraw = true,
            "ctrl-t" => self.theme = self.theme.toggled(),
            "left" | "h" => self.go(0, -1, FAR),
            "right" | "l" => self.go(0, 1, FAR),
            "up" | "k" => self.go(-1, 0, FAR),
            "down" | "j" => self.go(1, 0, FAR),
            "shift-left" | "H" => self.go(0, -1, NEAR),
            "shift-right" | "L" => self.go(0, 1, NEAR),
            "shift-up" | "K" => self.go(-1, 0, NEAR),
            "shift-down" | "J" => self.go(1, 0, NEAR),
            _ => self.note(say("hint-no-key")),
        }
    }

    fn note(&mut self, text: &str) {
        self.message = Some(Message::Note(text.to_owned()));
    }

    fn enter(&mut self, label: &str, prefix: &str, text: &str) {
        self.play.pace.playing = false;
        self.entry = Some(Entry {
            label: label.to_owned(),
            prefix: prefix.to_owned(),
            input: Input::new(text),
            back: 0,
        });
    }

    /// A key while a line is typed. A line that cannot be run stays, so that it can be mended.
    fn type_key(&mut self, key: KeyEvent) {
        let Some(entry) = &mut self.entry else {
            return;
        };
        let name = keys::name(key).unwrap_or_default();
        match (key.code, name.as_str()) {
            (KeyCode::Esc, _) | (_, "ctrl-c") => {
                self.entry = None;
                self.message = None;
            }
            (KeyCode::Enter, _) => {
                let typed = entry.input.text().trim().to_owned();
                let line = format!("{}{typed}", entry.prefix);
                if line.trim().is_empty() {
                    self.entry = None;
                } else if self.command(&line) {
                    self.entry = None;
                    self.typed.retain(|old| *old != line);
                    self.typed.push(line);
                    let old = self.typed.len().saturating_sub(MOST_TYPED);
                    self.typed.drain(..old);
                }
            }
            (KeyCode::Up | KeyCode::Down, _) if entry.prefix.is_empty() => {
                let back = match key.code {
                    KeyCode::Up => entry.back + 1,
                    _ => entry.back.saturating_sub(1),
                };
                entry.back = back.min(self.typed.len());
                let line = self.typed.len().checked_sub(entry.back);
                let line = line.and_then(|i| self.typed.get(i));
                entry.input = Input::new(line.cloned().unwrap_or_default());
            }
            (KeyCode::Backspace, _) if entry.input.text().is_empty() => self.entry = None,
            _ => drop(entry.input.key(key)),
        }
    }

    fn overlay_key(&mut self, name: &str) {
        let (_, height) = draw::overlay_size(self);
        let Some(overlay) = &mut self.overlay else {
            return;
        };
        let page = usize::from(height.saturating_sub(2));
        let most = overlay.lines.len().saturating_sub(page);
        match name {
            "esc" | "q" | "?" | "enter" => self.overlay = None,
            "ctrl-c" => self.quit = true,
            "up" | "k" => overlay.top = overlay.top.saturating_sub(1),
            "down" | "j" => overlay.top = (overlay.top + 1).min(most),
            "pageup" => overlay.top = overlay.top.saturating_sub(page),
            "pagedown" | "space" => overlay.top = (overlay.top + page).min(most),
            "home" => overlay.top = 0,
            "end" => overlay.top = most,
            _ => {}
        }
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(entry) = &mut self.entry {
            entry.input.insert(text);
        }
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
            let label = format!("{letter}: ");
            return self.enter(&label, &format!("{command} "), &numbers.join(" "));
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
        self.enter(&format!("{label}: "), &prefix, &value.to_string());
    }

    fn help(&mut self) {
        let width = self.screen.width.min(100).saturating_sub(4);
        let mut lines = vec![say("help-keys").to_owned()];
        let mut row = |left: &str, words: &str| {
            let room = width.saturating_sub(26).max(20);
            for (i, part) in text::wrap(words, room).into_iter().enumerate() {
                let left = if i == 0 { left } else { "" };
                let pad = 24_usize.saturating_sub(text::width(left).into());
                lines.push(format!("  {left}{}{part}", " ".repeat(pad)));
            }
        };
        for spec in COMMANDS.iter().filter(|spec| !spec.keys.is_empty()) {
            let keys: Vec<&str> = spec.keys.iter().map(|(key, _)| *key).collect();
            row(&keys.join(" "), spec.help());
        }
        for (keys, words) in words::SCREEN_KEYS {
            row(keys, say(words));
        }
        lines.push(String::new());
        lines.push(say("help-commands").to_owned());
        for spec in COMMANDS.iter() {
            lines.push(format!("  {}", spec.usage()));
            let words = text::wrap(spec.help(), width.saturating_sub(6));
            lines.extend(words.into_iter().map(|words| format!("      {words}")));
        }
        self.overlay = Some(Overlay {
            title: say("help").into(),
            lines,
            top: 0,
        });
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let wheel: isize = match mouse.kind {
            MouseEventKind::ScrollUp => -1,
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        if self.overlay.is_some() {
            let name = if wheel < 0 { "up" } else { "down" };
            return (0..3 * wheel.abs()).for_each(|_| self.overlay_key(name));
        }
        if self.entry.is_some() {
            return;
        }
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

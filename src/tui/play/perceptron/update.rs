//! Keys, the mouse and pasted text; all of them end in command lines of the perceptron.

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::super::base::Pressed;
use super::super::screen::PlayScreen;
use super::super::text::{Help, Text};
use super::draw;
use super::view::{Cell, Pane, View};
use super::words;
use crate::lang::{say, say_with};
use crate::play::perceptron::command::COMMANDS;
use crate::play::perceptron::reply::Reply;
use crate::play::perceptron::words::number;

impl View {
    /// Run a command line and show what it says; whether it could be run.
    pub fn command(&mut self, line: &str) -> bool {
        let had = self.play.data_name().map(str::to_owned);
        self.base.message = None;
        match self.play.run(line) {
            Ok(None) => self.base.quit = true,
            Ok(Some(reply)) => self.say(line, &reply),
            Err(why) => {
                self.base.error(why.to_string());
                return false;
            }
        }
        if self.play.data_name().map(str::to_owned) != had {
            self.sample = (0, 0);
        }
        self.keep_cursors();
        true
    }

    /// Show a reply, unless the panes show it anyway.
    fn say(&mut self, line: &str, reply: &Reply) {
        let word = line.split_whitespace().next().unwrap_or_default();
        match reply {
            Reply::Text { .. } if word == "help" => self.help(),
            Reply::Table { .. } | Reply::Text { .. } if word != "save" => {
                let lines = reply.text().lines().map(str::to_owned).collect();
                self.base.text = Some(Text::new(line, lines));
            }
            Reply::Text { text } => self.base.note(text),
            _ => {}
        }
    }

    /// Keep every cursor on what there is.
    fn keep_cursors(&mut self) {
        let inputs = self.inputs();
        let last = inputs - 1;
        self.cell = match self.cell {
            Cell::Name(i) => Cell::Name(i.min(last)),
            Cell::Value(i) => Cell::Value(i.min(last)),
            Cell::Weight(i) => Cell::Weight(i.min(last)),
            other => other,
        };
        self.table_row = self.table_row.min(self.table_rows() - 1);
        let rows = self.play.samples().map_or(1, <[_]>::len);
        self.sample = (self.sample.0.min(rows - 1), self.sample.1.min(inputs));
        let panes = self.panes();
        if !panes.contains(&self.focus) {
            self.focus = panes.first().copied().unwrap_or(Pane::Diagram);
        }
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
        if self.base.digit(&name, &[0]) {
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
                "step" | "back" => format!("{line} {count}"),
                line => line.to_owned(),
            };
            self.command(&line);
            return;
        }
        match name.as_str() {
            "?" => self.help(),
            "E" => self.glossary(),
            ":" => self.base.line.command(""),
            "d" => self.base.line.command("data "),
            "n" | "N" => self.epochs(name == "n", count),
            "space" => self.switch(),
            "enter" => self.edit(),
            "a" if self.focus == Pane::Data => self.append(),
            "a" => drop(self.command("add")),
            "D" => self.delete(),
            "tab" => self.turn(1),
            "backtab" | "shift-backtab" => self.turn(self.panes().len() - 1),
            "z" => self.zoom = !self.zoom,
            "x" => self.hide(),
            "X" if self.hidden.is_empty() => self.base.note(say("hint-nothing-hidden")),
            "X" => self.hidden.clear(),
            "esc" => self.zoom = false,
            "ctrl-l" => self.base.redraw = true,
            "ctrl-t" => self.base.theme = self.base.theme.toggled(),
            "left" | "h" => self.go(0, -1),
            "right" | "l" => self.go(0, 1),
            "up" | "k" => self.go(-1, 0),
            "down" | "j" => self.go(1, 0),
            "pageup" => self.go(-10, 0),
            "pagedown" => self.go(10, 0),
            _ => self.base.note(say("hint-no-key")),
        }
    }

    /// To the end of this epoch or the start of it, and so for each more of `count`.
    fn epochs(&mut self, forwards: bool, count: usize) {
        let samples = self.play.samples().map_or(1, <[_]>::len);
        let taken = self.play.learning().taken();
        let more = (count - 1) * samples;
        let line = if forwards {
            format!("step {}", samples - taken % samples + more)
        } else {
            let into = match taken % samples {
                0 => samples,
                n => n,
            };
            format!("back {}", into + more)
        };
        self.command(&line);
    }

    fn turn(&mut self, by: usize) {
        let panes = self.panes();
        let at = panes
            .iter()
            .position(|pane| *pane == self.focus)
            .unwrap_or(0);
        self.focus = panes[(at + by) % panes.len()];
    }

    fn hide(&mut self) {
        if self.panes().len() == 1 {
            return self.base.note(say("hint-last-pane"));
        }
        self.hidden.push(self.focus);
        self.zoom = false;
        self.keep_cursors();
    }

    fn go(&mut self, down: isize, right: isize) {
        let inputs = self.inputs();
        let clamp = |at: usize, by: isize, most: usize| at.saturating_add_signed(by).min(most);
        match self.focus {
            Pane::Diagram => {
                let (row, column) = match self.cell {
                    Cell::Name(i) => (i, 0),
                    Cell::Value(i) => (i, 1),
                    Cell::Weight(i) => (i, 2),
                    Cell::Threshold => (inputs, 0),
                    Cell::Output => (inputs, 1),
                };
                let row_after = clamp(row, down, inputs);
                self.cell = if row == inputs && down == 0 {
                    if right > 0 {
                        Cell::Output
                    } else {
                        Cell::Threshold
                    }
                } else if row_after == inputs {
                    if row == inputs {
                        self.cell
                    } else {
                        Cell::Threshold
                    }
                } else {
                    // From the line's end on to the boxes, as they lie.
                    match (if row == inputs { 2 } else { column }, right) {
                        (2, 1..) => Cell::Threshold,
                        (column, _) => match clamp(column, right, 2) {
                            0 => Cell::Name(row_after),
                            1 => Cell::Value(row_after),
                            _ => Cell::Weight(row_after),
                        },
                    }
                };
            }
            Pane::Table => self.table_row = clamp(self.table_row, down, self.table_rows() - 1),
            Pane::Data => {
                let rows = self.play.samples().map_or(1, <[_]>::len);
                self.sample.0 = clamp(self.sample.0, down, rows - 1);
                self.sample.1 = clamp(self.sample.1, right, inputs);
            }
            Pane::Line => {}
        }
    }

    /// Space: 0 becomes 1, and anything else 0.
    fn switch(&mut self) {
        match (self.focus, self.cell) {
            (Pane::Diagram, Cell::Name(i) | Cell::Value(i) | Cell::Weight(i)) => {
                self.command(&format!("toggle {}", reference(i)));
            }
            (Pane::Table, _) => self.take_row(),
            (Pane::Data, _) => {
                let (_, value) = self.sample_cell();
                let value = u8::from(value == 0.0);
                self.set_sample(&value.to_string());
            }
            _ => self.base.note(say("hint-no-key")),
        }
    }

    fn edit(&mut self) {
        let perceptron = self.play.perceptron();
        let name = |i: usize| perceptron.names[i].clone();
        let (label, prefix, text) = match (self.focus, self.cell) {
            (Pane::Table, _) => return self.take_row(),
            (Pane::Line, _) => return self.base.note(say("hint-no-key")),
            (Pane::Data, _) => {
                let (label, value) = self.sample_cell();
                (label, self.sample_prefix(), number(value))
            }
            (_, Cell::Name(i)) => (
                say_with("perceptron-name-of", &[("name", name(i).into())]),
                format!("name {} ", reference(i)),
                name(i),
            ),
            (_, Cell::Value(i)) => (
                name(i),
                format!("input {} ", reference(i)),
                perceptron.values[i].to_string(),
            ),
            (_, Cell::Weight(i)) => (
                say_with("perceptron-weight-of", &[("name", name(i).into())]),
                format!("weight {} ", reference(i)),
                perceptron.weights.each[i].to_string(),
            ),
            (_, Cell::Threshold) => (
                say("perceptron-threshold").into(),
                "threshold ".into(),
                perceptron.weights.threshold.to_string(),
            ),
            (_, Cell::Output) => (
                say_with(
                    "perceptron-name-of",
                    &[("name", perceptron.output.as_str().into())],
                ),
                "output ".into(),
                perceptron.output.clone(),
            ),
        };
        self.base.line.value(&label, &prefix, &text);
    }

    /// The chosen cell of the samples: what it is, and its value.
    fn sample_cell(&self) -> (String, f64) {
        let (row, column) = self.sample;
        let perceptron = self.play.perceptron();
        let sample = self.play.samples().and_then(|all| all.get(row));
        let value = sample.map_or(0.0, |s| {
            s.values.get(column).copied().unwrap_or(f64::from(s.answer))
        });
        let name = perceptron.names.get(column).unwrap_or(&perceptron.output);
        (
            say_with(
                "perceptron-sample-of",
                &[("row", (row + 1).into()), ("column", name.as_str().into())],
            ),
            value,
        )
    }

    fn sample_prefix(&self) -> String {
        let (row, column) = self.sample;
        let column = if column < self.inputs() {
            reference(column)
        } else {
            "answer".into()
        };
        format!("cell {} {column} ", row + 1)
    }

    fn set_sample(&mut self, value: &str) {
        self.command(&format!("{}{value}", self.sample_prefix()));
    }

    /// Give the inputs the values of the chosen row.
    fn take_row(&mut self) {
        let row = self.play.perceptron().truth_table().nth(self.table_row);
        let values = row.map(|row| row.values).unwrap_or_default();
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        self.command(&format!("inputs {}", values.join(" ")));
    }

    /// One more sample: the chosen one again, to be edited.
    fn append(&mut self) {
        let Some(sample) = self.play.samples().and_then(|all| all.get(self.sample.0)) else {
            return;
        };
        let values: Vec<String> = sample.values.iter().map(f64::to_string).collect();
        let line = format!("append {} {}", values.join(" "), u8::from(sample.answer));
        if self.command(&line) {
            self.sample.0 = self.play.samples().map_or(0, |all| all.len() - 1);
        }
    }

    fn delete(&mut self) {
        match (self.focus, self.cell) {
            (Pane::Data, _) => drop(self.command(&format!("delete {}", self.sample.0 + 1))),
            (Pane::Diagram, Cell::Name(i) | Cell::Value(i) | Cell::Weight(i)) => {
                self.command(&format!("remove {}", reference(i)));
            }
            _ => self.base.note(say("hint-no-key")),
        }
    }

    fn help(&mut self) {
        let mut help = Help::new(self.base.screen, 22);
        help.table(&COMMANDS, words::SCREEN_KEYS, &self.base.keymap);
        self.base.text = Some(help.into_text(say("help")));
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        if self.base.mouse(mouse) {
            return;
        }
        let at = Position::new(mouse.column, mouse.row);
        let wheel: isize = match mouse.kind {
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        let panes = self.layout(draw::panes_area(self));
        if let Some((pane, _)) = panes.into_iter().find(|(_, area)| area.contains(at)) {
            self.focus = pane;
            if wheel != 0 && pane != Pane::Diagram {
                self.go(wheel, 0);
            }
        }
    }
}

/// The number that command lines call an input by, whatever its name is.
fn reference(input: usize) -> String {
    (input + 1).to_string()
}

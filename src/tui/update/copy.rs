//! What goes to the terminal's clipboard.

use super::super::app::{Message, Pane, Status};
use super::super::panes::steps;
use super::super::view;
use super::Driver;
use crate::session::command::{self, Copied};
use crate::session::debugger::Outcome;
use crate::session::dispatch::Task;
use crate::trace::hook;

/// Bytes that terminals take at once: what 100,000 characters of base64 hold.
const MOST: usize = 74_994;

impl Driver {
    /// What the terminal's clipboard is to hold from now on.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    pub(super) fn copy(&mut self, what: Option<Copied>) {
        let done = match (what, self.app.focus) {
            (None, Pane::Lens) => self.candidate(),
            (None, Pane::Steps) => self.step_name(),
            (Some(Copied::Name), _) => self.name(),
            (Some(Copied::Row), _) => return self.ask_row(),
            (None | Some(Copied::Value), _) => self.value(),
        };
        match done {
            Some(text) => self.put(text),
            None => self.fail("there is nothing to copy here yet"),
        }
    }

    fn candidate(&self) -> Option<String> {
        let (_, lens) = self.app.answers.lens.as_ref()?;
        lens.top.get(self.app.candidate).map(|c| c.text.clone())
    }

    fn step_name(&self) -> Option<String> {
        let rows = steps::rows(&self.app);
        let (line, _) = steps::window(&self.app, &rows, 1);
        self.name_of(rows.get(line)?.points.start)
    }

    fn name(&self) -> Option<String> {
        self.name_of(self.app.at.point)
    }

    fn name_of(&self, point: usize) -> Option<String> {
        let plan = self.app.plan()?;
        plan.points()
            .get(point)
            .map(|point| hook::short(&point.name))
    }

    fn value(&self) -> Option<String> {
        if view::predicts(&self.app) {
            let row = self.app.cell.0;
            let found = self.app.answers.predictions.get(&(self.app.at.pass, row))?;
            return found.top.first().map(|c| c.text.clone());
        }
        let here = (self.app.at.pass, self.app.at.point);
        let (row, col) = self.app.cell;
        self.app.answers.tiles.get(&here)?.get(row, col).map(number)
    }

    /// The screen knows what it shows of a row: the worker is asked for all of it.
    fn ask_row(&mut self) {
        let (heads, share) = view::heads(&self.app);
        let head = (self.app.head / share).min(heads - 1);
        let found = self
            .app
            .plan()
            .and_then(|p| p.points().get(self.app.at.point));
        let Some(point) = found else { return };
        let (row, col) = view::matrix_axes(point);
        let parts = (0..point.shape.len()).map(|axis| match Some(axis) {
            axis if axis == row => self.app.cell.0.to_string(),
            axis if axis == col => ":".into(),
            _ => head.to_string(),
        });
        let line = format!("print [{}]", parts.collect::<Vec<_>>().join(", "));
        let parsed = command::parse(&line).map_err(|e| e.to_string());
        let asked = parsed.and_then(|command| match &mut self.debugger {
            Some(debugger) => debugger.run(&command, None),
            None => Err("the model is still being opened".into()),
        });
        match asked {
            Ok(Outcome::Ask(ask)) => {
                self.copying = true;
                self.app.status = Status::Running(None);
                self.worker.task(Task::Ask(ask.whole(usize::MAX)));
                self.asked.clear();
            }
            Ok(_) => {}
            Err(why) => self.fail(&why),
        }
    }

    /// As Python reads it.
    pub(super) fn put_row(&mut self, values: &[f64]) {
        let all: Vec<String> = values.iter().copied().map(number).collect();
        self.put(format!("[{}]", all.join(", ")));
    }

    fn put(&mut self, text: String) {
        if text.len() > MOST {
            let n = text.len();
            self.fail(&format!(
                "{n} bytes are more than terminals take ({MOST}): save writes them"
            ));
            return;
        }
        let shown = crate::session::format::fit(&crate::session::format::token(&text), 40);
        let words = format!("copied {}", shown.trim_end());
        self.app.message = Some(Message::Note(words));
        self.copied = Some(text);
    }

    fn fail(&mut self, why: &str) {
        self.app.message = Some(Message::Error(why.to_owned()));
    }
}

/// With the fewest digits that give the same value back.
fn number(x: f64) -> String {
    let short = x as f32;
    match x {
        x if x.is_nan() => "nan".into(),
        x if x.is_infinite() => (if x > 0.0 { "inf" } else { "-inf" }).into(),
        x if f64::from(short) == x => format!("{short:?}"),
        x => format!("{x:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        for (x, due) in [
            (f64::from(0.1_f32), "0.1"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (-0.0, "-0.0"),
            (f64::from(1e-30_f32), "1e-30"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number(x), due);
        }
    }
}

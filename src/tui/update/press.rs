//! Keys over the panes, with the numbers before them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::app::{Message, Overlay, Status};
use super::super::command::{self, Press, ScreenCommand, Typed};
use super::super::keys;
use super::Driver;
use crate::lang::{plain, say, say_with};
use crate::session::command::{Command, Direction, Kind, Which};

/// How often a key is done at most for the number before it.
const MOST_TIMES: usize = 9999;

impl Driver {
    pub fn key(&mut self, key: KeyEvent) {
        self.dirty = true;
        let name = keys::name(key);
        let suspends = |name: &String| {
            let suspend = Press::Run(Typed::Screen(ScreenCommand::Suspend));
            command::press(&self.app.keymap, name) == Some(suspend)
        };
        // Whatever lies on top stays there.
        if name.as_ref().is_some_and(suspends) {
            self.screen(ScreenCommand::Suspend);
            return;
        }
        if self.overlay_key(key) {
            return;
        }
        self.app.message = None;
        let stopped = matches!(self.app.status, Status::Stopping | Status::Stopped);
        if stopped {
            self.app.status = Status::Ready;
        }
        // Questions that failed may have answers by now.
        if self.app.answers.forgive() || stopped {
            self.asked.clear();
        }
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        if let (KeyCode::Char(digit @ '0'..='9'), true) = (key.code, plain)
            && (digit != '0' || self.count.is_some())
        {
            let count = self.count.unwrap_or(0) * 10 + digit as usize - '0' as usize;
            let count = count.min(MOST_TIMES);
            self.count = Some(count);
            let words = say_with("pane-note-count", &[("n", count.into())]);
            self.app.message = Some(Message::Note(words));
            return;
        }
        let count = self.count.take();
        let Some(name) = name else {
            self.app.message = Some(Message::Note(say("pane-note-no-key").into()));
            return;
        };
        if let (Some(_), None, "n" | "N") = (&self.app.search, count, name.as_str()) {
            let direction = match name.as_str() {
                "n" => Direction::Forward,
                _ => Direction::Back,
            };
            self.command(&Command::find(None, direction));
            return;
        }
        if count.is_some() && name == "esc" {
            return;
        }
        if self.play_key(&name) {
            return;
        }
        self.press(&name, count);
    }

    /// Act on the key of this name, so many times.
    pub(super) fn press(&mut self, name: &str, count: Option<usize>) {
        match (command::press(&self.app.keymap, name), count) {
            (Some(Press::Run(typed)), None) => self.run(&typed),
            (Some(Press::Run(typed)), Some(count)) => self.counted(name, typed, count),
            (Some(Press::Ask(line)), count) => self.ask_by_key(&line, count),
            (None, _) => {
                let words = say_with("pane-note-key", &[("key", plain(name))]);
                self.app.message = Some(Message::Note(words));
            }
        }
    }

    fn counted(&mut self, name: &str, typed: Typed, count: usize) {
        match typed {
            Typed::Debugger(Command {
                kind: Kind::Move { depth, direction },
                ..
            }) => self.command(&Command::steps(depth, direction, count)),
            // A number before these keys is that of a step, as vi's is that of a line.
            Typed::Debugger(Command {
                kind: Kind::Top | Kind::End,
                ..
            }) => {
                let last = self.app.plan().map_or(0, |plan| plan.len());
                match count {
                    n if (1..=last).contains(&n) => self.go(n - 1),
                    _ => {
                        let why = say_with("error-steps", &[("last", plain(last))]);
                        self.app.message = Some(Message::Error(why));
                    }
                }
            }
            typed if repeats(&typed) => {
                for _ in 0..count {
                    self.run(&typed);
                    if let Some(Overlay::Confirm(confirm)) = &mut self.app.overlay {
                        confirm.count = count;
                        break;
                    }
                    if matches!(self.app.message, Some(Message::Error(_))) {
                        break;
                    }
                }
            }
            _ => {
                let why = say_with("pane-note-no-count", &[("key", plain(name))]);
                self.app.message = Some(Message::Error(why));
            }
        }
    }
}

/// Whether a number before its key does it so many times.
fn repeats(typed: &Typed) -> bool {
    match typed {
        Typed::Debugger(command) => matches!(
            command.kind,
            Kind::Continue(_)
                | Kind::Token(_)
                | Kind::Pass(Which::Next | Which::Previous)
                | Kind::Row(Which::Next | Which::Previous)
                | Kind::Temperature
        ),
        Typed::Screen(command) => matches!(
            command,
            ScreenCommand::Scroll(_)
                | ScreenCommand::Head(Which::Next | Which::Previous)
                | ScreenCommand::Focus(_)
        ),
    }
}

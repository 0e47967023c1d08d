//! The command line: what it offers, its history, its keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::app::{Message, Overlay};
use super::super::command;
use super::super::palette::{Palette, Pressed};
use super::super::panes::lens;
use super::super::widgets::input::Input;
use super::Driver;
use crate::session::command::{Command, Kind, ParseError};
use crate::session::complete::Known;

/// Commands that have a form of their own for their arguments.
const FORMS: [&str; 2] = [SAVE, PROMPT];
const SAVE: &str = "save";
const PROMPT: &str = "prompt";

impl Driver {
    /// Open what asks for the arguments of a command: a form where there is one, else the command line.
    pub(super) fn ask(&mut self, line: &str) {
        match command::find(line.trim_end()).map(|spec| spec.name) {
            Some(SAVE) => self.ask_save(),
            Some(PROMPT) => self.edit(&self.app.prompt.clone()),
            _ => {
                self.app.overlay = Some(Overlay::Palette(Palette::new(line)));
                self.palette_typed();
            }
        }
    }

    /// The command line that a key opened, with the number typed before it.
    pub(super) fn ask_by_key(&mut self, line: &str, count: Option<usize>) {
        self.ask(line);
        if let Some(Overlay::Palette(palette)) = &mut self.app.overlay {
            palette.opened = Some((line.to_owned(), count));
        }
    }

    pub(super) fn palette_paste(&mut self, text: &str) {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        match several_lines(palette.input.text(), text) {
            Some(prompt) => self.edit(&prompt),
            None => palette.input.insert(text),
        }
    }

    /// Find what follows from the line as it stands now.
    pub(super) fn palette_typed(&mut self) {
        let candidates = lens::shown(&self.app).map_or_else(Vec::new, |lens| lens.top.clone());
        if let Some(Overlay::Palette(palette)) = &mut self.app.overlay {
            let known = Known {
                debugger: self.debugger.as_ref(),
                candidates: &candidates,
                commands: command::commands(),
                more: command::completions,
            };
            palette.find(&known, self.history.lines());
        }
    }

    /// Delete what stands before the cursor: the arguments first, then the command.
    fn delete_arguments(&mut self) -> bool {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return false;
        };
        let text = palette.input.text();
        match text.split_once(' ') {
            Some((word, rest)) if !rest.is_empty() && command::find(word).is_some() => {
                palette.input = Input::new(format!("{word} "));
                true
            }
            _ => false,
        }
    }

    pub(super) fn palette_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let opened = palette.opened.take();
        palette.error = None;
        match key.code {
            // A second g makes `gg`: the first g opened the line.
            KeyCode::Char('g')
                if !ctrl
                    && let Some((line, count)) = opened
                    && line == GOTO
                    && palette.input.text() == GOTO =>
            {
                self.app.overlay = None;
                return self.press("gg", count);
            }
            KeyCode::Char('u') if ctrl && self.delete_arguments() => return self.palette_typed(),
            _ => {}
        }
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        match palette.key(key, self.history.lines()) {
            Pressed::Typed => self.palette_typed(),
            Pressed::Enter => self.enter(),
            Pressed::Done => {}
        }
    }

    /// Leave the search of the history; whether there was one.
    pub(super) fn leave_search(&mut self) -> bool {
        match &mut self.app.overlay {
            Some(Overlay::Palette(palette)) if palette.searching => {
                palette.searching = false;
                self.palette_typed();
                true
            }
            _ => false,
        }
    }

    /// Run the typed line, or what is offered for the beginning of one; with nothing typed, the last step
    /// again.
    fn enter(&mut self) {
        let Some(Overlay::Palette(palette)) = &self.app.overlay else {
            return;
        };
        let typed = palette.input.text().trim().to_owned();
        let line = palette.line(|word| command::find(word).is_some());
        if let (true, Some(again)) = (line.is_empty(), self.again.clone()) {
            self.app.overlay = None;
            self.command(&again);
            return;
        }
        match command::parse(&line) {
            Ok(typed) => {
                self.app.overlay = None;
                let kept = self.history.push(&line);
                self.run(&typed);
                if let (Err(why), None) = (kept, &self.app.message) {
                    self.app.message = Some(Message::Error(why));
                }
            }
            Err(e) => {
                let half = matches!(e, ParseError::Missing { .. });
                let form = matches!(command::find(&line), Some(spec) if FORMS.contains(&spec.name));
                if half && (form || line != typed) {
                    self.ask(&format!("{line} "));
                } else if let Some(Overlay::Palette(palette)) = &mut self.app.overlay {
                    palette.error = Some(e.to_string());
                }
            }
        }
    }

    /// Remember the command that an empty line does again.
    pub(super) fn remember(&mut self, command: &Command) {
        if matches!(
            command.kind,
            Kind::Move { .. } | Kind::Continue(_) | Kind::Until
        ) {
            self.again = Some(command.clone());
        }
    }
}

/// The text that the key `g` types.
const GOTO: &str = "goto ";

/// The prompt that pasting several lines behind a command makes, where it is that command which takes them.
fn several_lines(typed: &str, pasted: &str) -> Option<String> {
    let (word, rest) = typed.trim_start().split_once(' ')?;
    let prompt = command::find(word).is_some_and(|spec| spec.name == PROMPT);
    let lines = pasted.contains(['\n', '\r']);
    let pasted = || pasted.replace("\r\n", "\n").replace('\r', "\n");
    (prompt && lines).then(|| format!("{rest}{}", pasted()))
}

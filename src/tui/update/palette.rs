//! The command line: what it offers, its history, its keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::app::{Message, Offer, Overlay, Palette};
use super::super::command;
use super::super::panes::lens;
use super::super::widgets::input::Input;
use super::Driver;
use crate::session::command::{Command, Kind, ParseError, Words};
use crate::session::complete::{Known, complete};

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
                self.app.overlay = Some(Overlay::Palette(Palette {
                    input: Input::new(line),
                    ..Palette::default()
                }));
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
        let Some(Overlay::Palette(palette)) = &self.app.overlay else {
            return;
        };
        let typed = palette.input.text().trim_start();
        let offers = if palette.searching {
            self.earlier(typed)
        } else {
            self.offers(typed)
        };
        let word = typed.split_whitespace().next().unwrap_or_default();
        let arguments = typed.contains(char::is_whitespace) && !palette.searching;
        let usage = command::find(word).filter(|_| arguments);
        let usage = usage.map(|spec| format!("{} · {}", spec.usage(), spec.help));
        if let Some(Overlay::Palette(palette)) = &mut self.app.overlay {
            palette.offers = offers;
            palette.usage = usage;
            palette.choice = 0;
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

    /// Offers that fit the typed text: arguments behind a command, commands otherwise.
    fn offers(&self, typed: &str) -> Vec<Offer> {
        let known = Known {
            debugger: self.debugger.as_ref(),
            candidates: lens::shown(&self.app).map_or(&[][..], |lens| &lens.top),
            commands: command::commands(),
            more: command::completions,
        };
        if let Some(found) = complete(typed, &known) {
            let offer = found.into_iter().map(|completion| Offer {
                line: completion.line,
                args: String::new(),
                words: completion.words,
            });
            return offer.collect();
        }
        let fits = |s: &&Words| s.name.starts_with(typed) || s.aliases.contains(&typed);
        let offer = |s: &Words| Offer {
            line: s.name.to_owned(),
            args: s.args.to_owned(),
            words: s.help.to_owned(),
        };
        command::commands().iter().filter(fits).map(offer).collect()
    }

    /// Lines of the history that contain what is typed, the newest first, each once.
    fn earlier(&self, typed: &str) -> Vec<Offer> {
        let mut lines: Vec<&str> = Vec::new();
        for line in self.history.lines().iter().rev() {
            if line.contains(typed) && !lines.contains(&line.as_str()) {
                lines.push(line);
            }
        }
        let offer = |line: &str| Offer {
            line: line.to_owned(),
            args: String::new(),
            words: String::new(),
        };
        lines.into_iter().map(offer).collect()
    }

    pub(super) fn palette_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        palette.error = None;
        let opened = palette.opened.take();
        let last = palette.offers.len().saturating_sub(1);
        match key.code {
            // A second g makes `gg`: the first g opened the line.
            KeyCode::Char('g')
                if !ctrl
                    && let Some((line, count)) = opened
                    && line == GOTO
                    && palette.input.text() == GOTO =>
            {
                self.app.overlay = None;
                self.press("gg", count);
            }
            KeyCode::Char('r') if ctrl && palette.searching => {
                palette.choice = (palette.choice + 1).min(last);
            }
            KeyCode::Char('r') if ctrl => {
                palette.searching = true;
                self.palette_typed();
            }
            KeyCode::Down if palette.back == 0 || palette.searching => {
                palette.choice = (palette.choice + 1).min(last);
            }
            KeyCode::Up if palette.choice > 0 || palette.searching => {
                palette.choice = palette.choice.saturating_sub(1);
            }
            KeyCode::Up => self.go_back(true),
            KeyCode::Down => self.go_back(false),
            KeyCode::Char('p') if ctrl => self.go_back(true),
            KeyCode::Char('n') if ctrl => self.go_back(false),
            KeyCode::Tab => {
                if let Some(offer) = palette.offers.get(palette.choice) {
                    palette.input = Input::new(completed(offer));
                    palette.searching = false;
                    self.palette_typed();
                }
            }
            KeyCode::Enter => self.enter(),
            KeyCode::Char('u') if ctrl && self.delete_arguments() => self.palette_typed(),
            _ => {
                let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
                    return;
                };
                if palette.input.key(key) {
                    palette.back = 0;
                    self.palette_typed();
                }
            }
        }
    }

    /// An earlier line of the history, or a later one; behind the last what was typed comes back.
    fn go_back(&mut self, earlier: bool) {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        let lines = self.history.lines();
        if palette.back == 0 {
            palette.draft = palette.input.text().to_owned();
        }
        palette.back = if earlier {
            (palette.back + 1).min(lines.len())
        } else {
            palette.back.saturating_sub(1)
        };
        let line = lines.get(lines.len() - palette.back);
        palette.input = Input::new(line.unwrap_or(&palette.draft).as_str());
        palette.searching = false;
        self.palette_typed();
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
        let word = typed.split([' ', '/']).next().unwrap_or_default();
        let known = command::find(word).is_some();
        let offer = palette.offers.get(palette.choice);
        let offered = palette.searching || palette.choice > 0 || !known && !typed.is_empty();
        let line = match offer {
            Some(offer) if offered => offer.line.clone(),
            _ => typed.clone(),
        };
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

/// The offer as it is typed, ready for its arguments.
fn completed(offer: &Offer) -> String {
    if offer.args.is_empty() {
        offer.line.clone()
    } else {
        format!("{} ", offer.line)
    }
}

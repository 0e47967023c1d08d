//! The command line of every screen: what fits the text typed so far, earlier lines, and keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::widgets::input::Input;
use crate::session::command::Words;
use crate::session::complete::{Known, complete};

/// A command line that is open.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub input: Input,
    /// Offers that fit the text typed so far; found when it changes, not while drawing.
    pub offers: Vec<Offer>,
    pub choice: usize,
    pub error: Option<String>,
    /// How the command is used whose arguments are being typed.
    pub usage: Option<String>,
    /// How many lines back in the history, and what was typed before that.
    pub back: usize,
    pub draft: String,
    /// Whether what is typed is looked for in the history.
    pub searching: bool,
    /// The text that a key typed on opening, and the number before that key; until the next one.
    pub opened: Option<(String, Option<usize>)>,
}

/// A line that the command line offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub line: String,
    pub args: String,
    pub words: String,
}

/// The effect of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The text is another one: its offers are to be found.
    Typed,
    Enter,
    /// Nothing else follows.
    Done,
}

impl Palette {
    pub fn new(text: &str) -> Palette {
        Palette {
            input: Input::new(text),
            ..Palette::default()
        }
    }

    /// Find what follows from the line as it stands now.
    pub fn find(&mut self, known: &Known, history: &[String]) {
        let typed = self.input.text().trim_start();
        let offers = if self.searching {
            earlier(history, typed)
        } else {
            offers(known, typed)
        };
        let word = typed.split_whitespace().next().unwrap_or_default();
        let arguments = typed.contains(char::is_whitespace) && !self.searching;
        let spec = known.commands.iter().find(|spec| spec.is(word));
        let usage = spec.filter(|_| arguments);
        self.usage = usage.map(|spec| format!("{} · {}", spec.usage(), spec.help));
        self.offers = offers;
        self.choice = 0;
    }

    pub fn key(&mut self, key: KeyEvent, history: &[String]) -> Pressed {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        self.error = None;
        let last = self.offers.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('r') if ctrl && self.searching => {
                self.choice = (self.choice + 1).min(last);
            }
            KeyCode::Char('r') if ctrl => {
                self.searching = true;
                return Pressed::Typed;
            }
            KeyCode::Down if self.back == 0 || self.searching => {
                self.choice = (self.choice + 1).min(last);
            }
            KeyCode::Up if self.choice > 0 || self.searching => {
                self.choice = self.choice.saturating_sub(1);
            }
            KeyCode::Up => return self.go_back(true, history),
            KeyCode::Down => return self.go_back(false, history),
            KeyCode::Char('p') if ctrl => return self.go_back(true, history),
            KeyCode::Char('n') if ctrl => return self.go_back(false, history),
            KeyCode::Tab => {
                if let Some(offer) = self.offers.get(self.choice) {
                    self.input = Input::new(completed(offer));
                    self.searching = false;
                    return Pressed::Typed;
                }
            }
            KeyCode::Enter => return Pressed::Enter,
            _ if self.input.key(key) => {
                self.back = 0;
                return Pressed::Typed;
            }
            _ => {}
        }
        Pressed::Done
    }

    /// An earlier line of the history, or a later one; behind the last what was typed comes back.
    fn go_back(&mut self, earlier: bool, lines: &[String]) -> Pressed {
        if self.back == 0 {
            self.draft = self.input.text().to_owned();
        }
        self.back = if earlier {
            (self.back + 1).min(lines.len())
        } else {
            self.back.saturating_sub(1)
        };
        let line = lines.get(lines.len() - self.back);
        self.input = Input::new(line.unwrap_or(&self.draft).as_str());
        self.searching = false;
        Pressed::Typed
    }

    /// The line that Enter runs: the typed one, or what is offered for the beginning of one.
    pub fn line(&self, is_known: impl Fn(&str) -> bool) -> String {
        let typed = self.input.text().trim();
        let word = typed.split([' ', '/']).next().unwrap_or_default();
        let begun = !is_known(word) && !typed.is_empty();
        match self.offers.get(self.choice) {
            Some(offer) if self.searching || self.choice > 0 || begun => offer.line.clone(),
            _ => typed.to_owned(),
        }
    }
}

/// Offers that fit the typed text: arguments behind a command, commands otherwise.
fn offers(known: &Known, typed: &str) -> Vec<Offer> {
    if let Some(found) = complete(typed, known) {
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
    known.commands.iter().filter(fits).map(offer).collect()
}

/// Lines of the history that contain what is typed, the newest first, each once.
fn earlier(history: &[String], typed: &str) -> Vec<Offer> {
    let mut lines: Vec<&str> = Vec::new();
    for line in history.iter().rev() {
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

/// The offer as it is typed, ready for its arguments.
fn completed(offer: &Offer) -> String {
    if offer.args.is_empty() {
        offer.line.clone()
    } else {
        format!("{} ", offer.line)
    }
}

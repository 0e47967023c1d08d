//! Keys while something lies over the panes.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::app::{Message, Offer, Overlay, Palette, Save};
use super::super::overlays;
use super::super::widgets::input::Input;
use super::Driver;
use crate::session::command::{self, Command, ParseError};
use crate::session::debugger::Outcome;
use crate::trace::hook;

/// Hook points offered after `goto`.
const OFFERS: usize = 50;

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
                self.typed();
            }
        }
    }

    fn ask_save(&mut self) {
        let stem = self.app.model.as_ref().map_or("trace", |m| &m.name);
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let stem: String = stem.chars().filter(|&c| plain(c)).collect();
        self.app.overlay = Some(Overlay::Save(Save {
            path: Input::new(format!("{stem}-trace.safetensors")),
            hooks: Input::new("*"),
            on_hooks: false,
            facts: Ok(String::new()),
            replace: None,
            fresh: true,
        }));
        self.typed();
    }

    pub fn paste(&mut self, text: &str) {
        match &mut self.app.overlay {
            Some(Overlay::Palette(palette)) => {
                if let Some(prompt) = several_lines(palette.input.text(), text) {
                    self.edit(&prompt);
                } else {
                    palette.input.insert(text);
                }
            }
            Some(Overlay::Prompt(prompt)) => prompt.paste(text),
            Some(Overlay::Save(save)) if save.on_hooks => save.hooks.insert(text),
            Some(Overlay::Save(save)) => save.path.insert(text),
            _ => return,
        }
        self.typed();
        self.dirty = true;
    }

    /// Find what follows from the text as it stands now.
    fn typed(&mut self) {
        match &mut self.app.overlay {
            Some(Overlay::Palette(palette)) => {
                let typed = palette.input.text().trim_start().to_owned();
                let offers = self.offers(&typed);
                if let Some(Overlay::Palette(palette)) = &mut self.app.overlay {
                    palette.offers = offers;
                    palette.choice = 0;
                }
            }
            Some(Overlay::Save(save)) => {
                save.replace = None;
                let globs: Vec<String> = words(save.hooks.text());
                if let Some(debugger) = &self.debugger {
                    let model = self.app.model.as_ref();
                    let size = model.map_or(4, |m| m.dtype.size());
                    save.facts = debugger.chosen(&globs).map(|(points, elements)| {
                        let passes = debugger.passes.len();
                        let plural = if passes == 1 { "" } else { "es" };
                        let bytes = overlays::save::bytes(elements * size);
                        format!("{points} tensors of {passes} pass{plural}, about {bytes}")
                    });
                }
            }
            _ => {}
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

    /// What fits the typed text: hook points after `goto`, commands otherwise.
    fn offers(&self, typed: &str) -> Vec<Offer> {
        if let (Some(name), Some(d)) = (typed.strip_prefix("goto "), &self.debugger) {
            let points = d.passes[d.pass].plan.points();
            let found = d.matches(name.trim()).into_iter().take(OFFERS);
            return found
                .map(|i| Offer {
                    line: format!("goto {}", hook::short(&points[i].name)),
                    args: String::new(),
                    words: crate::session::format::shape(&points[i]),
                })
                .collect();
        }
        let word = typed.split_whitespace().next().unwrap_or("");
        let more = typed.contains(char::is_whitespace);
        let fits = |s: &&command::Spec| {
            if more {
                s.name == word || s.aliases.contains(&word)
            } else {
                s.name.starts_with(word) || s.aliases.contains(&word)
            }
        };
        let offer = |s: &command::Spec| Offer {
            line: s.name.to_owned(),
            args: s.args.to_owned(),
            words: s.help.to_owned(),
        };
        command::commands().filter(fits).map(offer).collect()
    }

    /// Whether an overlay took the key.
    pub(super) fn overlay_key(&mut self, key: KeyEvent) -> bool {
        let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
        match &self.app.overlay {
            None => return false,
            Some(_) if key.code == KeyCode::Esc || ctrl_c => self.app.overlay = None,
            Some(Overlay::Help { .. } | Overlay::Text { .. }) => self.reading_key(key.code),
            Some(Overlay::Palette(_)) => self.palette_key(key),
            Some(Overlay::Prompt(_)) => self.prompt_key(key),
            Some(Overlay::Save(_)) => self.save_key(key),
        }
        true
    }

    fn reading_key(&mut self, code: KeyCode) {
        let (lines, page) = overlays::extent(&self.app);
        let overhang = overlays::overhang(&self.app);
        let mut nowhere = 0;
        let (top, left) = match &mut self.app.overlay {
            Some(Overlay::Help { top }) => (top, &mut nowhere),
            Some(Overlay::Text { top, left, .. }) => (top, left),
            _ => return,
        };
        match code {
            KeyCode::Down | KeyCode::Char('j') => *top += 1,
            KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => *top += page,
            KeyCode::PageUp => *top = top.saturating_sub(page),
            KeyCode::Home => (*top, *left) = (0, 0),
            KeyCode::End => *top = lines,
            KeyCode::Right | KeyCode::Char('l') => *left += 8,
            KeyCode::Left | KeyCode::Char('h') => *left = left.saturating_sub(8),
            _ => {
                self.app.overlay = None;
                return;
            }
        }
        *top = (*top).min(lines.saturating_sub(page));
        *left = (*left).min(overhang);
    }

    fn palette_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
            return;
        };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        palette.error = None;
        match key.code {
            KeyCode::Down => {
                palette.choice = (palette.choice + 1).min(palette.offers.len().saturating_sub(1));
            }
            KeyCode::Up => palette.choice = palette.choice.saturating_sub(1),
            KeyCode::Char(c @ ('p' | 'n')) if ctrl => {
                let all = self.app.history.len();
                palette.back = match c {
                    'p' => (palette.back + 1).min(all),
                    _ => palette.back.saturating_sub(1),
                };
                let line = self.app.history.get(all - palette.back);
                palette.input = Input::new(line.cloned().unwrap_or_default());
                self.typed();
            }
            KeyCode::Tab => {
                if let Some(offer) = palette.offers.get(palette.choice) {
                    palette.input = Input::new(completed(offer));
                    self.typed();
                }
            }
            KeyCode::Enter => self.enter(),
            KeyCode::Char('u') if ctrl && self.delete_arguments() => self.typed(),
            _ => {
                let Some(Overlay::Palette(palette)) = &mut self.app.overlay else {
                    return;
                };
                if palette.input.key(key) {
                    self.typed();
                }
            }
        }
    }

    /// Run the typed line, or what is offered for the beginning of one.
    fn enter(&mut self) {
        let Some(Overlay::Palette(palette)) = &self.app.overlay else {
            return;
        };
        let typed = palette.input.text().trim().to_owned();
        let known = typed.split_whitespace().next();
        let known = known.is_some_and(|word| command::find(word).is_some());
        let offer = palette.offers.get(palette.choice);
        let offered = typed.starts_with("goto ") || palette.choice > 0 || !known;
        let line = match offer {
            Some(offer) if offered && !typed.is_empty() || palette.choice > 0 => offer.line.clone(),
            _ => typed.clone(),
        };
        match command::parse(&line) {
            Ok(command) => {
                self.app.overlay = None;
                self.app.history.push(line);
                self.command(&command);
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

    fn save_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Save(save)) = &mut self.app.overlay else {
            return;
        };
        match key.code {
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => {
                save.on_hooks = !save.on_hooks;
            }
            KeyCode::Enter => {
                let path = save.path.text().trim().to_owned();
                if path.is_empty() || save.facts.is_err() {
                    return;
                }
                if save.replace.as_ref() != Some(&path) && Path::new(&path).exists() {
                    save.replace = Some(path);
                    return;
                }
                let hooks = words(save.hooks.text());
                let filled = save.clone();
                let command = Command::Save { path, hooks };
                let outcome = self.debugger.as_mut().map(|d| d.run(&command, None));
                match outcome {
                    Some(Ok(Outcome::Job(job))) => {
                        self.app.overlay = None;
                        self.filled = Some(filled);
                        self.begin(job);
                    }
                    Some(Err(why)) => self.app.message = Some(Message::Error(why)),
                    _ => {}
                }
            }
            _ => {
                let letter = matches!(key.code, KeyCode::Char(_))
                    && key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
                if std::mem::take(&mut save.fresh) && letter && !save.on_hooks {
                    save.path = Input::default();
                }
                let input = if save.on_hooks {
                    &mut save.hooks
                } else {
                    &mut save.path
                };
                if input.key(key) {
                    self.typed();
                }
            }
        }
    }
}

/// The prompt that pasting several lines behind a command makes, where it is that command which takes them.
fn several_lines(typed: &str, pasted: &str) -> Option<String> {
    let (word, rest) = typed.trim_start().split_once(' ')?;
    let prompt = command::find(word).is_some_and(|spec| spec.name == PROMPT);
    let lines = pasted.contains(['\n', '\r']);
    (prompt && lines).then(|| format!("{rest}{}", pasted.replace("\r\n", "\n").replace('\r', "\n")))
}

/// The offer as it is typed, ready for its arguments.
fn completed(offer: &Offer) -> String {
    if offer.args.is_empty() {
        offer.line.clone()
    } else {
        format!("{} ", offer.line)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

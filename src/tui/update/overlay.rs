//! Keys while something lies over the panes, and the form that writes a trace.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::app::{Message, Overlay, Save};
use super::super::overlays;
use super::super::widgets::input::Input;
use super::Driver;
use crate::lang::{say, say_with};
use crate::session::command::Command;
use crate::session::debugger::Outcome;
use crate::trace::paths;

impl Driver {
    pub(super) fn ask_save(&mut self) {
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
            Some(Overlay::Palette(_)) => self.palette_paste(text),
            Some(Overlay::Prompt(prompt)) => prompt.paste(text),
            Some(Overlay::Save(save)) if save.on_hooks => save.hooks.insert(text),
            Some(Overlay::Save(save)) => save.path.insert(text),
            Some(
                Overlay::Help { .. }
                | Overlay::Text { .. }
                | Overlay::Confirm(_)
                | Overlay::Product(_)
                | Overlay::Why(_),
            ) => return,
            None => {
                let words = say("pane-note-no-paste");
                self.app.message = Some(Message::Note(words.into()));
            }
        }
        self.typed();
        self.dirty = true;
    }

    /// Find what follows from the text as it stands now.
    fn typed(&mut self) {
        match &mut self.app.overlay {
            Some(Overlay::Palette(_)) => self.palette_typed(),
            Some(Overlay::Save(save)) => {
                save.replace = None;
                let globs: Vec<String> = words(save.hooks.text());
                if let Some(debugger) = &self.debugger {
                    let model = self.app.model.as_ref();
                    let size = model.map_or(4, |m| m.dtype.size());
                    save.facts = debugger.chosen(&globs).map(|(points, elements)| {
                        let passes = debugger.passes().len();
                        say_with(
                            "pane-save-facts",
                            &[
                                ("tensors", points.into()),
                                ("passes", passes.into()),
                                ("bytes", overlays::save::bytes(elements * size).into()),
                            ],
                        )
                    });
                }
            }
            _ => {}
        }
    }

    /// Whether an overlay took the key.
    pub(super) fn overlay_key(&mut self, key: KeyEvent) -> bool {
        let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
        match &self.app.overlay {
            None => return false,
            Some(Overlay::Product(_)) if key.code == KeyCode::Esc || ctrl_c => self.leave_product(),
            Some(_) if key.code == KeyCode::Esc || ctrl_c => {
                if !self.leave_search() {
                    self.close_overlay();
                }
            }
            Some(Overlay::Product(_) | Overlay::Why(_)) if key.code == KeyCode::Char('E') => {
                self.glossary(None);
            }
            Some(Overlay::Help { .. } | Overlay::Text { .. }) => self.reading_key(key.code),
            Some(Overlay::Palette(_)) => self.palette_key(key),
            Some(Overlay::Prompt(_)) => self.prompt_key(key),
            Some(Overlay::Save(_)) => self.save_key(key),
            Some(Overlay::Confirm(_)) => self.confirm_key(key.code),
            Some(Overlay::Product(_)) => self.product_key(key),
            Some(Overlay::Why(_)) => self.why_key(key),
        }
        true
    }

    /// Close the overlay, and give its place back to the one that it lies over.
    fn close_overlay(&mut self) {
        self.app.overlay = match self.app.overlay.take() {
            Some(Overlay::Text { under, .. }) => under.map(|under| *under),
            _ => None,
        };
    }

    /// Any other key leaves the question where it is.
    fn confirm_key(&mut self, code: KeyCode) {
        let (KeyCode::Char('y' | 'Y' | 'n' | 'N'), Some(Overlay::Confirm(confirm))) =
            (code, &self.app.overlay)
        else {
            return;
        };
        let confirm = confirm.clone();
        self.app.overlay = None;
        if matches!(code, KeyCode::Char('y' | 'Y')) {
            for i in 0..confirm.count {
                self.begin_at(confirm.job.clone(), i > 0);
            }
        }
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
                self.close_overlay();
                return;
            }
        }
        *top = (*top).min(lines.saturating_sub(page));
        *left = (*left).min(overhang);
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
                if save.replace.as_ref() != Some(&path) && paths::expanded(&path).exists() {
                    save.replace = Some(path);
                    return;
                }
                let hooks = words(save.hooks.text());
                let filled = save.clone();
                let command = Command::save(path, hooks);
                let outcome = self.debugger.as_mut().map(|d| command.run(d, None));
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

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

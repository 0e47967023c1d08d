//! The line that is typed on a screen of play: a command behind `:`, or a value behind its name. Commands are
//! completed, and kept for the next run.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::overlays::palette as drawn;
use super::super::palette::{Palette, Pressed};
use super::super::theme::Theme;
use super::super::widgets::text;
use super::super::{keys, palette};
use crate::play::command::Table;
use crate::session::command::Words;
use crate::session::command::table::Group;
use crate::session::complete::Known;
use crate::session::history::History;

/// The command line of a screen.
#[derive(Debug)]
pub struct CommandLine {
    pub history: History,
    commands: Vec<Words>,
    /// Words for a placeholder of the commands' usages.
    more: fn(&str) -> Vec<&'static str>,
    open: Option<Entry>,
}

/// A line that is being typed.
#[derive(Clone, Debug)]
struct Entry {
    /// The name of the value; empty for a command.
    label: String,
    /// The text before it in the command that it makes.
    prefix: String,
    palette: Palette,
}

/// A command of a screen of play for help and completions.
pub fn words(name: &'static str, args: &'static str, help: &'static str) -> Words {
    Words {
        name,
        aliases: &[],
        args,
        help,
        keys: &[],
        group: Group::Program,
        example: "",
        parse: |_| Ok(()),
    }
}

impl CommandLine {
    pub fn new(
        history: History,
        commands: Vec<Words>,
        more: fn(&str) -> Vec<&'static str>,
    ) -> CommandLine {
        CommandLine {
            history,
            commands,
            more,
            open: None,
        }
    }

    /// The line of a screen whose commands are a table.
    pub fn of<P>(table: &Table<P>, history: History) -> CommandLine {
        let commands = table.iter();
        let commands = commands.map(|spec| words(spec.name, spec.arguments, spec.help()));
        CommandLine::new(history, commands.collect(), |_| Vec::new())
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Type a command, from this text on.
    pub fn command(&mut self, text: &str) {
        self.value("", "", text);
    }

    /// Type a value by its name; `prefix` makes a command of it.
    pub fn value(&mut self, label: &str, prefix: &str, text: &str) {
        self.open = Some(Entry {
            label: label.to_owned(),
            prefix: prefix.to_owned(),
            palette: Palette::new(text),
        });
        self.find();
    }

    fn find(&mut self) {
        let known = Known {
            debugger: None,
            candidates: &[],
            commands: &self.commands,
            more: self.more,
        };
        if let Some(entry) = self.open.as_mut().filter(|e| e.prefix.is_empty()) {
            entry.palette.find(&known, self.history.lines());
        }
    }

    /// Take a key; returns a command line that is to be run.
    pub fn key(&mut self, key: KeyEvent) -> Option<String> {
        let entry = self.open.as_mut()?;
        let is_value = !entry.prefix.is_empty();
        let empty = entry.palette.input.text().is_empty();
        match (key.code, keys::name(key).as_deref()) {
            (KeyCode::Esc, _) if entry.palette.searching => {
                entry.palette.searching = false;
                self.find();
            }
            (KeyCode::Backspace, _) if empty => self.open = None,
            (KeyCode::Esc, _) | (_, Some("ctrl-c")) => self.open = None,
            (KeyCode::Enter, _) if is_value => {
                let value = entry.palette.input.text().trim();
                let line = format!("{}{value}", entry.prefix);
                if !value.is_empty() {
                    return Some(line);
                }
                self.open = None;
            }
            _ if is_value => {
                entry.palette.error = None;
                entry.palette.input.key(key);
            }
            _ => match entry.palette.key(key, self.history.lines()) {
                Pressed::Typed => self.find(),
                Pressed::Done => {}
                Pressed::Enter => return self.enter(),
            },
        }
        None
    }

    fn enter(&mut self) -> Option<String> {
        let palette = &self.open.as_ref()?.palette;
        let is_known = |word: &str| self.commands.iter().any(|spec| spec.is(word));
        let line = palette.line(is_known);
        let offer = palette.offers.get(palette.choice);
        if line.is_empty() {
            self.open = None;
            return None;
        }
        // Half a command: its arguments are still to be typed.
        let needs = offer.is_some_and(|o| o.line == line && needs_more(o));
        if needs && line != palette.input.text().trim() {
            self.command(&format!("{line} "));
            return None;
        }
        Some(line)
    }

    /// The line was run: close it and keep it. Returns why it cannot be kept.
    pub fn done(&mut self, line: &str) -> Option<String> {
        let is_value = self.open.take().is_some_and(|e| !e.prefix.is_empty());
        if is_value {
            return None;
        }
        self.history.push(line).err()
    }

    /// The line could not be run: it stays, or comes back, so that it can be mended.
    pub fn refuse(&mut self, line: &str, why: &str) {
        if self.open.is_none() {
            self.command(line);
        }
        if let Some(entry) = &mut self.open {
            entry.palette.error = Some(why.to_owned());
        }
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(entry) = &mut self.open {
            entry.palette.input.insert(text);
            self.find();
        }
    }

    /// A click chooses an offer.
    pub fn click(&mut self, screen: Rect, at: Position) {
        let Some(entry) = self.open.as_mut().filter(|e| e.prefix.is_empty()) else {
            return;
        };
        if let Some(offer) = drawn::offer_at(screen, &entry.palette, at) {
            entry.palette.choice = offer;
        }
    }

    /// Draw the line over the screen, or in its footer; returns where its cursor is.
    pub fn draw(&self, buf: &mut Buffer, footer: Rect, theme: Theme) -> Option<Position> {
        let entry = self.open.as_ref()?;
        let palette = &entry.palette;
        if entry.prefix.is_empty() {
            return Some(drawn::render(buf, buf.area, theme, palette));
        }
        let start = footer.x + 1;
        let label = format!("{}: ", entry.label);
        let blank = " ".repeat(footer.width.into());
        text::put(buf, footer, footer.x, footer.y, &blank, theme.text());
        let x = text::put(buf, footer, start, footer.y, &label, theme.current());
        let typed = text::width(palette.input.text()) + 1;
        let mut room = footer.right().saturating_sub(x);
        if let Some(why) = &palette.error {
            let at = x + typed.min(room / 2) + 2;
            let why = format!("✗ {why}");
            text::put(buf, footer, at, footer.y, &why, theme.alarm());
            room = room.min(at - x - 1);
        }
        let line = Rect {
            x,
            width: room,
            ..footer
        };
        Some(palette.input.draw(buf, line, theme))
    }
}

/// Whether the command cannot be run without arguments.
fn needs_more(offer: &palette::Offer) -> bool {
    !offer.args.is_empty() && !offer.args.starts_with('[')
}

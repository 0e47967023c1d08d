//! Keys and pasted text.

use crossterm::event::KeyEvent;

use super::super::base::Pressed;
use super::super::screen::PlayScreen;
use super::super::text::Help;
use super::view::View;
use super::words;
use crate::lang::say;
use crate::play::playground::command::{COMMANDS, help_of, parse};
use crate::play::playground::link;
use crate::play::playground::reply::Reply;
use crate::play::playground::state::KEYS;

impl View {
    pub fn key(&mut self, key: KeyEvent) {
        let name = match self.base.key(key) {
            Pressed::Done => return,
            Pressed::Line(line) => return self.typed(&line),
            Pressed::Key(name) => name,
        };
        if self.menu.is_some() {
            return self.menu_key(&name);
        }
        self.base.message = None;
        if self.base.digit(&name, &[0]) {
            return self.base.note(&self.base.count.to_string());
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
        self.press(&name, count);
    }

    /// A line that was typed: one that is wrong stays, so that it can be mended.
    fn typed(&mut self, line: &str) {
        match parse(line) {
            Err(why) => self.base.line.refuse(line, &why),
            Ok(_) => {
                let kept = self.base.line.done(line);
                self.command(line);
                if let Some(why) = kept {
                    self.base.error(why);
                }
            }
        }
    }

    fn press(&mut self, name: &str, count: usize) {
        let lines = |word: &str| format!("{word} {count}");
        match name {
            "space" => self.toggle_run(),
            "s" => drop(self.command(&lines("step"))),
            "S" => drop(self.command(&lines("back"))),
            "i" => drop(self.command(&lines("into"))),
            "e" => self.details(),
            "r" => drop(self.command("reset")),
            "g" => drop(self.command("regenerate")),
            "u" => drop(self.command("undo")),
            "<" => self.set_speed(-1),
            ">" => self.set_speed(1),
            "t" => self.switch("showTestData"),
            "d" => self.switch("discretize"),
            "p" => self.other_problem(),
            "y" => {
                let link = link::write(&self.now.state);
                self.copy(&link);
            }
            "o" => self.base.line.command("csv "),
            ":" => self.base.line.command(""),
            "?" => self.help(),
            "E" => self.glossary(),
            "q" | "ctrl-c" => self.base.quit = true,
            "z" => self.zoom = !self.zoom,
            "[" => self.change_layers(-1),
            "]" => self.change_layers(1),
            "+" | "=" => self.change(1),
            "-" => self.change(-1),
            "enter" => self.act(),
            "esc" => self.escape(),
            "tab" => self.turn(1),
            "backtab" | "shift-backtab" => self.turn(3),
            "ctrl-l" => self.base.redraw = true,
            "ctrl-t" => self.base.theme = self.base.theme.toggled(),
            "left" | "h" => self.go(-1, 0),
            "right" | "l" => self.go(1, 0),
            "up" | "k" => self.go(0, -1),
            "down" | "j" => self.go(0, 1),
            _ => self.base.note(say("hint-no-key")),
        }
    }

    pub fn paste(&mut self, text: &str) {
        if !self.base.line.is_open() && text.contains('#') {
            // A link that is pasted is opened.
            self.base.line.command("open ");
        }
        self.base.line.paste(text);
    }

    /// The latest step inside an epoch with all its numbers.
    fn details(&mut self) {
        let Some(moment) = self.now.moment.clone() else {
            if let Some(found) = &self.now.not_finite {
                let words = found.to_string();
                return self.show("NaN", &words);
            }
            return self.base.note(say("playground-no-details"));
        };
        let reply = Reply::Inside {
            moments: vec![moment],
        };
        self.show("into", &reply.to_string());
    }

    pub(super) fn help(&mut self) {
        let mut help = Help::new(self.base.screen, 20);
        help.heading(say("help-keys"));
        for (keys, what) in words::HELP_KEYS {
            help.row(keys, say(what));
        }
        help.own_keys(&self.base.keymap);
        help.heading(say("help-commands"));
        for (name, args) in COMMANDS {
            help.row(format!("{name} {args}").trim_end(), help_of(name));
        }
        help.row("", &KEYS.join(", "));
        self.base.text = Some(help.into_text(say("playground-commands-help")));
    }
}

//! The table of commands: everything that is said about one is said in its entry, in the file of its kind.

mod asking;
mod branching;
mod inspecting;
mod intervening;
mod moving;
mod program;
mod stopping;
mod tokens;

use super::Command;
use super::arguments::{Arguments, ParseError, usage};
use crate::lang;
use crate::session::format;

/// Commands that belong together in help and docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Step,
    Go,
    Breakpoints,
    Tokens,
    Inspect,
    WhatIf,
    View,
    Program,
}

impl Group {
    /// In the order of help and docs.
    pub const ALL: [Group; 8] = [
        Group::Step,
        Group::Go,
        Group::Breakpoints,
        Group::Tokens,
        Group::Inspect,
        Group::WhatIf,
        Group::View,
        Group::Program,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Step => "Step",
            Group::Go => "Go",
            Group::Breakpoints => "Breakpoints",
            Group::Tokens => "Tokens",
            Group::Inspect => "Inspect",
            Group::WhatIf => "What if",
            Group::View => "View",
            Group::Program => "Program",
        }
    }
}

/// A key by its name, as a keymap has it: `s`, `S`, `ctrl-r`, `tab`, `backtab`, `enter`, `esc`,
/// `space`, `left`, `right`, `up`, `down`, `pageup`, `pagedown`, `home`, `end`, with `ctrl-` and `shift-` before
/// those that are words. Letters are as typed: `S`, not `shift-s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub key: &'static str,
    /// The command line it stands for. One that ends with a space asks for the rest.
    pub line: &'static str,
}

/// One command as a table declares it; its line is read into a `C`.
#[derive(Clone, Copy, Debug)]
pub struct Spec<C: 'static = Command> {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Arguments as help shows them: `[K] [NAME]`; empty for none.
    pub args: &'static str,
    /// One line, no full stop.
    pub help: &'static str,
    pub keys: &'static [Binding],
    pub group: Group,
    /// A line that uses its arguments.
    pub example: &'static str,
    pub parse: fn(&Arguments) -> Result<C, ParseError>,
}

/// The description of a command, whichever table it is from.
pub type Words = Spec<()>;

impl<C> Spec<C> {
    pub fn words(&self) -> Words {
        Spec {
            name: self.name,
            aliases: self.aliases,
            args: self.args,
            help: self.help,
            keys: self.keys,
            group: self.group,
            example: self.example,
            parse: |_| Ok(()),
        }
    }

    /// Its name and aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<C> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Whether it has this name or alias.
    pub fn is(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }

    /// `topk [K] [NAME]`
    pub fn usage(&self) -> String {
        usage(self.name, self.args)
    }

    /// Its line of help in the language of now.
    pub fn told(&self) -> &'static str {
        lang::of_table("help", self.name, self.help)
    }

    /// The explanation of the command, in lines.
    pub fn explained(&self) -> Vec<String> {
        let mut lines = vec![self.told().to_owned()];
        let keys: Vec<_> = self.keys.iter().map(|binding| binding.key).collect();
        for (what, words) in [
            ("keys", keys.join(" ")),
            ("also", self.aliases.join(" ")),
            ("example", self.example.to_owned()),
        ] {
            if !words.is_empty() && words != self.name {
                let what = lang::hint(what);
                let gap = 9usize.saturating_sub(format::width(what));
                lines.push(format!("{what}{}{words}", " ".repeat(gap)));
            }
        }
        lines
    }
}

const TABLE: [&[Spec]; 8] = [
    moving::MOVING,
    stopping::STOPPING,
    tokens::TOKENS,
    inspecting::INSPECTING,
    intervening::INTERVENING,
    branching::BRANCHING,
    asking::ASKING,
    program::PROGRAM,
];

/// Every command, in the order of help and docs.
pub fn commands() -> impl Iterator<Item = &'static Spec> {
    TABLE.into_iter().flatten()
}

pub const fn key(key: &'static str, line: &'static str) -> Binding {
    Binding { key, line }
}

/// The command of this name or alias.
pub fn find(name: &str) -> Option<&'static Spec> {
    commands().find(|spec| spec.is(name))
}

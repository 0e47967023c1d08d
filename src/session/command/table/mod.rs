//! The table of commands: everything that is said about one is said here, in `debugging` for those
//! that work everywhere and in `viewing` for those of the screen.

mod debugging;
mod viewing;

use super::Command;
use super::arguments::{Arguments, ParseError, usage};

/// Commands that belong together in help and docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Step,
    Go,
    Breakpoints,
    Tokens,
    Inspect,
    View,
    Program,
}

impl Group {
    /// In the order of help and docs.
    pub const ALL: [Group; 7] = [
        Group::Step,
        Group::Go,
        Group::Breakpoints,
        Group::Tokens,
        Group::Inspect,
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
            Group::View => "View",
            Group::Program => "Program",
        }
    }
}

/// Where a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    /// Batch mode refuses it.
    Screen,
}

/// A key, as [`press`](super::press) knows it: `s`, `S`, `ctrl-r`, `tab`, `backtab`, `enter`, `esc`, `space`, `left`,
/// `right`, `up`, `down`, `pageup`, `pagedown`, `home`, `end`, with `ctrl-` and `shift-` before
/// those that are words. Letters are as typed: `S`, not `shift-s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub key: &'static str,
    /// The command line it stands for. One that ends with a space asks for the rest.
    pub line: &'static str,
}

/// One command as the table declares it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Arguments as help shows them: `[K] [NAME]`; empty for none.
    pub args: &'static str,
    /// One line, no full stop.
    pub help: &'static str,
    pub keys: &'static [Binding],
    pub group: Group,
    pub scope: Scope,
    /// A line that uses its arguments.
    pub example: &'static str,
    pub(in super::super) parse: fn(&Arguments) -> Result<Command, ParseError>,
}

impl Spec {
    /// `topk [K] [NAME]`
    pub fn usage(&self) -> String {
        usage(self.name, self.args)
    }

    /// What there is to say about it, in lines.
    pub fn explained(&self) -> Vec<String> {
        let mut lines = vec![self.help.to_owned()];
        let keys: Vec<_> = self.keys.iter().map(|binding| binding.key).collect();
        for (what, words) in [
            ("keys", keys.join(" ")),
            ("also", self.aliases.join(" ")),
            ("example", self.example.to_owned()),
        ] {
            if !words.is_empty() && words != self.name {
                lines.push(format!("{what:<8} {words}"));
            }
        }
        lines
    }
}

/// Every command, in the order of help and docs.
pub fn commands() -> impl Iterator<Item = &'static Spec> {
    debugging::DEBUGGING.iter().chain(viewing::VIEWING)
}

const fn key(key: &'static str, line: &'static str) -> Binding {
    Binding { key, line }
}

/// The command of this name or alias.
pub fn find(name: &str) -> Option<&'static Spec> {
    commands().find(|spec| spec.name == name || spec.aliases.contains(&name))
}

/// `docs/keys.md`.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Commands and keys\n\nGenerated from the command table by `make docs`; do not edit.\n\n\
         Type a command after `:` on the screen, or give it to `layerwise step --batch -x COMMAND`.\n\
         Keys that need an argument open the `:` line with the command already typed.\n",
    );
    for group in Group::ALL {
        out += &format!(
            "\n## {}\n\n| Command | Keys | What it does |\n|---|---|---|\n",
            group.title()
        );
        for spec in commands().filter(|spec| spec.group == group) {
            let code = |text: &str| {
                if text.contains('`') {
                    format!("`` {text} ``")
                } else {
                    format!("`{}`", text.replace('|', "\\|"))
                }
            };
            let mut keys: Vec<_> = spec
                .keys
                .iter()
                .map(|binding| {
                    if binding.line.trim_end() == spec.name {
                        code(binding.key)
                    } else {
                        format!("{} ({})", code(binding.key), binding.line.trim_end())
                    }
                })
                .collect();
            if keys.is_empty() {
                keys.push(String::new());
            }
            let aliases: String = spec
                .aliases
                .iter()
                .map(|a| format!(", {}", code(a)))
                .collect();
            let screen = match spec.scope {
                Scope::Everywhere => "",
                Scope::Screen => " (screen only)",
            };
            out += &format!(
                "| {}{aliases} | {} | {}{screen} |\n",
                code(&spec.usage()),
                keys.join(", "),
                spec.help
            );
        }
    }
    out
}

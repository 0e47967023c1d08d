//! Commands about the program itself.

use super::super::super::debugger::Outcome;
use super::super::arguments;
use super::super::{Command, Kind, Setting, parse};
use super::{Group, Spec, key};

pub const PROGRAM: &[Spec] = &[
    Spec {
        name: "source",
        aliases: &[],
        args: "FILE",
        help: "Run the commands in a file, a line each; # begins a comment",
        keys: &[],
        group: Group::Program,
        example: "source steps.txt",
        parse: |a| {
            let file = arguments::unquoted(&a.required("FILE")?).to_owned();
            Ok(Command::new(Kind::Source(file.clone()), file, |_, file| {
                Ok(Outcome::Source(file.clone()))
            }))
        },
    },
    Spec {
        name: "set",
        aliases: &[],
        args: "SETTING VALUE | V [NAME] [SLICE]",
        help: "Set temperature, row or lens (set lens FILE reads through a lens from a file, set lens none by the logit lens); with a number put it there, as put does",
        keys: &[],
        group: Group::Program,
        example: "set temperature 0.8",
        parse: |a| {
            let (word, value) = a.setting();
            // No setting's name is a number.
            if word.parse::<f64>().is_ok() {
                return parse(&format!("put {}", a.rest));
            }
            let setting = Setting::named(word).ok_or_else(|| a.wrong(word))?;
            match value {
                "" => Err(a.missing("VALUE")),
                value => parse(&format!("{} {value}", setting.word())),
            }
        },
    },
    Spec {
        name: "show",
        aliases: &[],
        args: "[SETTING]",
        help: "Say how things are set",
        keys: &[],
        group: Group::Program,
        example: "show temperature",
        parse: |a| {
            let setting = match a.rest {
                "" => None,
                word => Some(Setting::named(word).ok_or_else(|| a.wrong(word))?),
            };
            Ok(a.does(setting, |d, setting| Ok(d.show(*setting))))
        },
    },
    Spec {
        name: "help",
        aliases: &["?"],
        args: "[COMMAND]",
        help: "Explain the commands, or one of them",
        keys: &[key("?", "help"), key("f1", "help")],
        group: Group::Program,
        example: "help step",
        parse: |a| {
            let topic = a.optional();
            let kind = Kind::Help(topic.clone());
            Ok(Command::new(kind, topic, |_, topic| {
                Ok(Outcome::Help(topic.clone()))
            }))
        },
    },
    Spec {
        name: "quit",
        aliases: &["q", "exit"],
        args: "",
        help: "Leave",
        keys: &[key("q", "quit")],
        group: Group::Program,
        example: "quit",
        parse: |a| a.none(Command::new(Kind::Quit, (), |_, ()| Ok(Outcome::Quit))),
    },
];

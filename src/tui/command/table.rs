//! The screen's commands: everything that is said about one is said in its entry.

use super::super::graphics;
use super::super::panes;
use super::super::widgets::matrix::Density;
use super::{Copied, Focus, ScreenCommand, ScreenSetting, Scroll, Typed, parse};
use crate::learn::glossary::find_term;
use crate::session::command::arguments::Arguments;
use crate::session::command::{self, Group, ParseError, Spec, key};

const fn screen(command: ScreenCommand) -> Typed {
    Typed::Screen(command)
}

/// The name of a pane.
fn pane(a: &Arguments) -> Result<&'static str, ParseError> {
    let pane = panes::named(a.rest).map(|pane| pane.name);
    pane.ok_or_else(|| a.wrong(a.rest))
}

/// The debugger's command of the same name.
fn debuggers(a: &Arguments) -> Result<Typed, ParseError> {
    command::parse(&format!("{} {}", a.name, a.rest)).map(Typed::Debugger)
}

/// The words for colours.
const THEMES: [&str; 3] = ["dark", "light", "none"];

/// In the order of help and docs.
pub static TABLE: &[Spec<Typed>] = &[
    Spec {
        name: "focus",
        aliases: &[],
        args: "next|prev|PANE",
        help: "Move to the next pane, to the one before, or to the one of this name",
        keys: &[key("tab", "focus next"), key("backtab", "focus prev")],
        group: Group::View,
        example: "focus lens",
        parse: |a| {
            let focus = match a.rest {
                "next" => Focus::Next,
                "prev" | "previous" => Focus::Previous,
                _ => Focus::Pane(pane(a)?),
            };
            Ok(screen(ScreenCommand::Focus(focus)))
        },
    },
    Spec {
        name: "zoom",
        aliases: &["z"],
        args: "[PANE]",
        help: "Give the focused pane, or the one of this name, the whole screen, or give it back; v: the stages of the value here",
        keys: &[key("z", "zoom"), key("v", "zoom stages")],
        group: Group::View,
        example: "zoom stages",
        parse: |a| {
            Ok(screen(ScreenCommand::Zoom(match a.rest {
                "" => None,
                _ => Some(pane(a)?),
            })))
        },
    },
    Spec {
        name: "hide",
        aliases: &[],
        args: "[PANE|none]",
        help: "Hide a pane or show it again; without PANE the focused one; none shows all",
        keys: &[key("x", "hide"), key("X", "hide none")],
        group: Group::View,
        example: "hide summary",
        parse: |a| {
            Ok(screen(match a.rest {
                "" => ScreenCommand::Hide(None),
                "none" => ScreenCommand::ShowAll,
                _ => ScreenCommand::Hide(Some(pane(a)?)),
            }))
        },
    },
    Spec {
        name: "density",
        aliases: &[],
        args: "[numbers|digits|colours]",
        help: "Show values as numbers, with more digits, or as colours alone; at the logits \
               numbers are a table of predictions",
        keys: &[key("d", "density")],
        group: Group::View,
        example: "density colours",
        parse: |a| {
            let density = Density::ALL.into_iter().find(|d| d.word() == a.rest);
            match (density, a.rest) {
                (None, word) if !word.is_empty() => Err(a.wrong(word)),
                (density, _) => Ok(screen(ScreenCommand::Density(density))),
            }
        },
    },
    Spec {
        name: "order",
        aliases: &[],
        args: "[largest|plain]",
        help: "Show columns of a wide matrix with the largest values of the chosen row first, \
               or in their own order",
        keys: &[key("m", "order")],
        group: Group::View,
        example: "order largest",
        parse: |a| match a.rest {
            "" => Ok(screen(ScreenCommand::Order(None))),
            "largest" => Ok(screen(ScreenCommand::Order(Some(true)))),
            "plain" => Ok(screen(ScreenCommand::Order(Some(false)))),
            word => Err(a.wrong(word)),
        },
    },
    Spec {
        name: "head",
        aliases: &[],
        args: "next|prev|N",
        help: "Show another attention head (counted from 0)",
        keys: &[key("]", "head next"), key("[", "head prev")],
        group: Group::View,
        example: "head 2",
        parse: |a| a.which().map(|which| screen(ScreenCommand::Head(which))),
    },
    Spec {
        name: "curves",
        aliases: &[],
        args: "[DIM …|none]",
        help: "At pos_embed show the curves of these dimensions together; without DIM add the cursor's, or take it away; none shows the cursor's pair alone",
        keys: &[key("M", "curves")],
        group: Group::View,
        example: "curves 0 8 40",
        parse: |a| {
            let number = |word: &str| word.parse().map_err(|_| a.wrong(word));
            let dims = match a.rest {
                "" => None,
                "none" => Some(Vec::new()),
                all => Some(
                    all.split_whitespace()
                        .map(number)
                        .collect::<Result<_, _>>()?,
                ),
            };
            Ok(screen(ScreenCommand::Curves(dims)))
        },
    },
    Spec {
        name: "weight",
        aliases: &[],
        args: "",
        help: "Open a weight that the hook point at the cursor is computed with; again, the next one",
        keys: &[key("w", "weight")],
        group: Group::View,
        example: "weight",
        parse: |a| a.none(screen(ScreenCommand::Weight)),
    },
    Spec {
        name: "scroll",
        aliases: &[],
        args: "left|right|up|down|page-left|page-right|page-up|page-down|home|end",
        help: "Move inside the focused pane",
        keys: &[
            key("left", "scroll left"),
            key("h", "scroll left"),
            key("right", "scroll right"),
            key("l", "scroll right"),
            key("up", "scroll up"),
            key("k", "scroll up"),
            key("down", "scroll down"),
            key("j", "scroll down"),
            key("pageup", "scroll page-up"),
            key("pagedown", "scroll page-down"),
            key("shift-left", "scroll page-left"),
            key("H", "scroll page-left"),
            key("shift-right", "scroll page-right"),
            key("L", "scroll page-right"),
            key("home", "scroll home"),
            key("end", "scroll end"),
        ],
        group: Group::View,
        example: "scroll page-down",
        parse: |a| {
            let to = match a.rest {
                "left" => Scroll::Left,
                "right" => Scroll::Right,
                "up" => Scroll::Up,
                "down" => Scroll::Down,
                "page-left" => Scroll::PageLeft,
                "page-right" => Scroll::PageRight,
                "page-up" => Scroll::PageUp,
                "page-down" => Scroll::PageDown,
                "home" => Scroll::Home,
                "end" => Scroll::End,
                _ => return Err(a.wrong(a.rest)),
            };
            Ok(screen(ScreenCommand::Scroll(to)))
        },
    },
    Spec {
        name: "copy",
        aliases: &["yank"],
        args: "[value|row|name]",
        help: "Copy what is selected, the value's row or the hook point's name to the terminal's clipboard",
        keys: &[key("y", "copy"), key("Y", "copy row")],
        group: Group::View,
        example: "copy row",
        parse: |a| {
            let what = Copied::ALL.into_iter().find(|what| what.word() == a.rest);
            match (what, a.rest) {
                (None, word) if !word.is_empty() => Err(a.wrong(word)),
                (what, _) => Ok(screen(ScreenCommand::Copy(what))),
            }
        },
    },
    Spec {
        name: "choose",
        aliases: &[],
        args: "",
        help: "Take what is selected: go to the hook point, continue with the candidate, ask why the value is what it is",
        keys: &[key("enter", "choose")],
        group: Group::View,
        example: "choose",
        parse: |a| a.none(screen(ScreenCommand::Choose)),
    },
    Spec {
        name: "why",
        aliases: &[],
        args: "[/N] [NAME|BRANCH:NAME] [CELL] [against BRANCH]",
        help: "Why the selected value, or the one of this name and place, is what it is: the operation with its numbers, operand by operand down to tokens; in the diff pane, or against a branch, why it is another there",
        keys: &[],
        group: Group::View,
        example: "why 0.z [3, 1, 5]",
        parse: |a| match (a.rest, a.count) {
            ("", None) => Ok(screen(ScreenCommand::Why)),
            (_, None) => debuggers(a),
            (rest, Some(count)) => {
                command::parse(&format!("{}/{count} {rest}", a.name)).map(Typed::Debugger)
            }
        },
    },
    Spec {
        name: "multiply",
        aliases: &["product"],
        args: "",
        help: "Play the matrix product that makes the selected value: term by term, with the model's numbers",
        keys: &[key("p", "multiply")],
        group: Group::View,
        example: "multiply",
        parse: |a| a.none(screen(ScreenCommand::Multiply)),
    },
    Spec {
        name: "fold",
        aliases: &[],
        args: "",
        help: "Open or close the branch of the steps",
        keys: &[key("space", "fold")],
        group: Group::View,
        example: "fold",
        parse: |a| a.none(screen(ScreenCommand::Fold)),
    },
    Spec {
        name: "theme",
        aliases: &[],
        args: "[dark|light|none]",
        help: "Change the colours: to these, or to the next",
        keys: &[key("ctrl-t", "theme")],
        group: Group::View,
        example: "theme",
        parse: |a| {
            let word = THEMES.into_iter().find(|&word| word == a.rest);
            match (word, a.rest) {
                (None, word) if !word.is_empty() => Err(a.wrong(word)),
                (word, _) => Ok(screen(ScreenCommand::Theme(word))),
            }
        },
    },
    Spec {
        name: "graphics",
        aliases: &[],
        args: "auto|off|kitty|sixel|iterm2",
        help: "Show heat maps as pictures of the terminal by this protocol, or in half-blocks; auto goes by the terminal's name",
        keys: &[],
        group: Group::View,
        example: "graphics off",
        parse: |a| {
            let word = graphics::WORDS.into_iter().find(|&word| word == a.rest);
            let word = word.ok_or_else(|| a.wrong(a.rest))?;
            Ok(screen(ScreenCommand::Graphics(word)))
        },
    },
    Spec {
        name: "redraw",
        aliases: &[],
        args: "",
        help: "Draw the screen anew",
        keys: &[key("ctrl-l", "redraw")],
        group: Group::View,
        example: "redraw",
        parse: |a| a.none(screen(ScreenCommand::Redraw)),
    },
    Spec {
        name: "set",
        aliases: &[],
        args: "SETTING VALUE | V [NAME] [SLICE]",
        help: "Set temperature, row, head, density, theme, graphics or lens (set lens FILE reads through a lens from a file, set lens none by the logit lens); with a number put it in a value's place",
        keys: &[],
        group: Group::Program,
        example: "set density digits",
        parse: |a| match a.setting() {
            (word, value) if ScreenSetting::named(word).is_some() && !value.is_empty() => {
                parse(&format!("{word} {value}"))
            }
            (word, _) if ScreenSetting::named(word).is_some() => Err(a.missing("VALUE")),
            _ => debuggers(a),
        },
    },
    Spec {
        name: "show",
        aliases: &[],
        args: "[SETTING|PANE|none]",
        help: "Say how things are set; show PANE and show none are those of hide",
        keys: &[],
        group: Group::Program,
        example: "show temperature",
        parse: |a| {
            let setting = ScreenSetting::named(a.rest);
            Ok(match (a.rest, setting, pane(a)) {
                ("", ..) => screen(ScreenCommand::Show(None)),
                ("none", ..) => screen(ScreenCommand::ShowAll),
                (_, Some(setting), _) => screen(ScreenCommand::Show(Some(setting))),
                (_, _, Ok(pane)) => screen(ScreenCommand::Hide(Some(pane))),
                _ => debuggers(a)?,
            })
        },
    },
    Spec {
        name: "export",
        aliases: &[],
        args: "FILE [PANE|NAME [SLICE]]",
        help: "Write the numbers of the focused pane, of PANE or of the hook point NAME for other programs: FILE.csv, .json, .npy, or a heat map, .png or .svg",
        keys: &[],
        group: Group::View,
        example: "export map.svg sweep",
        parse: |a| {
            let (file, rest) = a.file()?;
            let pane = panes::named(rest).map(|pane| pane.name);
            if rest.is_empty() || pane.is_some() {
                return Ok(screen(ScreenCommand::Export { file, pane }));
            }
            debuggers(a)
        },
    },
    Spec {
        name: "picture",
        aliases: &[],
        args: "FILE.svg [PANE]",
        help: "Write the screen, or a pane of it, as a picture",
        keys: &[],
        group: Group::View,
        example: "picture screen.svg matrix",
        parse: |a| {
            let (file, rest) = a.file()?;
            let pane = match rest {
                "" => None,
                word => Some(panes::named(word).ok_or_else(|| a.wrong(word))?.name),
            };
            Ok(screen(ScreenCommand::Picture { file, pane }))
        },
    },
    Spec {
        name: "glossary",
        aliases: &[],
        args: "[TERM]",
        help: "Say what a term means; without TERM all of them, those on the screen first",
        keys: &[key("E", "glossary")],
        group: Group::Program,
        example: "glossary logit",
        parse: |a| match (a.rest, find_term(a.rest)) {
            ("", _) => Ok(screen(ScreenCommand::Glossary(None))),
            (_, Some(term)) => Ok(screen(ScreenCommand::Glossary(Some(term)))),
            (word, None) => Err(a.wrong(word)),
        },
    },
    Spec {
        name: "palette",
        aliases: &[],
        args: "",
        help: "Type a command",
        keys: &[key(":", "palette")],
        group: Group::Program,
        example: "palette",
        parse: |a| a.none(screen(ScreenCommand::Palette)),
    },
    Spec {
        name: "close",
        aliases: &[],
        args: "",
        help: "Close what lies on top: help, command line, message, search, zoom",
        keys: &[key("esc", "close")],
        group: Group::Program,
        example: "close",
        parse: |a| a.none(screen(ScreenCommand::Close)),
    },
    Spec {
        name: "suspend",
        aliases: &[],
        args: "",
        help: "Stop and give the terminal to the shell, whose fg comes back",
        keys: &[key("ctrl-z", "suspend")],
        group: Group::Program,
        example: "suspend",
        parse: |a| a.none(screen(ScreenCommand::Suspend)),
    },
    Spec {
        name: "cancel",
        aliases: &[],
        args: "",
        help: "Stop what is running; when nothing is, quit",
        keys: &[key("ctrl-c", "cancel")],
        group: Group::Program,
        example: "cancel",
        parse: |a| a.none(screen(ScreenCommand::Cancel)),
    },
];

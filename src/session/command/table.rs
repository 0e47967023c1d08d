//! The table of commands: everything that is said about one is said here.

use super::parse::{Arguments, ParseError, args};
use super::{
    Command, Depth, Direction, Focus, ScreenCommand, Scroll, TemperatureChange, Which, parse,
};

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

/// A key, as [`press`] knows it: `s`, `S`, `ctrl-r`, `tab`, `backtab`, `enter`, `esc`, `space`, `left`,
/// `right`, `up`, `down`, `pageup`, `pagedown`, `home`, `end`, with `ctrl-` and `shift-` before
/// those that are words. Letters are as typed: `S`, not `shift-s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub key: &'static str,
    /// The command line it stands for. One that ends with a space asks for the rest.
    pub line: &'static str,
}

/// What a key does.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    Run(Command),
    /// Open the palette with this text, the cursor at its end.
    Ask(&'static str),
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
    pub(super) parse: fn(&Arguments) -> Result<Command, ParseError>,
}

impl Spec {
    /// `topk [K] [NAME]`
    pub fn usage(&self) -> String {
        match self.args {
            "" => self.name.to_owned(),
            args => format!("{} {args}", self.name),
        }
    }
}

const fn key(key: &'static str, line: &'static str) -> Binding {
    Binding { key, line }
}

/// What the key does, `None` for one without a meaning.
pub fn press(name: &str) -> Option<Press> {
    let mut bindings = COMMANDS.iter().flat_map(|spec| spec.keys);
    let binding = bindings.find(|binding| binding.key == name)?;
    if binding.line.ends_with(' ') {
        return Some(Press::Ask(binding.line));
    }
    parse(binding.line).ok().map(Press::Run)
}

/// The command of this name or alias.
pub fn find(name: &str) -> Option<&'static Spec> {
    COMMANDS
        .iter()
        .find(|spec| spec.name == name || spec.aliases.contains(&name))
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
        for spec in COMMANDS.iter().filter(|spec| spec.group == group) {
            let code = |text: &str| match text.contains('`') {
                true => format!("`` {text} ``"),
                false => format!("`{}`", text.replace('|', "\\|")),
            };
            let mut keys: Vec<_> = spec
                .keys
                .iter()
                .map(|binding| match binding.line.trim_end() == spec.name {
                    true => code(binding.key),
                    false => format!("{} ({})", code(binding.key), binding.line.trim_end()),
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

const fn moves(depth: Depth, direction: Direction, count: usize) -> Command {
    Command::Move {
        depth,
        direction,
        count,
    }
}

const fn screen(command: ScreenCommand) -> Command {
    Command::Screen(command)
}

/// Every command, in the order of help and docs.
pub static COMMANDS: &[Spec] = &[
    Spec {
        name: "step",
        aliases: &["s"],
        args: "[COUNT]",
        help: "Go to the next hook point",
        keys: &[key("s", "step")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "step 3",
        parse: |a| Ok(moves(Depth::Point, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "next",
        aliases: &["n", "over"],
        args: "[COUNT]",
        help: "Step over the module: all of ln1, attn, ln2 or mlp",
        keys: &[key("n", "next")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "next 2",
        parse: |a| Ok(moves(Depth::Module, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "out",
        aliases: &["o", "finish"],
        args: "[COUNT]",
        help: "Step out of the layer, to the first hook point of the next one",
        keys: &[key("o", "out")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "out 2",
        parse: |a| Ok(moves(Depth::Layer, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "reverse-step",
        aliases: &["rs", "back"],
        args: "[COUNT]",
        help: "Go back to the hook point before",
        keys: &[key("S", "reverse-step")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "reverse-step 3",
        parse: |a| Ok(moves(Depth::Point, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-next",
        aliases: &["rn"],
        args: "[COUNT]",
        help: "Go back to the start of the module, or from there of the one before",
        keys: &[key("N", "reverse-next")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "reverse-next 2",
        parse: |a| Ok(moves(Depth::Module, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-out",
        aliases: &["ro"],
        args: "[COUNT]",
        help: "Go back to the start of the layer, or from there of the one before",
        keys: &[key("O", "reverse-out")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "reverse-out 2",
        parse: |a| Ok(moves(Depth::Layer, Direction::Back, a.count()?)),
    },
    Spec {
        name: "continue",
        aliases: &["c"],
        args: "",
        help: "Run to the next breakpoint, or to the logits",
        keys: &[key("c", "continue")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "continue",
        parse: |a| a.none(Command::Continue(Direction::Forward)),
    },
    Spec {
        name: "reverse-continue",
        aliases: &["rc"],
        args: "",
        help: "Run back to the breakpoint before, or to the first hook point",
        keys: &[key("C", "reverse-continue")],
        group: Group::Step,
        scope: Scope::Everywhere,
        example: "reverse-continue",
        parse: |a| a.none(Command::Continue(Direction::Back)),
    },
    Spec {
        name: "goto",
        aliases: &["g", "go"],
        args: "NAME",
        help: "Go to the hook point whose name is nearest: goto 3.pattern",
        keys: &[key("g", "goto ")],
        group: Group::Go,
        scope: Scope::Everywhere,
        example: "goto blocks.0.attn.pattern",
        parse: |a| a.required("NAME").map(Command::Goto),
    },
    Spec {
        name: "top",
        aliases: &["first"],
        args: "",
        help: "Go to the first hook point: the embedding",
        keys: &[key("<", "top")],
        group: Group::Go,
        scope: Scope::Everywhere,
        example: "top",
        parse: |a| a.none(Command::Top),
    },
    Spec {
        name: "end",
        aliases: &["last"],
        args: "",
        help: "Go to the last hook point: the logits",
        keys: &[key(">", "end")],
        group: Group::Go,
        scope: Scope::Everywhere,
        example: "end",
        parse: |a| a.none(Command::End),
    },
    Spec {
        name: "where",
        aliases: &["bt"],
        args: "",
        help: "Say where the cursor stands: pass, layer, module, hook point",
        keys: &[],
        group: Group::Go,
        scope: Scope::Everywhere,
        example: "where",
        parse: |a| a.none(Command::Where),
    },
    Spec {
        name: "break",
        aliases: &["b"],
        args: "[PATTERN]",
        help: "Stop at hook points that match: break blocks.*.attn.pattern; without PATTERN, here",
        keys: &[key("B", "break ")],
        group: Group::Breakpoints,
        scope: Scope::Everywhere,
        example: "break *.pattern",
        parse: |a| Ok(Command::Break(a.optional())),
    },
    Spec {
        name: "breakpoints",
        aliases: &["bl"],
        args: "",
        help: "List breakpoints with their numbers",
        keys: &[key("ctrl-b", "breakpoints")],
        group: Group::Breakpoints,
        scope: Scope::Everywhere,
        example: "breakpoints",
        parse: |a| a.none(Command::Breakpoints),
    },
    Spec {
        name: "toggle",
        aliases: &[],
        args: "[N]",
        help: "Turn breakpoint N on or off; without N, put or remove one at the cursor",
        keys: &[key("b", "toggle")],
        group: Group::Breakpoints,
        scope: Scope::Everywhere,
        example: "toggle 1",
        parse: |a| a.optional_number("N").map(Command::Toggle),
    },
    Spec {
        name: "delete",
        aliases: &["d"],
        args: "N|all",
        help: "Delete breakpoint N, or all",
        keys: &[],
        group: Group::Breakpoints,
        scope: Scope::Everywhere,
        example: "delete all",
        parse: |a| match a.rest {
            "all" => Ok(Command::Delete(None)),
            _ => a.number("N|all").map(|n| Command::Delete(Some(n))),
        },
    },
    Spec {
        name: "token",
        aliases: &["t"],
        args: "[sample [temperature=T] [top_k=K] [top_p=P] [seed=N] | ID | \"TEXT\" | #RANK]",
        help: "Choose the next token and begin its pass: the most probable one, a sampled one, \
               or the one given",
        keys: &[key("t", "token"), key("T", "token ")],
        group: Group::Tokens,
        scope: Scope::Everywhere,
        example: "token sample temperature=0.8 top_k=40 top_p=0.9 seed=1",
        parse: args::token,
    },
    Spec {
        name: "pass",
        aliases: &["p"],
        args: "next|prev|N",
        help: "Look at another pass: 0 is the prompt's, each generated token has one more",
        keys: &[key(")", "pass next"), key("(", "pass prev")],
        group: Group::Tokens,
        scope: Scope::Everywhere,
        example: "pass 0",
        parse: |a| a.which().map(Command::Pass),
    },
    Spec {
        name: "row",
        aliases: &[],
        args: "next|prev|N",
        help: "Choose the token after which predictions are read (counted from 0 in the pass)",
        keys: &[key(".", "row next"), key(",", "row prev")],
        group: Group::Tokens,
        scope: Scope::Everywhere,
        example: "row 0",
        parse: |a| a.which().map(Command::Row),
    },
    Spec {
        name: "temperature",
        aliases: &["temp"],
        args: "up|down|T",
        help: "Set the temperature of shown probabilities and of `token sample`",
        keys: &[
            key("+", "temperature up"),
            key("=", "temperature up"),
            key("-", "temperature down"),
        ],
        group: Group::Tokens,
        scope: Scope::Everywhere,
        example: "temperature 0.8",
        parse: |a| {
            Ok(Command::Temperature(match a.rest {
                "up" => TemperatureChange::Up,
                "down" => TemperatureChange::Down,
                _ => TemperatureChange::To(a.temperature(a.rest)?),
            }))
        },
    },
    Spec {
        name: "prompt",
        aliases: &["edit"],
        args: "TEXT",
        help: "Start again from another prompt",
        keys: &[key("e", "prompt ")],
        group: Group::Tokens,
        scope: Scope::Everywhere,
        example: "prompt 画蛇",
        parse: |a| a.required("TEXT").map(Command::Prompt),
    },
    Spec {
        name: "print",
        aliases: &["x"],
        args: "[NAME] [SLICE]",
        help: "Print values: print [0], print 2.pattern [0, -1], print [:, 3:5]",
        keys: &[],
        group: Group::Inspect,
        scope: Scope::Everywhere,
        example: "print [0, -1, 2:4]",
        parse: args::print,
    },
    Spec {
        name: "topk",
        aliases: &["lens"],
        args: "[K] [NAME]",
        help: "The K most probable next tokens as read from there (the logit lens)",
        keys: &[],
        group: Group::Inspect,
        scope: Scope::Everywhere,
        example: "topk 5 1.resid_post",
        parse: args::topk,
    },
    Spec {
        name: "info",
        aliases: &["i"],
        args: "[NAME]",
        help: "Shape, axes and summary, with an explanation",
        keys: &[key("i", "info")],
        group: Group::Inspect,
        scope: Scope::Everywhere,
        example: "info logits",
        parse: |a| Ok(Command::Info(a.optional())),
    },
    Spec {
        name: "walk",
        aliases: &[],
        args: "",
        help: "Print the whole pass: every module, a corner of its values, what the model would say",
        keys: &[],
        group: Group::Inspect,
        scope: Scope::Everywhere,
        example: "walk",
        parse: |a| a.none(Command::Walk),
    },
    Spec {
        name: "save",
        aliases: &[],
        args: "FILE [GLOB...]",
        help: "Write all passes as a trace, or only hook points that match",
        keys: &[key("ctrl-s", "save ")],
        group: Group::Inspect,
        scope: Scope::Everywhere,
        example: "save out.safetensors *.pattern",
        parse: args::save,
    },
    Spec {
        name: "focus",
        aliases: &[],
        args: "next|prev|PANE",
        help: "Move to another pane: tokens, steps, matrix, heads, lens, summary, explain",
        keys: &[key("tab", "focus next"), key("backtab", "focus prev")],
        group: Group::View,
        scope: Scope::Screen,
        example: "focus lens",
        parse: |a| {
            let focus = match a.rest {
                "next" => Focus::Next,
                "prev" | "previous" => Focus::Previous,
                _ => Focus::Pane(a.pane()?),
            };
            Ok(screen(ScreenCommand::Focus(focus)))
        },
    },
    Spec {
        name: "zoom",
        aliases: &["z"],
        args: "",
        help: "Give the focused pane the whole screen, or give it back",
        keys: &[key("z", "zoom")],
        group: Group::View,
        scope: Scope::Screen,
        example: "zoom",
        parse: |a| a.none(screen(ScreenCommand::Zoom)),
    },
    Spec {
        name: "hide",
        aliases: &["show"],
        args: "[PANE|none]",
        help: "Hide a pane or show it again; without PANE the focused one; none shows all",
        keys: &[key("x", "hide"), key("X", "hide none")],
        group: Group::View,
        scope: Scope::Screen,
        example: "hide summary",
        parse: |a| {
            Ok(screen(match a.rest {
                "" => ScreenCommand::Hide(None),
                "none" => ScreenCommand::ShowAll,
                _ => ScreenCommand::Hide(Some(a.pane()?)),
            }))
        },
    },
    Spec {
        name: "head",
        aliases: &[],
        args: "next|prev|N",
        help: "Show another attention head (counted from 0)",
        keys: &[key("]", "head next"), key("[", "head prev")],
        group: Group::View,
        scope: Scope::Screen,
        example: "head 2",
        parse: |a| a.which().map(|which| screen(ScreenCommand::Head(which))),
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
        scope: Scope::Screen,
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
        name: "choose",
        aliases: &[],
        args: "",
        help: "Take what is selected: go to the hook point, continue with the candidate",
        keys: &[key("enter", "choose")],
        group: Group::View,
        scope: Scope::Screen,
        example: "choose",
        parse: |a| a.none(screen(ScreenCommand::Choose)),
    },
    Spec {
        name: "fold",
        aliases: &[],
        args: "",
        help: "Open or close the branch of the steps",
        keys: &[key("space", "fold")],
        group: Group::View,
        scope: Scope::Screen,
        example: "fold",
        parse: |a| a.none(screen(ScreenCommand::Fold)),
    },
    Spec {
        name: "theme",
        aliases: &[],
        args: "",
        help: "Change the colours: dark, light, none",
        keys: &[key("ctrl-t", "theme")],
        group: Group::View,
        scope: Scope::Screen,
        example: "theme",
        parse: |a| a.none(screen(ScreenCommand::Theme)),
    },
    Spec {
        name: "redraw",
        aliases: &[],
        args: "",
        help: "Draw the screen anew",
        keys: &[key("ctrl-l", "redraw")],
        group: Group::View,
        scope: Scope::Screen,
        example: "redraw",
        parse: |a| a.none(screen(ScreenCommand::Redraw)),
    },
    Spec {
        name: "palette",
        aliases: &[],
        args: "",
        help: "Type a command",
        keys: &[key(":", "palette")],
        group: Group::Program,
        scope: Scope::Screen,
        example: "palette",
        parse: |a| a.none(screen(ScreenCommand::Palette)),
    },
    Spec {
        name: "help",
        aliases: &["?"],
        args: "[COMMAND]",
        help: "Explain the commands, or one of them",
        keys: &[key("?", "help"), key("f1", "help")],
        group: Group::Program,
        scope: Scope::Everywhere,
        example: "help step",
        parse: |a| Ok(Command::Help(a.optional())),
    },
    Spec {
        name: "close",
        aliases: &[],
        args: "",
        help: "Close what lies on top: help, command line, message",
        keys: &[key("esc", "close")],
        group: Group::Program,
        scope: Scope::Screen,
        example: "close",
        parse: |a| a.none(screen(ScreenCommand::Close)),
    },
    Spec {
        name: "cancel",
        aliases: &[],
        args: "",
        help: "Stop what is running; when nothing is, quit",
        keys: &[key("ctrl-c", "cancel")],
        group: Group::Program,
        scope: Scope::Screen,
        example: "cancel",
        parse: |a| a.none(screen(ScreenCommand::Cancel)),
    },
    Spec {
        name: "quit",
        aliases: &["q", "exit"],
        args: "",
        help: "Leave",
        keys: &[key("q", "quit")],
        group: Group::Program,
        scope: Scope::Everywhere,
        example: "quit",
        parse: |a| a.none(Command::Quit),
    },
];

/// Read a [`Which`] from `next`, `prev` or a number.
pub(super) fn which(text: &str) -> Option<Which> {
    match text {
        "next" => Some(Which::Next),
        "prev" | "previous" => Some(Which::Previous),
        number => number.parse().ok().map(Which::Number),
    }
}

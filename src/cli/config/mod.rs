//! `layerwise config`: what holds, and why.

mod file;

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::OnceLock;

use color_eyre::Result;
use color_eyre::eyre::OptionExt;
use unicode_width::UnicodeWidthStr;

use crate::session::format;
use crate::tui::graphics::Protocol;
use crate::tui::own_keys::Screen;
use crate::tui::theme::Theme;
pub use file::{Binding, ConfigFile};

/// Print what holds and why: what is set in a file of yours, by the environment, or by nobody
///
/// The file sets the debugger's keys, colours and defaults, and those of flags. A flag that is given stands before
/// it. What is wrong in it is said with its line and left out; the rest holds.
#[derive(clap::Args)]
#[command(after_help = super::examples::CONFIG)]
pub struct Args {
    /// Print where the file is, or would be, and nothing else
    #[arg(long, conflicts_with = "check")]
    path: bool,
    /// Print nothing; exit code 2 where something in the file cannot be understood
    #[arg(long)]
    check: bool,
}

/// The user's file, read once.
pub fn own() -> &'static ConfigFile {
    static OWN: OnceLock<ConfigFile> = OnceLock::new();
    OWN.get_or_init(|| {
        let place = file::place(env);
        place.map_or_else(ConfigFile::default, |path| ConfigFile::read(&path))
    })
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The command line with the defaults of flags that the file sets.
pub fn with_defaults(mut command: clap::Command) -> clap::Command {
    for name in file::FLAGS {
        if let Some(setting) = own().setting(name) {
            let set = |command| with_default(command, name, &setting.value);
            command = set(command).mut_subcommands(set);
        }
    }
    command
}

fn with_default(command: clap::Command, name: &'static str, value: &str) -> clap::Command {
    if command.get_arguments().all(|arg| arg.get_id() != name) {
        return command;
    }
    command.mut_arg(name, |arg| arg.default_value(value.to_owned()))
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let place = file::place(env);
    let no_place = "neither XDG_CONFIG_HOME nor HOME is set to a folder, so there is no file";
    if args.path {
        let place = place.ok_or_eyre(no_place)?;
        writeln!(stdout(), "{}", place.display())?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = own();
    for problem in &found.problems {
        super::complain(problem);
    }
    if !args.check {
        let head = match place.as_deref() {
            None => format!("# {no_place}\n"),
            Some(path) if path.exists() => format!("# {}\n", path.display()),
            Some(path) => format!("# {}: there is no such file\n", path.display()),
        };
        stdout().write_all((head + &holds(found)).as_bytes())?;
    }
    Ok(ExitCode::from(if found.problems.is_empty() {
        0
    } else {
        2
    }))
}

/// A line for each setting and key of the user's, in the file's own form, with the reason behind it.
fn holds(file: &ConfigFile) -> String {
    let mut out = String::new();
    let line = |out: &mut String, text: &str, why: &str| {
        let room = text.width().max(28);
        let _ = writeln!(out, "{}  # {why}", format::fit(text, room));
    };
    let flags = super::flag_defaults();
    for name in file::names() {
        let (value, why) = match (file.setting(name), name) {
            (Some(setting), _) => (
                setting.value.clone(),
                format!("line {} of the file", setting.line),
            ),
            (None, "theme") => theme(),
            (None, "graphics") => ("auto".into(), graphics()),
            (None, "density") => ("numbers".into(), "default".into()),
            (None, "temperature") => ("1".into(), "default".into()),
            (None, flag) => {
                let flag = flags.iter().find(|(name, _)| name == flag);
                let value = flag.map_or(String::new(), |(_, value)| value.clone());
                (value, "default".into())
            }
        };
        let number = value.parse::<f64>().is_ok();
        let value = if number { value } else { format!("{value:?}") };
        line(&mut out, &format!("{name} = {value}"), &why);
    }
    for screen in [None].into_iter().chain(Screen::ALL.map(Some)) {
        let mut own = (file.bindings.iter())
            .filter(|own| own.screen == screen)
            .peekable();
        if own.peek().is_some() {
            let name = screen.map_or(String::new(), |screen| format!(".{}", screen.name()));
            let _ = write!(out, "\n[keys{name}]\n");
        }
        for Binding {
            key,
            command,
            line: at,
            ..
        } in own
        {
            let why = format!("line {at} of the file");
            line(&mut out, &format!("{key:?} = {command:?}"), &why);
        }
    }
    out
}

/// Why heat maps are pictures, or not, where nothing is set.
fn graphics() -> String {
    let found = Protocol::detect(env);
    let without = |name: &'static str| Protocol::detect(move |n| env(n).filter(|_| n != name));
    let decides = [
        "TMUX",
        "STY",
        "ZELLIJ",
        "TERM",
        "TERM_PROGRAM",
        "LC_TERMINAL",
        "KITTY_WINDOW_ID",
    ]
    .into_iter()
    .find(|name| without(name) != found);
    match (decides, found) {
        (Some(name), found) => format!("default: {}, environment: {name}", Protocol::word(found)),
        (None, found) => format!("default: {}", Protocol::word(found)),
    }
}

/// The colours that the environment gives, and which part of it.
fn theme() -> (String, String) {
    let theme = Theme::detect(env);
    let without = |name: &'static str| Theme::detect(move |n| env(n).filter(|_| n != name)).word();
    let decides = ["NO_COLOR", "COLORFGBG", "TERM"]
        .into_iter()
        .find(|name| without(name) != theme.word());
    let why = match decides {
        Some(name) => format!("environment: {name}"),
        None => "default".into(),
    };
    (theme.word().into(), why)
}

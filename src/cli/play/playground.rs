//! `layerwise play ['#link']`: the playground.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::{Report, eyre};

use crate::play::playground::command;
use crate::play::playground::reply::Reply;
use crate::play::playground::run::Playground;
use crate::play::playground::state::State;
use crate::play::playground::{batch, link};

/// Bytes of a file of commands at most.
const MOST: u64 = 1 << 20;

#[derive(clap::Args)]
#[group(id = "playground")]
pub struct Args {
    /// A link to playground.tensorflow.org, or the part of one from # on; quote it for the shell
    #[arg(value_name = "LINK")]
    link: Option<String>,
    /// Run the commands of -x, print what they say, and stop at the first that fails
    #[arg(long)]
    batch: bool,
    /// A command, such as 'run 100' or show, or a file of them; may be repeated. 'help' lists them
    #[arg(short = 'x', value_name = "COMMAND|FILE")]
    commands: Vec<String>,
    /// One JSON value a command; needs --batch
    #[arg(long, requires = "batch")]
    json: bool,
}

/// Exit code 1 at the first command that fails.
pub fn run(args: &Args) -> Result<ExitCode> {
    let state = match &args.link {
        None => State::new(link::new_seed()),
        Some(text) => {
            let opened = link::read(text)?;
            crate::cli::warn(opened.warnings);
            opened.state
        }
    };
    let mut playground = Playground::new(state, None).map_err(Report::msg)?;
    let mut out = io::stdout().lock();
    if !args.batch && args.commands.is_empty() {
        return look(&mut out, &mut playground);
    }
    for line in lines(&args.commands)? {
        match batch::run(&mut playground, &line) {
            Ok(Some(reply)) => {
                say(&mut out, &line, &reply, args.json)?;
                crate::cli::warn(reply.warnings().iter().cloned());
            }
            Ok(None) => break,
            Err(why) => {
                if args.json {
                    let answer = serde_json::json!({ "command": line, "error": why });
                    writeln!(out, "{answer}")?;
                }
                crate::cli::complain(&format!("{line}: {why}"));
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A look at the playground, where no command is given.
fn look(out: &mut impl Write, playground: &mut Playground) -> Result<ExitCode> {
    for line in ["show", "surface", "link"] {
        if let Some(reply) = batch::run(playground, line).map_err(Report::msg)? {
            writeln!(out, "{reply}\n")?;
        }
    }
    writeln!(
        out,
        "There is no screen for the playground yet. Commands drive it: layerwise play '#LINK' --batch \
         -x 'run 100' -x show\n\n{}",
        command::help()
    )?;
    Ok(ExitCode::SUCCESS)
}

fn say(out: &mut impl Write, line: &str, reply: &Reply, json: bool) -> io::Result<()> {
    if json {
        let answer = serde_json::json!({ "command": line, "reply": reply });
        writeln!(out, "{answer}")
    } else {
        writeln!(out, "{reply}")
    }
}

/// The commands given, with the lines of files in their place.
fn lines(given: &[String]) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for text in given {
        let path = Path::new(text);
        if command::parse(text).is_ok() || !path.is_file() {
            out.push(text.clone());
            continue;
        }
        if fs::metadata(path)?.len() > MOST {
            return Err(eyre!("{text}: more than {MOST} bytes of commands"));
        }
        let file = fs::read_to_string(path).map_err(|e| eyre!("{text}: {e}"))?;
        let file = file.lines().map(str::trim);
        out.extend(
            file.filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned),
        );
    }
    Ok(out)
}

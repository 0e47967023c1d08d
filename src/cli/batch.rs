//! Commands without a screen: what `step`, `replay` and `play` have in common.

use std::io::Write;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::eyre;
use serde::Serialize;

use super::config;
use super::output::Output;
use super::show::has_screen;
use crate::lang::say;
use crate::session::batch::Batch;
use crate::session::command;
use crate::session::reply::Reply;
use crate::session::script::Script;
use crate::trace::source::Source;
use crate::tui;

#[derive(clap::Args)]
pub struct BatchArgs {
    /// No screen: run the commands of -x, print what they say, and stop at the first that fails
    #[arg(long)]
    batch: bool,
    /// A command, such as the debugger's 'break blocks.*.attn.pattern', or a file of them; may be repeated. On a
    /// screen they are run first
    #[arg(short = 'x', value_name = "COMMAND|FILE")]
    commands: Vec<String>,
    /// One JSON value a command; needs --batch
    #[arg(long, requires = "batch")]
    json: bool,
}

impl BatchArgs {
    /// Whether there is to be no screen.
    pub fn wanted(&self) -> bool {
        self.batch || (!self.commands.is_empty() && !has_screen())
    }

    /// Whether replies are to be JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// The command lines of -x.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// The lines of -x with those of files in their places, for a screen that runs them first. A word that is not
    /// `known` as a command may be a file of commands.
    pub fn lines(&self, known: fn(&str) -> bool) -> Result<Vec<String>> {
        let mut script = Script::given(&self.commands, known);
        let mut lines = Vec::new();
        while let Some(line) = script
            .next_line()
            .map_err(|(line, why)| eyre!(line.complaint(&why)))?
        {
            lines.push(line.text);
        }
        Ok(lines)
    }

    /// Exit code 1 at the first command that fails.
    pub fn run(&self, source: &mut dyn Source) -> Result<ExitCode> {
        super::warn_of(source);
        let mut batch = Batch::new(source, self.json);
        // Settings of a screen mean nothing here.
        for line in config::own().commands() {
            let _ = batch.run(&line);
        }
        let run = |line: &str| match batch.run(line) {
            Err(_) if tui::command::needs_screen(line) => Err(say("error-needs-screen").into()),
            said => said,
        };
        self.run_lines(|word| command::find(word).is_some(), run, Reply::text)
    }

    /// Give each line to `run`, which returns `None` where there is nothing more to do. A word that is not
    /// `known` as a command may be a file of commands.
    pub fn run_lines<R: Serialize>(
        &self,
        known: fn(&str) -> bool,
        mut run: impl FnMut(&str) -> Result<Option<R>, String>,
        text: fn(&R) -> String,
    ) -> Result<ExitCode> {
        let json = self.json;
        // A command may write a file: each is done, read or not.
        let mut out = Output::default();
        let mut script = Script::given(&self.commands, known);
        loop {
            let (line, said) = match script.next_line() {
                Ok(Some(line)) => {
                    let said = run(&line.text);
                    (line, said)
                }
                Ok(None) => break,
                Err((line, why)) => (line, Err(why)),
            };
            match said {
                Ok(Some(reply)) if json => {
                    let answer = serde_json::json!({ "command": line.text, "reply": reply });
                    writeln!(out, "{answer}")?;
                }
                Ok(Some(reply)) => writeln!(out, "{}", text(&reply))?,
                Ok(None) => break,
                Err(why) => {
                    if json {
                        let answer = serde_json::json!({ "command": line.text, "error": why });
                        writeln!(out, "{answer}")?;
                    }
                    super::complain(&line.complaint(&why));
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        out.end()?;
        Ok(ExitCode::SUCCESS)
    }
}

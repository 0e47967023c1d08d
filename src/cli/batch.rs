//! Debugger commands without a screen: what `step` and `replay` have in common.

use std::io::Write;
use std::process::ExitCode;

use color_eyre::Result;

use super::config;
use super::output::Output;
use super::show::has_screen;
use crate::session::batch::Batch;
use crate::session::script::Script;
use crate::trace::source::Source;

#[derive(clap::Args)]
pub struct BatchArgs {
    /// No screen: run the commands of -x, print what they say, and stop at the first that fails
    #[arg(long)]
    batch: bool,
    /// A debugger command, such as 'break blocks.*.attn.pattern', or a file of them; may be repeated. On a
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

    /// What -x gave.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Exit code 1 at the first command that fails.
    pub fn run(&self, source: &mut dyn Source) -> Result<ExitCode> {
        super::warn_of(source);
        let json = self.json;
        let mut batch = Batch::new(source, json);
        // Those of a screen mean nothing here.
        for line in config::own().commands() {
            let _ = batch.run(&line);
        }
        // A command may write a trace: each is done, read or not.
        let mut out = Output::default();
        let mut script = Script::given(&self.commands);
        loop {
            let (line, said) = match script.next_line() {
                Ok(Some(line)) => {
                    let said = batch.run(&line.text);
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
                Ok(Some(reply)) => writeln!(out, "{}", reply.text())?,
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

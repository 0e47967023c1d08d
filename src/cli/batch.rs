//! Debugger commands without a screen: what `step` and `replay` have in common.

use std::io::{self, Write};
use std::process::ExitCode;

use color_eyre::Result;

use crate::session::batch::Batch;
use crate::trace::source::Source;

#[derive(clap::Args)]
pub struct BatchArgs {
    /// No screen: run the commands of -x, print what they say, and stop at the first that fails
    #[arg(long)]
    batch: bool,
    /// A debugger command, such as 'break blocks.*.attn.pattern'; may be repeated; needs --batch
    #[arg(short = 'x', value_name = "COMMAND", requires = "batch")]
    commands: Vec<String>,
    /// One JSON value a command; needs --batch
    #[arg(long, requires = "batch")]
    json: bool,
}

impl BatchArgs {
    /// Whether there is to be no screen.
    pub fn wanted(&self) -> bool {
        self.batch
    }

    /// Exit code 1 at the first command that fails.
    pub fn run(&self, source: &mut dyn Source) -> Result<ExitCode> {
        super::warn_of(source);
        let json = self.json;
        let mut batch = Batch::new(source, json);
        let mut out = io::stdout().lock();
        for line in &self.commands {
            match batch.run(line) {
                Ok(Some(reply)) if json => {
                    let answer = serde_json::json!({ "command": line, "reply": reply });
                    writeln!(out, "{answer}")?;
                }
                Ok(Some(reply)) => writeln!(out, "{}", reply.text())?,
                Ok(None) => break,
                Err(why) => {
                    if json {
                        let answer = serde_json::json!({ "command": line, "error": why });
                        writeln!(out, "{answer}")?;
                    }
                    super::complain(&format!("{line}: {why}"));
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

//! `layerwise man`: the manual's pages, made of what --help says.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};

use super::Cli;
use crate::trace::atomic_file;
use strsim::levenshtein as distance;

/// Print a page of the manual: layerwise man | man -l -
#[derive(clap::Args)]
#[command(after_help = super::examples::MAN)]
pub struct Args {
    /// The command that the page is of; of the program itself if left out
    command: Option<String>,
    /// Write all pages into this folder in place of printing one
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let pages = pages()?;
    if let Some(dir) = &args.dir {
        for (name, page) in &pages {
            let path = dir.join(format!("{name}.1"));
            atomic_file::write(&path, page)
                .wrap_err_with(|| format!("cannot write {}", path.display()))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = match &args.command {
        None => "layerwise".to_owned(),
        Some(command) => format!("layerwise-{command}"),
    };
    let (_, page) = pages
        .iter()
        .find(|(name, _)| *name == wanted)
        .ok_or_else(|| {
            let command = args.command.as_deref().unwrap_or_default();
            let all = pages
                .iter()
                .filter_map(|(name, _)| name.strip_prefix("layerwise-"));
            let all: Vec<&str> = all.collect();
            let near = all.iter().map(|name| (distance(name, command), name)).min();
            match near {
                Some((edits, near)) if edits <= 1 + near.len() / 3 => {
                    eyre!("there is no command `{command}`; did you mean `{near}`?")
                }
                _ => eyre!(
                    "there is no command `{command}`; there are {}",
                    all.join(", ")
                ),
            }
        })?;
    stdout().write_all(page)?;
    Ok(ExitCode::SUCCESS)
}

/// The name and the text of every page.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let own = program.get_subcommands().cloned().map(|command| {
        let name = format!("layerwise-{}", command.get_name());
        command.name(name.clone()).display_name(name)
    });
    let all: Vec<clap::Command> = std::iter::once(program.clone()).chain(own).collect();
    let page = |command: clap::Command| {
        let name = command.get_name().to_owned();
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        Ok((name, page))
    };
    all.into_iter().map(page).collect()
}

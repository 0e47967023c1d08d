//! The text to run: an argument, a file, or standard input. Over 128 KiB no shell passes an argument.

use std::fs::File;
use std::io::{IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use color_eyre::Result;
use color_eyre::eyre::{WrapErr, bail, eyre};

/// Bytes of a prompt, far beyond any context.
const MOST: u64 = 64 << 20;
/// How long standard input may say nothing before a user is told who waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// The name of a text that comes from standard input.
const STANDARD_INPUT: &str = "standard input";

#[derive(clap::Args, Default)]
pub struct PromptArgs {
    /// The text to run; `-` reads it from standard input, as does a pipe where no prompt is given. One
    /// newline at its end is not part of it
    #[arg(short, long)]
    prompt: Option<String>,
    /// Read the text to run from a file; one newline at its end is not part of it
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    prompt_file: Option<PathBuf>,
}

impl PromptArgs {
    /// Whether an argument says what the prompt is.
    pub fn given(&self) -> bool {
        self.prompt.is_some() || self.prompt_file.is_some()
    }

    /// The prompt that an argument or a file gives; standard input has another use.
    ///
    /// # Errors
    /// It is to come from standard input, cannot be read, is no text, or far too long.
    pub fn text_without_stdin(self) -> Result<Option<String>> {
        match (self.prompt, self.prompt_file) {
            (Some(prompt), _) if prompt == "-" => {
                bail!(
                    "standard input has the requests: give the prompt with -p TEXT or --prompt-file FILE"
                )
            }
            (Some(prompt), _) => Ok(Some(prompt)),
            (None, Some(path)) => from_file(&path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The prompt; none where nobody gives one.
    ///
    /// # Errors
    /// It cannot be read, is no text, or far too long.
    pub fn text(self) -> Result<Option<String>> {
        match (self.prompt, self.prompt_file) {
            (Some(prompt), _) => argument(prompt).map(Some),
            (None, Some(path)) => from_file(&path).map(Some),
            (None, None) if is_piped() => Ok(Some(from_stdin()?).filter(|text| !text.is_empty())),
            (None, None) => Ok(None),
        }
    }
}

/// The text that an argument gives: itself, or standard input where it is `-`.
///
/// # Errors
/// Standard input cannot be read, is no text, or far too long.
pub fn argument(text: String) -> Result<String> {
    if text == "-" {
        return from_stdin();
    }
    Ok(text)
}

fn from_file(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let file = File::open(path).wrap_err_with(|| name.clone())?;
    read(file, &name)
}

fn from_stdin() -> Result<String> {
    if stdin().is_terminal() {
        super::complain("type the prompt, then end it with ctrl-d on a line of its own");
        return read(stdin().lock(), STANDARD_INPUT);
    }
    let (done, waited) = mpsc::channel::<()>();
    let teller = thread::spawn(move || {
        if waited.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            super::complain("waiting for the prompt on standard input; -p TEXT gives another one");
        }
    });
    let text = read(stdin().lock(), STANDARD_INPUT);
    drop(done);
    // It ends at once, and what it says is not worth an error.
    let _ = teller.join();
    text
}

/// Whether standard input is a pipe or a file, which somebody must have put there.
fn is_piped() -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        use std::os::unix::fs::FileTypeExt;
        let own = stdin().as_fd().try_clone_to_owned().map(File::from);
        let kind = own.and_then(|file| file.metadata());
        kind.is_ok_and(|kind| kind.file_type().is_fifo() || kind.is_file())
    }
    #[cfg(not(unix))]
    false
}

fn read(from: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let count = from.take(MOST + 1).read_to_end(&mut bytes);
    let count = count.wrap_err_with(|| name.to_owned())? as u64;
    if count > MOST {
        bail!("{name}: more than {MOST} bytes, which no model takes as a prompt");
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        eyre!("{name}: not UTF-8 from byte {at} on")
    })?;
    if text.ends_with('\n') {
        text.truncate(text.len() - 1);
        text.truncate(text.strip_suffix('\r').unwrap_or(&text).len());
    }
    Ok(text)
}

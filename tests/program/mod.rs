//! The program as a process. It speaks English, whatever the language of whoever runs the tests.

use std::process::Command;

/// The variables that name a reader's language.
const LANGUAGE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

pub fn layerwise() -> Command {
    in_english(Command::new(env!("CARGO_BIN_EXE_layerwise")))
}

/// Any command that runs the program, such as a shell.
pub fn in_english(mut command: Command) -> Command {
    for name in LANGUAGE {
        command.env_remove(name);
    }
    command
}

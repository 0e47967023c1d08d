//! Things to play with that need no model: pure logic, without a terminal and without libtorch.

pub(crate) mod command;
pub(crate) mod matrix;
pub(crate) mod number;
pub(crate) mod perceptron;
pub mod playground;

/// A path as it is typed: perhaps in quotes, and with `~` for the home.
fn typed_path(text: &str) -> std::path::PathBuf {
    let text = text.trim();
    let quoted = text.strip_prefix('"').map(|t| t.trim_end_matches('"'));
    crate::trace::paths::expanded(quoted.unwrap_or(text))
}

fn wrote(file: &std::path::Path) -> String {
    crate::lang::say_with("play-wrote", &[("file", file.display().to_string().into())])
}

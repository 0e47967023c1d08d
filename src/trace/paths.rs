//! Paths as people type them, with `~` for their home.

use std::path::{Path, PathBuf};

/// The path with a leading `~` as the home that the environment names.
pub fn expanded(text: &str) -> PathBuf {
    match std::env::home_dir() {
        Some(home) => expanded_from(text, &home),
        None => PathBuf::from(text),
    }
}

fn expanded_from(text: &str, home: &Path) -> PathBuf {
    match text.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) => match rest.strip_prefix('/') {
            Some(rest) => home.join(rest.trim_start_matches('/')),
            // Another user's home is what a shell knows.
            None => PathBuf::from(text),
        },
        None => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home() {
        for (text, due) in [
            ("~", "/home/a"),
            ("~/x/y", "/home/a/x/y"),
            ("~//x", "/home/a/x"),
            ("~b/x", "~b/x"),
            ("x/~", "x/~"),
            ("/x", "/x"),
        ] {
            assert_eq!(expanded_from(text, Path::new("/home/a")), Path::new(due));
        }
    }
}

//! The language that is chosen on the command line and by the environment.

use assert_cmd::Command;

fn layerwise(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("layerwise").unwrap();
    command.args(args);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command
}

#[test]
fn a_language_that_is_not_there_is_told_with_those_that_are() {
    for args in [
        &[
            "--lang",
            "fr",
            "play",
            "perceptron",
            "--batch",
            "-x",
            "show",
        ][..],
        &["play", "perceptron", "--lang", "klingon", "--batch"],
        &["--lang", "", "--batch"],
    ] {
        let said = layerwise(args).assert().code(2).get_output().stderr.clone();
        let said = String::from_utf8(said).unwrap();
        for tag in ["en", "zh-Hans", "zh-Hant"] {
            assert!(said.contains(tag), "{said}");
        }
    }
}

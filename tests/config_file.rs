//! The user's own file, completions and the manual, as a user meets them.

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRACE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/demo/trace.safetensors"
);

/// A folder for XDG_CONFIG_HOME, with this file.
fn home(text: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("layerwise/config.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    (home, file)
}

/// Exit code, standard output and standard error.
fn run(home: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let out = program::layerwise()
        .args(args)
        .env("XDG_CONFIG_HOME", home)
        .env_remove("COLORFGBG")
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

#[test]
fn what_holds_is_printed_with_its_reason() {
    let (home, file) = home("density = 'colours'\ndtype = 'bf16'\n\n[keys]\nctrl-n = 'next'\n");
    let (code, out, err) = run(home.path(), &["config"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for line in [
        "theme = \"dark\"                # default",
        "density = \"colours\"           # line 1 of the file",
        "temperature = 1               # default",
        "dtype = \"bf16\"                # line 2 of the file",
        "[keys]\n\"ctrl-n\" = \"next\"             # line 5 of the file",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    // The output is itself a file with the same settings.
    fs::write(&file, &out).unwrap();
    let (_, again, err) = run(home.path(), &["config"]);
    let plain = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|l| l.split('#').next().unwrap().trim());
        lines.map(str::to_owned).collect()
    };
    assert_eq!((plain(&again), err.as_str()), (plain(&out), ""));
    let (code, out, _) = run(home.path(), &["config", "--path"]);
    assert_eq!((code, Path::new(out.trim())), (Some(0), file.as_path()));
    let nowhere = run(Path::new("/nowhere"), &["config"]);
    assert!(
        nowhere
            .1
            .contains("/nowhere/layerwise/config.toml: there is no such file")
    );
    // Flags take their defaults from it, and say so.
    let (_, help, _) = run(home.path(), &["record", "--help"]);
    assert!(help.contains("[default: bf16]"), "{help}");
}

#[test]
fn a_bad_file_is_named_and_stops_nothing() {
    for (text, due) in [
        (
            "theme = 'drak'",
            "config.toml:1: `theme` is `drak`: use dark, light, none; did you mean `dark`?",
        ),
        ("\ntheme 'dark'", "config.toml:2: "),
        (
            "[keys]\nS = 'stpe'",
            "config.toml:2: `keys.S`: there is no command `stpe`; did you mean `step`?",
        ),
    ] {
        let (home, _) = home(text);
        for (args, code) in [
            (&["config"][..], 2),
            (&["config", "--check"], 2),
            (&["inspect", TRACE], 0),
            (&["replay", TRACE, "--batch", "-x", "where"], 0),
        ] {
            let (found, out, err) = run(home.path(), args);
            assert_eq!(found, Some(code), "{err}");
            assert!(err.contains(due) && err.lines().count() == 1, "{err}");
            assert_eq!(out.is_empty(), args.contains(&"--check"), "{out}");
        }
    }
    for odd in [&b"theme = '\xff'"[..], &vec![b'#'; 2 << 20]] {
        let (home, file) = home("");
        fs::write(&file, odd).unwrap();
        let (code, _, err) = run(home.path(), &["inspect", TRACE]);
        assert_eq!(code, Some(0));
        assert!(err.contains("config.toml: "), "{err}");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        let (code, _, err) = run(home.path(), &["config", "--check"]);
        assert_eq!(code, Some(2));
        assert!(err.contains("no ordinary file"), "{err}");
    }
}

#[test]
fn its_settings_hold_without_a_screen_too() {
    let (home, _) = home("temperature = 0.25\ntheme = 'light'\n");
    let args = ["replay", TRACE, "--batch", "-x", "show temperature"];
    let (code, out, err) = run(home.path(), &args);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (Some(0), "temperature 0.25\n", "")
    );
}

#[test]
fn every_shell_gets_its_completions() {
    for (shell, due) in [
        ("bash", "complete -F _layerwise"),
        ("zsh", "#compdef layerwise"),
        ("fish", "complete -c layerwise"),
        ("elvish", "edit:completion:arg-completer[layerwise]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let (code, out, err) = run(Path::new("/nowhere"), &["completions", shell]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        for word in [due, "record", "passes", "config"] {
            assert!(out.contains(word), "{shell}: {word}");
        }
    }
    // bash itself reads its own.
    let (_, script, _) = run(Path::new("/nowhere"), &["completions", "bash"]);
    let ask = "COMP_WORDS=(layerwise rec); COMP_CWORD=1; _layerwise layerwise rec layerwise; \
               printf '%s\\n' \"${COMPREPLY[@]}\"";
    let out = Command::new("bash")
        .args(["-c", &format!("{script}\n{ask}")])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&out.stdout).trim(),
        "record",
        "{out:?}"
    );
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let (code, _, err) = run(Path::new("/nowhere"), &["man", "--dir", dir]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for name in [
        "layerwise",
        "layerwise-record",
        "layerwise-config",
        "layerwise-step",
    ] {
        let page = fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        assert!(page.contains("Examples"), "{page}");
    }
    let (code, page, _) = run(Path::new("/nowhere"), &["man", "record"]);
    assert_eq!(code, Some(0));
    assert!(page.contains("\\fB\\-\\-passes\\fR"), "{page}");
    let (code, _, err) = run(Path::new("/nowhere"), &["man", "recrd"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `record`?"), "{err}");
}

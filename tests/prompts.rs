//! The sources of a prompt: an argument, standard input, a file.

mod program;

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

fn layerwise(args: &[&str], input: &[u8]) -> Output {
    let mut layerwise = assert_cmd::Command::from_std(program::layerwise());
    layerwise.args(args).write_stdin(input).output().unwrap()
}

#[track_caller]
fn refused(args: &[&str], input: &[u8], words: &str) {
    let run = layerwise(args, input);
    let error = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{error}");
    assert!(error.contains(words), "{error:?} does not say {words:?}");
}

#[test]
fn what_cannot_be_a_prompt_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(file("latin1"), b"caf\xe9").unwrap();
    let (out, missing, latin1) = (file("t.safetensors"), file("missing"), file("latin1"));
    let record = ["record", "-o", &out];
    let with = |more: &[&str]| -> Vec<String> {
        record
            .iter()
            .chain(more)
            .map(|arg| (*arg).to_owned())
            .collect()
    };
    for (more, input, words) in [
        (&[][..], &b""[..], "no prompt: give -p TEXT"),
        (
            &["-p", "-"],
            b"caf\xe9",
            "standard input: not UTF-8 from byte 3 on",
        ),
        (
            &["--prompt-file", &latin1],
            b"",
            "latin1: not UTF-8 from byte 3 on",
        ),
        (&["--prompt-file", &missing], b"", "missing"),
        (
            &["--prompt-file", dir.path().to_str().unwrap()],
            b"",
            "directory",
        ),
        (
            &["--prompt-file", &latin1, "-p", "x"],
            b"",
            "cannot be used with",
        ),
    ] {
        let args = with(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&args, input, words);
    }
}

#[test]
fn tokens_of_a_text_on_standard_input() {
    let of = |args: &[&str], input: &[u8]| layerwise(&[&["tokens"], args].concat(), input).stdout;
    let due = of(&["中华 人"], b"");
    assert!(!due.is_empty());
    assert_eq!(of(&["-"], "中华 人\n".as_bytes()), due);
    assert_eq!(of(&["-"], "中华 人\r\n".as_bytes()), due);
    assert_ne!(of(&["-"], "中华 人\n\n".as_bytes()), due);
    // The prompt is far longer than a shell's argument may be.
    let long = "人民".repeat(100_000);
    assert!(of(&["gpt2", "-"], long.as_bytes()).len() > long.len());
}

#[test]
fn who_waits_for_standard_input_says_so() {
    let mut run = program::layerwise()
        .args(["tokens", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    run.stdin
        .take()
        .unwrap()
        .write_all("人".as_bytes())
        .unwrap();
    let out = run.wait_with_output().unwrap();
    assert!(out.status.success());
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert!(
        stderr.contains("waiting for the prompt on standard input"),
        "{stderr}"
    );
}

#[cfg(feature = "torch")]
#[test]
fn a_prompt_is_the_same_however_it_comes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("prompt.txt");
    let text = "中华\n\t人民";
    fs::write(&file, format!("{text}\n")).unwrap();
    let file = file.to_str().unwrap();
    let step = |args: &[&str], input: &str| {
        let all = [args, &["--batch", "-x", "tokens", "-x", "topk 5"]].concat();
        let run = layerwise(&all, input.as_bytes());
        let error = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.success(), "{error}");
        String::from_utf8(run.stdout).unwrap()
    };
    let due = step(&["-p", text], "ignored");
    for (args, input) in [
        (&["-p", "-"][..], text),
        (&[], text),
        (&["--prompt-file", file], "ignored"),
    ] {
        assert_eq!(step(args, input), due, "{args:?}");
    }
    // An empty pipe, as tools leave it to the programs they start, is not a prompt.
    assert_eq!(step(&[], ""), step(&["-p", "中华人民"], ""));
    let trace = dir.path().join("t.safetensors");
    let output = trace.to_str().unwrap();
    let run = layerwise(
        &[
            "record",
            "--prompt-file",
            file,
            "-o",
            output,
            "--hooks",
            "logits",
        ],
        b"",
    );
    assert!(run.status.success(), "{:?}", run.stderr);
    let replay = layerwise::trace::replay::Replay::open(&trace).unwrap();
    assert_eq!(replay.meta().prompt, text);
}

/// The editor gives back the text that it was opened with (see `tui::widgets::editor`), and it has the same
/// tokens.
#[cfg(feature = "torch")]
#[test]
fn a_prompt_that_nobody_changed_has_the_same_tokens_again() {
    use layerwise::checkpoint::Checkpoint;
    use layerwise::engine::{self, Options};
    use layerwise::trace::source_ext::SourceExt;

    for text in [
        "中\r\n\t华\n",
        " a\u{0}\u{1b}[31m\u{202e}b ",
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
    ] {
        // The text is read once as a chat template's, and once as a user's own.
        for special_tokens in [false, true] {
            let options = Options {
                special_tokens,
                ..Options::default()
            };
            let mut source = engine::open(Checkpoint::embedded().unwrap(), text, &options).unwrap();
            let first = source.passes()[0].tokens.clone();
            let again = source.prompt().to_owned();
            assert_eq!(again, text);
            source.restart(&again).unwrap();
            assert_eq!(source.passes()[0].tokens, first);
        }
    }
}

//! `layerwise train` as its user runs it: its files and messages, which its input alone decides.
#![cfg(feature = "torch")]

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use layerwise::checkpoint::Checkpoint;

const MODEL: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];
const STATE: &str = "training.safetensors";

/// A folder with a small text in it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let line = |i: u32| {
            format!(
                "{i} and {} make {}\n中华人民共和国第{i}行\n",
                i + 1,
                2 * i + 1
            )
        };
        let text: String = (0..60).map(line).collect();
        fs::write(folder.path().join("corpus.txt"), text).unwrap();
        Bench { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command that trains a very small model into the folder `name`.
    fn train(&self, name: &str, more: &[&str]) -> Command {
        let mut command = program::layerwise();
        command
            .arg("train")
            .args([self.path("corpus.txt"), "-o".into(), self.path(name)])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The flags that make a new run quick, and `more`.
    fn small(&self, name: &str, more: &[&str]) -> Command {
        let mut command = self.train(name, more);
        command.args([
            "--layers=1",
            "--heads=2",
            "--d-model=16",
            "--ctx=16",
            "--vocab=300",
            "--batch=4",
            "--warmup=5",
            "--lr=0.02",
        ]);
        command
    }

    fn model(&self, name: &str) -> Vec<Vec<u8>> {
        let read = |file| fs::read(self.path(name).join(file)).unwrap();
        MODEL.map(read).into()
    }
}

/// Run a command to its end: standard output, standard error, exit code.
fn run(mut command: Command) -> (String, String, Option<i32>) {
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn it_learns_and_writes_a_model_that_opens() {
    let bench = Bench::new();
    let (out, err, code) = run(bench.small("model", &["--steps=150", "--save-every=50"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("model: 150 steps, loss "), "{out}");
    assert!(err.contains("118 lines to learn, 2 held out"), "{err}");
    // The line is `step 50/150  loss 1.234, held out 1.345, 9,876 tokens/s`.
    let loss = |step: &str| -> f64 {
        let line = err.lines().find(|l| l.starts_with(step)).unwrap();
        // The loss is that of held-out lines, since a single step's varies.
        let (_, loss) = line.split_once("held out ").unwrap();
        loss.split_once(',').unwrap().0.parse().unwrap()
    };
    // With 290 equally likely tokens it would be 5.7.
    let (early, late) = (loss("step 50/150"), loss("step 150/150"));
    assert!(early < 4.0 && late < early / 1.3, "{err}");

    let mut files: Vec<_> = (fs::read_dir(bench.path("model")).unwrap())
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, MODEL);
    let model = Checkpoint::open(&bench.path("model")).unwrap();
    assert_eq!((model.arch.n_layers, model.arch.d_model), (1, 16));
    assert_eq!(model.tokenizer().unwrap().len(), model.arch.d_vocab);
    let mut step = program::layerwise();
    step.arg(bench.path("model"))
        .args(["-p", "中华人民", "--batch", "-x", "token", "-x", "end"]);
    let (_, err, code) = run(step);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn seed_and_corpus_decide_every_byte() {
    let bench = Bench::new();
    let seeds = [
        ("one", "--seed=7"),
        ("two", "--seed=7"),
        ("other", "--seed=8"),
    ];
    for (name, seed) in seeds {
        let (_, err, code) = run(bench.small(name, &["--steps=20", seed]));
        assert_eq!(code, Some(0), "{err}");
    }
    assert!(bench.model("one") == bench.model("two"));
    assert!(bench.model("one") != bench.model("other"));
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_bytes() {
    let bench = Bench::new();
    const STEPS: &str = "--steps=120";
    let (_, err, code) = run(bench.small("whole", &[STEPS]));
    assert_eq!(code, Some(0), "{err}");

    // A checkpoint is written at every step, so that some are cut off in the middle.
    for round in 0..20 {
        let mut command = match round {
            0 => bench.small("killed", &[STEPS, "--save-every=1"]),
            _ => bench.train("killed", &["--resume", "--save-every=1"]),
        };
        let mut child = command.spawn().unwrap();
        let before = step_reached(&bench.path("killed"));
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            let reached = step_reached(&bench.path("killed"));
            if reached > before.map_or(Some(20), |n| Some(n + 20)) {
                child.kill().unwrap();
            }
            assert!(begun.elapsed() < Duration::from_secs(120));
            std::thread::sleep(Duration::from_millis(5));
        }
        // A model that opens is there at any moment.
        Checkpoint::open(&bench.path("killed")).unwrap();
        if child.wait().unwrap().success() {
            assert!(round > 1, "it was never killed");
            break;
        }
    }
    assert!(bench.model("killed") == bench.model("whole"));
    assert!(!bench.path("killed").join(STATE).exists());
}

/// The step of the last checkpoint in a run's folder.
fn step_reached(dir: &Path) -> Option<u64> {
    let bytes = fs::read(dir.join(STATE)).ok()?;
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).ok()?;
    let meta = header.metadata().as_ref()?.get("layerwise")?;
    let meta: serde_json::Value = serde_json::from_str(meta).ok()?;
    meta["step"].as_u64()
}

#[cfg(unix)]
#[test]
fn an_interrupt_writes_a_checkpoint_and_stops() {
    let bench = Bench::new();
    let mut command = bench.small("model", &["--steps=100000", "--save-every=100000"]);
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while step_reached(&bench.path("model")).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    // SAFETY: sends a signal to the child that this test started.
    unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) };
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(130), "{err}");
    let step = step_reached(&bench.path("model")).unwrap();
    assert!(step > 0);
    let message = format!("stopped after step {step} of 100000; --resume goes on");
    assert!(err.contains(&message), "{err}");
}

#[test]
fn bad_input_is_named_and_exits_with_2() {
    let bench = Bench::new();
    fs::write(bench.path("empty"), "\n\n").unwrap();
    fs::write(bench.path("one-line"), "one line").unwrap();
    fs::write(bench.path("latin1"), b"fine\ncaf\xe9\n").unwrap();
    fs::create_dir(bench.path("full")).unwrap();
    fs::write(bench.path("full/thesis.tex"), "mine").unwrap();
    fs::create_dir(bench.path("damaged")).unwrap();
    fs::write(bench.path("damaged").join(STATE), "not a state").unwrap();
    for (corpus, output, flags, words) in [
        ("missing", "new", "--seed=1", "missing: No such file"),
        ("full", "new", "--seed=1", "full: Is a directory"),
        ("empty", "new", "--seed=1", "there is no text in it"),
        ("one-line", "new", "--seed=1", "one line is too little"),
        ("latin1", "new", "--seed=1", "line 2 is not UTF-8"),
        ("corpus.txt", "full", "--seed=1", "is not empty"),
        ("corpus.txt", "full", "--force", "holds no model"),
        ("corpus.txt", "corpus.txt", "--seed=1", "corpus.txt"),
        (
            "corpus.txt",
            "new",
            "--resume",
            "no training was begun here",
        ),
        (
            "corpus.txt",
            "damaged",
            "--resume",
            "not the state of a training run",
        ),
        ("corpus.txt", "new", "--heads=3", "--heads is 3"),
        ("corpus.txt", "new", "--vocab=100", "--vocab is 100"),
        ("corpus.txt", "new", "--lr=nan", "--lr must be"),
        ("corpus.txt", "new", "--steps=0", "--steps is 0"),
        ("corpus.txt", "new", "--save-every=0", "--save-every"),
        ("corpus.txt", "new", "--threads=0", "--threads"),
        ("corpus.txt", "/proc/model", "--seed=1", "/proc/model"),
    ] {
        let mut command = program::layerwise();
        command
            .arg("train")
            .args([bench.path(corpus), "-o".into(), bench.path(output)])
            .arg(flags);
        let (out, err, code) = run(command);
        let case = format!("{corpus} {output} {flags}: {err}");
        assert_eq!((code, out.as_str()), (Some(2), ""), "{case}");
        assert!(err.contains(words), "{case}");
        assert!(
            err.starts_with("layerwise: ") || err.starts_with("error: "),
            "{case}"
        );
    }
    assert!(!bench.path("new").exists());
    assert_eq!(fs::read(bench.path("full/thesis.tex")).unwrap(), b"mine");
}

/// A limit on file size fails like a full disk, in the midst of writing.
#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_the_old_model_stays() {
    let bench = Bench::new();
    let (_, err, code) = run(bench.small("model", &["--steps=5"]));
    assert_eq!(code, Some(0), "{err}");
    let old = bench.model("model");
    let mut command = program::in_english(Command::new("sh"));
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$0\" train \"$1\" -o \"$2\" --force";
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_layerwise")])
        .args([bench.path("corpus.txt"), bench.path("model")]);
    let (_, err, code) = run(command);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("model.safetensors: File too large"), "{err}");
    assert!(bench.model("model") == old);
}

#[test]
fn a_loss_that_is_no_number_ends_the_run() {
    let bench = Bench::new();
    let (_, err, code) = run(bench.small("model", &["--steps=50", "--weight-decay=1e30"]));
    assert_eq!(code, Some(2));
    assert!(
        err.contains("no number any more") && err.contains("--lr"),
        "{err}"
    );
}

#[test]
fn a_run_is_resumed_only_as_it_was_begun() {
    let bench = Bench::new();
    let (_, err, code) = run(bench.small("model", &["--steps=5"]));
    assert_eq!(code, Some(0), "{err}");
    let (_, err, code) = run(bench.train("model", &["--resume"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("is finished"), "{err}");
    let (_, err, code) = run(bench.small("model", &["--steps=5"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("--force replaces"), "{err}");
    let (_, err, code) = run(bench.small("model", &["--steps=6", "--force"]));
    assert_eq!(code, Some(0), "{err}");
}

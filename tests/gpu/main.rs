//! A model on a GPU: its blocks come and go as `--resident` says, and a model larger than the GPU's memory
//! still runs. `scripts/stand-in-gpu` runs these tests on the stand-in, which counts bytes. The numbers are
//! tested by `tests/reference.rs`, which can run on a GPU too.
#![cfg(feature = "torch")]

#[path = "../program/mod.rs"]
mod program;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, DeviceChoice, Options};
use layerwise::trace::query::Choice;
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::Value;
use tempfile::TempDir;

const LAYERS: usize = 8;
const D_MODEL: usize = 128;
const D_MLP: usize = 1536;
const VOCAB: usize = 2688;

/// The bytes of a block in f32, and of the unembedding.
const BLOCK: usize = 4 * (4 * D_MODEL * D_MODEL + 3 * D_MODEL * D_MLP + 2 * D_MODEL);
const UNEMBED: usize = 4 * (VOCAB * D_MODEL + D_MODEL);
/// The bytes that one block's values and all caches take at a few tokens.
const VALUES: usize = BLOCK / 3;

/// A Llama whose blocks are larger than its values.
fn model() -> TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folder = tempfile::tempdir().unwrap();
    let config = fs::read(fixture.join("models/llama/config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    for (field, value) in [
        ("num_hidden_layers", LAYERS),
        ("hidden_size", D_MODEL),
        ("intermediate_size", D_MLP),
        ("num_attention_heads", 4),
        ("num_key_value_heads", 4),
        ("head_dim", D_MODEL / 4),
        ("vocab_size", VOCAB),
    ] {
        config[field] = value.into();
    }
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let tokenizer = fixture.join("demo/tokenizer.json");
    fs::copy(tokenizer, folder.path().join("tokenizer.json")).unwrap();
    let mut shapes = vec![
        ("model.embed_tokens".to_owned(), vec![VOCAB, D_MODEL]),
        ("model.norm".to_owned(), vec![D_MODEL]),
        ("lm_head".to_owned(), vec![VOCAB, D_MODEL]),
    ];
    for layer in 0..LAYERS {
        let mut add = |name: &str, shape: &[usize]| {
            shapes.push((format!("model.layers.{layer}.{name}"), shape.to_vec()));
        };
        add("input_layernorm", &[D_MODEL]);
        add("post_attention_layernorm", &[D_MODEL]);
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"] {
            add(&format!("self_attn.{name}"), &[D_MODEL, D_MODEL]);
        }
        add("mlp.gate_proj", &[D_MLP, D_MODEL]);
        add("mlp.up_proj", &[D_MLP, D_MODEL]);
        add("mlp.down_proj", &[D_MODEL, D_MLP]);
    }
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = (shapes.into_iter().enumerate())
        .map(|(i, (name, shape))| {
            let numel: usize = shape.iter().product();
            let value = |j: usize| ((j * 7919 + i * 104_729) as f32).sin() * 0.15;
            let bytes = (0..numel).flat_map(|j| value(j).to_le_bytes()).collect();
            (format!("{name}.weight"), shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

/// The program, with a time limit.
fn layerwise() -> Command {
    let mut command = Command::from_std(program::layerwise());
    command.timeout(Duration::from_secs(120));
    command
}

/// Run the program with these arguments on the GPU; the result has the largest number of bytes that were
/// held. `memory` limits the GPU's memory.
fn on_gpu(args: &[&str], memory: Option<usize>) -> (Output, usize) {
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut command = layerwise();
    command.args(args).args(["--device", "cuda"]);
    command.env("STAND_IN_REPORT", report.path());
    command.envs(memory.map(|bytes| ("STAND_IN_BYTES", bytes.to_string())));
    let output = command.output().unwrap();
    let report = fs::read_to_string(report.path()).unwrap();
    let peak = report.split(' ').next().unwrap().parse();
    (output, peak.expect("run by scripts/stand-in-gpu"))
}

fn on_cpu(args: &[&str]) -> Output {
    layerwise().args(args).output().unwrap()
}

/// Commands that make every block run for four tokens and print the logits of each.
const SCRIPT: &[&str] = &[
    "--batch",
    "-x",
    "end",
    "-x",
    "topk 5",
    "-x",
    "token",
    "-x",
    "end",
    "-x",
    "topk 5",
    "-x",
    "token",
    "-x",
    "end",
    "-x",
    "topk 5",
    "-x",
    "goto 3.attn.pattern",
    "-x",
    "print",
    "-x",
    "back 9",
    "-x",
    "print",
];

fn step<'a>(folder: &'a TempDir, more: &[&'a str]) -> Vec<&'a str> {
    let folder = folder.path().to_str().unwrap();
    [&["step", folder, "-p", "中华人民"], SCRIPT, more].concat()
}

fn stdout(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs a GPU: make test-gpu"]
fn as_many_blocks_are_on_the_gpu_as_asked_for() {
    let folder = model();
    let due = stdout(&on_cpu(&step(&folder, &[])));
    for resident in [1, 2, 5] {
        let count = resident.to_string();
        let (output, peak) = on_gpu(&step(&folder, &["--resident", &count]), None);
        assert_eq!(stdout(&output), due);
        let bound = resident * BLOCK + UNEMBED + VALUES;
        assert!(peak <= bound, "{resident} blocks: {peak} bytes of {bound}");
        // The next block was copied while the current one ran.
        assert!(
            peak >= resident * BLOCK + UNEMBED,
            "{resident} blocks: {peak} bytes"
        );
    }
    let (output, peak) = on_gpu(&step(&folder, &[]), None);
    assert_eq!(stdout(&output), due);
    assert!(peak >= LAYERS * BLOCK + UNEMBED, "{peak} bytes");
}

#[test]
#[ignore = "needs a GPU: make test-gpu"]
fn a_model_larger_than_the_gpu_runs() {
    let folder = model();
    let due = stdout(&on_cpu(&step(&folder, &[])));
    for blocks in [2, 3, 7] {
        // Some of these sizes let the weights fill the memory to the last byte.
        for more in [0, BLOCK / 3, BLOCK / 2] {
            let memory = blocks * BLOCK + UNEMBED + VALUES + more;
            let (output, _) = on_gpu(&step(&folder, &[]), Some(memory));
            assert_eq!(stdout(&output), due, "{blocks} blocks and {more} bytes");
        }
    }
}

#[test]
#[ignore = "needs a GPU: make test-gpu"]
fn a_gpu_too_small_for_a_block_says_so() {
    let folder = model();
    let (output, _) = on_gpu(&step(&folder, &[]), Some(BLOCK / 2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    // Asking again for kept values ends, too.
    for point in ["embed", "0.resid_mid", "0.resid_post"] {
        let ask = format!("topk 1 {point}");
        let model = folder.path().to_str().unwrap();
        let args = ["step", model, "-p", "中华人民", "--batch", "-x", &ask];
        for memory in [BLOCK / 2, BLOCK + BLOCK / 2] {
            let (output, _) = on_gpu(&args, Some(memory));
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() || error.contains("no memory left"),
                "{ask}: {error}"
            );
        }
    }
    assert!(
        error.contains("no memory left for what is at work"),
        "{error}"
    );
    assert!(
        error.contains("--device cpu") && !error.contains("frame #"),
        "{error}"
    );
}

/// Whichever allocation fails, the answer is right or says that there was no memory. Asked again, it is
/// right: nothing is left half done.
#[test]
#[ignore = "needs a GPU: make test-gpu"]
fn any_allocation_may_fail() {
    // SAFETY: the stand-in's initialisers register kernels, and this is the function's type.
    let fail = unsafe {
        let library = libloading::Library::new("libtorch_cuda.so").unwrap();
        let fail: libloading::Symbol<unsafe extern "C" fn(usize) -> bool> =
            library.get(b"stand_in_fail").unwrap();
        let fail = *fail;
        std::mem::forget(library);
        move |count| fail(count)
    };
    let options = Options {
        device: DeviceChoice::Cuda(0),
        resident: Some(2),
        ..Options::default()
    };
    let open = |model: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/models")
            .join(model);
        engine::open(
            Checkpoint::open(&folder).unwrap(),
            "The capital of France",
            &options,
        )
        .unwrap()
    };
    for model in ["gpt2", "gemma2", "mixtral"] {
        let due = answers(&mut *open(model)).unwrap();
        // libtorch takes a tenth of a second to report a failed allocation.
        for failing in (1..).step_by(37) {
            let mut source = open(model);
            fail(failing);
            match answers(&mut *source) {
                Ok(found) => assert_eq!(found, due, "{model}, allocation {failing}"),
                Err(error) => {
                    let error = error.to_string();
                    assert!(
                        error.contains("no memory left"),
                        "{model}, allocation {failing}: {error}"
                    );
                    assert_eq!(
                        answers(&mut *source).unwrap(),
                        due,
                        "{model}, allocation {failing}"
                    );
                }
            }
            let passed = fail(0);
            if passed {
                assert!(failing > 100, "{model}: only {failing} allocations");
                break;
            }
        }
    }
}

/// The logits of a prompt and of its next token, with summaries on the way.
fn answers(source: &mut dyn Source) -> Result<Vec<f64>, SourceError> {
    let go = Control::default();
    let mut answers = Vec::new();
    for pass in 0..2 {
        if source.passes().len() == pass {
            source.next(pass - 1, &Choice::Token(7), &go)?;
        }
        let last = source.passes()[pass].plan.len() - 1;
        source.run_to(pass, last, &go)?;
        answers.push(source.summary(pass, last / 2, &go)?.l2);
        answers.extend(source.values(pass, last, &Slice::default())?.data);
        answers.push(source.lens(pass, last, 0, 3, 1.0)?.entropy);
    }
    Ok(answers)
}

#[test]
#[ignore = "needs a GPU: make test-gpu"]
fn a_gpu_is_found_and_named() {
    let output = on_cpu(&["--device", "auto"]);
    assert!(stdout(&output).contains("cuda:0"), "{}", stdout(&output));
    let output = on_cpu(&["--device", "cuda:7"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("cuda:7 of 1 on this machine"), "{error}");
}

//! Reasons to doubt a model's numbers are reported when it is opened, in `inspect`, and in recordings.

mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::role::{Param, Role};
use layerwise::trace::hook::Layer;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::TempDir;

/// Type, shape and bytes of tensors by name.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn fixture(model: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    models.join(model)
}

/// The fixture with another config and other tensors.
fn changed(
    model: &str,
    config: impl FnOnce(&mut Value),
    tensors: impl FnOnce(&mut Tensors),
) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = fixture(model);
    fs::copy(
        from.join("tokenizer.json"),
        dir.path().join("tokenizer.json"),
    )
    .unwrap();
    let text = fs::read_to_string(from.join("config.json")).unwrap();
    let mut value = serde_json::from_str(&text).unwrap();
    config(&mut value);
    fs::write(dir.path().join("config.json"), value.to_string()).unwrap();
    let bytes = fs::read(from.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut all: Tensors = (file.tensors().into_iter())
        .map(|(name, view)| {
            let shape = view.shape().to_vec();
            (name, (view.dtype(), shape, view.data().to_vec()))
        })
        .collect();
    tensors(&mut all);
    let views = all.iter().map(|(name, (dtype, shape, bytes))| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    let path = dir.path().join("model.safetensors");
    safetensors::serialize_to_file(views, None, &path).unwrap();
    dir
}

fn tie(config: &mut Value) {
    config["tie_word_embeddings"] = true.into();
}

/// The elements of the head's matrix and bias.
fn head(model: &Checkpoint) -> [Option<Vec<u8>>; 2] {
    [Param::Weight, Param::Bias].map(|param| {
        let weight = model.weight(Layer::Unembed, Role::Unembed, param).unwrap();
        weight.map(|weight| weight.bytes.to_vec())
    })
}

fn copy(tensors: &mut Tensors, from: &str, to: &str) {
    let tensor = tensors[from].clone();
    tensors.insert(to.to_owned(), tensor);
}

fn layerwise(args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::from_std(program::layerwise());
    command.args(args).output().unwrap()
}

#[test]
fn a_stored_head_wins_over_a_config_that_ties_it() {
    let mut tried = Vec::new();
    for entry in fs::read_dir(fixture("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let own = Checkpoint::open(&fixture(&name)).unwrap();
        if own.arch.tied_embeddings || head(&own)[0].is_none() {
            continue;
        }
        let dir = changed(&name, tie, |_| {});
        let found = Checkpoint::open(dir.path()).unwrap();
        assert_eq!(head(&found), head(&own), "{name}");
        assert_eq!(found.arch, own.arch, "{name}");
        let [warning] = &found.warnings[..] else {
            panic!("{name}: {:?}", found.warnings);
        };
        assert!(warning.contains("have different values"), "{warning}");
        tried.push(own.arch.family.clone());
    }
    for family in ["bert", "llama", "gpt_neox", "mixtral", "phi"] {
        let tried = tried.iter().any(|own| own == family);
        assert!(tried, "{family} was not tried");
    }
}

#[test]
fn a_stored_bias_of_an_encoders_head_wins_too() {
    for (model, own, shared) in [
        (
            "bert",
            "cls.predictions.decoder.bias",
            "cls.predictions.bias",
        ),
        ("roberta", "lm_head.decoder.bias", "lm_head.bias"),
    ] {
        let dir = changed(
            model,
            |_| {},
            |tensors| {
                copy(tensors, shared, own);
                tensors.get_mut(own).unwrap().2[3] ^= 0x40;
            },
        );
        let found = Checkpoint::open(dir.path()).unwrap();
        let plain = Checkpoint::open(&fixture(model)).unwrap();
        assert_eq!(head(&found)[0], head(&plain)[0], "{model}");
        assert_ne!(head(&found)[1], head(&plain)[1], "{model}");
        assert!(found.warnings[0].contains(own), "{:?}", found.warnings);
        assert!(found.arch.tied_embeddings, "{model}");
    }
}

#[test]
fn a_head_that_repeats_the_embedding_is_no_reason_to_doubt() {
    for (model, own, shared) in [
        ("gpt2", "lm_head.weight", "transformer.wte.weight"),
        ("gemma2", "lm_head.weight", "model.embed_tokens.weight"),
        (
            "bert",
            "cls.predictions.decoder.weight",
            "bert.embeddings.word_embeddings.weight",
        ),
        (
            "distilbert",
            "vocab_projector.weight",
            "distilbert.embeddings.word_embeddings.weight",
        ),
    ] {
        let dir = changed(model, |_| {}, |tensors| copy(tensors, shared, own));
        let found = Checkpoint::open(dir.path()).unwrap();
        assert_eq!(found.warnings, [""; 0], "{model}");
        assert!(found.arch.tied_embeddings, "{model}");
        let alone = changed(
            model,
            |_| {},
            |tensors| {
                copy(tensors, shared, own);
                tensors.remove(shared);
            },
        );
        let alone = Checkpoint::open(alone.path()).unwrap();
        assert_eq!(head(&alone), head(&found), "{model}");
    }
}

#[test]
fn no_fixture_gives_a_reason_to_doubt() {
    for entry in fs::read_dir(fixture("")).unwrap() {
        let path = entry.unwrap().path();
        let found = Checkpoint::open(&path).unwrap();
        assert_eq!(found.warnings, [""; 0], "{}", path.display());
    }
}

#[test]
fn tensors_that_no_part_reads_are_named() {
    let bias = "model.layers.0.self_attn.q_proj.bias";
    let dir = changed(
        "llama",
        |_| {},
        |tensors| {
            copy(tensors, "model.norm.weight", bias);
            copy(
                tensors,
                "model.norm.weight",
                "model.layers.0.self_attn.rotary_emb.inv_freq",
            );
        },
    );
    let path = dir.path().to_str().unwrap();
    let said = format!("no part of the model reads `{bias}`:");
    let run = layerwise(&["inspect", path]);
    assert!(String::from_utf8_lossy(&run.stdout).contains(&said));
    let run = layerwise(&["inspect", "--json", path]);
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(report["warnings"][0].as_str().unwrap().starts_with(&said));
    assert_eq!(report["unused_tensors"].as_array().unwrap().len(), 2);
}

#[cfg(feature = "torch")]
#[test]
fn warnings_are_said_once_and_stay_in_traces() {
    let dir = changed("llama", tie, |_| {});
    let model = dir.path().to_str().unwrap();
    let trace = dir.path().join("out.safetensors");
    let trace = trace.to_str().unwrap();
    let run = layerwise(&["record", model, "-p", "a b", "-o", trace]);
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{error}");
    assert_eq!(error.matches("have different values").count(), 1, "{error}");
    for args in [
        &["replay", trace, "--batch", "-x", "warnings"][..],
        &["step", model, "--batch", "-x", "warnings"],
        &["inspect", trace],
    ] {
        let run = layerwise(args);
        let text = String::from_utf8(run.stdout).unwrap();
        assert!(text.contains("`lm_head.weight` and"), "{args:?}: {text}");
    }
    let run = layerwise(&["check", trace, trace, "--model", model]);
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{error}");
    assert_eq!(error.matches("have different values").count(), 1, "{error}");
    let run = layerwise(&["inspect", "--json", trace]);
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["model"]["warnings"].as_array().unwrap().len(), 1);
    let none = layerwise(&["step", "--batch", "-x", "warnings"]);
    assert_eq!(none.stdout, b"there is no warning\n");
}

/// `config_sweep.rs` compares the numbers past the context with transformers'.
#[cfg(feature = "torch")]
#[test]
fn a_prompt_past_the_context_is_a_warning_where_positions_are_computed() {
    let long = "a ".repeat(60);
    for (model, runs) in [("llama", true), ("gpt2", false), ("opt", false)] {
        let short = |config: &mut Value| {
            if model == "llama" {
                config["max_position_embeddings"] = 8.into();
            }
        };
        let dir = changed(model, short, |_| {});
        let place = dir.path().to_str().unwrap();
        let run = layerwise(&["step", place, "-p", &long, "--batch", "-x", "warnings"]);
        let (text, error) = (
            String::from_utf8(run.stdout).unwrap(),
            String::from_utf8(run.stderr).unwrap(),
        );
        assert_eq!(run.status.success(), runs, "{model}: {error}");
        if runs {
            for said in [text, error] {
                assert!(
                    said.contains("more than the model's context of 8:"),
                    "{said}"
                );
            }
        } else {
            assert!(
                error.contains("model's context of 64, and there are no positions"),
                "{error}"
            );
        }
    }
    // The warning comes with the first token past the context.
    let short = |config: &mut Value| config["max_position_embeddings"] = 1.into();
    let dir = changed("llama", short, |_| {});
    let place = dir.path().to_str().unwrap();
    let commands = ["-x", "warnings", "-x", "token", "-x", "warnings"];
    let run = layerwise(&[&["step", place, "-p", "t", "--batch"][..], &commands].concat());
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.starts_with("there is no warning"), "{text}");
    assert!(
        text.contains("2 tokens are more than the model's context of 1:"),
        "{text}"
    );
}

//! Fields of `config.json`: those that transformers reads count, and those that it does not read do not.

mod program;

use std::fs;
use std::path::Path;
use std::process::Output;

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::arch::Arch;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A copy of a small model, with its config's text changed.
fn folder(model: &str, change: impl FnOnce(String) -> String) -> TempDir {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let dir = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json"] {
        fs::copy(models.join(model).join(file), dir.path().join(file)).unwrap();
    }
    let config = fs::read_to_string(models.join(model).join("config.json")).unwrap();
    fs::write(dir.path().join("config.json"), change(config)).unwrap();
    dir
}

/// A copy of a small model with more fields in its config. A name with a dot is a field of an inner object.
fn with(model: &str, fields: &Value) -> TempDir {
    folder(model, |config| {
        let mut config: Map<String, Value> = serde_json::from_str(&config).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            match name.split_once('.') {
                Some((outer, inner)) if config.contains_key(outer) => {
                    config[outer][inner] = value.clone();
                }
                _ => drop(config.insert(name.clone(), value.clone())),
            }
        }
        Value::Object(config).to_string()
    })
}

fn plain(model: &str) -> Arch {
    Checkpoint::open(with(model, &json!({})).path())
        .unwrap()
        .arch
}

fn layerwise(args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::from_std(program::layerwise());
    command.args(args).output().unwrap()
}

#[test]
fn a_field_that_transformers_does_not_read_is_a_warning() {
    for (model, fields) in [
        ("llama", json!({"transformers.js_config": {"dtype": "q4"}})),
        (
            "phi3_long",
            json!({"full_attn_mod": 1, "interpolate_factor": 1}),
        ),
        ("llama", json!({"unsloth_fixed": true, "language": ["en"]})),
        (
            "llama_yarn",
            json!({"rope_parameters.attn_factor": 1.5, "rope_parameters.finetuned": true}),
        ),
        ("gpt_neox", json!({"rope_parameters.mrope_section": [1, 2]})),
        ("qwen2", json!({"use_mrope": true})),
        ("bert", json!({"position_embedding_type": "relative_key"})),
        ("gemma3_nested", json!({"text_config.altup": 2})),
        (
            "gemma3_nested",
            json!({"text_config.final_logit_softcapping": 3.0}),
        ),
        ("gemma3", json!({"attn_logit_softcapping": 3.0})),
    ] {
        let found = Checkpoint::open(with(model, &fields).path()).unwrap();
        let [warning] = &found.warnings[..] else {
            panic!("{fields}: {:?}", found.warnings);
        };
        let names: Vec<&str> = (fields.as_object().unwrap().keys())
            .map(String::as_str)
            .collect();
        let said = format!("transformers reads no {} for this", names.join(", "));
        assert!(warning.contains(&said), "{warning}");
        assert_eq!(found.arch, plain(model), "{fields}");
    }
}

#[test]
fn fields_of_training_and_of_the_class_are_let_be() {
    let dir = folder("llama", |config| {
        let more = r#"{"attention_dropout": Infinity, "hidden_dropout": NaN, "initializer_range": -Infinity,
            "num_beams": 4, "dtype": "bfloat16", "output_hidden_states": true, "id2label": {"0": "NaN"},"#;
        config.replacen('{', more, 1)
    });
    let found = Checkpoint::open(dir.path()).unwrap();
    assert_eq!(found.warnings, [""; 0]);
    assert_eq!(found.arch, plain("llama"));
    // transformers 5 writes infinities like this.
    let infinite = json!({"attention_dropout": {"__float__": "Infinity"}});
    assert_eq!(
        Checkpoint::open(with("llama", &infinite).path())
            .unwrap()
            .arch,
        plain("llama")
    );
    let error =
        Checkpoint::open(with("llama", &json!({"rms_norm_eps": {"__float__": "Infinity"}})).path());
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("`rms_norm_eps`") && error.contains("Infinity"),
        "{error}"
    );
}

#[test]
fn other_names_of_a_field_mean_the_same() {
    for (model, name, alias) in [
        ("gpt2", "n_layer", "num_hidden_layers"),
        ("gpt2", "n_positions", "max_position_embeddings"),
        ("gptj", "n_embd", "hidden_size"),
        ("gpt_neo", "num_heads", "num_attention_heads"),
        ("bloom", "n_head", "num_attention_heads"),
        ("bloom", "hidden_size", "n_embed"),
        ("distilbert", "dim", "hidden_size"),
        ("mixtral", "num_local_experts", "num_experts"),
        ("qwen3_moe", "num_experts", "num_local_experts"),
    ] {
        let dir = folder(model, |config| {
            let mut config: Map<String, Value> = serde_json::from_str(&config).unwrap();
            let value = config.remove(name).or_else(|| config.get(alias).cloned());
            // The alias takes precedence over the field beside it.
            config.insert(name.into(), json!(1));
            config.insert(alias.into(), value.unwrap());
            Value::Object(config).to_string()
        });
        let found = Checkpoint::open(dir.path());
        assert_eq!(
            found.map(|c| c.arch).map_err(|e| e.to_string()),
            Ok(plain(model)),
            "{model}: {alias}"
        );
    }
}

#[test]
fn a_field_in_the_way_can_be_ignored() {
    let dir = with(
        "llama",
        &json!({
            "is_causal": false,
            "rope_parameters": {"partial_rotary_factor": 0.5, "factor": 2.0, "rope_type": "linear"},
        }),
    );
    let path = dir.path().to_str().unwrap();
    let refused = layerwise(&["inspect", path]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        error.contains("--ignore-config rope_parameters.partial_rotary_factor"),
        "{error}"
    );
    let one = ["--ignore-config", "rope_parameters.partial_rotary_factor"];
    let refused = layerwise(&[&["inspect", path][..], &one].concat());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("--ignore-config is_causal"), "{error}");
    let both = [&one[..], &["--ignore-config", "is_causal"]].concat();
    let opened = layerwise(&[&["inspect", path][..], &both].concat());
    let text = String::from_utf8(opened.stdout).unwrap();
    assert!(opened.status.success());
    assert!(
        text.contains(
            "is read without rope_parameters.partial_rotary_factor = 0.5, is_causal = false"
        ),
        "{text}"
    );
    let wrong = layerwise(&["inspect", path, "--ignore-config", "is_casual"]);
    let error = String::from_utf8(wrong.stderr).unwrap();
    assert!(
        error.contains("`is_casual` is to be ignored, but is not there; the nearest is is_causal"),
        "{error}"
    );
    let dots = with("llama", &json!({"transformers.js_config": {"a": {"b": 1}}}));
    let inner = ["transformers.js_config.a.b".to_owned()];
    let found = Checkpoint::open_without(dots.path(), &inner).unwrap();
    assert!(
        found.warnings[0].contains("js_config.a.b = 1"),
        "{:?}",
        found.warnings
    );
    let none = layerwise(&["inspect", "--ignore-config", "x"]);
    assert_eq!(none.status.code(), Some(2));
    #[cfg(feature = "torch")]
    for args in [
        &["step", path, "--batch", "-x", "warnings"][..],
        &["record", path, "-p", "a", "-o", "/dev/null"],
    ] {
        let refused = layerwise(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        if args[0] == "step" {
            let opened = layerwise(&[args, &both].concat());
            assert!(
                String::from_utf8(opened.stdout)
                    .unwrap()
                    .contains("is read without")
            );
        }
    }
}

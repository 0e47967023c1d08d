//! Faulty model folders: each gives an error that names the file and the field or tensor.

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A copy of a small model, to be damaged.
struct Folder(TempDir);

impl Folder {
    fn of(family: &str) -> Folder {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/models")
            .join(family);
        let dir = tempfile::tempdir().unwrap();
        for file in ["config.json", "model.safetensors", "tokenizer.json"] {
            fs::write(dir.path().join(file), fs::read(from.join(file)).unwrap()).unwrap();
        }
        Folder(dir)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(file), bytes).unwrap();
    }

    fn set(&self, field: &str, value: Value) {
        let bytes = fs::read(self.path("config.json")).unwrap();
        let mut config: Value = serde_json::from_slice(&bytes).unwrap();
        config[field] = value;
        self.write("config.json", config.to_string());
    }

    fn error(&self) -> String {
        match Checkpoint::open(self.0.path()) {
            Ok(_) => panic!("opened"),
            Err(e) => e.to_string(),
        }
    }
}

#[track_caller]
fn says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn a_config_field_out_of_range_is_named() {
    for (family, field, value, why) in [
        ("gpt2", "n_layer", json!(0), "whole number from 1"),
        ("gpt2", "n_layer", json!(u64::MAX), "whole number from 1"),
        ("gpt2", "n_embd", json!(-32), "whole number from 1"),
        ("gpt2", "n_head", json!(5), "does not divide n_embd = 32"),
        ("gpt2", "n_head", json!("4"), "\"4\", not a whole number"),
        ("gpt2", "vocab_size", Value::Null, "is null"),
        ("gpt2", "layer_norm_epsilon", json!(0), "a number above 0"),
        (
            "gpt2",
            "activation_function",
            json!("mish"),
            "known are gelu, gelu_accurate",
        ),
        ("gpt2", "tie_word_embeddings", json!("yes"), "true or false"),
        (
            "gpt2",
            "add_cross_attention",
            json!(true),
            "only false is computed; to open the model as if the field were not there: --ignore-config add_cross_attention",
        ),
        ("llama", "num_key_value_heads", json!(3), "does not divide"),
        ("llama", "head_dim", json!(7), "in pairs"),
        (
            "llama",
            "rope_parameters",
            json!({"rope_type": "polar"}),
            "known are default, linear, dynamic, llama3, yarn, longrope",
        ),
        ("llama", "rope_parameters", json!([]), "not an object"),
        ("llama", "is_causal", json!(false), "only true is computed"),
        (
            "llama",
            "per_layer_config",
            json!({"0": {"head_dim": 4}}),
            "is read by transformers for this model_type, and is not computed; to open the model as if the field \
             were not there: --ignore-config per_layer_config",
        ),
        (
            "llama",
            "model_type",
            json!("xlnet"),
            "a family not known here; the nearest of",
        ),
    ] {
        let folder = Folder::of(family);
        folder.set(field, value);
        says(&folder.error(), &["config.json", field, why]);
    }
}

#[test]
fn rope_scaling_errors_name_the_field_inside() {
    let folder = Folder::of("llama");
    folder.set(
        "rope_parameters",
        json!({"rope_type": "llama3", "factor": 8.0}),
    );
    says(
        &folder.error(),
        &["`rope_parameters.low_freq_factor` is missing"],
    );
}

/// transformers refuses these too. A null factor of Yarn means the ratio of the two contexts.
#[test]
fn a_stretched_rotation_says_by_how_much() {
    for kind in ["linear", "dynamic", "yarn", "llama3"] {
        for field in ["rope_parameters", "rope_scaling"] {
            let folder = Folder::of("llama");
            folder.set("rope_parameters", Value::Null);
            folder.set(field, json!({"rope_type": kind}));
            let missing = format!("`{field}.factor` is missing");
            says(&folder.error(), &["config.json", &missing]);
        }
    }
    let folder = Folder::of("llama");
    folder.set(
        "rope_parameters",
        json!({"rope_type": "yarn", "factor": null}),
    );
    Checkpoint::open(folder.0.path()).unwrap();
}

#[test]
fn the_old_form_of_rotary_positions_means_the_same() {
    let folder = Folder::of("llama3");
    let new = Checkpoint::open(folder.0.path()).unwrap().arch;
    folder.set("rope_parameters", Value::Null);
    folder.set("rope_theta", json!(10000.0));
    folder.set(
        "rope_scaling",
        json!({"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 16}),
    );
    assert_eq!(Checkpoint::open(folder.0.path()).unwrap().arch, new);
}

#[test]
fn config_that_is_no_json_object_is_refused() {
    for (bytes, why) in [
        (&b"{\"n_layer\": "[..], "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"", "not JSON"),
    ] {
        let folder = Folder::of("gpt2");
        folder.write("config.json", bytes);
        says(&folder.error(), &["config.json", why]);
    }
    let folder = Folder::of("gpt2");
    folder.write("config.json", vec![b' '; (16 << 20) + 1]);
    says(&folder.error(), &["config.json", "16777217 bytes"]);
}

#[test]
fn what_is_missing_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let empty = Folder(empty);
    says(&empty.error(), &["no config.json"]);
    empty.write("b-Q8_0.gguf", "");
    empty.write("a-Q4_K.gguf", "");
    says(
        &empty.error(),
        &["one of its GGUF files: a-Q4_K.gguf, b-Q8_0.gguf"],
    );
    for (file, why) in [
        ("model.safetensors", "neither model.safetensors nor"),
        ("tokenizer.json", "no tokenizer.json"),
    ] {
        let folder = Folder::of("gpt2");
        fs::remove_file(folder.path(file)).unwrap();
        says(&folder.error(), &[why]);
    }
    let folder = Folder::of("gpt2");
    let file = folder.path("model.safetensors");
    let error = Checkpoint::open(&file).err().unwrap().to_string();
    says(&error, &["it is a file", "give the folder"]);
    let error = Checkpoint::open(&folder.path("none"))
        .err()
        .unwrap()
        .to_string();
    says(&error, &["none", "No such file"]);
}

#[test]
fn pickled_weights_are_never_read() {
    let folder = Folder::of("gpt2");
    fs::rename(
        folder.path("model.safetensors"),
        folder.path("pytorch_model.bin"),
    )
    .unwrap();
    says(
        &folder.error(),
        &["pytorch_model.bin", "never read", "save_pretrained"],
    );
}

#[test]
fn pickles_are_known_by_any_of_their_names() {
    for name in [
        "consolidated.00.pth",
        "model.ckpt",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model.bin.index.json",
        "weights.pt",
    ] {
        let folder = Folder::of("gpt2");
        fs::rename(folder.path("model.safetensors"), folder.path(name)).unwrap();
        folder.write("training_args.bin", "");
        says(&folder.error(), &[name, "is pickled weights"]);
        folder.write(
            "model.safetensors.index.json",
            json!({"weight_map": {"x": name}}).to_string(),
        );
        says(&folder.error(), &[name, "is pickled weights"]);
    }
    let folder = Folder::of("gpt2");
    fs::remove_file(folder.path("model.safetensors")).unwrap();
    folder.write("training_args.bin", "");
    says(&folder.error(), &["neither model.safetensors nor"]);
}

/// The name has the prefix of the file's other tensors, so that it can be found there.
#[test]
fn a_missing_tensor_is_named_with_the_prefix_of_the_others() {
    for (family, layers, name) in [
        (
            "llama",
            "num_hidden_layers",
            "`model.layers.2.input_layernorm.weight`",
        ),
        (
            "gpt_neox",
            "num_hidden_layers",
            "`gpt_neox.layers.2.input_layernorm.weight`",
        ),
    ] {
        let folder = Folder::of(family);
        folder.set(layers, json!(9));
        says(&folder.error(), &["model.safetensors", "no tensor", name]);
    }
    let folder = Folder::of("llama");
    rename(&folder, "lm_head.weight", "lm_tail.weight");
    says(&folder.error(), &["no tensor `lm_head.weight`"]);
    let folder = Folder::of("llama");
    rename(&folder, "model.norm.weight", "model.morn.weight");
    says(&folder.error(), &["no tensor `model.norm.weight`"]);
}

/// Give a tensor another name of the same length.
fn rename(folder: &Folder, from: &str, to: &str) {
    let mut bytes = fs::read(folder.path("model.safetensors")).unwrap();
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes());
    let at = at.unwrap();
    bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    folder.write("model.safetensors", bytes);
}

#[test]
fn a_tensor_whose_bytes_cannot_be_its_shape_is_named() {
    for (info, why) in [
        (
            json!({"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 8]}),
            "shape [2, 2] of F32 takes 16 bytes, but data_offsets [0, 8] hold 8",
        ),
        (
            json!({"dtype": "F32", "shape": [u64::MAX, 2], "data_offsets": [0, 8]}),
            "is too large",
        ),
        (
            json!({"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}),
            "end before they begin",
        ),
        (
            json!({"dtype": "F31", "shape": [2], "data_offsets": [0, 8]}),
            "unknown variant `F31`",
        ),
        (Value::Null, "null"),
    ] {
        let header = json!({"b.weight": info}).to_string();
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([0; 8]);
        let folder = Folder::of("gpt2");
        folder.write("model.safetensors", bytes);
        says(
            &folder.error(),
            &["model.safetensors", "tensor `b.weight`", why],
        );
    }
}

#[test]
fn weights_at_odds_with_the_config_are_named() {
    let folder = Folder::of("gpt2");
    folder.set("n_inner", json!(96));
    says(
        &folder.error(),
        &[
            "model.safetensors",
            "mlp.c_fc.weight",
            "[32, 128]",
            "[32, 96]",
        ],
    );
    let folder = Folder::of("gpt2");
    folder.set("n_layer", json!(9));
    says(
        &folder.error(),
        &[
            "model.safetensors",
            "no tensor `transformer.h.2.ln_1.weight`",
        ],
    );
    let folder = Folder::of("gpt2");
    let mut bytes = fs::read(folder.path("model.safetensors")).unwrap();
    let at = bytes.windows(5).position(|w| w == b"\"F32\"").unwrap();
    bytes[at..at + 5].copy_from_slice(b"\"I32\"");
    folder.write("model.safetensors", bytes);
    says(
        &folder.error(),
        &["model.safetensors", "I32", "known are f32, bf16, f16, f64"],
    );
}

#[test]
fn damaged_weights_are_refused() {
    let whole = fs::read(Folder::of("gpt2").path("model.safetensors")).unwrap();
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let longer = [&whole[..], &[0; 16]].concat();
    for bytes in [
        &whole[..whole.len() - 1],
        &whole[..100],
        &whole[..5],
        &[],
        &huge,
        &longer,
    ] {
        let folder = Folder::of("gpt2");
        folder.write("model.safetensors", bytes);
        says(&folder.error(), &["model.safetensors"]);
    }
    let folder = Folder::of("gpt2");
    fs::remove_file(folder.path("model.safetensors")).unwrap();
    fs::create_dir(folder.path("model.safetensors")).unwrap();
    says(&folder.error(), &["model.safetensors"]);
}

/// Eight tensors have right offsets one by one, but their end overflows when the header's length is added.
#[test]
fn offsets_that_overflow_are_refused() {
    let step = u64::MAX / 8;
    let mut header = serde_json::Map::new();
    for i in 0..8 {
        header.insert(
            format!("t{i}"),
            json!({"dtype": "U8", "shape": [step], "data_offsets": [i * step, (i + 1) * step]}),
        );
    }
    let header = Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    let folder = Folder::of("gpt2");
    folder.write("model.safetensors", bytes);
    says(&folder.error(), &["model.safetensors"]);
}

#[test]
fn an_index_stays_in_its_folder() {
    let index = "model.safetensors.index.json";
    let folder = Folder::of("gpt2");
    fs::rename(
        folder.path("model.safetensors"),
        folder.path("a.safetensors"),
    )
    .unwrap();
    folder.write(
        index,
        json!({"weight_map": {"transformer.h.0.ln_1.weight": "a.safetensors"}}).to_string(),
    );
    Checkpoint::open(folder.0.path()).unwrap();
    for file in [
        "../a.safetensors",
        "/etc/passwd",
        "..",
        "",
        "b/a.safetensors",
        "b\\a",
        "./a",
    ] {
        folder.write(index, json!({"weight_map": {"x": file}}).to_string());
        says(
            &folder.error(),
            &[index, "weight_map.x", "not the name of a file"],
        );
    }
    for (content, why) in [
        (
            json!({"weight_map": {"x": "b.safetensors"}}),
            "names b.safetensors, which is not",
        ),
        (json!({"weight_map": {"x": 3}}), "not the name of a file"),
        (json!({"weight_map": {}}), "is empty"),
        (json!({}), "no object `weight_map`"),
    ] {
        folder.write(index, content.to_string());
        says(&folder.error(), &[index, why]);
    }
    folder.write(index, b"\xff");
    says(&folder.error(), &[index, "not JSON"]);
}

#[test]
fn a_damaged_tokenizer_is_named_when_it_is_wanted() {
    let folder = Folder::of("gpt2");
    folder.write("tokenizer.json", b"{\"version\": ");
    let model = Checkpoint::open(folder.0.path()).unwrap();
    let error = model.tokenizer().err().unwrap().to_string();
    says(&error, &["tokenizer.json", "not a tokenizer"]);
}

/// Bytes with up to four of them replaced, then cut off.
fn spoilt(bytes: &[u8], changes: &[(usize, u8)], keep: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, byte) in changes {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes.truncate(bytes.len() - keep % 4);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_config_makes_it_panic(
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4), cut in 0usize..8,
    ) {
        let folder = Folder::of("llama3");
        let config = fs::read(folder.path("config.json")).unwrap();
        folder.write("config.json", spoilt(&config, &changes, cut));
        let _ = Checkpoint::open(folder.0.path());
    }

    #[test]
    fn no_header_makes_it_panic(
        changes in prop::collection::vec((0usize..4096, any::<u8>()), 1..4), cut in 0usize..8,
    ) {
        let folder = Folder::of("gpt2");
        let weights = fs::read(folder.path("model.safetensors")).unwrap();
        folder.write("model.safetensors", spoilt(&weights, &changes, cut));
        let _ = Checkpoint::open(folder.0.path());
    }
}

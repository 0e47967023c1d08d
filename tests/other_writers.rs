//! Weights under other writers' names equal those under the model's own.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::role::{Param, Role};
use layerwise::trace::hook::Layer;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use tempfile::TempDir;

const INDEX: &str = "model.safetensors.index.json";
const SHARD: &str = "model-00001-of-00001.safetensors";
const EMBEDDING: &str = "transformer.wte.weight";
const HEAD: &str = "lm_head.weight";

fn fixture(model: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    models.join(model)
}

/// The fixture with renamed tensors, and entries in the file's metadata.
fn renamed(
    model: &str,
    file: &str,
    metadata: &[(&str, &str)],
    name: impl Fn(&str) -> String,
) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        fs::copy(fixture(model).join(file), dir.path().join(file)).unwrap();
    }
    let bytes = fs::read(fixture(model).join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let views: Vec<(String, TensorView)> = (tensors.tensors().into_iter())
        .map(|(own, view)| (name(&own), view))
        .collect();
    let metadata: HashMap<String, String> = (metadata.iter())
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    safetensors::serialize_to_file(views, Some(metadata), &dir.path().join(file)).unwrap();
    dir
}

/// Write an index of all tensors in the file, and of `more`.
fn index(dir: &Path, more: &[&str]) {
    let bytes = fs::read(dir.join(SHARD)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let names = tensors.names().into_iter().chain(more.iter().copied());
    let map: serde_json::Map<String, Value> =
        names.map(|name| (name.to_owned(), SHARD.into())).collect();
    fs::write(dir.join(INDEX), json!({"weight_map": map}).to_string()).unwrap();
}

#[track_caller]
fn same(dir: &Path, model: &str) {
    let found = Checkpoint::open(dir).unwrap();
    let due = Checkpoint::open(&fixture(model)).unwrap();
    let outside = [
        (Layer::Embed, Role::Embed),
        (Layer::Unembed, Role::LnFinal),
        (Layer::Unembed, Role::Unembed),
    ];
    let inside = [Role::Query, Role::Value, Role::MlpOut, Role::Ln2];
    let inside = (0..due.arch.n_layers).flat_map(|i| inside.map(|role| (Layer::Block(i), role)));
    for (layer, role) in outside.into_iter().chain(inside) {
        let bytes = |model: &Checkpoint| {
            let weight = model.weight(layer, role, Param::Weight).unwrap();
            weight.map(|weight| (weight.bytes.to_vec(), weight.shape, weight.part))
        };
        assert_eq!(bytes(&found), bytes(&due), "{role:?} {layer:?}");
    }
    assert_eq!(found.unused().len(), due.unused().len());
}

#[test]
fn prefixes_of_wrappers_are_not_part_of_a_name() {
    let in_block = |name: &str| match name.strip_prefix("model.layers.0.") {
        Some(rest) => format!("model.layers.0._orig_mod.{rest}"),
        None => name.to_owned(),
    };
    let adapted = |name: &str| name.replace("_proj.weight", "_proj.base_layer.weight");
    for model in ["llama", "gpt2", "llama_fp8"] {
        let file = "model.safetensors";
        let prefix = |prefix| move |name: &str| format!("{prefix}{name}");
        same(
            renamed(model, file, &[], prefix("_orig_mod.")).path(),
            model,
        );
        same(renamed(model, file, &[], prefix("module.")).path(), model);
        same(
            renamed(model, file, &[], prefix("module._orig_mod.")).path(),
            model,
        );
        same(
            renamed(model, file, &[], prefix("_orig_mod.module.")).path(),
            model,
        );
        same(renamed(model, file, &[], in_block).path(), model);
        same(renamed(model, file, &[], adapted).path(), model);
        let several = renamed(model, SHARD, &[], prefix("module."));
        index(several.path(), &[]);
        same(several.path(), model);
    }
}

#[test]
fn errors_name_tensors_as_the_file_does() {
    let name = |name: &str| format!("module.{}", name.replace("norm.weight", "norm.other"));
    let dir = renamed("llama", "model.safetensors", &[], name);
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("no tensor"), "{error}");
    let twice = |name: &str| match name {
        "model.norm.weight" => "lm_head.weight".into(),
        "lm_head.weight" => "_orig_mod.lm_head.weight".into(),
        name => name.to_owned(),
    };
    let dir = renamed("llama", "model.safetensors", &[], twice);
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    let words = "tensors `_orig_mod.lm_head.weight` and `lm_head.weight` are both `lm_head.weight`";
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_tied_embedding_may_be_stored_as_the_head_alone() {
    let head = |name: &str| match name {
        EMBEDDING => HEAD.to_owned(),
        name => name.to_owned(),
    };
    let metadata = [("format", "pt"), (EMBEDDING, HEAD)];
    same(
        renamed("gpt2", "model.safetensors", &metadata, head).path(),
        "gpt2",
    );
    same(
        renamed("gpt2", "model.safetensors", &[], head).path(),
        "gpt2",
    );
    // A wrapper's prefix stands before all names.
    let wrapped = |name: &str| format!("module.{}", head(name));
    let names = [format!("module.{EMBEDDING}"), format!("module.{HEAD}")];
    let metadata = [(names[0].as_str(), names[1].as_str())];
    same(
        renamed("gpt2", "model.safetensors", &metadata, wrapped).path(),
        "gpt2",
    );
    // A model whose embeddings are not tied needs both tensors.
    let head = |name: &str| match name {
        "model.embed_tokens.weight" => "model.other".to_owned(),
        name => name.to_owned(),
    };
    let dir = renamed("llama", "model.safetensors", &[], head);
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("no tensor"), "{error}");
    // The metadata's name is ignored if a tensor has that name.
    let metadata = [
        (EMBEDDING, "transformer.wpe.weight"),
        (HEAD, "no such tensor"),
    ];
    same(
        renamed("gpt2", "model.safetensors", &metadata, str::to_owned).path(),
        "gpt2",
    );
}

#[test]
fn an_index_may_name_a_tied_head_and_tables_that_are_not_stored() {
    let dir = renamed("gpt2", SHARD, &[], str::to_owned);
    let tables = [
        "transformer.h.0.attn.masked_bias",
        "model.layers.0.self_attn.rotary_emb.inv_freq",
    ];
    index(dir.path(), &[&[HEAD][..], &tables].concat());
    same(dir.path(), "gpt2");
    index(dir.path(), &["transformer.h.0.attn.other"]);
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("has no such tensor"), "{error}");
    // A head that is not tied is needed.
    let dir = renamed("llama", SHARD, &[], |name| match name {
        HEAD => "model.other".to_owned(),
        name => name.to_owned(),
    });
    index(dir.path(), &[HEAD]);
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("no tensor `lm_head.weight`"), "{error}");
}

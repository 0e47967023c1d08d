//! Every field of every family's config, left out, null and with other values. The result is either
//! transformers' numbers, or a refusal that names the field.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::graph::arch::Arch;
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;
use serde_json::{Map, Value, json};

const LEFT_OUT: &str = "(left out)";
/// The name of the case without a change.
const AS_IT_IS: &str = "(as it is)";

/// Fields, by model, whose harmless values are refused too: transformers reads them for things that are not
/// computed here.
const REFUSED: &[(&str, &str)] = &[
    ("bert", "is_encoder_decoder"),
    ("bert_no_head", "is_encoder_decoder"),
    ("roberta", "is_encoder_decoder"),
    ("xlm-roberta", "is_encoder_decoder"),
    ("diffllama", "is_causal"),
    ("doge", "is_causal"),
    ("gpt_neo", "is_causal"),
    ("gpt_neox", "head_dim"),
    ("stablelm", "head_dim"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A tokenizer in which the word `t7` is token 7.
fn words(count: usize) -> String {
    let vocab: Map<String, Value> = (0..count).map(|i| (format!("t{i}"), json!(i))).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "t0"},
    })
    .to_string()
}

/// A model's folder whose config changes.
struct Folder {
    dir: tempfile::TempDir,
    config: Value,
    prompt: String,
}

impl Folder {
    fn of(model: &str, ids: &[u64]) -> Folder {
        let from = fixtures().join("models").join(model);
        let dir = tempfile::tempdir().unwrap();
        let weights = "model.safetensors";
        fs::copy(from.join(weights), dir.path().join(weights)).unwrap();
        fs::write(dir.path().join("tokenizer.json"), words(24)).unwrap();
        let config = fs::read(from.join("config.json")).unwrap();
        let prompt: Vec<String> = ids.iter().map(|id| format!("t{id}")).collect();
        Folder {
            dir,
            config: serde_json::from_slice(&config).unwrap(),
            prompt: prompt.join(" "),
        }
    }

    fn open(&self, field: &str, value: &Value) -> Result<Checkpoint, String> {
        let mut config = self.config.clone();
        let (place, name) = match field.split_once('.') {
            Some((outer, inner)) => (&mut config[outer], inner),
            None => (&mut config, field),
        };
        let place = place.as_object_mut().unwrap();
        if field == AS_IT_IS {
            // Nothing is changed.
        } else if *value == json!(LEFT_OUT) {
            place.remove(name);
        } else {
            place.insert(name.to_owned(), value.clone());
        }
        fs::write(self.dir.path().join("config.json"), config.to_string()).unwrap();
        Checkpoint::open(self.dir.path()).map_err(|error| error.to_string())
    }

    /// The last token's row of the logits, or of the last block.
    fn run(&self, checkpoint: Checkpoint) -> Result<Vec<f64>, String> {
        let arch = checkpoint.arch.clone();
        let source = engine::open(checkpoint, &self.prompt, &device::options());
        let mut source = source.map_err(|error| error.to_string())?;
        let plan = source.passes()[0].plan.clone();
        let point = if arch.unembedding.logits {
            plan.position("logits")
        } else {
            plan.position(&format!("blocks.{}.ln2.hook_out", arch.n_layers - 1))
        };
        let found = source.values(0, point.unwrap(), &Slice::default());
        let found = found.map_err(|error| error.to_string())?;
        let width = found.shape[1];
        Ok(found.data[found.data.len() - width..].to_vec())
    }
}

/// The problem with our answer to a change; `None` if there is none.
fn judge(
    folder: &Folder,
    base: &(Arch, Vec<f64>),
    field: &str,
    value: &Value,
    outcome: &Value,
) -> Option<String> {
    let opened = folder.open(field, value);
    if *outcome == "fails" {
        return None;
    }
    let checkpoint = match opened {
        Ok(checkpoint) => checkpoint,
        Err(error) if *outcome == "same" => return Some(format!("refused: {error}")),
        Err(error) if error.contains(field.rsplit('.').next().unwrap_or(field)) => return None,
        Err(error) => return Some(format!("refused without naming the field: {error}")),
    };
    if *outcome == "same" && checkpoint.arch == base.0 {
        return None;
    }
    let found = match folder.run(checkpoint) {
        Ok(found) => found,
        Err(error) => return Some(format!("does not run: {error}")),
    };
    let due: Vec<f64> = match outcome.as_array() {
        Some(numbers) => numbers.iter().filter_map(Value::as_f64).collect(),
        None => base.1.clone(),
    };
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 2e-5 * b.abs().max(1.0);
    if found.iter().zip(&due).all(near) {
        return None;
    }
    Some(format!(
        "{:?} where transformers has {due:?}",
        &found[..due.len().min(4)]
    ))
}

#[test]
fn every_field_left_out_null_and_changed_is_right_or_refused() {
    let text = fs::read(fixtures().join("config_sweep.json")).unwrap();
    let sweep: Value = serde_json::from_slice(&text).unwrap();
    let ids: Vec<u64> = serde_json::from_value(sweep["ids"].clone()).unwrap();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (model, fields) in sweep["models"].as_object().unwrap() {
        let folder = Folder::of(model, &ids);
        let base = folder.open(AS_IT_IS, &Value::Null).unwrap();
        let base = (base.arch.clone(), folder.run(base).unwrap());
        for (field, rows) in fields.as_object().unwrap() {
            for row in rows.as_array().unwrap() {
                let (value, outcome) = (&row[0], &row[1]);
                tried += 1;
                if let Some(problem) = judge(&folder, &base, field, value, outcome) {
                    let known = REFUSED.contains(&(model, field)) && problem.starts_with("refused");
                    if !known {
                        wrong.push(format!("{model}: {field} = {value}: {problem}"));
                    }
                }
            }
        }
    }
    assert!(tried > 3000, "{tried}");
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

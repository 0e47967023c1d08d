//! Encoders from their files to their answers: optional parts of their folders, answers at a mask, and no
//! generation.

#[cfg(feature = "torch")]
#[path = "common/device.rs"]
mod device;

#[cfg(feature = "torch")]
mod program;

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::arch::{PoolRows, Pooling};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A copy of a small model, to be changed.
fn copy(model: &str) -> TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(model);
    let to = tempfile::tempdir().unwrap();
    fs::create_dir(to.path().join("1_Pooling")).unwrap();
    for file in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "modules.json",
        "1_Pooling/config.json",
    ] {
        if from.join(file).exists() {
            fs::copy(from.join(file), to.path().join(file)).unwrap();
        }
    }
    to
}

fn change(file: &Path, change: impl FnOnce(&mut Value)) {
    let mut json: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    change(&mut json);
    fs::write(file, json.to_string()).unwrap();
}

#[test]
fn a_file_has_the_head_the_pooler_both_or_neither() {
    for (model, logits, pooling) in [
        ("bert", true, None),
        ("bert_no_head", false, Some(Pooling::Dense)),
        ("bert_untied_and_pooled", true, Some(Pooling::Dense)),
    ] {
        let folder = copy(model);
        let how = Checkpoint::open(folder.path()).unwrap().arch.unembedding;
        assert_eq!((how.logits, how.pooling), (logits, pooling), "{model}");
    }
    // The pooling of sentence-transformers replaces the model's own.
    let folder = copy("bert_no_head");
    let sentence = copy("bert_sentence");
    for file in ["modules.json", "1_Pooling/config.json"] {
        fs::copy(sentence.path().join(file), folder.path().join(file)).unwrap();
    }
    let config = folder.path().join("1_Pooling/config.json");
    change(&config, |c| c["word_embedding_dimension"] = json!(16));
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let rows = Pooling::Rows {
        rows: PoolRows::Mean,
        normalise: true,
    };
    assert_eq!(checkpoint.arch.unembedding.pooling, Some(rows));
    assert_eq!(
        checkpoint.unused(),
        ["pooler.dense.bias", "pooler.dense.weight"]
    );
}

#[test]
fn half_a_head_is_an_error_that_names_what_is_missing() {
    let folder = copy("bert");
    rename(folder.path(), |name| {
        name.replace("transform.LayerNorm", "norm")
    });
    let error = Checkpoint::open(folder.path()).err().unwrap().to_string();
    assert!(
        error.contains("no tensor `cls.predictions.transform.LayerNorm.weight`"),
        "{error}"
    );
}

/// Rename the tensors of a model.
fn rename(folder: &Path, name: impl Fn(&str) -> String) {
    let file = folder.join("model.safetensors");
    let bytes = fs::read(&file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let renamed = tensors.iter().map(|(old, tensor)| (name(old), tensor));
    let bytes = safetensors::serialize(renamed, None).unwrap();
    fs::write(&file, bytes).unwrap();
}

#[test]
fn what_is_wrong_with_the_pooling_is_named_with_its_file() {
    type Change = fn(&mut Value);
    let modules: [(Change, &[&str]); 6] = [
        (|m| *m = json!({}), &["not a JSON list"]),
        (
            |m| m[1]["path"] = json!("../elsewhere"),
            &["`1.path`", "not the name of a folder"],
        ),
        (|m| m[1]["path"] = json!("/etc"), &["`1.path`"]),
        (|m| m[0]["path"] = json!("0_Bert"), &["`0.path`", "beside"]),
        (
            |m| m[2]["type"] = json!("sentence_transformers.models.Dense"),
            &["`2.type`", "is Dense"],
        ),
        (|m| *m = json!([]), &["`0.type`", "is missing"]),
    ];
    for (spoil, parts) in modules {
        let folder = copy("bert_sentence");
        change(&folder.path().join("modules.json"), spoil);
        says(folder.path(), "modules.json", parts);
    }
    let pooling: [(Change, &[&str]); 6] = [
        (
            |c| c["word_embedding_dimension"] = json!(7),
            &["`word_embedding_dimension` is 7", "have 8"],
        ),
        (
            |c| c["pooling_mode_max_tokens"] = json!(true),
            &[
                "`pooling_mode_max_tokens`",
                "so is pooling_mode_mean_tokens",
            ],
        ),
        (
            |c| c["pooling_mode_mean_tokens"] = json!(false),
            &["`pooling_mode_mean_tokens`", "is not true"],
        ),
        (
            |c| c["pooling_mode_mean_sqrt_len_tokens"] = json!(true),
            &["`pooling_mode_mean_sqrt_len_tokens`", "only false"],
        ),
        (
            |c| c["pooling_mode_mean_tokens"] = json!("yes"),
            &["true or false"],
        ),
        (
            |c| c["pooling_mode_magic"] = json!(true),
            &["`pooling_mode_magic`", "not known"],
        ),
    ];
    for (spoil, parts) in pooling {
        let folder = copy("bert_sentence");
        change(&folder.path().join("1_Pooling/config.json"), spoil);
        says(folder.path(), "1_Pooling/config.json", parts);
    }
    let folder = copy("bert_sentence");
    fs::remove_file(folder.path().join("1_Pooling/config.json")).unwrap();
    says(folder.path(), "1_Pooling/config.json", &[]);
}

#[track_caller]
fn says(folder: &Path, file: &str, parts: &[&str]) {
    let error = match Checkpoint::open(folder) {
        Ok(_) => panic!("opened, though {file} is wrong: {parts:?}"),
        Err(error) => error.to_string(),
    };
    for part in [&[file], parts].concat() {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn a_segment_ends_with_its_separator() {
    let folder = copy("bert");
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let tokenizer = checkpoint.tokenizer().unwrap();
    let segments = |text: &str| tokenizer.segments(&tokenizer.encode(text).unwrap(), 2);
    assert_eq!(segments("a city"), [0, 0, 0, 0]);
    assert_eq!(segments("a [SEP] a city"), [0, 0, 0, 1, 1, 1]);
    assert_eq!(segments("a [SEP] a [SEP] a"), [0, 0, 0, 1, 1, 1, 1]);
    assert_eq!(tokenizer.mask(), Some(4));
    assert_eq!(tokenizer.encode("the [MASK].").unwrap()[2].id, 4);
}

#[cfg(feature = "torch")]
mod at_work {
    use layerwise::engine;
    use layerwise::session::batch::Batch;
    use layerwise::trace::query::Choice;
    use layerwise::trace::replay::Replay;
    use layerwise::trace::source::{Control, PredictionTarget, Source, SourceError};
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::Slice;

    use super::device::options;
    use super::*;

    const MASKED: &str = "The capital of [MASK] is 中华人民 [SEP] it is a city";
    /// The row of the mask.
    const ROW: usize = 5;

    fn open(folder: &Path, prompt: &str) -> Box<dyn Source> {
        let checkpoint = Checkpoint::open(folder).unwrap();
        engine::open(checkpoint, prompt, &options()).unwrap()
    }

    #[test]
    fn what_an_encoder_says_is_of_the_place_it_is_read_at() {
        let folder = copy("bert");
        let mut source = open(folder.path(), MASKED);
        let (model, pass) = (source.model().clone(), source.passes()[0].clone());
        assert_eq!((model.first_row(&pass), pass.tokens.len()), (ROW, 17));
        assert_eq!(
            model.prediction_target(&pass, ROW),
            PredictionTarget::Masked
        );
        assert_eq!(model.prediction_target(&pass, 0), PredictionTarget::Own);
        let control = Control::default();
        let error = source.next(0, &Choice::Greedy, &control).unwrap_err();
        assert!(matches!(error, SourceError::Encoder), "{error}");
        // The head reads the stream that leaves the last block.
        let end = pass.plan.len() - 1;
        let last = pass.plan.position("blocks.1.ln2.hook_out").unwrap();
        let from_stream = source.lens(0, last, ROW, 5, 1.0).unwrap();
        assert_eq!(from_stream, source.lens(0, end, ROW, 5, 1.0).unwrap());
        // Without a mask the last token is looked at.
        source.restart("a city").unwrap();
        assert_eq!(source.model().first_row(&source.passes()[0]), 3);
    }

    #[test]
    fn without_logits_every_question_but_the_lens_is_answered() {
        let folder = copy("bert_sentence");
        let mut source = open(folder.path(), "it is a city");
        let end = source.passes()[0].plan.len() - 1;
        let vector = source.values(0, end, &Slice::default()).unwrap();
        let length: f64 = vector.data.iter().map(|x| x * x).sum();
        assert_eq!(vector.shape, [8]);
        assert!((length - 1.0).abs() < 1e-6, "{length}");
        let error = source.lens(0, end, 0, 5, 1.0).unwrap_err().to_string();
        assert!(error.contains("pooling.normalized"), "{error}");
        let error = source.next(0, &Choice::Greedy, &Control::default());
        assert!(matches!(error, Err(SourceError::NoLogits { .. })));
        let mut batch = Batch::new(&mut *source, false);
        let walk = batch.run("walk").unwrap().unwrap().text();
        assert!(walk.contains("no logits: this model ends in pooling.normalized [d_model 8]"));
        assert!(!walk.contains("seen from here"), "{walk}");
        assert!(batch.run("topk").is_err());
        let info = batch.run("info pooler").or(batch.run("info pooling.scale"));
        assert!(info.unwrap().unwrap().text().contains("√(Σ out²)"));
    }

    #[test]
    fn a_trace_of_an_encoder_says_the_same_and_holds() {
        for (model, prompt) in [("bert", MASKED), ("bert_sentence", "it is a city")] {
            let folder = copy(model);
            let file = folder.path().join("trace");
            let mut live = open(folder.path(), prompt);
            live.save(&file, &[], &Control::default()).unwrap();
            let mut replay = Replay::open(&file).unwrap();
            assert_eq!(replay.model(), live.model());
            assert!(!replay.model().causal);
            let plan = live.passes()[0].plan.clone();
            let row = replay.model().first_row(&replay.passes()[0]);
            for point in (0..plan.len()).filter(|_| plan.has_logits()) {
                let (a, b) = (
                    live.lens(0, point, row, 5, 1.0),
                    replay.lens(0, point, row, 5, 1.0),
                );
                let (a, b) = (a.unwrap().top, b.unwrap().top);
                assert_eq!(a[0].id, b[0].id, "{}", plan.points()[point].name);
                assert!((a[0].prob - b[0].prob).abs() < 1e-6);
            }
            let error = replay.next(0, &Choice::Greedy, &Control::default());
            assert!(matches!(
                error,
                Err(SourceError::Encoder | SourceError::NoLogits { .. })
            ));
            if !plan.has_logits() {
                let error = replay.lens(0, 0, 0, 5, 1.0).unwrap_err();
                assert!(matches!(error, SourceError::NoLogits { .. }), "{error}");
            }
            let check = assert_cmd::Command::from_std(program::layerwise())
                .args(["check", file.to_str().unwrap(), "--model"])
                .arg(folder.path())
                .output()
                .unwrap();
            let output = String::from_utf8(check.stdout).unwrap();
            assert_eq!(check.status.code(), Some(0), "{output}");
            assert!(output.contains(&format!("{} hook points hold", plan.len())));
        }
    }

    #[test]
    fn names_of_older_files_mean_the_same() {
        let (folder, older) = (copy("bert"), copy("bert"));
        rename(older.path(), |name| {
            name.replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta")
        });
        let logits = |folder: &TempDir| {
            let mut source = open(folder.path(), MASKED);
            let end = source.passes()[0].plan.len() - 1;
            source.values(0, end, &Slice::default()).unwrap()
        };
        assert_eq!(logits(&folder), logits(&older));
    }

    #[test]
    fn the_program_walks_and_steps_and_tells_why_it_does_not_go_on() {
        let folder = copy("bert");
        let run = |args: &[&str]| {
            let mut command = assert_cmd::Command::from_std(program::layerwise());
            let out = command.arg("step").arg(folder.path()).args(args).output();
            let out = out.unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            (text(out.stdout), text(out.stderr), out.status.code())
        };
        let (out, err, code) = run(&["-p", MASKED]);
        assert_eq!(code, Some(0), "{err}");
        assert!(
            out.contains("seen from here, the masked token is: "),
            "{out}"
        );
        assert!(out.contains("masked token (entropy"), "{out}");
        let batch = ["-p", MASKED, "--batch", "-x", "topk 2", "-x", "row 0"];
        let (out, err, code) = run(&[&batch[..], &["-x", "topk 1", "-x", "token"]].concat());
        assert_eq!(code, Some(1), "{err}");
        assert!(out.contains("masked token, seen from embed"), "{out}");
        assert!(out.contains("this token, seen from embed"), "{out}");
        assert!(err.contains("move to a [MASK] with , and ."), "{err}");
    }
}

//! The caches of TransformerLens's bridge for every family (`fixtures/make_transformer_lens.py`) open and
//! agree with our engine. No value in them is taken for another one.
#![cfg(feature = "torch")]

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::compare::{ComparisonReport, LineOutcome, Tolerance, compare_sources};
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;

const PROMPT: &str = "The cat is";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn cache(name: &str) -> PathBuf {
    fixtures().join(format!("transformer_lens/{name}.safetensors"))
}

fn engine_on(model: &str) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(&fixtures().join("models").join(model)).unwrap();
    engine::open(checkpoint, PROMPT, &Options::default()).unwrap()
}

fn compare(cache: &mut Replay, other: &mut dyn Source) -> ComparisonReport {
    compare_sources(cache, other, Tolerance::default()).unwrap()
}

/// The caches of whole prompts.
fn names() -> Vec<String> {
    let files = fs::read_dir(fixtures().join("transformer_lens")).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = files.map(|file| stem(file.unwrap().path())).collect();
    names.retain(|name| !name.starts_with("at_"));
    names.sort();
    names
}

#[test]
fn every_familys_cache_holds_against_the_engine() {
    let mut wrong = Vec::new();
    for name in names() {
        let mut recorded = Replay::open(&cache(&name)).unwrap();
        let mut live = engine_on(&name);
        let ids = |source: &dyn Source| -> Vec<u32> {
            source.passes()[0].tokens.iter().map(|t| t.id).collect()
        };
        assert_eq!(ids(&recorded), ids(&*live), "{name}");
        let report = compare(&mut recorded, &mut *live);
        let failed = report
            .lines
            .iter()
            .filter(|line| line.differs() || matches!(line.outcome, LineOutcome::Missing));
        wrong.extend(failed.map(|line| format!("{name}: {}", line.describe())));

        let one_of = |names: &[&str]| names.contains(&&*name);
        let mut expect = |leaf: &str, due: bool| {
            let has = report
                .lines
                .iter()
                .any(|line| line.name.ends_with(leaf.trim_start_matches("hook_")));
            if has != due {
                wrong.push(format!(
                    "{name}: {leaf} {}",
                    if has { "is there" } else { "is missing" }
                ));
            }
        };
        // Values before a cap or a scale are not the logits.
        expect("logits", !one_of(&["gemma2", "granite"]));
        // The pattern is not taken for scores.
        let no_scores = ["bert", "gpt_neo", "gptj", "opt", "roberta"];
        expect("hook_attn_scores", !one_of(&no_scores));
        let normed = [
            "gemma3",
            "olmo2",
            "qwen3",
            "qwen3_moe",
            "stablelm_head_norms",
        ];
        let normed = one_of(&normed);
        expect("hook_q_normed", normed);
        expect("hook_k_normed", normed);
        let mixture = ["gpt_oss", "mixtral", "qwen3_moe"];
        for leaf in ["expert_indices", "expert_weights", "router_logits"] {
            expect(leaf, one_of(&mixture));
        }
        for leaf in ["hook_pattern", "hook_z", "hook_resid_post", "hook_embed"] {
            expect(leaf, true);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `pos_slice` keeps some rows, but all their keys in attention.
#[test]
fn a_cache_of_some_positions_opens_at_them() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    engine_on("llama")
        .save(&trace, &[], &Control::default())
        .unwrap();
    for (name, rows) in [("at_last", 3..4), ("at_middle", 1..3), ("at_end", 2..4)] {
        let mut recorded = Replay::open(&cache(name)).unwrap();
        let pass = &recorded.passes()[0];
        assert_eq!(pass.start..pass.tokens.len(), rows, "{name}");
        let report = compare(&mut recorded, &mut *engine_on("llama"));
        let failure = report.first_failure(true).map(|line| line.describe());
        assert_eq!(failure, None, "{name}");
        assert!(report.lines.len() > 30);
        let other_way = compare(&mut Replay::open(&trace).unwrap(), &mut recorded);
        assert_eq!(
            other_way.first_failure(false).map(|line| line.describe()),
            None
        );
        let again = folder.path().join("again");
        recorded.save(&again, &[], &Control::default()).unwrap();
        assert_eq!(Replay::open(&again).unwrap().passes(), recorded.passes());
    }
}

/// `diff` and `check --trace` read both from files.
#[test]
fn a_cache_holds_against_a_trace_and_keeps_its_values_when_it_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["gemma2", "gpt_oss", "granite", "qwen3"] {
        let trace = folder.path().join(name);
        engine_on(name)
            .save(&trace, &[], &Control::default())
            .unwrap();
        let mut recorded = Replay::open(&cache(name)).unwrap();
        recorded.doubt_logits(Replay::open(&trace).unwrap().model());
        let again = folder.path().join("again");
        recorded.save(&again, &[], &Control::default()).unwrap();
        for mut side in [recorded, Replay::open(&again).unwrap()] {
            let report = compare(&mut side, &mut Replay::open(&trace).unwrap());
            let failure = report.first_failure(true).map(|line| line.describe());
            assert_eq!(failure, None, "{name}");
            assert!(report.lines.len() > 20);
        }
    }
}

/// A lone cache is not compared with anything that would tell: whoever opens it is told.
#[test]
fn logits_that_may_be_scaled_afterwards_are_warned_of_where_nothing_tells() {
    for name in names() {
        let whole = Replay::open(&cache(&name)).unwrap();
        assert_eq!(whole.model().warnings, [] as [String; 0], "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let warnings = |name: &str, kept: &[&str]| {
        let bytes = fs::read(cache(name)).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let some = file.tensors().into_iter();
        let some = some.filter(|(name, _)| kept.contains(&name.as_str()));
        let path = folder.path().join(name);
        safetensors::serialize_to_file(some, None, &path).unwrap();
        let opened = Replay::open(&path).unwrap();
        layerwise::session::warnings::warnings(opened.model(), opened.passes())
    };
    let stream = "blocks.0.hook_resid_pre";
    let bridge = ["unembed.hook_out", stream];
    let told = [
        "unembed.hook_out",
        stream,
        "blocks.0.attn.hook_out",
        "blocks.0.hook_attn_out",
    ];
    for name in ["granite", "gemma2", "llama"] {
        let found = warnings(name, &bridge);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].contains("unembed.hook_out is taken for the logits"));
    }
    assert_eq!(warnings("llama", &told), [] as [String; 0]);
    // Without logits there is nothing to doubt.
    assert_eq!(warnings("granite", &[stream]), [] as [String; 0]);
    assert_eq!(warnings("granite", &told), [] as [String; 0]);
}

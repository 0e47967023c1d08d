//! Input attribution: gradients at the embeddings against slopes of interventions, and integrated gradients against
//! the difference that they sum to.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::session::batch::Batch;
use layerwise::session::reply::Reply;
use layerwise::trace::grid::Chosen;
use layerwise::trace::inputs::InputAttribution;
use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Pick, Slice};

use device::options;

const MODELS: [&str; 9] = [
    "llama",
    "gpt2",
    "gemma2",
    "opt",
    "bloom",
    "qwen3_moe",
    "gptj",
    "mixtral",
    "bert",
];

fn open(model: &str) -> Box<dyn Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let checkpoint = Checkpoint::open(&folder.join(model)).unwrap();
    let precise = Options {
        dtype: Dtype::F64,
        ..options()
    };
    engine::open(checkpoint, "The can is on", &precise).unwrap()
}

fn ask(source: &mut dyn Source, steps: usize) -> InputAttribution {
    let row = source.passes()[0].tokens.len() - 1;
    let query = Query::Inputs {
        pass: 0,
        row,
        token: Some(Chosen::Id(5)),
        against: Some(Chosen::Id(9)),
        steps,
    };
    match source.answer(&query, &Control::default()).unwrap() {
        Answer::Inputs(inputs) => inputs,
        other => panic!("{other:?}"),
    }
}

/// The difference of the logits while embeddings are changed.
fn changed(source: &mut dyn Source, slice: Vec<Pick>, change: Change) -> f64 {
    let one = Intervention::new(0, "hook_embed", Slice(slice), change);
    source
        .intervene(Revision::Put(one), &Control::default())
        .unwrap();
    let plan = &source.passes()[0].plan;
    let (end, row) = (
        plan.position("logits").unwrap(),
        source.passes()[0].tokens.len() - 1,
    );
    let logits = source.values(0, end, &Slice(vec![Pick::At(row)])).unwrap();
    source
        .intervene(Revision::Clear, &Control::default())
        .unwrap();
    logits.data[5] - logits.data[9]
}

#[test]
fn gradient_times_input_is_a_slope_and_integrated_gradients_sum_to_the_difference() {
    for model in MODELS {
        let mut source = open(model);
        let few = ask(&mut *source, 4);
        let many = ask(&mut *source, 300);
        let one = changed(&mut *source, vec![], Change::Scale(1.0));
        let mean = changed(&mut *source, vec![], Change::Mean { over: None });
        assert!((many.value - one).abs() < 1e-10, "{model}");
        assert!((many.baseline - mean).abs() < 1e-10, "{model}");
        for (i, share) in many.tokens.iter().enumerate() {
            let mut at =
                |factor: f64| changed(&mut *source, vec![Pick::At(i)], Change::Scale(factor));
            let slope = (at(1.00001) - at(0.99999)) / 0.00002;
            let far = (share.product - slope).abs();
            assert!(
                far < 1e-6 * slope.abs().max(1.0),
                "{model} {i}: {share:?} {slope}"
            );
        }
        let due = many.value - many.baseline;
        let far = |one: &InputAttribution| (one.sum - due).abs();
        // Where experts are chosen the answer jumps, and no gradient sees that.
        let jumps = model == "mixtral" || model == "qwen3_moe";
        let most = if jumps { 0.2 } else { 0.01 };
        let close = far(&many) < most * due.abs().max(0.1);
        assert!(close, "{model}: {} {due}", many.sum);
        assert!(jumps || far(&many) <= far(&few) + 1e-3, "{model}");
        let sum: f64 = many.tokens.iter().map(|one| one.integrated).sum();
        assert!((sum - many.sum).abs() < 1e-12);
    }
}

#[test]
fn the_command_has_text_and_json_and_later_tokens_count_for_nothing() {
    let mut source = open("llama");
    let mut batch = Batch::new(&mut *source, false);
    batch.run("row 3").unwrap();
    let reply = batch.run("inputs 5 against 9 steps=2").unwrap().unwrap();
    let json = serde_json::to_value(&reply).unwrap();
    assert_eq!(
        (&json["kind"], &json["steps"]),
        (&"inputs".into(), &2.into())
    );
    for (i, token) in json["tokens"].as_array().unwrap().iter().enumerate() {
        let counts = token["gradient"].as_f64().unwrap() != 0.0;
        assert_eq!(counts, i <= 3, "{i}: {token}");
    }
    let text = reply.text();
    let told = "integrated gradients of 2 steps sum to";
    assert!(text.contains(told), "{text}");
    let Reply::Inputs { at, mut inputs } = reply else {
        panic!()
    };
    // A sum that misses the difference is told.
    for (sum, told) in [(inputs.value - inputs.baseline, false), (99.0, true)] {
        inputs.sum = sum;
        let (at, inputs) = (at.clone(), inputs.clone());
        let text = Reply::Inputs { at, inputs }.text();
        assert_eq!(text.contains("do not trust"), told);
    }
    // The most probable token where none is named.
    assert!(
        batch
            .run("inputs")
            .unwrap()
            .unwrap()
            .text()
            .starts_with("logit of")
    );
    for (line, why) in [
        ("inputs steps=0", "a whole number from 1"),
        ("inputs 99999", "not in the vocabulary"),
    ] {
        let error = batch.run(line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
}

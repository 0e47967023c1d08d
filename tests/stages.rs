//! The numbers of a calculation's stages are those of its definition, computed here in float64 from the model's own
//! values.
#![cfg(feature = "torch")]

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::session::batch::Batch;
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Slice};
use serde_json::Value;

const PROMPT: &str = "The capital of France is 中华";

fn open_with(model: &str, dtype: Dtype) -> Box<dyn Source> {
    let options = Options {
        dtype,
        ..Options::default()
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(model);
    engine::open(Checkpoint::open(&path).unwrap(), PROMPT, &options).unwrap()
}

/// In float64, so that no rounding hides a wrong formula.
fn open(model: &str) -> Box<dyn Source> {
    open_with(model, Dtype::F64)
}

fn demo() -> Box<dyn Source> {
    let options = Options {
        dtype: Dtype::F64,
        ..Options::default()
    };
    engine::open(Checkpoint::embedded().unwrap(), "中华人民", &options).unwrap()
}

/// The last of these commands' replies, as JSON.
fn say(source: &mut dyn Source, lines: &[&str]) -> Value {
    let mut batch = Batch::new(source, true);
    let mut last = Value::Null;
    for line in lines {
        let reply = batch
            .run(line)
            .unwrap_or_else(|why| panic!("{line}: {why}"));
        last = serde_json::to_value(reply.unwrap()).unwrap();
    }
    last
}

/// All values of a hook point.
fn values(source: &mut dyn Source, pass: usize, point: &str) -> (Vec<usize>, Vec<f64>) {
    let query = Query::Values {
        pass,
        point: point.into(),
        slice: Slice::default(),
    };
    match source.answer(&query, &Control::default()) {
        Ok(Answer::Values(values)) => (values.shape, values.data),
        other => panic!("{point}: {other:?}"),
    }
}

fn list(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn near(found: f64, due: f64) {
    assert!(
        (found - due).abs() <= 1e-9 * due.abs().max(1.0),
        "{found}, not {due}"
    );
}

#[test]
fn softmax_is_exponentials_over_their_sum_of_visible_keys() {
    for (model, sinks) in [
        ("gpt2", false),
        ("llama", false),
        ("mistral", false),
        ("gpt_oss", true),
        ("bloom", false),
        ("bert", false),
    ] {
        let mut source = open(model);
        let (shape, scores) = values(&mut *source, 0, "0.attn_scores");
        let (_, pattern) = values(&mut *source, 0, "0.pattern");
        let (row, head, n) = (3, 1, shape[2]);
        let reply = say(
            &mut *source,
            &[&format!("stages 0.pattern head={head} row={row}")],
        );
        assert_eq!(reply["calculation"], "softmax", "{model}");
        let at = |key: usize| (head * shape[1] + row) * n + key;
        let visible: Vec<usize> = (0..n)
            .filter(|&key| scores[at(key)] > f64::NEG_INFINITY)
            .collect();
        let keys = reply["keys"].as_array().unwrap();
        let shown: Vec<usize> = keys
            .iter()
            .map(|key| key["key"].as_u64().unwrap() as usize)
            .collect();
        assert_eq!(shown, visible, "{model}");
        let max = visible
            .iter()
            .map(|&key| scores[at(key)])
            .fold(f64::MIN, f64::max);
        near(number(&reply["max"]), max);
        let own: f64 = visible
            .iter()
            .map(|&key| (scores[at(key)] - max).exp())
            .sum();
        let sum = number(&reply["sum"]);
        if sinks {
            let sink = 1.0 - visible.iter().map(|&key| pattern[at(key)]).sum::<f64>();
            assert!(sink > 1e-6, "{model} has a sink that takes part");
            near(number(&reply["sink"]), sink);
            near(sum, own / (1.0 - sink));
        } else {
            assert!(reply.get("sink").is_none(), "{model}");
            near(sum, own);
        }
        for key in keys {
            let i = at(key["key"].as_u64().unwrap() as usize);
            near(number(&key["score"]), scores[i]);
            near(number(&key["exp"]), (scores[i] - max).exp());
            near(number(&key["share"]), (scores[i] - max).exp() / sum);
            // The stages lead to the model's own pattern.
            near(number(&key["share"]), pattern[i]);
        }
    }
}

#[test]
fn z_is_the_sum_of_values_with_their_weights_over_passes_and_grouped_heads() {
    for model in ["gpt2", "llama", "qwen3", "bert"] {
        let mut source = open(model);
        let causal = source.model().causal;
        if causal {
            source
                .next(
                    0,
                    &layerwise::trace::query::Choice::Greedy,
                    &Control::default(),
                )
                .unwrap();
        }
        let pass = usize::from(causal);
        let (heads, kv_heads) = (source.model().n_heads, source.model().n_kv_heads);
        let (head, dim) = (heads - 1, 2);
        let lines: &[&str] = if causal { &["pass 1"] } else { &[] };
        let line = format!("stages 1.z head={head} row=0 dim={dim}");
        let reply = say(&mut *source, &[lines, &[&line]].concat());
        let (shape, pattern) = values(&mut *source, pass, "1.pattern");
        let (z_shape, z) = values(&mut *source, pass, "1.z");
        let mut v = Vec::new();
        for before in 0..=pass {
            v.extend(values(&mut *source, before, "1.v").1);
        }
        let d_head = z_shape[2];
        let kv = head * kv_heads / heads;
        assert_eq!(reply["kv_head"].as_u64().unwrap() as usize, kv, "{model}");
        let dims = list(&reply["dims"]);
        assert!(dims.contains(&(dim as f64)));
        for (i, &dim) in dims.iter().enumerate() {
            let dim = dim as usize;
            let value = |key: usize| v[(key * kv_heads + kv) * d_head + dim];
            let weight = |key: usize| pattern[head * shape[1] * shape[2] + key];
            let sum: f64 = (0..shape[2]).map(|key| weight(key) * value(key)).sum();
            near(list(&reply["sum"])[i], sum);
            near(list(&reply["z"])[i], z[head * d_head + dim]);
            near(sum, z[head * d_head + dim]);
            for term in reply["keys"].as_array().unwrap() {
                let key = term["key"].as_u64().unwrap() as usize;
                near(number(&term["weight"]), weight(key));
                near(list(&term["values"])[i], value(key));
            }
        }
    }
}

#[test]
fn every_activation_leads_from_pre_to_post() {
    for model in [
        "gpt2",
        "bert",
        "bloom",
        "opt",
        "llama",
        "gemma",
        "phi",
        "falcon",
        "gpt_neox",
        "starcoder2",
        "distilbert",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/models")
            .join(model);
        if !path.exists() {
            continue;
        }
        let mut source = open(model);
        let (shape, pre) = values(&mut *source, 0, "0.mlp.pre");
        let (_, post) = values(&mut *source, 0, "0.mlp.post");
        for (row, neuron) in [(0, 0), (2, 5), (1, shape[1] - 1)] {
            let line = format!("stages 0.mlp.post row={row} dim={neuron}");
            let reply = say(&mut *source, &[&line]);
            let at = row * shape[1] + neuron;
            near(number(&reply["pre"]), pre[at]);
            near(number(&reply["post"]), post[at]);
            let activated = number(&reply["activated"]);
            // The model's own result follows from the activation that is drawn.
            let result = reply
                .get("linear")
                .map_or(activated, |linear| activated * number(linear));
            near(result, post[at]);
        }
    }
}

#[test]
fn the_answer_is_cut_as_its_definition_says() {
    let mut source = demo();
    let (shape, logits) = values(&mut *source, 0, "logits");
    let row = 0;
    let lines = [
        "goto logits",
        "row 0",
        "temperature 2",
        "cut top_k=6 top_p=0.8",
        "stages",
    ];
    let reply = say(&mut *source, &lines);
    let own = &logits[row * shape[1]..(row + 1) * shape[1]];
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.sort_by(|&a, &b| own[b].total_cmp(&own[a]));
    let exp = |i: usize| ((own[i] - own[order[0]]) / 2.0).exp();
    let sum: f64 = (0..own.len()).map(exp).sum();
    near(number(&reply["sum"]), sum);
    let of_k: f64 = order[..6].iter().map(|&i| exp(i)).sum();
    let mut reached = 0.0;
    let kept = order[..6].iter().position(|&i| {
        reached += exp(i) / of_k;
        reached >= 0.8
    });
    let kept = kept.unwrap() + 1;
    assert!((2..6).contains(&kept), "both cuts take part: {kept}");
    let of_p: f64 = order[..kept].iter().map(|&i| exp(i)).sum();
    assert_eq!(reply["after_k"], 6);
    assert_eq!(reply["after_p"], kept);
    assert_eq!(reply["all"], shape[1]);
    for (rank, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
        let i = order[rank];
        assert_eq!(token["id"], i);
        near(number(&token["logit"]), own[i]);
        near(number(&token["scaled"]), own[i] / 2.0);
        near(number(&token["exp"]), exp(i));
        near(number(&token["prob"]), exp(i) / sum);
        near(
            number(&token["after_k"]),
            if rank < 6 { exp(i) / of_k } else { 0.0 },
        );
        near(
            number(&token["after_p"]),
            if rank < kept { exp(i) / of_p } else { 0.0 },
        );
    }
    // A trace's logits alone lead to these numbers.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    source.save(&path, &[], &Control::default()).unwrap();
    let mut trace = layerwise::trace::replay::Replay::open(&path).unwrap();
    let again = say(&mut trace, &lines);
    near(number(&again["sum"]), sum);
    assert_eq!(again["after_p"], kept);
}

#[test]
fn positions_are_sines_and_cosines_or_rows_of_a_table() {
    let mut source = demo();
    let d_model = source.model().d_model;
    let (shape, own) = values(&mut *source, 0, "pos_embed");
    for dim in [0, 7, d_model - 1] {
        let reply = say(&mut *source, &[&format!("stages pos_embed dim={dim}")]);
        assert_eq!(reply["table"], "sinusoidal");
        for (i, curve) in reply["curves"].as_array().unwrap().iter().enumerate() {
            let dim = curve["dim"].as_u64().unwrap() as usize;
            for (p, &y) in list(&curve["values"]).iter().enumerate() {
                let angle = p as f64 / 10000f64.powf((dim / 2 * 2) as f64 / d_model as f64);
                near(
                    y,
                    if dim.is_multiple_of(2) {
                        angle.sin()
                    } else {
                        angle.cos()
                    },
                );
            }
            for (row, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
                near(list(&token["values"])[i], own[row * shape[1] + dim]);
                // The curve goes through the model's own numbers.
                near(list(&token["values"])[i], list(&curve["values"])[row]);
            }
        }
    }
    // Chosen dimensions stand together, in the order given, whatever their neighbours.
    let reply = say(&mut *source, &["stages pos_embed dim=40,3,8"]);
    let curves = reply["curves"].as_array().unwrap();
    let dims: Vec<&Value> = curves.iter().map(|curve| &curve["dim"]).collect();
    assert_eq!(dims, [40, 3, 8]);
    for (row, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
        for (i, (dim, value)) in [40, 3, 8].iter().zip(list(&token["values"])).enumerate() {
            near(value, own[row * shape[1] + dim]);
            near(value, list(&curves[i]["values"])[row]);
        }
    }
    let mut batch = Batch::new(&mut *source, true);
    let why = batch.run("stages pos_embed dim=3,64").unwrap_err();
    assert!(why.contains("dimensions 0 to 63"), "{why}");
    // All sines before all cosines, rows counted from 2, in f32: the curves go through the model's own numbers.
    let mut source = open("xglm");
    let d_model = source.model().d_model;
    for dim in [0, d_model / 2 + 2] {
        let reply = say(&mut *source, &[&format!("stages pos_embed dim={dim}")]);
        assert_eq!(reply["table"], "sinusoidal");
        for (i, curve) in reply["curves"].as_array().unwrap().iter().enumerate() {
            let formula = curve["formula"].as_str().unwrap();
            let due = if dim == 0 {
                "sin((p + 2)"
            } else {
                "cos((p + 2)"
            };
            assert!(formula.starts_with(due), "{formula}");
            for (row, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
                let (own, curve) = (list(&token["values"])[i], list(&curve["values"])[row]);
                assert!((own - curve).abs() < 1e-6, "dim {dim}: {own}, not {curve}");
            }
        }
    }
    for model in ["gpt2", "opt", "bert"] {
        let mut source = open(model);
        let reply = say(&mut *source, &["stages pos_embed dim=5"]);
        assert_eq!(reply["table"], "learned", "{model}");
        let Answer::Weight(table) = source
            .answer(
                &Query::Weight {
                    name: "W_pos".into(),
                    slice: Slice::default(),
                },
                &Control::default(),
            )
            .unwrap()
        else {
            panic!("no table");
        };
        for curve in reply["curves"].as_array().unwrap() {
            let dim = curve["dim"].as_u64().unwrap() as usize;
            let places = list(&curve["values"]);
            assert!(places.len() >= 16, "{model}");
            for (p, &y) in places.iter().enumerate() {
                near(y, table.data[p * table.shape[1] + dim]);
            }
            for (row, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
                let i = dim - 4;
                near(list(&token["values"])[i], places[row]);
            }
        }
    }
}

#[test]
fn a_pair_turns_by_position_times_frequency() {
    // Angles are computed in float32 in every dtype.
    let near = |found: f64, due: f64| assert!((found - due).abs() < 1e-5, "{found}, not {due}");
    for (model, split, theta) in [("llama", true, 10_000.0), ("gptj", false, 10_000.0)] {
        let mut source = open(model);
        let (shape, before) = values(&mut *source, 0, "1.q");
        let (_, after) = values(&mut *source, 0, "1.rot_q");
        let d_rotary = if model == "llama" {
            shape[2]
        } else {
            4.min(shape[2])
        };
        let dim = 1;
        let reply = say(&mut *source, &[&format!("stages 1.rot_q head=1 dim={dim}")]);
        let pair = list(&reply["pair"]);
        let [a, b] = [pair[0] as usize, pair[1] as usize];
        let frequency = number(&reply["frequency"]);
        if split {
            assert_eq!([a, b], [1, 1 + d_rotary / 2], "{model}");
            near(frequency, f64::powf(theta, -2.0 / d_rotary as f64));
        } else {
            assert_eq!([a, b], [0, 1], "{model}");
            near(frequency, 1.0);
        }
        for (row, token) in reply["tokens"].as_array().unwrap().iter().enumerate() {
            let angle = row as f64 * frequency;
            near(number(&token["angle"]), angle);
            near(number(&token["cos"]), angle.cos());
            near(number(&token["sin"]), angle.sin());
            let at = |dim: usize| (row * shape[1] + 1) * shape[2] + dim;
            let (x, y) = (before[at(a)], before[at(b)]);
            near(after[at(a)], x * angle.cos() - y * angle.sin());
            near(list(&token["after"])[0], after[at(a)]);
            near(list(&token["before"])[1], y);
        }
    }
}

#[test]
fn a_place_outside_and_a_value_without_stages_are_refused() {
    let mut source = demo();
    let mut batch = Batch::new(&mut *source, false);
    for (line, why) in [
        ("stages 0.q", "blocks.0.attn.q has no stages"),
        ("stages 0.pattern head=9", "there are heads 0 to 3"),
        ("stages 0.pattern row=9", "this pass has rows 0 to 3"),
        ("stages 0.mlp.post dim=256", "there are dimensions 0 to 255"),
        (
            "stages 0.pattern head=x",
            "stages does not understand `head=x`",
        ),
        ("cut top_k=-1", "cut: top_k is a whole number"),
        ("cut top_p=0", "cut: top_p is above 0 and at most 1"),
        (
            "autoplay 0",
            "autoplay: SPEED is a number of tokens a second",
        ),
        (
            "autoplay nan",
            "autoplay: SPEED is a number of tokens a second",
        ),
        (
            "autoplay 1 count=0",
            "autoplay: count is a whole number from 1",
        ),
    ] {
        let error = batch.run(line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn autoplay_prints_a_line_for_each_token_and_does_not_wait() {
    let mut source = demo();
    let begun = std::time::Instant::now();
    let reply = say(&mut *source, &["autoplay 0.01 count=11"]);
    assert!(
        begun.elapsed().as_secs() < 60,
        "11 tokens at 0.01 a second would take 18 minutes"
    );
    let replies = reply["replies"].as_array().unwrap();
    assert_eq!(replies.len(), 12);
    assert_eq!(replies[11]["text"], "中华人民共和国成立于1949年");
    assert_eq!(replies[0]["token"], "共");
    // The token is as probable as where it was chosen.
    let (shape, logits) = values(&mut *source, 0, "logits");
    let own = &logits[3 * shape[1]..];
    let max = own.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = own.iter().map(|x| (x - max).exp()).sum();
    near(number(&replies[0]["prob"]), 1.0 / sum);
    // Passes that are there already are walked through, as in a trace.
    let again = say(&mut *source, &["pass 0", "autoplay 9 count=3"]);
    assert_eq!(again["replies"][2]["pass"], 3);
    assert_eq!(again["replies"][3]["text"], "中华人民共和国");
    assert_eq!(source.passes().len(), 12);
}

//! Attribution: parts that sum to the logit, by formulas written out, and by autograd of transformers.

use std::collections::BTreeMap;

use layerwise::trace::attribution::{Attribution, Part, PartKind};
use layerwise::trace::query::{Choice, Given};
use layerwise::trace::tensor::HostTensor;
use serde_json::Value;

use super::super::*;
use super::*;

pub(super) fn attribute(
    live: &mut dyn Source,
    pass: usize,
    row: usize,
    of: [Option<u32>; 2],
) -> Result<Attribution, SourceError> {
    let [token, against] = of.map(|id| id.map(Chosen::Id));
    let query = Query::Attribute {
        pass,
        row,
        token,
        against,
    };
    match ask(live, &query)? {
        Answer::Attribute(attribution) => Ok(attribution),
        other => panic!("{other:?}"),
    }
}

/// In every family: the parts sum to the logit, and that is the model's own before its cap.
#[test]
fn parts_sum_to_the_logit_in_every_family() {
    let mut refused = Vec::new();
    for (dtype, tolerance) in [(Dtype::F32, 2e-5), (Dtype::F64, 1e-11)] {
        for (name, mut live) in models(dtype) {
            let rows = live.passes()[0].tokens.len();
            let found = match attribute(&mut *live, 0, rows - 1, [None, None]) {
                Err(SourceError::NotLinear { point }) => {
                    assert!(point.starts_with("mlm_head"), "{name}: {point}");
                    refused.push(name);
                    continue;
                }
                Err(SourceError::NoLogits { .. }) => continue,
                found => found.unwrap_or_else(|e| panic!("{name}: {e}")),
            };
            let logits = all(&mut *live, 0, "logits");
            let logits = last(&logits, rows).to_vec();
            let top = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
            assert_eq!(Some(found.token.id as usize), top, "{name}");
            let said = |x: f64| found.cap.map_or(x, |cap| cap * (x / cap).tanh());
            let size: f64 = found.parts.iter().map(|part| part.value.abs()).sum();
            let own = logits[found.token.id as usize];
            let what = format!("{name} {dtype}: {} {} {own}", found.sum, found.logit);
            assert!(
                (found.sum - found.logit).abs() <= tolerance * size.max(1.0),
                "{what}"
            );
            assert!(near(said(found.logit), own, tolerance), "{what}");
            // A difference is that of two logits, and what both have in common is gone.
            let pair = attribute(&mut *live, 0, 1, [Some(5), Some(7)]).unwrap();
            let one = |live: &mut dyn Source, id| attribute(live, 0, 1, [Some(id), None]).unwrap();
            let (a, b) = (one(&mut *live, 5), one(&mut *live, 7));
            assert!(near(pair.sum, a.sum - b.sum, tolerance * 10.0), "{what}");
            for ((part, a), b) in pair.parts.iter().zip(&a.parts).zip(&b.parts) {
                let same = (part.kind, &part.point, part.index) == (a.kind, &a.point, a.index);
                assert!(
                    same && near(part.value, a.value - b.value, tolerance * 10.0),
                    "{what}"
                );
            }
            let heads = found
                .parts
                .iter()
                .filter(|p| p.kind == PartKind::Head)
                .count();
            // The heads that a block's output map reads, which may differ from block to block.
            let points = live.passes()[0].plan.points().iter();
            let read: BTreeMap<String, usize> = points
                .filter(|p| p.name.contains(".attn.hook_z"))
                .map(|p| (p.layer().to_string(), p.shape[1]))
                .collect();
            assert_eq!(heads, read.values().sum::<usize>(), "{name}");
        }
    }
    assert!(refused.iter().any(|name| name == "bert"), "{refused:?}");
}

/// Llama's parts, by the formula of Elhage et al.: what is written, times the final norm's weight over its
/// scale, times the token's row of the unembedding.
#[test]
fn each_part_is_what_the_formula_gives() {
    for name in ["llama", "qwen3_moe"] {
        let mut live = open(&fixture(name), Dtype::F64);
        let weights = tensors(name);
        let of = |key: &str| &weights[key].1;
        let (rows, model) = (live.passes()[0].tokens.len(), live.model().clone());
        let (d, token) = (model.d_model, 11u32);
        let head = weights
            .get("lm_head.weight")
            .unwrap_or_else(|| &weights["model.embed_tokens.weight"]);
        let head = &head.1[token as usize * d..][..d];
        let scale = all(&mut *live, 0, "ln_final.scale")[rows - 1];
        let gradient: Vec<f64> = (head.iter().zip(of("model.norm.weight")))
            .map(|(w, g)| w * g / scale)
            .collect();
        let dot = |x: &[f64]| x.iter().zip(&gradient).map(|(a, b)| a * b).sum::<f64>();
        let found = attribute(&mut *live, 0, rows - 1, [Some(token), None]).unwrap();
        let part = |kind, layer: Option<usize>, index| {
            let mut parts = found.parts.iter();
            let part = parts.find(|p| (p.kind, p.layer, p.index) == (kind, layer, index));
            part.unwrap_or_else(|| panic!("{name} {kind:?} {layer:?} {index:?}"))
                .value
        };
        let row = |live: &mut dyn Source, point: &str| last(&all(live, 0, point), rows).to_vec();
        let embed = dot(&row(&mut *live, "embed"));
        assert!(near(part(PartKind::Embedding, None, None), embed, 1e-10));
        for layer in 0..model.n_layers {
            let z = row(&mut *live, &format!("{layer}.z"));
            let out = of(&format!("model.layers.{layer}.self_attn.o_proj.weight"));
            let width = model.n_heads * model.d_head;
            for h in 0..model.n_heads {
                let span = h * model.d_head..(h + 1) * model.d_head;
                let wrote = |i: usize| span.clone().map(|j| out[i * width + j] * z[j]).sum();
                let wrote: Vec<f64> = (0..d).map(wrote).collect();
                let value = part(PartKind::Head, Some(layer), Some(h));
                assert!(near(value, dot(&wrote), 1e-10), "{name} {layer}.{h}");
            }
            let mlp = dot(&row(&mut *live, &format!("{layer}.mlp_out")));
            let experts = found.parts.iter().filter(|p| p.layer == Some(layer));
            let experts: Vec<_> = experts.filter(|p| p.kind == PartKind::Expert).collect();
            if experts.is_empty() {
                assert!(near(part(PartKind::Mlp, Some(layer), None), mlp, 1e-10));
                continue;
            }
            // An expert is the mixture with the shares of the others at 0.
            let shares_at = format!("blocks.{layer}.mlp.hook_expert_weights");
            let read_at = format!("blocks.{layer}.ln2.hook_out");
            let (shares, read) = (all(&mut *live, 0, &shares_at), all(&mut *live, 0, &read_at));
            let count = shares.len() / rows;
            for expert in experts {
                let mut alone = vec![0.0; shares.len()];
                let at = (rows - 1) * count + expert.index.unwrap();
                alone[at] = shares[at];
                let tensor =
                    |shape, data: &[f64]| HostTensor::new(Dtype::F64, shape, data.iter().copied());
                let given = |point: &String, value| Given {
                    point: point.clone(),
                    value,
                };
                let query = Query::Evaluate {
                    pass: 0,
                    point: format!("blocks.{layer}.hook_mlp_out"),
                    given: vec![
                        given(&shares_at, tensor(vec![rows, count], &alone)),
                        given(&read_at, tensor(vec![rows, d], &read)),
                    ],
                };
                let Answer::Evaluate(out) = ask(&mut *live, &query).unwrap() else {
                    panic!()
                };
                let mut wrote = vec![0.0; rows * d];
                out.read(0, &mut wrote);
                assert!(near(expert.value, dot(last(&wrote, rows)), 1e-10), "{name}");
            }
            let sum: f64 = found
                .parts
                .iter()
                .filter(|p| p.layer == Some(layer) && p.kind == PartKind::Expert)
                .map(|p| p.value)
                .sum();
            assert!(near(sum, mlp, 1e-10), "{name}");
        }
    }
}

/// transformers' models with frozen norms, their gradients by autograd: `fixtures/make_attribution.py`.
#[test]
fn parts_are_those_that_autograd_gives_in_transformers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attribution.json");
    let due: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let token = due["token"].as_u64().unwrap() as u32;
    assert_eq!(due["prompt"], PROMPT);
    let models = due["models"].as_object().unwrap();
    assert!(models.len() > 20);
    for (name, due) in models {
        let mut live = open(&fixture(name), Dtype::F64);
        let ids: Vec<u32> = live.passes()[0].tokens.iter().map(|t| t.id).collect();
        assert_eq!(due["ids"], serde_json::json!(ids), "{name}");
        let found = attribute(&mut *live, 0, ids.len() - 1, [Some(token), None]).unwrap();
        let close = |found: f64, due: &Value, what: &str| {
            let due = due.as_f64().unwrap();
            assert!(near(found, due, 1e-6), "{name} {what}: {found} {due}");
        };
        assert_eq!(found.cap, due["cap"].as_f64(), "{name}");
        close(found.logit, &due["logit"], "logit");
        let sum = |fits: &dyn Fn(&Part) -> bool| {
            let parts = found.parts.iter().filter(|part| fits(part));
            parts.map(|part| part.value).sum::<f64>()
        };
        let embedding = sum(&|part| part.kind == PartKind::Embedding);
        close(embedding, &due["embedding"], "embedding");
        for layer in 0..live.model().n_layers {
            for (head, due) in due[format!("{layer}.heads")]
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
            {
                let of = |part: &Part| {
                    (part.kind, part.layer, part.index) == (PartKind::Head, Some(layer), Some(head))
                };
                close(sum(&of), due, &format!("head {head} of block {layer}"));
            }
            let wrote = [".mlp_out", ".mlp.out"].map(|leaf| format!("blocks.{layer}{leaf}"));
            let mlp = sum(&|part| wrote.contains(&part.point));
            close(
                mlp,
                &due[format!("{layer}.mlp")],
                &format!("mlp of block {layer}"),
            );
        }
    }
}

#[test]
fn attribution_works_in_later_passes_and_refuses_what_is_not_there() {
    let mut live = open(&fixture("gemma2"), Dtype::F64);
    live.next(0, &Choice::Greedy, &Control::default()).unwrap();
    let found = attribute(&mut *live, 1, 0, [None, Some(3)]).unwrap();
    assert!(near(found.sum, found.logit, 1e-10) && found.cap.is_some());
    for row in [1000, usize::MAX] {
        assert!(attribute(&mut *live, 0, row, [None, None]).is_err());
    }
    assert!(attribute(&mut *live, 0, 0, [Some(u32::MAX), None]).is_err());
    assert!(attribute(&mut *live, 7, 0, [None, None]).is_err());
}

#[test]
fn a_replaced_value_is_a_part_of_its_own() {
    let mut live = open(&fixture("llama"), Dtype::F64);
    let plan = live.passes()[0].plan.clone();
    let at = plan.find("0.resid_post").unwrap();
    let shape = plan.points()[at].shape.clone();
    let count: usize = shape.iter().product();
    let values = (0..count).map(|i| (i as f64 * 0.37).sin());
    let value = HostTensor::new(Dtype::F64, shape, values);
    live.replace(0, at, Some(&value)).unwrap();
    let found = attribute(&mut *live, 0, 3, [Some(5), None]).unwrap();
    assert!(near(found.sum, found.logit, 1e-11), "{found:?}");
    let first = &found.parts[0];
    assert_eq!(
        (first.kind, &first.point[..]),
        (PartKind::Replaced, "blocks.0.resid_post")
    );
    assert!(
        found.parts[1..].iter().all(|part| part.layer == Some(1)),
        "{found:?}"
    );
}

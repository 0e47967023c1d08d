//! Views of the whole model read the changed values.

use layerwise::trace::attribution::PartKind;
use layerwise::trace::grid::Chosen;
use layerwise::trace::intervention::Change;
use layerwise::trace::query::{Answer, Query, Temperature};
use layerwise::trace::source::Control;

use super::*;

#[test]
fn attribution_sums_to_the_changed_logit() {
    for family in ["gpt2", "llama", "qwen3_moe"] {
        let mut source = open(family);
        put(&mut *source, 0, "0.z", vec![], Change::Zero);
        put(&mut *source, 0, "1.attn_out", vec![], Change::Scale(2.0));
        let row = source.passes()[0].tokens.len() - 1;
        let query = Query::Attribute {
            pass: 0,
            row,
            token: None,
            against: None,
        };
        let answer = source.answer(&query, &Control::default()).unwrap();
        let Answer::Attribute(found) = answer else {
            panic!("{family}: {answer:?}");
        };
        let end = source.passes()[0].plan.len() - 1;
        let logits = floats(&source.tensor(0, end).unwrap());
        let own = logits[row * source.model().d_vocab + found.token.id as usize];
        let size: f64 = found.parts.iter().map(|part| part.value.abs()).sum();
        let near = |x: f64| (x - own).abs() <= 2e-5 * size.max(1.0);
        assert!(near(found.sum) && near(found.logit), "{family}: {own}");
        let heads = |layer: usize| {
            let heads = found.parts.iter().filter(|p| p.kind == PartKind::Head);
            let heads = heads.filter(|p| p.layer == Some(layer));
            heads.map(|p| p.value).collect::<Vec<f64>>()
        };
        let (first, second) = (heads(0), heads(1));
        let zero = !first.is_empty() && first.iter().all(|x| *x == 0.0);
        assert!(zero, "{family}: {first:?}");
        assert!(second.is_empty(), "{family}: {second:?}");
        let changed = found.parts.iter().filter(|p| p.kind == PartKind::Replaced);
        let changed: Vec<&str> = changed.map(|p| p.point.as_str()).collect();
        assert_eq!(changed, ["blocks.1.attn_out"], "{family}");
    }
}

/// Changes behind the stream: at the final norm, and at the logits themselves, whole or one of them.
#[test]
fn attribution_and_the_grid_show_changes_of_the_unembedding() {
    let go = Control::default();
    for family in ["gpt2", "llama", "gemma2"] {
        for (point, slice, change) in [
            ("ln_final.hook_scale", vec![], Change::Scale(2.0)),
            ("ln_final.hook_normalized", vec![], Change::Put(0.5)),
            ("logits", vec![], Change::Scale(2.0)),
            (
                "logits",
                vec![Pick::Span(0..2), Pick::At(7)],
                Change::Put(3.0),
            ),
            (
                "logits",
                vec![Pick::Span(0..2), Pick::At(7)],
                Change::Put(f64::NEG_INFINITY),
            ),
        ] {
            let mut source = opened(family, PROMPT, &options());
            put(&mut *source, 0, point, slice, change);
            let end = source.passes()[0].plan.len() - 1;
            let vocab = source.model().d_vocab;
            let logits = floats(&source.tensor(0, end).unwrap());
            for (row, token) in [(1, 7), (1, 8), (3, 7)] {
                let query = Query::Attribute {
                    pass: 0,
                    row,
                    token: Some(Chosen::Id(token)),
                    against: None,
                };
                let answer = source.answer(&query, &go).unwrap();
                let Answer::Attribute(found) = answer else {
                    panic!("{family}: {answer:?}");
                };
                let own = logits[row * vocab + token as usize];
                // A logit is told before the cap.
                let own = found.cap.map_or(own, |cap| cap * (own / cap).atanh());
                let sizes = found.parts.iter().map(|part| part.value.abs());
                let size: f64 = sizes.filter(|x| x.is_finite()).sum();
                let near = |x: f64| x == own || (x - own).abs() <= 5e-5 * size.max(1.0);
                let told = format!("{family} {point} {row} {token}: {own} {found:?}");
                assert!(near(found.sum) && near(found.logit), "{told}");
            }
            let query = Query::Grid {
                pass: 0,
                points: vec!["blocks.1.hook_resid_post".into(), "logits".into()],
                rows: Some(1..3),
                of: Some(Chosen::Id(7)),
                temperature: Temperature::default(),
            };
            let Answer::Grid(grid) = source.answer(&query, &go).unwrap() else {
                panic!("{family}: no grid");
            };
            let cells = &grid.cells[1];
            assert_eq!(cells.len(), 2);
            for (row, cell) in (1..3).zip(cells) {
                let cell = cell.as_ref().unwrap();
                let own = &logits[row * vocab..(row + 1) * vocab];
                let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = own.iter().map(|x| (x - most).exp()).sum();
                assert_eq!(own[cell.id as usize], most, "{family} {point}");
                assert!((cell.prob - 1.0 / sum).abs() < 1e-5, "{family} {point}");
                let of = cell.of.as_ref().unwrap();
                assert!((of.prob - (own[7] - most).exp() / sum).abs() < 1e-5);
            }
        }
    }
}

/// A neuron moves tokens by what interventions behind it leave of what it writes.
#[test]
fn neurons_move_tokens_through_changes() {
    let moved = |source: &mut dyn Source| -> Vec<f64> {
        let row = source.passes()[0].tokens.len() - 1;
        let query = Query::Neurons {
            pass: 0,
            row,
            layer: 0,
            k: 3,
            tokens: source.model().d_vocab,
        };
        let answer = source.answer(&query, &Control::default()).unwrap();
        let Answer::Neurons { mut neurons } = answer else {
            panic!("{answer:?}");
        };
        neurons.sort_by_key(|neuron| neuron.index);
        let tokens = neurons.iter_mut().flat_map(|neuron| {
            neuron.raises.sort_by_key(|moved| moved.id);
            neuron.raises.iter().map(|moved| moved.by)
        });
        tokens.collect()
    };
    let same = |a: &[f64], b: &[f64]| {
        let largest = b.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| (a - b).abs() <= 1e-3 * largest)
    };
    for family in ["gpt2", "llama"] {
        let mut source = open(family);
        let row = source.passes()[0].tokens.len() - 1;
        let own = moved(&mut *source);
        let times = |factor: f64| own.iter().map(|by| by * factor).collect::<Vec<f64>>();
        let last = source.model().n_layers - 1;
        let stream = format!("{last}.resid_post");
        // A stream that is scaled whole is scaled back by the norm, which divides by what it is then.
        put(&mut *source, 0, &stream, vec![], Change::Scale(4.0));
        assert!(same(&moved(&mut *source), &own), "{family}");
        revise(&mut *source, Revision::Clear);
        let here = vec![Pick::At(row)];
        put(&mut *source, 0, "0.mlp_out", here.clone(), Change::Zero);
        assert!(moved(&mut *source).iter().all(|by| *by == 0.0), "{family}");
        revise(&mut *source, Revision::Clear);
        put(&mut *source, 0, &stream, vec![Pick::At(0)], Change::Zero);
        assert!(same(&moved(&mut *source), &own), "{family}");
        revise(&mut *source, Revision::Clear);
        let mean = Change::Mean { over: None };
        put(&mut *source, 0, "logits", here.clone(), mean);
        let due = times(1.0 / (row + 1) as f64);
        assert!(same(&moved(&mut *source), &due), "{family}");
        revise(&mut *source, Revision::Clear);
        put(&mut *source, 0, "logits", here, Change::Scale(3.0));
        assert!(same(&moved(&mut *source), &times(3.0)), "{family}");
    }
}

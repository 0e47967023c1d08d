//! Views of the whole model read the changed values.

use layerwise::trace::attribution::PartKind;
use layerwise::trace::intervention::Change;
use layerwise::trace::query::{Answer, Query};
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

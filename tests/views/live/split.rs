//! A score split by who wrote its query and its key.

use layerwise::trace::query::Choice;
use layerwise::trace::split::Split;

use super::super::*;
use super::*;

fn split(
    live: &mut dyn Source,
    pass: usize,
    point: &str,
    [head, row, key]: [usize; 3],
) -> Result<Split, SourceError> {
    let query = Query::Split {
        pass,
        point: point.to_owned(),
        head,
        row,
        key,
        most: usize::MAX,
    };
    match ask(live, &query)? {
        Answer::Split(split) => Ok(split),
        other => panic!("{other:?}"),
    }
}

/// The value at a place of the scores.
fn score(live: &mut dyn Source, pass: usize, point: &str, cell: [usize; 3]) -> f64 {
    let at = live.passes()[pass].plan.find(point).unwrap();
    let slice = Slice(cell.map(layerwise::trace::tensor::Pick::At).to_vec());
    live.values(pass, at, &slice).unwrap().data[0]
}

#[test]
fn terms_sum_to_the_score_in_every_family() {
    for (dtype, tolerance) in [(Dtype::F32, 2e-5), (Dtype::F64, 1e-12)] {
        let mut counted = 0;
        for (name, mut live) in models(dtype) {
            let model = live.model().clone();
            let rows = live.passes()[0].tokens.len();
            for layer in 0..model.n_layers {
                let point = format!("blocks.{layer}.attn.hook_attn_scores");
                if live.passes()[0].plan.find(&point).is_none() {
                    continue;
                }
                // An indexer may hide keys.
                let mut keys = (0..rows - 1).rev();
                let cell = |key| [model.n_heads - 1, rows - 1, key];
                let cell = cell(
                    keys.find(|key| score(&mut *live, 0, &point, cell(*key)).is_finite())
                        .unwrap(),
                );
                let found = match split(&mut *live, 0, &point, cell) {
                    Ok(found) => found,
                    // A bound on queries or an encoder's norm behind the sum.
                    Err(SourceError::NotLinear { .. }) => continue,
                    Err(e) => panic!("{name}: {e}"),
                };
                counted += 1;
                let what = format!("{name} {dtype} {layer}: {} {}", found.sum, found.score);
                let size: f64 = found.terms.iter().map(|pair| pair.value.abs()).sum();
                let close = |a: f64, b: f64| (a - b).abs() <= tolerance * size.max(1.0);
                assert!(close(found.sum, found.score), "{what}");
                let own = score(&mut *live, 0, &point, cell);
                let said = found
                    .cap
                    .map_or(found.score, |cap| cap * (found.score / cap).tanh());
                assert!(close(said, own), "{what} {own}");
                assert_eq!(
                    (found.terms.len(), found.others),
                    (found.queries.len() * found.keys.len(), 0)
                );
                for (i, part) in found.queries.iter().enumerate() {
                    let own = found.terms.iter().filter(|pair| pair.query == i);
                    let sum: f64 = own.map(|pair| pair.value).sum();
                    assert!(close(sum, part.value), "{what} {part:?}");
                }
                let sum: f64 = found.keys.iter().map(|part| part.value).sum();
                assert!(
                    close(sum + found.distance.unwrap_or(0.0), found.sum),
                    "{what}"
                );
            }
        }
        assert!(counted > 40, "{counted}");
    }
}

#[test]
fn a_key_that_an_indexer_hides_has_no_terms() {
    let mut live = open(&fixture("glm_moe_dsa"), Dtype::F64);
    let rows = live.passes()[0].tokens.len();
    let point = "blocks.0.attn.hook_attn_scores";
    let hidden =
        (0..rows).find(|key| score(&mut *live, 0, point, [0, rows - 1, *key]).is_infinite());
    let found = split(&mut *live, 0, point, [0, rows - 1, hidden.unwrap()]);
    let why = found.unwrap_err().to_string();
    assert!(why.contains("the mask hides it"), "{why}");
}

/// A query's part is its writer's row through norm and W_Q, which is taken here from the model with that row alone.
#[test]
fn a_term_is_the_product_of_what_two_parts_wrote() {
    let mut live = open(&fixture("gpt2"), Dtype::F64);
    let cell = [1, 3, 2];
    let found = split(&mut *live, 0, "blocks.0.attn.hook_pattern", cell).unwrap();
    // In block 0 the stream is the sum of token and position, so that its own terms are four, and biases aside.
    let kinds = found.queries.iter().map(|part| part.kind.word());
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["embedding", "positions", "bias", "bias"]);
    let value = |live: &mut dyn Source, point: &str| all(live, 0, point);
    let rows = live.passes()[0].tokens.len();
    let d = live.model().d_model;
    let d_head = live.model().d_head;
    let scale = value(&mut *live, "0.ln1.scale");
    let normed = |live: &mut dyn Source, point: &str, row: usize| -> Vec<f64> {
        let x = &value(live, point)[row * d..][..d];
        let mean = x.iter().sum::<f64>() / d as f64;
        x.iter().map(|x| (x - mean) / scale[row]).collect()
    };
    let of = tensors("gpt2");
    let w = |key: &str| of[&format!("transformer.h.0.{key}")].1.clone();
    let (gain, qkv) = (w("ln_1.weight"), w("attn.c_attn.weight")); // [d], [d, 3d]
    let through = |x: &[f64], first: usize| -> Vec<f64> {
        let column = |j: usize| (0..d).map(|i| x[i] * gain[i] * qkv[i * 3 * d + j]).sum();
        (first..first + d_head).map(column).collect()
    };
    let [head, row, key] = cell;
    let x = normed(&mut *live, "embed", row);
    let y = normed(&mut *live, "pos_embed", key);
    let (q, k) = (through(&x, head * d_head), through(&y, d + head * d_head));
    let due: f64 = q.iter().zip(&k).map(|(a, b)| a * b).sum::<f64>() / (d_head as f64).sqrt();
    let term = found
        .terms
        .iter()
        .find(|pair| (pair.query, pair.key) == (0, 1));
    assert!(near(term.unwrap().value, due, 1e-10), "{rows} {due}");
}

#[test]
fn keys_of_earlier_passes_are_split_where_they_were_made() {
    for name in ["llama", "gpt2"] {
        let mut live = open(&fixture(name), Dtype::F64);
        live.next(0, &Choice::Token(9), &Control::default())
            .unwrap();
        let start = live.passes()[1].start;
        let point = "blocks.1.attn.hook_attn_scores";
        for key in [0, start] {
            let found = split(&mut *live, 1, point, [0, 0, key]).unwrap();
            let own = score(&mut *live, 1, point, [0, 0, key]);
            assert!(near(found.score, own, 1e-10) && near(found.sum, own, 1e-10));
            assert_eq!((found.query, found.key), (start, key));
        }
    }
}

#[test]
fn scores_that_are_not_there_are_errors() {
    let mut live = open(&fixture("llama"), Dtype::F32);
    let mut said = |point: &str, cell| split(&mut *live, 0, point, cell).unwrap_err().to_string();
    let point = "blocks.0.attn.hook_pattern";
    assert!(said("blocks.0.hook_resid_pre", [0, 0, 0]).contains("is no attention score"));
    assert!(said(point, [0, 1, 3]).contains("the mask hides it"));
    assert!(said(point, [99, 1, 0]).contains("there is no head 99"));
    assert!(said(point, [0, 99, 0]).contains("row 99"));
}

//! Views of the whole model: the lens grid, attribution, what heads do, the score of a text. Numbers are compared
//! with formulas that are written out here, in float64.

mod common;

use layerwise::session::batch::Batch;
use layerwise::trace::grid::Chosen;
use layerwise::trace::head_map::{HeadText, Statistic};
use layerwise::trace::query::{Answer, Query, Temperature};
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;

fn ask(source: &mut dyn Source, query: &Query) -> Result<Answer, SourceError> {
    source.answer(query, &Control::default())
}

fn grid(points: &[&str], of: Option<Chosen>) -> Query {
    Query::Grid {
        pass: 0,
        points: points.iter().map(|&point| point.to_owned()).collect(),
        rows: None,
        of,
        temperature: Temperature::default(),
    }
}

fn heads(statistic: Statistic) -> Query {
    Query::HeadMap {
        pass: 0,
        statistic,
        text: HeadText::Prompt,
    }
}

/// −ln p and rank of token `id` in a row of logits.
fn surprisal(logits: &[f64], id: usize) -> (f64, usize) {
    let all: f64 = logits.iter().map(|x| (x - logits[id]).exp()).sum();
    (
        all.ln(),
        1 + logits.iter().filter(|&&x| x > logits[id]).count(),
    )
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

fn written(keep: &dyn Fn(&str) -> bool) -> (tempfile::TempDir, Replay) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    let options = common::Options {
        keep,
        ..common::Options::default()
    };
    common::write(&path, options).unwrap();
    let replay = Replay::open(&path).unwrap();
    (folder, replay)
}

#[test]
fn a_trace_has_the_cells_that_are_recorded_and_says_what_is_missing() {
    let (_folder, mut trace) = written(&|_| true);
    let asked = grid(&["blocks.0.resid_post", "logits"], Some(Chosen::Next));
    let Answer::Grid(found) = ask(&mut trace, &asked).unwrap() else {
        panic!()
    };
    let logits = trace.passes()[0].plan.position("logits").unwrap();
    let values = trace.values(0, logits, &Default::default()).unwrap();
    // Before the end only the last token's lens is recorded.
    let there: Vec<bool> = found.cells[0].iter().map(Option::is_some).collect();
    assert_eq!(there, [false, false, false, true]);
    assert!(found.missing.unwrap().contains("for token 0"));
    for (row, cell) in found.cells[1].iter().enumerate() {
        let cell = cell.as_ref().unwrap();
        let row_of = &values.data[row * common::D_VOCAB..][..common::D_VOCAB];
        // The next tokens are 1, 2, 3 and the generated 4.
        let (due, rank) = surprisal(row_of, row + 1);
        let of = cell.of.as_ref().unwrap();
        assert_eq!((of.id as usize, of.rank), (row + 1, rank));
        assert!(near(-of.log_prob, due, 1e-12) && near(of.prob, (-due).exp(), 1e-12));
        let lens = trace.lens(0, logits, row, 1, 1.0).unwrap();
        assert_eq!((cell.id, cell.prob), (lens.top[0].id, lens.top[0].prob));
        assert_eq!(cell.entropy, lens.entropy);
    }
    let unknown = grid(&["logits"], Some(Chosen::Text("nowhere".into())));
    let error = ask(&mut trace, &unknown).unwrap_err().to_string();
    assert!(
        error.contains("the token \"nowhere\" is not in this trace"),
        "{error}"
    );
}

#[test]
fn a_trace_scores_its_text_from_recorded_logits() {
    let (_folder, mut trace) = written(&|name| name == "logits");
    let Answer::Score(score) = ask(&mut trace, &Query::Score { pass: 1 }).unwrap() else {
        panic!()
    };
    assert_eq!(score.tokens.len(), 5);
    assert_eq!(score.tokens[0].surprisal, None);
    let logits = trace.passes()[0].plan.position("logits").unwrap();
    let values = trace.values(0, logits, &Default::default()).unwrap();
    let mut sum = 0.0;
    for (row, token) in score.tokens.iter().skip(1).enumerate() {
        let row_of = &values.data[row * common::D_VOCAB..][..common::D_VOCAB];
        let (due, rank) = surprisal(row_of, token.id as usize);
        assert!(near(token.surprisal.unwrap(), due, 1e-12));
        assert_eq!(token.rank, Some(rank));
        sum += due;
    }
    assert!(near(score.mean, sum / 4.0, 1e-12));
    assert!(near(score.perplexity, (sum / 4.0).exp(), 1e-12));
    // Without logits nothing can be scored, and attribution needs the model's weights.
    let (_folder, mut trace) = written(&|name| name.ends_with("pattern"));
    let error = ask(&mut trace, &Query::Score { pass: 0 }).unwrap_err();
    assert!(
        error.to_string().contains("is not in this trace"),
        "{error}"
    );
    let attribute = Query::Attribute {
        pass: 0,
        row: 0,
        token: None,
        against: None,
    };
    let error = ask(&mut trace, &attribute).unwrap_err();
    assert!(
        error.to_string().contains("attribution needs the model"),
        "{error}"
    );
}

#[test]
fn heads_of_a_trace_are_told_by_their_patterns() {
    let (_folder, mut trace) = written(&|name| name == "blocks.1.attn.hook_pattern");
    let Answer::HeadMap(map) = ask(&mut trace, &heads(Statistic::Previous)).unwrap() else {
        panic!()
    };
    assert_eq!((map.layers.len(), map.queries), (2, 3));
    assert!(map.layers[0].heads.is_empty());
    assert!(
        map.missing
            .unwrap()
            .contains("blocks.0.attn.pattern is not in this trace")
    );
    let point = trace.passes()[0].plan.find("1.pattern").unwrap();
    let values = trace.values(0, point, &Default::default()).unwrap().data;
    for (head, found) in map.layers[1].heads.iter().enumerate() {
        let p = |query: usize, key: usize| values[(head * 4 + query) * 4 + key];
        assert!(near(*found, (p(1, 0) + p(2, 1) + p(3, 2)) / 3.0, 1e-12));
    }
    let error = ask(&mut trace, &heads(Statistic::Same)).unwrap_err();
    assert!(
        error.to_string().contains("no token of this pass counts"),
        "{error}"
    );
    let error = Batch::new(&mut trace, true)
        .run("heads induction repeated")
        .unwrap_err();
    assert!(error.contains("another text needs the model"), "{error}");
}

#[test]
fn places_that_are_not_there_are_errors() {
    let (_folder, mut trace) = written(&|_| true);
    for rows in [0..5, usize::MAX - 1..usize::MAX, usize::MAX..usize::MAX] {
        let query = Query::Grid {
            pass: 0,
            points: vec!["logits".into()],
            rows: Some(rows),
            of: Some(Chosen::Next),
            temperature: Temperature::default(),
        };
        assert!(ask(&mut trace, &query).is_err());
    }
    for (pass, row, layer) in [
        (0, usize::MAX, None),
        (9, 0, None),
        (0, 0, Some(usize::MAX)),
    ] {
        let query = Query::Rollout { pass, row, layer };
        assert!(ask(&mut trace, &query).is_err());
    }
    assert!(ask(&mut trace, &Query::Score { pass: usize::MAX }).is_err());
}

#[test]
fn commands_that_ask_about_everything_are_read() {
    let (_folder, mut trace) = written(&|_| true);
    let mut batch = Batch::new(&mut trace, true);
    let reply = batch.run("grid post of next").unwrap().unwrap();
    let json = serde_json::to_value(&reply).unwrap();
    assert_eq!(json["kind"], "grid");
    assert_eq!(json["points"][0], "blocks.0.resid_pre");
    assert_eq!(json["points"][2], "blocks.1.resid_post");
    assert_eq!(json["tokens"][3], "民");
    assert_eq!(json["cells"][2][3]["of"]["text"], "共");
    assert!(
        reply.text().contains("rank of the token that follows"),
        "{}",
        reply.text()
    );
    let json = serde_json::to_value(batch.run("score").unwrap().unwrap()).unwrap();
    assert_eq!(
        (&json["kind"], &json["tokens"][1]["text"]),
        (&"score".into(), &"华".into())
    );
    let text = batch.run("heads distance").unwrap().unwrap().text();
    assert!(
        text.contains("reach, in tokens") && text.contains("blocks.1.attn.pattern"),
        "{text}"
    );
    let text = batch.run("rollout 0").unwrap().unwrap().text();
    assert!(text.contains("Abnar & Zuidema"), "{text}");
    for (line, why) in [
        ("heads sideways", "heads does not understand `sideways`"),
        ("heads first again", "does not understand `again`"),
        ("grid of", "no hook point matches of"),
        ("grid nothing", "no hook point matches nothing"),
        ("grid *.pattern", "no value of the residual stream matches"),
        ("neurons x", "neurons does not understand `x`"),
        ("neurons 0", "from 1"),
        ("neurons", "in no block"),
        ("rollout 9", "block 9 has no pattern"),
        ("attribute 3 against \"\"", "attribute needs TOKEN"),
    ] {
        let error = batch.run(line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn rollout_multiplies_the_blocks() {
    let (_folder, mut trace) = written(&|name| name.ends_with("pattern"));
    let query = Query::Rollout {
        pass: 1,
        row: 0,
        layer: None,
    };
    let Answer::Rollout(rollout) = ask(&mut trace, &query).unwrap() else {
        panic!()
    };
    // Rows of both passes, as one matrix: half the mean of the heads, half the identity, rows that sum to 1.
    let matrix = |trace: &mut Replay, block: usize| {
        let mut matrix = [[0.0; 5]; 5];
        for pass in 0..2 {
            let own = trace.passes()[pass].clone();
            let point = own.plan.find(&format!("{block}.pattern")).unwrap();
            let p = trace.values(pass, point, &Default::default()).unwrap();
            let (queries, keys) = (p.shape[1], p.shape[2]);
            for query in 0..queries {
                let row = &mut matrix[own.start + query];
                for (key, x) in row.iter_mut().enumerate().take(keys) {
                    let at = |head: usize| p.data[(head * queries + query) * keys + key];
                    *x = (at(0) + at(1)) / 4.0;
                }
                row[own.start + query] += 0.5;
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|x| *x /= sum);
            }
        }
        matrix
    };
    let (first, second) = (matrix(&mut trace, 0), matrix(&mut trace, 1));
    for key in 0..5 {
        let due: f64 = (0..5).map(|i| second[4][i] * first[i][key]).sum();
        assert!(near(rollout.layers[1].shares[key], second[4][key], 1e-12));
        assert!(near(rollout.layers[0].shares[key], due, 1e-12));
    }
}

#[cfg(feature = "torch")]
mod live {
    use std::collections::HashMap;
    use std::ops::Range;
    use std::path::{Path, PathBuf};

    use layerwise::checkpoint::Checkpoint;
    use layerwise::engine::{self, Options};
    use layerwise::trace::attribution::{Attribution, Part, PartKind};
    use layerwise::trace::query::{Choice, Given};
    use layerwise::trace::tensor::{Dtype, HostTensor, Pick, Slice};
    use serde_json::Value;

    use super::*;

    const PROMPT: &str = "The capital of France is";

    fn fixture(name: &str) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        root.join("fixtures/models").join(name)
    }

    fn open(folder: &Path, dtype: Dtype) -> Box<dyn Source> {
        let options = Options {
            dtype,
            ..Options::default()
        };
        engine::open(Checkpoint::open(folder).unwrap(), PROMPT, &options).unwrap()
    }

    /// All small models, by the names of their folders.
    fn models(dtype: Dtype) -> Vec<(String, Box<dyn Source>)> {
        let folders = std::fs::read_dir(fixture("")).unwrap();
        let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
        folders.sort();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        folders
            .iter()
            .map(|path| (name(path), open(path, dtype)))
            .collect()
    }

    fn all(live: &mut dyn Source, pass: usize, point: &str) -> Vec<f64> {
        let at = live.passes()[pass].plan.find(point).unwrap();
        live.values(pass, at, &Slice::default()).unwrap().data
    }

    /// The last of `rows` rows.
    fn last(values: &[f64], rows: usize) -> &[f64] {
        &values[values.len() / rows * (rows - 1)..]
    }

    fn attribute(
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

    #[test]
    fn a_grid_says_what_each_lens_says() {
        for (dtype, tolerance) in [(Dtype::F32, 1e-4), (Dtype::F64, 1e-12)] {
            for (name, mut live) in models(dtype) {
                let plan = live.passes()[0].plan.clone();
                if !plan.has_logits() {
                    let error = ask(&mut *live, &grid(&["0.resid_post"], None)).unwrap_err();
                    assert!(
                        matches!(error, SourceError::NoLogits { .. }),
                        "{name}: {error}"
                    );
                    continue;
                }
                let points: Vec<usize> = (0..plan.len())
                    .filter(|&point| plan.is_residual(point) || point + 1 == plan.len())
                    .collect();
                let names = points
                    .iter()
                    .map(|&point| plan.points()[point].name.clone());
                let query = Query::Grid {
                    pass: 0,
                    points: names.collect(),
                    rows: Some(1..3),
                    of: Some(Chosen::Id(7)),
                    temperature: Temperature::new(0.7).unwrap(),
                };
                let Answer::Grid(found) = ask(&mut *live, &query).unwrap() else {
                    panic!()
                };
                let d_vocab = live.model().d_vocab;
                for (&point, cells) in points.iter().zip(&found.cells) {
                    assert_eq!(cells.len(), 2);
                    for (row, cell) in (1..3).zip(cells) {
                        let cell = cell.as_ref().unwrap();
                        let due = live.lens(0, point, row, d_vocab, 0.7).unwrap();
                        let what = format!("{name} {dtype} {point} {row}: {cell:?}");
                        assert_eq!(cell.id, due.top[0].id, "{what}");
                        assert!(near(cell.prob, due.top[0].prob, tolerance), "{what}");
                        assert!(near(cell.entropy, due.entropy, tolerance), "{what}");
                        let of = cell.of.as_ref().unwrap();
                        let place = due.top.iter().position(|c| c.id == 7).unwrap();
                        let own = due.top[place].logit;
                        let above = due.top.iter().filter(|c| c.logit > own).count();
                        if dtype == Dtype::F64 {
                            assert_eq!(of.rank, 1 + above, "{what}");
                        }
                        assert!(near(of.prob, due.top[place].prob, tolerance), "{what}");
                        assert!(near(of.log_prob, due.top[place].prob.ln(), 1e-3), "{what}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_grid_follows_the_text_into_later_passes_and_refuses_what_is_not_there() {
        let mut live = open(&fixture("llama"), Dtype::F32);
        live.next(0, &Choice::Token(9), &Control::default())
            .unwrap();
        let rows = live.passes()[0].tokens.len();
        let Answer::Grid(found) = ask(&mut *live, &grid(&["logits"], Some(Chosen::Next))).unwrap()
        else {
            panic!()
        };
        let next: Vec<u32> = found.cells[0]
            .iter()
            .map(|cell| cell.as_ref().unwrap().of.as_ref().unwrap().id)
            .collect();
        let due: Vec<u32> = live.passes()[1]
            .tokens
            .iter()
            .map(|token| token.id)
            .collect();
        assert_eq!(next, due[1..]);
        // Nothing follows the last token.
        let query = Query::Grid {
            pass: 1,
            points: vec!["logits".into()],
            rows: None,
            of: Some(Chosen::Next),
            temperature: Temperature::default(),
        };
        let Answer::Grid(found) = ask(&mut *live, &query).unwrap() else {
            panic!()
        };
        assert!(found.cells[0][0].as_ref().unwrap().of.is_none());
        for (rows, id) in [
            (0..rows + 1, 7),
            (Range { start: 3, end: 1 }, 7),
            (usize::MAX..usize::MAX, 7),
            (0..1, u32::MAX),
        ] {
            let query = Query::Grid {
                pass: 0,
                points: vec!["logits".into()],
                rows: Some(rows),
                of: Some(Chosen::Id(id)),
                temperature: Temperature::default(),
            };
            assert!(ask(&mut *live, &query).is_err());
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
                let one =
                    |live: &mut dyn Source, id| attribute(live, 0, 1, [Some(id), None]).unwrap();
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
                let model = live.model();
                assert_eq!(heads, model.n_heads * model.n_layers, "{name}");
            }
        }
        assert!(refused.iter().any(|name| name == "bert"), "{refused:?}");
    }

    /// The rows of a stored tensor.
    fn tensors(name: &str) -> HashMap<String, (Vec<usize>, Vec<f64>)> {
        let bytes = std::fs::read(fixture(name).join("model.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.tensors().into_iter().map(|(key, view)| {
            let numbers = view.data().chunks_exact(4);
            let numbers = numbers.map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())));
            (key, (view.shape().to_vec(), numbers.collect()))
        });
        tensors.collect()
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
            let row =
                |live: &mut dyn Source, point: &str| last(&all(live, 0, point), rows).to_vec();
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
                    let tensor = |shape, data: &[f64]| {
                        HostTensor::new(Dtype::F64, shape, data.iter().copied())
                    };
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
                        (part.kind, part.layer, part.index)
                            == (PartKind::Head, Some(layer), Some(head))
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

    /// A neuron's column of output weights, through the frozen final norm and the unembedding.
    #[test]
    fn neurons_move_the_tokens_that_their_weights_favour() {
        for name in ["llama", "gemma2", "phi", "opt_norm_of_sum"] {
            let mut live = open(&fixture(name), Dtype::F64);
            let rows = live.passes()[0].tokens.len();
            let query = Query::Neurons {
                pass: 0,
                row: rows - 1,
                layer: 1,
                k: 100_000,
                tokens: 3,
            };
            let Answer::Neurons { neurons } = ask(&mut *live, &query).unwrap() else {
                panic!()
            };
            let post = all(&mut *live, 0, "1.mlp.post");
            let post = last(&post, rows);
            assert_eq!(neurons.len(), post.len());
            assert!(neurons.windows(2).all(|pair| pair[0].size >= pair[1].size));
            // All neurons together move a token by what attribution says of the MLP.
            let moved = neurons[0].raises[0].id;
            let of = attribute(&mut *live, 0, rows - 1, [Some(moved), None]).unwrap();
            let mlp = of
                .parts
                .iter()
                .find(|p| (p.kind, p.layer) == (PartKind::Mlp, Some(1)));
            let mlp = mlp.unwrap().value;
            let everything = Query::Neurons {
                pass: 0,
                row: rows - 1,
                layer: 1,
                k: 100_000,
                tokens: live.model().d_vocab,
            };
            let Answer::Neurons { neurons } = ask(&mut *live, &everything).unwrap() else {
                panic!()
            };
            let by = |n: &layerwise::trace::attribution::Neuron| {
                n.raises.iter().find(|m| m.id == moved).unwrap().by
            };
            let sum: f64 = neurons.iter().map(by).sum();
            assert!(near(sum, mlp, 1e-9), "{name}: {sum} {mlp}");
            for neuron in &neurons {
                assert_eq!(neuron.activation, post[neuron.index], "{name}");
            }
        }
        let mut live = open(&fixture("mixtral"), Dtype::F32);
        for (layer, why) in [(0, "has experts"), (99, "no block 99")] {
            let query = Query::Neurons {
                pass: 0,
                row: 0,
                layer,
                k: 1,
                tokens: 1,
            };
            let error = ask(&mut *live, &query).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn random_tokens_that_repeat_leave_the_session_as_it_is() {
        let mut live = open(&fixture("llama"), Dtype::F32);
        live.next(0, &Choice::Greedy, &Control::default()).unwrap();
        let before = live.passes().to_vec();
        let logits = all(&mut *live, 1, "logits");
        let query = |seed| Query::HeadMap {
            pass: 1,
            statistic: Statistic::Induction,
            text: HeadText::Repeated { tokens: 6, seed },
        };
        let mut map = |seed| match ask(&mut *live, &query(seed)).unwrap() {
            Answer::HeadMap(map) => map,
            other => panic!("{other:?}"),
        };
        let (first, again, other) = (map(1), map(1), map(2));
        assert_eq!(first, again);
        assert_ne!(first.layers, other.layers);
        assert!(first.queries >= 6);
        assert_eq!(live.passes(), before);
        assert_eq!(all(&mut *live, 1, "logits"), logits);
        let query = Query::HeadMap {
            pass: 0,
            statistic: Statistic::Induction,
            text: HeadText::Repeated {
                tokens: 1_000_000,
                seed: 0,
            },
        };
        let error = ask(&mut *live, &query).unwrap_err().to_string();
        assert!(error.contains("this model takes 1 to"), "{error}");
        assert_eq!(live.passes(), before);
    }

    #[test]
    fn a_live_model_scores_its_text_and_an_encoder_refuses() {
        let mut live = open(&fixture("gpt2"), Dtype::F64);
        live.next(0, &Choice::Token(9), &Control::default())
            .unwrap();
        let Answer::Score(score) = ask(&mut *live, &Query::Score { pass: 1 }).unwrap() else {
            panic!()
        };
        let text = live.passes()[1].tokens.clone();
        let d_vocab = live.model().d_vocab;
        let logits = all(&mut *live, 0, "logits");
        for (i, token) in score.tokens.iter().enumerate().skip(1) {
            let row = &logits[(i - 1) * d_vocab..][..d_vocab];
            let (due, rank) = surprisal(row, text[i].id as usize);
            assert!(near(token.surprisal.unwrap(), due, 1e-12));
            assert_eq!(token.rank, Some(rank));
        }
        assert_eq!(score.tokens.len(), text.len());
        let mut live = open(&fixture("bert"), Dtype::F32);
        let error = ask(&mut *live, &Query::Score { pass: 0 })
            .unwrap_err()
            .to_string();
        assert!(error.contains("encoder"), "{error}");
        let slice = Slice(vec![Pick::At(0)]);
        assert!(live.values(0, 0, &slice).is_ok());
    }
}

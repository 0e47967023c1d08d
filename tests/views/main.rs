//! Views of the whole model: the lens grid, attribution, what heads do, the score of a text. Numbers are compared
//! with formulas that are written out here, in float64.

#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "torch")]
mod live;

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

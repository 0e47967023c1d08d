//! The keys and values that are kept for later passes are those that each pass has computed.
#![cfg(feature = "torch")]

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::query::{Answer, Choice, Query};
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Pick, Slice, Values};

fn open(model: &str) -> Box<dyn Source> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let checkpoint = Checkpoint::open(&path.join(model)).unwrap();
    engine::open(checkpoint, "中华人民", &Options::default()).unwrap()
}

fn ask(source: &mut dyn Source, query: &Query) -> Values {
    match source.answer(query, &Control::default()) {
        Ok(Answer::Values(values) | Answer::Kept(values)) => values,
        other => panic!("{query:?}: {other:?}"),
    }
}

fn kept(source: &mut dyn Source, pass: usize, name: &str, slice: Slice) -> Values {
    let name = name.into();
    ask(source, &Query::Kept { pass, name, slice })
}

#[test]
fn rows_of_all_passes_are_kept_live_and_in_a_trace() {
    for (model, keys) in [
        ("gpt2", "1.k"),
        ("llama", "1.rot_k"),
        ("qwen3", "1.rot_k"),
        ("bloom", "1.k"),
    ] {
        let mut live = open(model);
        let control = Control::default();
        live.next(0, &Choice::Greedy, &control).unwrap();
        live.next(1, &Choice::Greedy, &control).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.safetensors");
        live.save(&path, &[], &control).unwrap();
        let mut trace = Replay::open(&path).unwrap();
        let tokens = live.passes()[2].tokens.len();
        for (name, point) in [("1.keys", keys), ("blocks.1.attn.values", "1.v")] {
            let mut due = Vec::new();
            for pass in 0..3 {
                let (point, slice) = (point.into(), Slice::default());
                due.extend(ask(&mut *live, &Query::Values { pass, point, slice }).data);
            }
            let all = kept(&mut *live, 2, name, Slice::default());
            assert_eq!(all.data, due, "{model} {name}");
            assert_eq!(all.shape[0], tokens, "{model} {name}");
            assert_eq!(
                kept(&mut trace, 2, name, Slice::default()),
                all,
                "{model} {name}"
            );
            // A window of rows, one head, over two passes.
            let window = Slice(vec![
                Pick::Span(tokens - 3..tokens),
                Pick::At(1),
                Pick::Span(1..4),
            ]);
            let seen = kept(&mut *live, 2, name, window.clone());
            assert_eq!(seen.shape, [3, 3]);
            let (heads, d_head) = (all.shape[1], all.shape[2]);
            let cell = |row: usize, col: usize| {
                all.data[((tokens - 3 + row) * heads + 1) * d_head + 1 + col]
            };
            let cells: Vec<f64> = (0..9).map(|i| cell(i / 3, i % 3)).collect();
            assert_eq!(seen.data, cells, "{model} {name}");
            assert_eq!(kept(&mut trace, 2, name, window), seen, "{model} {name}");
            // An earlier pass has not seen the later tokens.
            assert_eq!(
                kept(&mut *live, 1, name, Slice::default()).shape[0],
                tokens - 1
            );
        }
    }
}

#[test]
fn an_encoder_keeps_nothing_and_says_so() {
    let mut bert = open("bert");
    let query = Query::Kept {
        pass: 0,
        name: "blocks.0.attn.keys".into(),
        slice: Slice::default(),
    };
    let why = bert.answer(&query, &Control::default()).unwrap_err();
    assert!(
        why.to_string().starts_with("no keys or values are kept"),
        "{why}"
    );
}

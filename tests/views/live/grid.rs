//! The lens grid against single lenses.

use std::ops::Range;

use layerwise::trace::query::Choice;

use super::super::*;
use super::*;

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

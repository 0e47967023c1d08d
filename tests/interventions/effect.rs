//! The answer before and after.

use std::sync::{Arc, Mutex};

use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::query::{Answer, Choice, Query, Temperature};
use layerwise::trace::source::{Control, Progress, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Pick, Slice};

use super::device::options;
use super::*;

#[test]
fn the_answer_before_and_after_is_that_of_the_two_models() {
    let p = |logits: &[f64]| -> Vec<f64> {
        let max = logits.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = logits.iter().map(|x| (x - max).exp()).sum();
        logits.iter().map(|x| (x - max).exp() / sum).collect()
    };
    for family in FAMILIES {
        let mut own = open(family);
        let mut source = open(family);
        let last = source.passes().len() - 1;
        let (end, vocab) = (source.passes()[0].plan.len() - 1, source.model().d_vocab);
        if !source.passes()[0].plan.has_logits() {
            continue;
        }
        assert!(source.effect(last, 0, 5).unwrap().same);
        put(&mut *source, 0, "0.z", vec![], Change::Zero);
        let effect = source.effect(last, 0, 5).unwrap();
        let logits =
            |source: &mut dyn Source| floats(&source.tensor(last, end).unwrap())[..vocab].to_vec();
        let (p, q) = (p(&logits(&mut *own)), p(&logits(&mut *source)));
        let kl: f64 = p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum();
        assert!(
            !effect.same && (effect.kl - kl).abs() < 1e-5 * (1.0 + kl),
            "{family} {kl} {}",
            effect.kl
        );
        let furthest =
            (0..vocab).max_by(|a, b| (p[*a] - q[*a]).abs().total_cmp(&(p[*b] - q[*b]).abs()));
        let moved = &effect.moved[0];
        assert_eq!(Some(moved.id as usize), furthest, "{family}");
        assert!((moved.before - p[moved.id as usize]).abs() < 1e-6);
        assert!((moved.after - q[moved.id as usize]).abs() < 1e-6);
        let before = effect.after.top.iter().map(|c| p[c.id as usize]);
        assert_eq!(effect.was.len(), effect.after.top.len());
        let near = effect
            .was
            .iter()
            .zip(before)
            .all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{family} {:?}", effect.was);
        revise(&mut *source, Revision::Clear);
        assert!(source.effect(last, 0, 5).unwrap().same);
    }
}

#[test]
fn the_next_token_follows_the_changed_logits_and_old_ones_stay() {
    let mut source = open("llama");
    let tokens = source.passes()[2].tokens.clone();
    let row = source.passes()[0].tokens.len() - 1;
    put(
        &mut *source,
        0,
        "logits",
        vec![Pick::At(row), Pick::At(5)],
        Change::Put(1e4),
    );
    assert_eq!(source.passes()[2].tokens, tokens, "tokens stay");
    let effect = source.effect(0, row, 3).unwrap();
    assert_eq!((effect.after.top[0].id, effect.moved[0].id), (5, 5));
    assert!(effect.kl > 1.0 && !effect.same);
    assert!(
        source.effect(0, 2, 3).unwrap().same,
        "another row has the bits of before"
    );
    let end = source.passes()[0].plan.len() - 1;
    assert_eq!(source.lens(0, end, row, 1, 1.0).unwrap().top[0].id, 5);
    assert_eq!(
        source
            .lenses(0, &[0, end], row, 1, 1.0, &Control::default())
            .unwrap()[1]
            .top[0]
            .id,
        5
    );
    source
        .next(0, &Choice::Greedy, &Control::default())
        .unwrap();
    assert_eq!(source.passes().len(), 2);
    assert_eq!(source.passes()[1].tokens.last().unwrap().id, 5);
}

/// An effect resumes at the layer that changes: no layer before it runs again.
#[test]
fn an_effect_runs_the_layers_after_it_alone() {
    let mut source = opened("llama", PROMPT, &options());
    let (row, n_layers) = (source.passes()[0].tokens.len() - 1, source.model().n_layers);
    source.effect(0, row, 1).unwrap();
    let ran: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = ran.clone();
    let control = Control {
        progress: Some(Arc::new(move |p: Progress| {
            heard.lock().unwrap().push(p.at.to_string());
        })),
        ..Control::default()
    };
    let last = n_layers - 1;
    let one = Intervention::new(0, &format!("{last}.z"), Slice::default(), Change::Zero);
    source.intervene(Revision::Put(one), &control).unwrap();
    let query = Query::Effect {
        pass: 0,
        row,
        k: 1,
        temperature: Temperature::default(),
    };
    source.answer(&query, &control).unwrap();
    let ran = ran.lock().unwrap().clone();
    let due = [format!("blocks.{last}"), "unembed".into()];
    assert!(
        !ran.is_empty() && ran.iter().all(|layer| due.contains(layer)),
        "{ran:?}"
    );
    // Turned off, nothing runs at all.
    let heard = Arc::new(Mutex::new(0));
    let count = heard.clone();
    source
        .intervene(Revision::Toggle(1), &Control::default())
        .unwrap();
    let control = Control {
        progress: Some(Arc::new(move |_| *count.lock().unwrap() += 1)),
        ..Control::default()
    };
    let Answer::Effect(effect) = source.answer(&query, &control).unwrap() else {
        unreachable!("an effect answers the question for it");
    };
    assert!(effect.same);
    assert_eq!(*heard.lock().unwrap(), 0);
}

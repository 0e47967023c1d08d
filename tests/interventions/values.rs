//! The value that an intervention makes, and all that follows from it.

use layerwise::engine::Options;
use layerwise::trace::intervention::{Change, Origin, Revision};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, HostTensor, Pick};

use super::device::options;
use super::*;

/// Elements of a row-major value, with their index along the first axis and the second.
fn edited(value: &HostTensor, f: impl Fn([usize; 2], usize, f32) -> f32) -> HostTensor<'static> {
    let inner: usize = value.shape.iter().skip(2).product();
    let second = value.shape.get(1).copied().unwrap_or(1);
    let numbers = floats(value).into_iter().enumerate().map(|(i, x)| {
        let index = [i / inner / second, i / inner % second];
        f64::from(f(index, i, x as f32))
    });
    HostTensor::new(value.dtype, value.shape.clone(), numbers)
}

/// A change, and what it makes of a value in plain arithmetic.
type Case = (
    &'static str,
    Vec<Pick>,
    Change,
    fn(&HostTensor) -> HostTensor<'static>,
    bool,
);

fn cases(tokens: usize) -> Vec<Case> {
    let patch = |row| Change::Patch {
        from: Origin::Here,
        row: Some(row),
    };
    vec![
        (
            "1.resid_pre",
            vec![],
            Change::Zero,
            |v| edited(v, |_, _, _| 0.0),
            true,
        ),
        (
            "0.z",
            vec![Pick::Span(0..tokens), Pick::At(1)],
            Change::Zero,
            |v| edited(v, |[_, head], _, x| if head == 1 { 0.0 } else { x }),
            true,
        ),
        (
            "1.mlp_out",
            vec![],
            Change::Scale(-2.5),
            |v| edited(v, |_, _, x| x * -2.5),
            true,
        ),
        (
            "1.pattern",
            vec![Pick::At(0), Pick::At(3)],
            Change::Put(0.25),
            |v| edited(v, |at, _, x| if at == [0, 3] { 0.25 } else { x }),
            false,
        ),
        (
            "0.k",
            vec![Pick::At(2)],
            patch(1),
            |v| {
                let (numbers, width) = (floats(v), v.numel() / v.shape[0]);
                edited(v, |[row, _], i, x| {
                    let from = numbers[width + i % width] as f32;
                    if row == 2 { from } else { x }
                })
            },
            false,
        ),
    ]
}

/// One case in one family: what it changes has the bits of the same value put by hand in every pass that it
/// holds in, and the rest has the model's own.
#[test]
fn interventions_equal_values_that_are_put_by_hand() {
    for family in FAMILIES {
        let own = every(&mut *open(family));
        let tokens = open(family).passes()[0].tokens.len();
        for (name, slice, change, made, later) in cases(tokens) {
            let mut source = open(family);
            if source.passes()[0].plan.find(name).is_none() {
                continue;
            }
            let mut by_hand = open(family);
            // It has run everything before, so that nothing stale may be left.
            every(&mut *source);
            let reached = put(&mut *source, 0, name, slice, change);
            let point = at(&*source, name);
            assert_eq!(source.interventions()[0].later, later, "{name}");
            let passes = source.passes().len();
            for pass in 0..if later { passes } else { 1 } {
                let value = made(&by_hand.tensor(pass, point).unwrap());
                by_hand.replace(pass, point, Some(&value)).unwrap();
            }
            let due = every(&mut *by_hand);
            assert!(every(&mut *source) == due, "{family} {name}");
            for (pass, values) in due.iter().enumerate() {
                for (other, value) in values.iter().enumerate() {
                    assert!(
                        value.bytes == own[pass][other].bytes || reached.contains(&(pass, other)),
                        "{family} {name}: {other} of pass {pass} is not said to change"
                    );
                }
            }
            revise(&mut *source, Revision::Toggle(1));
            assert!(every(&mut *source) == own, "{family} {name} off");
            revise(&mut *source, Revision::Toggle(1));
            assert!(every(&mut *source) == due, "{family} {name} on");
            revise(&mut *source, Revision::Clear);
            assert!(every(&mut *source) == own, "{family} {name} cleared");
            revise(&mut *source, Revision::Undo);
            assert!(every(&mut *source) == due, "{family} {name} undone");
        }
    }
}

#[test]
fn means_are_of_all_positions_and_rows_are_drawn_by_the_seed() {
    for family in ["gpt2", "llama", "bert"] {
        let mut source = open(family);
        let point = at(&*source, "1.resid_pre");
        let own = floats(&source.tensor(0, point).unwrap());
        let width = source.model().d_model;
        let rows: Vec<&[f64]> = own.chunks(width).collect();
        put(
            &mut *source,
            0,
            "1.resid_pre",
            vec![Pick::At(1)],
            Change::Mean { over: None },
        );
        let now = floats(&source.tensor(0, point).unwrap());
        for (i, x) in now[width..2 * width].iter().enumerate() {
            let mean = rows.iter().map(|row| row[i]).sum::<f64>() / rows.len() as f64;
            assert!((x - mean).abs() < 1e-6, "{family} {x} {mean}");
        }
        assert_eq!(now[..width], own[..width]);
        revise(&mut *source, Revision::Clear);
        let drawn = |seed| {
            let mut source = open(family);
            let change = Change::Resample { seed, from: None };
            put(&mut *source, 0, "1.resid_pre", vec![], change);
            floats(&source.tensor(0, point).unwrap())
        };
        let one = drawn(1);
        assert_eq!(one, drawn(1));
        assert!((2..9).any(|seed| drawn(seed) != one));
        let mut sorted: Vec<&[f64]> = one.chunks(width).collect();
        let mut due = rows.clone();
        let order = |a: &&[f64], b: &&[f64]| a[0].total_cmp(&b[0]);
        sorted.sort_by(order);
        due.sort_by(order);
        assert_eq!(sorted, due, "{family}: the rows stay, their order does not");
        let other = floats(
            &opened(family, "Paris is old", &options())
                .tensor(0, point)
                .unwrap(),
        );
        let mut source = open(family);
        let from = Some("Paris is old".into());
        put(
            &mut *source,
            0,
            "1.resid_pre",
            vec![],
            Change::Resample { seed: 3, from },
        );
        for row in floats(&source.tensor(0, point).unwrap()).chunks(width) {
            assert!(other.chunks(width).any(|theirs| theirs == row), "{family}");
        }
    }
}

#[test]
fn scores_that_are_not_held_can_be_changed() {
    let long = Options {
        whole_scores: 1,
        ..options()
    };
    let values = |options: &Options| {
        let mut source = opened("llama", PROMPT, options);
        put(
            &mut *source,
            0,
            "1.pattern",
            vec![Pick::At(1)],
            Change::Zero,
        );
        let point = at(&*source, "1.resid_post");
        floats(&source.tensor(0, point).unwrap())
    };
    let (held, not) = (values(&options()), values(&long));
    let far = held
        .iter()
        .zip(&not)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(far < 1e-5, "{far}");
}

#[test]
fn numbers_are_rounded_to_the_dtype_of_the_model() {
    // Half precision applies what was given in f32.
    let half = Options {
        dtype: Dtype::BF16,
        ..options()
    };
    let mut source = opened("llama", PROMPT, &half);
    let point = at(&*source, "1.resid_pre");
    put(&mut *source, 0, "1.resid_pre", vec![], Change::Put(0.3));
    let now = floats(&source.tensor(0, point).unwrap());
    assert!(
        now.iter()
            .all(|x| *x == f64::from(half::bf16::from_f64(0.3)))
    );
}

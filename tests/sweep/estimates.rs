//! Estimates from gradients.

use super::*;

/// In float64 the estimate of a zero is minus the slope of the metric along the value itself, in every family.
#[test]
fn estimates_are_slopes() {
    let precise = Options {
        dtype: Dtype::F64,
        ..options()
    };
    for model in families() {
        let checkpoint = Checkpoint::open(&fixtures().join("models").join(&model)).unwrap();
        let mut source = engine::open(checkpoint, CLEAN, &precise).unwrap();
        let row = source.model().first_row(&source.passes()[0]);
        let plan = source.passes()[0].plan.clone();
        let found = ["embed", "0.z", "0.mlp_out", "1.v"].map(|name| plan.find(name));
        let points: Vec<String> = found
            .into_iter()
            .flatten()
            .map(|at| plan.points()[at].name.clone())
            .collect();
        assert!(points.len() > 1, "{model}: {points:?}");
        let sweep = Sweep {
            gradient: true,
            ..ablation(points.clone(), Columns::Whole, Swap::Zero)
        };
        let map = ask(&mut *source, sweep).unwrap();
        for (point, line) in points.iter().zip(&map.cells) {
            let mut at = |factor: f64| {
                let one = Intervention::new(0, point, Slice::default(), Change::Scale(factor));
                source
                    .intervene(Revision::Put(one), &Control::default())
                    .unwrap();
                let found = measured(&mut *source, row);
                source
                    .intervene(Revision::Clear, &Control::default())
                    .unwrap();
                found
            };
            let step = 1e-5;
            let slope = (at(1.0 + step) - at(1.0 - step)) / (2.0 * step);
            let estimate = line[0].as_ref().unwrap().estimate.unwrap();
            let far = (estimate + slope).abs();
            assert!(
                far < 1e-6 * slope.abs().max(1.0),
                "{model} {point}: {estimate} {slope}"
            );
        }
    }
}

#[test]
fn estimates_stand_beside_effects_with_their_error() {
    let mut source = open("llama", "The");
    let points = [ending(&*source, "hook_z"), vec!["ln_final.out".into()]];
    let with = |points: &[String], gradient| Sweep {
        gradient,
        ..patching(points.to_vec(), Columns::Whole)
    };
    let map = ask(&mut *source, with(&points.concat(), true)).unwrap();
    let cells: Vec<_> = map.cells.iter().flatten().flatten().collect();
    // Behind the last norm the logits are linear.
    assert!((cells[2].estimate.unwrap() - 1.0).abs() < 1e-5);
    let error = map.estimate_error().unwrap();
    let far = (cells[0].estimate.unwrap() - cells[0].effect).abs();
    assert!(error.largest >= far && error.largest > 1e-3, "{error:?}");
    let text = layerwise::session::reply::Reply::Sweep(map).text();
    assert!(
        text.contains("estimates (change × gradient): correlation"),
        "{text}"
    );
    let plain = ask(&mut *source, with(&points.concat(), false)).unwrap();
    assert_eq!(plain.estimate_error(), None);
    // One part after the other: their estimates sum to that of the whole.
    let heads = Sweep {
        columns: Columns::Head,
        ..with(&points[0], true)
    };
    let heads = ask(&mut *source, heads).unwrap();
    let of = |map: &SweepMap, row: usize| -> f64 {
        let cells = map.cells[row].iter().flatten();
        cells.map(|cell| cell.estimate.unwrap()).sum()
    };
    let whole = ask(&mut *source, with(&points[0], true)).unwrap();
    for row in 0..2 {
        assert!((of(&heads, row) - of(&whole, row)).abs() < 1e-5);
    }
    let path = Sweep {
        into: vec![Receiver {
            point: "1.q".into(),
            slice: Slice::default(),
        }],
        ..with(&points[0][..1], true)
    };
    assert!(refused(&mut *source, path).contains("gradients estimate"));
}

//! Changes against interventions made one at a time, in batches, and at random.

use super::*;

#[test]
fn any_hook_point_of_any_family_is_changed_as_by_an_intervention() {
    let mut worst = (0.0, String::new());
    for model in families() {
        let mut source = open(&model, CLEAN);
        let points = source.passes()[0].plan.points().iter();
        // Numbers of experts cannot be 0 for all of them.
        let points = points.map(|point| point.name.clone());
        let points: Vec<String> = points
            .filter(|name| !name.ends_with("expert_indices") && !name.starts_with("pool"))
            .collect();
        let row = source.model().first_row(&source.passes()[0]);
        let map = ask(
            &mut *source,
            ablation(points.clone(), Columns::Whole, Swap::Zero),
        );
        let map = map.unwrap_or_else(|why| panic!("{model}: {why}"));
        for (point, found) in points.iter().zip(values(&map)) {
            let zero = Intervention::new(0, point, Slice::default(), Change::Zero);
            let put = Revision::Put(zero);
            source.intervene(put, &Control::default()).unwrap();
            let due = measured(&mut *source, row);
            source
                .intervene(Revision::Clear, &Control::default())
                .unwrap();
            // Zeroed scores or norms may give a NaN on both sides.
            let far = (found - due).abs() / due.abs().max(1.0);
            assert!(
                far < 1e-5 || found.is_nan() && due.is_nan(),
                "{model} {point}: {found} {due}"
            );
            if far > worst.0 {
                worst = (far, format!("{model} {point}"));
            }
        }
    }
    println!("furthest from one at a time: {worst:?}");
}

#[test]
fn batched_numbers_lie_within_noise_of_single_ones() {
    for model in ["llama", "gpt2", "gemma2", "qwen3_moe", "bloom"] {
        let mut source = open(model, "The");
        let points = [
            ending(&*source, "hook_resid_pre"),
            ending(&*source, "hook_mlp_out"),
        ];
        let mut with = |at_once| {
            let sweep = Sweep {
                at_once,
                ..patching(points.concat(), Columns::Position)
            };
            values(&ask(&mut *source, sweep).unwrap())
        };
        let (single, some, all) = (with(Some(1)), with(Some(5)), with(None));
        let far = furthest(&single, &some).max(furthest(&single, &all));
        let size = single.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        assert!(far < 3e-6 * size, "{model}: {far} of {size}");
        let wide = single.iter().map(|x| (x - single[0]).abs());
        assert!(wide.fold(0.0, f64::max) > 1e-3, "{model}: nothing moves");
    }
}

#[test]
fn random_changes_show_a_floor_and_repeat_with_their_seed() {
    let mut source = open("llama", "The");
    let points = ending(&*source, "hook_resid_pre");
    let mut with = |seed, controls| {
        let sweep = Sweep {
            seed,
            controls,
            ..patching(points.clone(), Columns::Position)
        };
        ask(&mut *source, sweep).unwrap()
    };
    let (one, other, none) = (with(1, 3), with(2, 3), with(1, 0));
    assert_eq!((one.controls.len(), none.controls.len()), (6, 0));
    assert_eq!(none.floor, None);
    assert_eq!(with(1, 3), one);
    assert_ne!(other.controls, one.controls);
    // The cells are those of a sweep without controls, but for the size of the batch.
    assert!(furthest(&values(&one), &values(&none)) < NOISE);
    let mut sizes: Vec<f64> = one.controls.iter().map(|c| c.effect.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let floor = one.floor.unwrap();
    assert!(floor <= sizes[5] && floor >= sizes[4]);
    // Where nothing differs a random change has no size either.
    for control in one.controls.iter().chain(&other.controls) {
        let cell = one.cells[control.row][control.column].as_ref().unwrap();
        if cell.effect.abs() < 1e-6 {
            assert!(control.effect.abs() < 1e-6, "{control:?}");
        }
    }
}

#[test]
fn ablations_put_zero_means_or_rows_in_another_order() {
    let mut source = open("gpt2", CLEAN);
    for (swap, change) in [
        (Swap::Zero, Change::Zero),
        (Swap::Mean, Change::Mean { over: None }),
        (
            Swap::Resample,
            Change::Resample {
                seed: 0,
                from: None,
            },
        ),
    ] {
        let sweep = ablation(vec!["0.z".into(), "1.z".into()], Columns::Head, swap);
        let map = ask(&mut *source, sweep).unwrap();
        let own = measured(&mut *source, 6);
        for (layer, line) in map.cells.iter().enumerate() {
            for (head, cell) in line.iter().enumerate() {
                let slice = Slice(vec![Pick::Span(0..7), Pick::At(head)]);
                let point = format!("{layer}.z");
                let one = Intervention::new(0, &point, slice, change.clone());
                source
                    .intervene(Revision::Put(one), &Control::default())
                    .unwrap();
                let due = measured(&mut *source, 6);
                source
                    .intervene(Revision::Clear, &Control::default())
                    .unwrap();
                let cell = cell.as_ref().unwrap();
                assert!((cell.value - due).abs() < NOISE, "{swap:?} {layer} {head}");
                assert!((cell.effect - (due - own)).abs() < NOISE);
            }
        }
    }
}

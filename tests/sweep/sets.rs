//! Sets of prompts from a file.

use super::*;

#[test]
fn a_set_of_prompts_has_medians_quartiles_and_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.tsv");
    let pairs = [
        ("The can is on", "The cat is on"),
        ("The cat is on", "The can is on"),
        ("The cap is on", "The cat is on"),
    ];
    let lines: Vec<String> = pairs.map(|(a, b)| format!("{a}\t{b}\t5\t9")).to_vec();
    let bad = "The can is on\tThe cat is on the mat\t5\t9\n\nThe can\tThe can\nThe\tCat";
    std::fs::write(&path, format!("{}\n{bad}\n", lines.join("\n"))).unwrap();
    let mut source = open("llama", "The");
    let points = ending(&*source, "hook_resid_pre");
    let set = |columns| Sweep {
        prompts: Prompts::File(path.clone()),
        metric: Metric::default(),
        controls: 1,
        ..patching(points.clone(), columns)
    };
    let map = ask(&mut *source, set(Columns::Position)).unwrap();
    assert_eq!(map.pairs.len(), 3);
    let why: Vec<&str> = map.refused.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        map.refused.iter().map(|r| r.line).collect::<Vec<_>>(),
        [4, 6, 7]
    );
    assert!(why[0].contains("do not align"), "{why:?}");
    assert!(why[1].contains("nothing differs"), "{why:?}");
    let mut singles = Vec::new();
    for (clean, corrupted) in pairs {
        let sweep = Sweep {
            prompts: Prompts::Given {
                clean: Some(clean.into()),
                corrupted: Some(corrupted.into()),
            },
            ..patching(points.clone(), Columns::Position)
        };
        singles.push(ask(&mut *source, sweep).unwrap().effects());
    }
    for (i, cell) in map.cells.iter().flatten().flatten().enumerate() {
        let mut three: Vec<f64> = singles.iter().map(|one| one[i]).collect();
        three.sort_by(f64::total_cmp);
        let quartiles = [(three[0] + three[1]) / 2.0, (three[1] + three[2]) / 2.0];
        let found = [cell.low, cell.effect, cell.high];
        assert!(furthest(&found, &[quartiles[0], three[1], quartiles[1]]) < 1e-5);
    }
    // Heads and whole values align whatever the length.
    std::fs::write(
        &path,
        "The can\tThe cat\t5\t9\nThe can is\tThe cat is\t5\t9\n",
    )
    .unwrap();
    let heads = Sweep {
        points: ending(&*source, "hook_z"),
        ..set(Columns::Head)
    };
    assert_eq!(ask(&mut *source, heads).unwrap().pairs.len(), 2);
    let map = ask(&mut *source, set(Columns::Position)).unwrap();
    assert_eq!((map.pairs.len(), map.refused[0].line), (1, 2));
    assert!(
        map.refused[0]
            .why
            .contains("positions of prompts of other lengths")
    );
    std::fs::write(&path, "The can\tThe cat is\n").unwrap();
    let none = refused(&mut *source, set(Columns::Position));
    assert!(
        none.contains("line 1") && none.contains("do not align"),
        "{none}"
    );
    std::fs::write(&path, "\n").unwrap();
    assert!(refused(&mut *source, set(Columns::Whole)).contains("has no prompt"));
}

#[test]
fn a_mean_over_a_set_is_that_of_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prompts.txt");
    std::fs::write(&path, format!("{CLEAN}\nThe cat is in the hat\n")).unwrap();
    let mut source = open("llama", CLEAN);
    let over = Change::Mean {
        over: Some(path.clone()),
    };
    let one = Intervention::new(0, "1.mlp_out", Slice::default(), over);
    source
        .intervene(Revision::Put(one), &Control::default())
        .unwrap();
    let due = measured(&mut *source, 6);
    let sweep = Sweep {
        prompts: Prompts::File(path),
        ..ablation(vec!["1.mlp_out".into()], Columns::Whole, Swap::Mean)
    };
    let map = ask(&mut *source, sweep).unwrap();
    assert_eq!(map.pairs.len(), 2);
    // With two pairs the quartiles lie a quarter and three quarters of the way: their sum is that of both.
    let cell = map.cells[0][0].as_ref().unwrap();
    let other = 2.0 * cell.value - due;
    let effects = [due - map.pairs[0].clean, other - map.pairs[1].clean];
    assert!((effects[0] + effects[1] - 2.0 * cell.effect).abs() < NOISE);
    let quarter = (effects[0] - effects[1]).abs() / 2.0;
    assert!(
        (cell.high - cell.low - quarter).abs() < NOISE,
        "{cell:?} {effects:?}"
    );
}

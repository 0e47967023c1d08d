//! Interventions that cannot be are told, and nothing is lost.

use std::path::Path;

use layerwise::trace::intervention::{Change, Direction, Intervention, Origin};
use layerwise::trace::tensor::{Pick, Slice};

use super::device::options;
use super::*;

#[test]
fn bad_input_is_told_and_changes_nothing() {
    let mut source = open("qwen3_moe");
    put(&mut *source, 0, "1.z", vec![], Change::Zero);
    let kept = every(&mut *source);
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.txt");
    std::fs::write(&empty, "\n\n").unwrap();
    let short = folder.path().join("short.txt");
    std::fs::write(&short, "The capital of France\nThe\n").unwrap();
    let over = |path: &Path| Change::Mean {
        over: Some(path.to_owned()),
    };
    let whole = Vec::new;
    for (pass, point, slice, change, why) in [
        (
            0,
            "1.zz",
            whole(),
            Change::Zero,
            "there is no hook point 1.zz; did you mean",
        ),
        (
            9,
            "1.z",
            whole(),
            Change::Zero,
            "there is no pass 9: there are passes 0 to 2",
        ),
        (
            0,
            "1.z",
            vec![Pick::At(99)],
            Change::Zero,
            "99 is outside axis 0 (token), which has 11 elements",
        ),
        (
            0,
            "1.z",
            vec![Pick::At(0); 4],
            Change::Zero,
            "4 indices for 3 axes",
        ),
        (0, "1.z", whole(), Change::Put(f64::NAN), "put NaN"),
        (0, "1.z", whole(), Change::Scale(f64::INFINITY), "scale inf"),
        (
            0,
            "1.z",
            whole(),
            Change::Patch {
                from: Origin::Here,
                row: Some(11),
            },
            "there is no row 11 of blocks.1.attn.z: there are rows 0 to 10",
        ),
        (
            0,
            "1.z",
            whole(),
            Change::Patch {
                from: Origin::Values,
                row: None,
            },
            "`value` is missing",
        ),
        (
            0,
            "1.z",
            whole(),
            over(Path::new("no.txt")),
            "cannot read no.txt",
        ),
        (
            0,
            "1.z",
            whole(),
            over(folder.path()),
            "it is not an ordinary file",
        ),
        (
            0,
            "1.z",
            whole(),
            over(&empty),
            "has no prompt: write one a line",
        ),
        (
            0,
            "1.pattern",
            whole(),
            over(&short),
            "short.txt line 2: blocks.1.attn.pattern has shape",
        ),
        (
            0,
            "1.z",
            whole(),
            Change::Resample {
                seed: 0,
                from: Some(String::new()),
            },
            "the prompt has no tokens",
        ),
        (
            0,
            "1.pattern",
            whole(),
            Change::Resample {
                seed: 0,
                from: Some("The".into()),
            },
            "a prompt of as many tokens aligns",
        ),
        (
            0,
            "1.pattern",
            whole(),
            Change::Add {
                direction: Direction::Prompts("a".into(), "b".into()),
                factor: 1.0,
            },
            "prompts give no direction there",
        ),
        (
            0,
            "1.expert_indices",
            whole(),
            Change::Scale(2.0),
            "holds numbers of experts",
        ),
        (
            0,
            "1.expert_indices",
            whole(),
            Change::Put(0.5),
            "0.5 is no number of an expert",
        ),
    ] {
        let error = refused(
            &mut *source,
            Intervention::new(pass, point, Slice(slice), change),
        );
        assert!(error.contains(why), "{point}: {error}");
    }
    assert!(every(&mut *source) == kept);
    assert_eq!(source.prompt(), PROMPT);
    // The mean over prompts is of all their rows.
    let point = at(&*source, "1.resid_pre");
    let width = source.model().d_model;
    let mut rows = Vec::new();
    for prompt in [PROMPT, "The"] {
        rows.extend(floats(
            &opened("qwen3_moe", prompt, &options())
                .tensor(0, point)
                .unwrap(),
        ));
    }
    put(&mut *source, 0, "1.resid_pre", whole(), over(&short));
    let now = floats(&source.tensor(2, point).unwrap());
    for (i, now) in now.iter().enumerate().take(width) {
        let column = rows.iter().skip(i).step_by(width);
        let mean = column.sum::<f64>() / (rows.len() / width) as f64;
        assert!((now - mean).abs() < 1e-6, "it holds in later passes too");
    }
}

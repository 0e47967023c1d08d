//! Directions and patches: numbers from files, prompts, traces and other passes.

use std::path::Path;

use layerwise::trace::intervention::{Change, Direction, Intervention, Origin, Revision};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Pick, Slice};

use super::device::options;
use super::*;

fn file(tensors: &[(&str, Vec<usize>, Vec<f32>)]) -> tempfile::NamedTempFile {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(.., v)| v.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let dtype = safetensors::Dtype::F32;
        let view = safetensors::tensor::TensorView::new(dtype, shape.clone(), bytes);
        (*name, view.unwrap())
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    safetensors::serialize_to_file(views, None, file.path()).unwrap();
    file
}

#[test]
fn directions_come_from_files_and_from_prompts() {
    let family = "llama";
    let mut source = open(family);
    let (point, width) = (at(&*source, "1.resid_pre"), source.model().d_model);
    let own = source.passes().len();
    assert_eq!(own, 3);
    let before: Vec<_> = (0..3)
        .map(|p| floats(&source.tensor(p, point).unwrap()))
        .collect();
    let numbers: Vec<f32> = (0..width).map(|i| i as f32 / 8.0).collect();
    let one = file(&[("happy", vec![width], numbers.clone())]);
    let add = |tensor: Option<&str>, path: &Path, factor| Change::Add {
        direction: Direction::File {
            path: path.to_owned(),
            tensor: tensor.map(str::to_owned),
        },
        factor,
    };
    put(
        &mut *source,
        0,
        "1.resid_pre",
        vec![],
        add(None, one.path(), 2.0),
    );
    assert!(
        source.interventions()[0].later,
        "it steers later tokens too"
    );
    for (pass, before) in before.iter().enumerate() {
        let now = floats(&source.tensor(pass, point).unwrap());
        let due: Vec<f64> = before
            .iter()
            .enumerate()
            .map(|(i, x)| f64::from(*x as f32 + numbers[i % width] * 2.0))
            .collect();
        assert_eq!(now, due, "pass {pass}");
    }
    revise(&mut *source, Revision::Clear);
    let last = |prompt: &str| {
        let values = floats(&opened(family, prompt, &options()).tensor(0, point).unwrap());
        values[values.len() - width..].to_vec()
    };
    let (plus, minus) = (last("I love you"), last("I hate it so"));
    let direction = Direction::Prompts("I love you".into(), "I hate it so".into());
    let change = Change::Add {
        direction,
        factor: -3.0,
    };
    put(&mut *source, 0, "1.resid_pre", vec![Pick::At(2)], change);
    assert!(!source.interventions()[0].later, "it is of one token");
    let now = floats(&source.tensor(0, point).unwrap());
    for i in 0..width {
        let due = before[0][2 * width + i] - 3.0 * (plus[i] - minus[i]);
        assert!((now[2 * width + i] - due).abs() < 1e-5);
    }
    assert_eq!(now[..2 * width], before[0][..2 * width]);
    // One head's direction has its width.
    let narrow = source.model().d_head;
    let two = file(&[
        ("a", vec![narrow], vec![1.0; narrow]),
        ("b", vec![3], vec![1.0; 3]),
    ]);
    let head = vec![Pick::Span(0..source.passes()[0].tokens.len()), Pick::At(1)];
    put(
        &mut *source,
        0,
        "1.z",
        head.clone(),
        add(Some("a"), two.path(), 1.0),
    );
    let ask = |source: &mut dyn Source, change| {
        refused(
            source,
            Intervention::new(0, "1.z", Slice(head.clone()), change),
        )
    };
    let error = ask(&mut *source, add(None, two.path(), 1.0));
    assert!(
        error.contains("name one of its 2 tensors as FILE:TENSOR: a, b"),
        "{error}"
    );
    let error = ask(&mut *source, add(Some("aa"), two.path(), 1.0));
    assert!(
        error.contains("it has no tensor aa; did you mean a?"),
        "{error}"
    );
    let error = ask(&mut *source, add(Some("b"), two.path(), 1.0));
    assert!(
        error.contains("a direction of shape [3]") && error.contains(&format!("[{narrow}]")),
        "{error}"
    );
    let nan = file(&[("n", vec![narrow], vec![f32::NAN; narrow])]);
    let error = ask(&mut *source, add(None, nan.path(), 1.0));
    assert!(error.contains("has a NaN"), "{error}");
    let error = ask(&mut *source, add(None, Path::new("none.safetensors"), 1.0));
    assert!(error.contains("cannot read none.safetensors"), "{error}");
    let error = ask(
        &mut *source,
        add(None, &named("llama").join("config.json"), 1.0),
    );
    assert!(error.contains("not a whole safetensors file"), "{error}");
}

#[test]
fn patches_come_from_traces_and_other_passes() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("other.safetensors");
    let mut other = opened("llama", "The capital of Spain", &options());
    let tokens = other.passes()[0].tokens.len();
    other.save(&trace, &[], &Control::default()).unwrap();
    let mut source = opened("llama", PROMPT, &options());
    let aligned = source.passes()[0].tokens.len() == tokens;
    let point = at(&*source, "0.resid_post");
    let patch = |row| Change::Patch {
        from: Origin::Trace(trace.clone()),
        row,
    };
    put(
        &mut *source,
        0,
        "0.resid_post",
        vec![Pick::At(0)],
        patch(Some(1)),
    );
    let (width, theirs) = (
        other.model().d_model,
        floats(&other.tensor(0, point).unwrap()),
    );
    let now = floats(&source.tensor(0, point).unwrap());
    assert_eq!(now[..width], theirs[width..2 * width]);
    revise(&mut *source, Revision::Clear);
    if aligned {
        put(&mut *source, 0, "0.resid_post", vec![], patch(None));
        let (end, after) = (
            source.passes()[0].plan.len() - 1,
            "the same stream leads to the same logits",
        );
        let (a, b) = (
            owned(source.tensor(0, end).unwrap()),
            owned(other.tensor(0, end).unwrap()),
        );
        assert_eq!(a, b, "{after}");
    }
    let longer = folder.path().join("longer.safetensors");
    let mut long = opened("llama", "The capital of Spain and of France", &options());
    long.save(&longer, &["*.resid_post"], &Control::default())
        .unwrap();
    let from = |path: &Path| {
        let from = Origin::Trace(path.to_owned());
        Intervention::new(
            0,
            "0.resid_post",
            Slice::default(),
            Change::Patch { from, row: None },
        )
    };
    let error = refused(&mut *source, from(&longer));
    assert!(
        error.contains("does not align: axis 0 (token) has length"),
        "{error}"
    );
    let mut missing = from(&longer);
    missing.point = "0.z".into();
    let error = refused(&mut *source, missing);
    assert!(error.contains("is not in this trace"), "{error}");
    let stranger = folder.path().join("gpt2.safetensors");
    let mut gpt2 = opened("gpt2", PROMPT, &options());
    gpt2.save(&stranger, &[], &Control::default()).unwrap();
    let error = refused(&mut *source, from(&stranger));
    assert!(error.contains("is a trace of another model: "), "{error}");

    let mut source = open("llama");
    let before = floats(&source.tensor(0, point).unwrap());
    let pass = |pass, row| Change::Patch {
        from: Origin::Pass(pass),
        row,
    };
    put(&mut *source, 1, "0.resid_post", vec![], pass(0, Some(2)));
    assert_eq!(
        floats(&source.tensor(1, point).unwrap()),
        before[2 * width..3 * width]
    );
    assert_eq!(floats(&source.tensor(0, point).unwrap()), before);
    let one = Intervention::new(1, "0.resid_post", Slice::default(), pass(0, None));
    let error = refused(&mut *source, one);
    assert!(error.contains("in pass 0 and 1 here; `row N`"), "{error}");
    let one = Intervention::new(1, "0.resid_post", Slice::default(), pass(7, None));
    assert!(refused(&mut *source, one).contains("there is no pass 7"));
}

//! Lenses from files: what they read, and which files are none.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use layerwise::trace::lens_file::{LensError, LensFile, LensKind};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};

const D_MODEL: usize = 32;
const LAYERS: usize = 2;

/// A lens to write: its metadata, and its tensors in f32.
struct Given {
    metadata: HashMap<String, String>,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
    dtype: Dtype,
}

impl Given {
    /// A lens of numbers that follow from `seed`.
    fn new(kind: &str, seed: f32) -> Given {
        let metadata = [
            ("layerwise_lens", "1"),
            ("kind", kind),
            ("model", "org/llama"),
            ("d_model", "32"),
            ("layers", "2"),
        ];
        let number = |i: usize| ((i as f32 + seed) * 12.9898).sin() * 0.1;
        let tensors = (0..LAYERS).flat_map(|layer| {
            let name = |part| format!("blocks.{layer}.hook_resid_pre.{part}");
            let at = layer * 5000;
            let weight = (at..at + D_MODEL * D_MODEL).map(number).collect();
            let bias = (at..at + D_MODEL).map(|i| number(i + 2000)).collect();
            [
                (name("weight"), vec![D_MODEL, D_MODEL], weight),
                (name("bias"), vec![D_MODEL], bias),
            ]
        });
        let text = |(k, v): (&str, &str)| (k.to_owned(), v.to_owned());
        Given {
            metadata: metadata.into_iter().map(text).collect(),
            tensors: tensors.collect(),
            dtype: Dtype::F32,
        }
    }

    fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("lens.safetensors");
        let bytes = self.tensors.iter().map(|(name, shape, data)| {
            let bytes: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
            (name, shape.clone(), bytes)
        });
        let bytes: Vec<_> = bytes.collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            (
                name,
                TensorView::new(self.dtype, shape.clone(), bytes).unwrap(),
            )
        });
        serialize_to_file(views, Some(self.metadata.clone()), &path).unwrap();
        path
    }
}

#[test]
fn a_lens_has_the_maps_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let given = Given::new("jacobian", 0.0);
    let lens = LensFile::open(&given.write(folder.path())).unwrap();
    assert_eq!(
        (lens.kind, &lens.model[..]),
        (LensKind::Jacobian, "org/llama")
    );
    let map = lens.at("blocks.1.hook_resid_pre").unwrap();
    let mut found = vec![0.0; D_MODEL];
    map.weight.read(D_MODEL, &mut found);
    let due: Vec<f64> = given.tensors[2].2[D_MODEL..2 * D_MODEL]
        .iter()
        .map(|&x| x.into())
        .collect();
    assert_eq!(found, due);
    assert_eq!(map.bias.unwrap().shape, [D_MODEL]);
    assert!(lens.at("blocks.2.hook_resid_pre").is_none());
}

/// One line each that names the file and the field or tensor.
#[test]
fn a_bad_file_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let without = |field: &str| {
        let mut given = Given::new("tuned", 0.0);
        given.metadata.remove(field);
        given
    };
    let with = |field: &str, value: &str| {
        let mut given = Given::new("tuned", 0.0);
        given.metadata.insert(field.into(), value.into());
        given
    };
    let changed = |change: &dyn Fn(&mut Given)| {
        let mut given = Given::new("tuned", 0.0);
        change(&mut given);
        given
    };
    for (given, words) in [
        (
            without("layerwise_lens"),
            "its metadata has no `layerwise_lens`: `python -m",
        ),
        (without("d_model"), "its metadata has no `d_model`"),
        (
            with("layerwise_lens", "2"),
            "`layerwise_lens` of its metadata is \"2\": this program reads version 1",
        ),
        (
            with("kind", "cracked"),
            "`kind` of its metadata is \"cracked\": tuned and jacobian are known",
        ),
        (
            with("layers", "-1"),
            "`layers` of its metadata is \"-1\": a whole number is due",
        ),
        (
            with("d_model", "31"),
            "the tensor blocks.0.hook_resid_pre.bias: its shape is [32], and d_model makes it [31]",
        ),
        (
            changed(&|g| g.tensors[1].2[3] = f32::NAN),
            "the tensor blocks.0.hook_resid_pre.bias: its element 3 is NaN",
        ),
        (
            changed(&|g| g.tensors[2].2[1000] = f32::INFINITY),
            "the tensor blocks.1.hook_resid_pre.weight: its element 1000 is inf",
        ),
        (
            changed(&|g| g.dtype = Dtype::I32),
            "it is I32, not F64, F32, F16 or BF16",
        ),
        (
            changed(&|g| g.tensors[1].0 = "x".into()),
            "tensors are named POINT.weight and POINT.bias",
        ),
        (
            changed(&|g| drop(g.tensors.remove(0))),
            "blocks.0.hook_resid_pre.bias: there is a bias and no weight",
        ),
        (changed(&|g| g.tensors.clear()), "it has no map"),
    ] {
        let path = given.write(folder.path());
        let error = LensFile::open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
        assert!(
            error.contains("lens.safetensors") && !error.contains('\n'),
            "{error}"
        );
    }
    let path = Given::new("tuned", 0.0).write(folder.path());
    let bytes = fs::read(&path).unwrap();
    for length in [0, 4, 100, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        let error = LensFile::open(&path).map(|_| ()).unwrap_err();
        assert!(
            matches!(error, LensError::Damaged { .. } | LensError::Open { .. }),
            "{length}: {error}"
        );
    }
    let missing = LensFile::open(Path::new("nowhere/lens"))
        .map(|_| ())
        .unwrap_err();
    assert!(missing.to_string().starts_with("cannot open nowhere/lens"));
    assert!(LensFile::open(folder.path()).is_err());
}

#[cfg(feature = "torch")]
mod live {
    use layerwise::checkpoint::Checkpoint;
    use layerwise::engine::{self, Options};
    use layerwise::session::batch::Batch;
    use layerwise::trace::fidelity::Fidelity;
    use layerwise::trace::plan::Plan;
    use layerwise::trace::query::{Answer, Choice, Given as Value, Job, Query};
    use layerwise::trace::source::{Control, Source};
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::{Dtype, HostTensor, Slice};

    use super::*;

    const PROMPT: &str = "The capital of France is";

    fn open(name: &str) -> Box<dyn Source> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        let options = Options {
            dtype: Dtype::F64,
            ..Options::default()
        };
        let checkpoint = Checkpoint::open(&root.join(name)).unwrap();
        engine::open(checkpoint, PROMPT, &options).unwrap()
    }

    fn set(source: &mut dyn Source, path: Option<&Path>) -> Result<(), String> {
        let path = path.map(Path::to_owned);
        let done = source.run(&Job::Lens { path }, &Control::default());
        done.map(drop).map_err(|e| e.to_string())
    }

    fn all(source: &mut dyn Source, point: usize) -> Vec<f64> {
        source.values(0, point, &Slice::default()).unwrap().data
    }

    /// The stream of a row, mapped as the file says, and read by the model's own norm and head.
    fn logits(
        source: &mut dyn Source,
        given: &Given,
        map: Option<usize>,
        point: usize,
    ) -> Vec<f64> {
        let plan = source.passes()[0].plan.clone();
        let stream = all(source, plan.residual_at(point).unwrap());
        let mapped = match map {
            None => stream,
            Some(layer) => stream
                .chunks(D_MODEL)
                .flat_map(|row| {
                    let (weight, bias) =
                        (&given.tensors[2 * layer].2, &given.tensors[2 * layer + 1].2);
                    let tuned = given.metadata["kind"] == "tuned";
                    let at = |i: usize| {
                        let own = weight[i * D_MODEL..][..D_MODEL].iter();
                        let sum: f64 = own.zip(row).map(|(&w, x)| f64::from(w) * x).sum();
                        sum + f64::from(bias[i]) + if tuned { row[i] } else { 0.0 }
                    };
                    (0..D_MODEL).map(at).collect::<Vec<f64>>()
                })
                .collect(),
        };
        let last = plan.residual_at(plan.len() - 1).unwrap();
        let value = HostTensor::new(Dtype::F64, plan.points()[last].shape.clone(), mapped);
        let query = Query::Evaluate {
            pass: 0,
            point: "logits".into(),
            given: vec![Value {
                point: plan.points()[last].name.clone(),
                value,
            }],
        };
        let Answer::Evaluate(found) = source.answer(&query, &Control::default()).unwrap() else {
            panic!()
        };
        let mut numbers = vec![0.0; found.numel()];
        found.read(0, &mut numbers);
        numbers
    }

    fn softmax(row: &[f64]) -> Vec<f64> {
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = row.iter().map(|x| (x - max).exp()).sum();
        row.iter().map(|x| (x - max).exp() / all).collect()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs().max(1.0)
    }

    /// The map of each place: a block's output is the next block's input.
    fn map_of(plan: &Plan, point: usize) -> Option<usize> {
        match &plan.points()[point].name[..] {
            "hook_embed" | "blocks.0.hook_resid_pre" => Some(0),
            "blocks.0.hook_resid_post" | "blocks.1.hook_resid_pre" => Some(1),
            _ => None,
        }
    }

    #[test]
    fn the_stream_is_mapped_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, name) in [("tuned", "llama"), ("jacobian", "llama")] {
            let given = Given::new(kind, 1.0);
            let path = given.write(folder.path());
            let mut live = open(name);
            let plan = live.passes()[0].plan.clone();
            set(&mut *live, Some(&path)).unwrap();
            let rows = live.passes()[0].rows();
            let residual = (0..plan.len()).filter(|&at| plan.is_residual(at));
            let points: Vec<usize> = residual.collect();
            let names: Vec<String> = points
                .iter()
                .map(|&at| plan.points()[at].name.clone())
                .collect();
            let grid = Query::Grid {
                pass: 0,
                points: names.clone(),
                rows: None,
                of: None,
                temperature: Default::default(),
            };
            let Answer::Grid(grid) = live.answer(&grid, &Control::default()).unwrap() else {
                panic!()
            };
            let said = format!(
                "{} of org/llama",
                if kind == "tuned" {
                    "tuned lens"
                } else {
                    "Jacobian lens"
                }
            );
            assert_eq!(grid.lens.as_deref(), Some(&said[..]));
            // The last residual is the answer's own, and needs no map.
            assert_eq!(
                grid.unmapped,
                ["blocks.0.hook_resid_mid", "blocks.1.hook_resid_mid"]
            );
            let control = Control::default();
            let many = live.lenses(0, &points, rows - 1, 3, 1.0, &control).unwrap();
            for (i, &point) in points.iter().enumerate() {
                let map = map_of(&plan, point);
                let due = logits(&mut *live, &given, map, point);
                let width = due.len() / rows;
                for row in 0..rows {
                    let p = softmax(&due[row * width..][..width]);
                    let lens = live.lens(0, point, row, 1, 1.0).unwrap();
                    assert!(
                        near(lens.top[0].prob, p[lens.top[0].id as usize]),
                        "{kind} {}",
                        names[i]
                    );
                    assert_eq!(lens.lens.is_some(), map.is_some(), "{}", names[i]);
                    let cell = grid.cells[i][row].as_ref().unwrap();
                    assert_eq!(cell.id, lens.top[0].id);
                    assert!(near(cell.prob, lens.top[0].prob));
                }
                let alone = live.lens(0, point, rows - 1, 3, 1.0).unwrap();
                assert!(near(many[i].entropy, alone.entropy));
                assert_eq!(many[i].lens, alone.lens);
            }
        }
    }

    #[test]
    fn fidelity_is_the_distance_to_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let given = Given::new("tuned", 2.0);
        let path = given.write(folder.path());
        let mut live = open("llama");
        let plan = live.passes()[0].plan.clone();
        let names = [
            "blocks.0.hook_resid_pre",
            "blocks.0.hook_resid_mid",
            "blocks.1.hook_resid_post",
        ];
        let points: Vec<usize> = names
            .iter()
            .map(|name| plan.position(name).unwrap())
            .collect();
        let ask = |live: &mut dyn Source, rows| {
            let points = names.iter().map(|&name| name.to_owned()).collect();
            let query = Query::Fidelity {
                pass: 0,
                points,
                rows,
            };
            let Answer::Fidelity(found) = live.answer(&query, &Control::default()).unwrap() else {
                panic!()
            };
            found
        };
        let plain: Fidelity = ask(&mut *live, Some(1..3));
        assert!(plain.lens.is_none() && plain.points.iter().all(|at| at.lens.is_none()));
        set(&mut *live, Some(&path)).unwrap();
        let found = ask(&mut *live, Some(1..3));
        let answer = all(&mut *live, plan.len() - 1);
        let width = answer.len() / live.passes()[0].rows();
        for ((at, &point), before) in found.points.iter().zip(&points).zip(&plain.points) {
            let distance = |logits: &[f64]| {
                let rows = (1..3).map(|row| {
                    let of = |logits: &[f64]| softmax(&logits[row * width..][..width]);
                    let (p, q) = (of(&answer), of(logits));
                    let top = |x: &[f64]| (0..width).max_by(|&a, &b| x[a].total_cmp(&x[b]));
                    let kl: f64 = p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum();
                    (kl, f64::from(top(&p) == top(&q)))
                });
                rows.fold((0.0, 0.0), |sum, row| {
                    (sum.0 + row.0 / 2.0, sum.1 + row.1 / 2.0)
                })
            };
            let (kl, same) = distance(&logits(&mut *live, &given, None, point));
            assert!(
                near(at.logit_lens.kl, kl) && near(at.logit_lens.same_top, same),
                "{at:?}"
            );
            assert_eq!(at.logit_lens, before.logit_lens);
            let map = map_of(&plan, point);
            assert_eq!(at.lens.is_some(), map.is_some(), "{at:?}");
            if let Some(lens) = &at.lens {
                let (kl, same) = distance(&logits(&mut *live, &given, map, point));
                assert!(
                    near(lens.kl, kl) && near(lens.same_top, same),
                    "{at:?} {kl}"
                );
                assert!(kl > 1e-3);
            }
        }
        // At its end the stream is the answer.
        assert!(found.points[2].logit_lens.kl < 1e-12);
        let query = Query::Fidelity {
            pass: 0,
            points: vec!["logits".into()],
            rows: Some(2..99),
        };
        assert!(live.answer(&query, &Control::default()).is_err());
    }

    /// Answers and recordings do not depend on a lens.
    #[test]
    fn answers_tokens_and_recordings_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = Given::new("tuned", 3.0).write(folder.path());
        let (mut plain, mut through) = (open("llama"), open("llama"));
        set(&mut *through, Some(&path)).unwrap();
        let end = plain.passes()[0].plan.len() - 1;
        assert_eq!(
            plain.lens(0, end, 3, 5, 1.0).unwrap(),
            through.lens(0, end, 3, 5, 1.0).unwrap()
        );
        let traces = [&mut plain, &mut through].map(|live| {
            live.next(0, &Choice::Greedy, &Control::default()).unwrap();
            let trace = tempfile::NamedTempFile::new().unwrap();
            live.save(trace.path(), &["*resid*"], &Control::default())
                .unwrap();
            (
                live.passes()[1].tokens.clone(),
                fs::read(trace.path()).unwrap(),
            )
        });
        assert_eq!(traces[0].0, traces[1].0);
        assert!(traces[0].1 == traces[1].1);
        // It stays in use over both, and is taken away again.
        let at = through.passes()[0]
            .plan
            .position("blocks.1.hook_resid_pre")
            .unwrap();
        assert!(through.lens(0, at, 0, 1, 1.0).unwrap().lens.is_some());
        set(&mut *through, None).unwrap();
        assert_eq!(
            plain.lens(0, at, 0, 5, 1.0).unwrap(),
            through.lens(0, at, 0, 5, 1.0).unwrap()
        );
    }

    #[test]
    fn a_lens_of_another_model_is_refused_or_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let mut given = Given::new("tuned", 0.0);
        let mut live = open("llama");
        // The name is the same, and there is no hash.
        set(&mut *live, Some(&given.write(folder.path()))).unwrap();
        assert_eq!(live.model().lens.as_ref().unwrap().warning, None);
        given.metadata.insert("model".into(), "org/other".into());
        set(&mut *live, Some(&given.write(folder.path()))).unwrap();
        let warning = live.model().lens.clone().unwrap().warning.unwrap();
        assert!(
            warning
                .ends_with("another model, org/other, and this one is llama: their names differ"),
            "{warning}"
        );
        given.metadata.insert("model".into(), "org/llama".into());
        given
            .metadata
            .insert("model_hash".into(), "sha256:00".into());
        set(&mut *live, Some(&given.write(folder.path()))).unwrap();
        let warning = live.model().lens.clone().unwrap().warning.unwrap();
        assert!(
            warning.ends_with("the files of the models differ"),
            "{warning}"
        );
        // Shapes that do not fit: the lens before stays in use.
        given.metadata.insert("layers".into(), "3".into());
        let error = set(&mut *live, Some(&given.write(folder.path()))).unwrap_err();
        assert!(error.ends_with("a tuned lens of org/llama does not fit this model: its number of layers is 3, this model's is 2"), "{error}");
        assert!(live.model().lens.is_some());
        given.metadata.insert("layers".into(), "2".into());
        given.tensors[0].0 = "blocks.7.hook_resid_pre.weight".into();
        given.tensors[1].0 = "blocks.7.hook_resid_pre.bias".into();
        let error = set(&mut *live, Some(&given.write(folder.path()))).unwrap_err();
        assert!(
            error.ends_with("no residual stream stands at blocks.7.resid_pre in it"),
            "{error}"
        );
        let mut encoder = open("bert_no_head");
        let path = Given::new("tuned", 0.0).write(folder.path());
        let error = set(&mut *encoder, Some(&path)).unwrap_err();
        assert!(error.contains("has no unembedding"), "{error}");
    }

    #[test]
    fn commands_set_and_show_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut given = Given::new("tuned", 0.0);
        given.metadata.insert("model".into(), "org/other".into());
        let path = given.write(folder.path());
        let mut live = open("llama");
        let mut batch = Batch::new(&mut *live, false);
        let mut say = |line: &str| batch.run(line).map(|reply| reply.unwrap().text());
        assert_eq!(say("show lens").unwrap(), "lens-file none: the logit lens");
        let set = say(&format!("set lens \"{}\"", path.display())).unwrap();
        assert!(set.contains("tuned lens of org/other; warning: "), "{set}");
        assert!(say("warnings").unwrap().contains("org/other"));
        assert!(
            say("show lens")
                .unwrap()
                .ends_with("lens.safetensors: tuned lens of org/other")
        );
        let grid = say("grid").unwrap();
        assert!(
            grid.contains("through the tuned lens of org/other") && !grid.contains("no map"),
            "{grid}"
        );
        assert!(
            say("grid mid")
                .unwrap()
                .contains("the lens in use has no map at blocks.0.resid_mid")
        );
        assert!(
            say("topk 1 0.resid_pre")
                .unwrap()
                .contains("through the tuned lens")
        );
        assert!(
            say("topk 1 *.resid_pre")
                .unwrap()
                .contains("through the tuned lens")
        );
        let fidelity = say("fidelity").unwrap();
        insta::assert_snapshot!("fidelity", fidelity);
        assert!(
            say("set lens nowhere")
                .unwrap_err()
                .contains("cannot open nowhere")
        );
        assert!(say("set lens none").unwrap().ends_with("by the logit lens"));
        assert!(!say("grid").unwrap().contains("through"));
    }
}

//! The lens at many hook points at once equals the lens at each of them, and stands in the walk where it is
//! read.

mod common;

use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;

#[test]
fn a_trace_says_at_many_points_what_it_says_at_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    common::write(&path, common::Options::default()).unwrap();
    let mut replay = Replay::open(&path).unwrap();
    let points: Vec<usize> = (0..replay.passes()[0].plan.len()).rev().collect();
    let control = Control::default();
    let at_once = replay.lenses(0, &points, 3, 5, 1.0, &control).unwrap();
    for (&point, distribution) in points.iter().zip(&at_once) {
        assert_eq!(distribution, &replay.lens(0, point, 3, 5, 1.0).unwrap());
    }
    assert_eq!(at_once.len(), points.len());
    // A hook point that is not recorded is an error, even among recorded ones.
    let error = replay.lenses(0, &points, 2, 5, 1.0, &control).unwrap_err();
    assert!(error.to_string().contains("for token 2"), "{error}");
}

#[cfg(feature = "torch")]
mod live {
    use std::path::Path;

    use layerwise::checkpoint::Checkpoint;
    use layerwise::engine::{self, Options};
    use layerwise::session::format;
    use layerwise::session::walk::{Walked, walk};
    use layerwise::trace::hook::Layer;
    use layerwise::trace::source::SourceError;
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::{Distribution, Dtype};

    use super::*;

    const PROMPT: &str = "The capital of France is";

    /// The small models with logits, in `dtype`.
    fn models(dtype: Dtype) -> Vec<Box<dyn Source>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        let options = Options {
            dtype,
            ..Options::default()
        };
        let mut models: Vec<_> = std::fs::read_dir(root)
            .unwrap()
            .map(|folder| Checkpoint::open(&folder.unwrap().path()).unwrap())
            .map(|checkpoint| engine::open(checkpoint, PROMPT, &options).unwrap())
            .collect();
        models.retain(|live| live.passes()[0].plan.has_logits());
        assert!(models.len() > 40);
        models
    }

    /// The values of the residual stream, and the logits.
    fn read_by_lenses(live: &dyn Source) -> Vec<usize> {
        let plan = &live.passes()[0].plan;
        let logits = plan.len() - 1;
        (0..plan.len())
            .filter(|&point| plan.is_residual(point) || point == logits)
            .collect()
    }

    /// Check that tokens are the same, and that numbers differ by no more than a product of many rows and a
    /// product of one.
    fn assert_near(a: &Distribution, b: &Distribution, tolerance: f64, what: &str) {
        let near = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert_eq!(a.top.len(), b.top.len(), "{what}");
        assert!(near(a.entropy, b.entropy), "{what}: {a:?} {b:?}");
        for (a, b) in a.top.iter().zip(&b.top) {
            assert_eq!((a.id, &a.text), (b.id, &b.text), "{what}");
            let same = near(a.logit, b.logit) && near(a.prob, b.prob);
            assert!(same, "{what}: {a:?} {b:?}");
        }
    }

    #[test]
    fn many_lenses_at_once_say_what_each_says() {
        for (dtype, tolerance) in [(Dtype::F32, 1e-5), (Dtype::F64, 1e-13)] {
            for mut live in models(dtype) {
                let plan = live.passes()[0].plan.clone();
                let points: Vec<usize> = read_by_lenses(&*live).into_iter().rev().collect();
                // More rows than the unembedding multiplies at once.
                let many = points.repeat(8);
                let at_once = live.lenses(0, &many, 1, 5, 0.7, &Control::default());
                let at_once = at_once.unwrap();
                assert_eq!(at_once.len(), many.len());
                for (i, &point) in points.iter().enumerate() {
                    let alone = live.lens(0, point, 1, 5, 0.7).unwrap();
                    let family = &live.model().family;
                    let what = format!("{family} {dtype} {}", plan.points()[point].name);
                    for distribution in at_once.iter().skip(i).step_by(points.len()) {
                        assert_near(distribution, &alone, tolerance, &what);
                    }
                }
            }
        }
    }

    /// A block's output is read from the next block's input, if that has run.
    #[test]
    fn the_lens_says_the_same_before_and_after_the_pass_has_run() {
        for mut live in models(Dtype::F32) {
            let end = live.passes()[0].plan.len() - 1;
            for point in read_by_lenses(&*live) {
                live.restart(PROMPT).unwrap();
                let before = live.lens(0, point, 2, 5, 1.0).unwrap();
                live.run_to(0, end, &Control::default()).unwrap();
                let after = live.lens(0, point, 2, 5, 1.0).unwrap();
                assert_eq!(before, after, "{} {point}", live.model().family);
            }
        }
    }

    #[test]
    fn what_cannot_be_read_and_a_wish_to_stop_are_errors() {
        let checkpoint = Checkpoint::embedded().unwrap();
        let mut live = engine::open(checkpoint, PROMPT, &Options::default()).unwrap();
        let control = Control::default();
        let beyond = live.passes()[0].plan.len();
        for (points, row) in [(vec![0, beyond], 0), (vec![0], 1000)] {
            let error = live.lenses(0, &points, row, 5, 1.0, &control);
            assert!(matches!(error, Err(SourceError::Slice(_))));
        }
        assert_eq!(live.lenses(0, &[], 0, 5, 1.0, &control).unwrap(), []);
        control
            .cancel
            .store(true, std::sync::atomic::Ordering::Relaxed);
        let error = live.lenses(0, &[0], 0, 5, 1.0, &control);
        assert!(matches!(error, Err(SourceError::Cancelled)));
    }

    const FIRST: Walked = Walked { pass: 0, row: None };

    /// Several blocks of the model are read at once.
    #[test]
    fn a_walk_ends_each_block_with_what_is_seen_from_there() {
        let checkpoint = Checkpoint::embedded().unwrap();
        let mut live = engine::open(checkpoint, PROMPT, &Options::default()).unwrap();
        let mut text = Vec::new();
        walk(&mut *live, FIRST, &Control::default(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let pass = live.passes()[0].clone();
        let row = live.model().first_row(&pass);
        for block in 0..live.model().n_layers {
            let layer = Layer::Block(block);
            let end = pass.plan.layer_range(layer).end - 1;
            let top = live.lens(0, end, row, 3, 1.0).unwrap().top;
            let due: Vec<String> = top
                .iter()
                .map(|c| format!("{} {:.1} %", format::token(&c.text), c.prob * 100.0))
                .collect();
            let section = text.split(&format!("── {layer} ──\n")).nth(1).unwrap();
            let last = section.split("\n\n").next().unwrap().lines().last();
            let due = format!("  seen from here, next is: {}", due.join(", "));
            assert_eq!(last, Some(due.as_str()), "{layer}");
        }
    }

    /// Block 1, which is read with block 0, lacks everything but its input.
    #[test]
    fn a_walk_shows_what_there_is_before_an_error() {
        let checkpoint = Checkpoint::embedded().unwrap();
        let mut live = engine::open(checkpoint, PROMPT, &Options::default()).unwrap();
        let hooks = ["*embed", "blocks.0.*", "blocks.1.hook_resid_pre"];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.safetensors");
        live.save(&path, &hooks, &Control::default()).unwrap();
        let mut text = Vec::new();
        let mut trace = Replay::open(&path).unwrap();
        let error = walk(&mut trace, FIRST, &Control::default(), &mut text).unwrap_err();
        assert!(
            error.to_string().ends_with("is not in this trace"),
            "{error}"
        );
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.matches("seen from here").count(), 1, "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("blocks.1.resid_pre"), "{last}");
    }
}

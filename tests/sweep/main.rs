//! Sweeps: against TransformerLens's patching on the same model, against interventions made one at a time in every
//! family, and over sets of prompts.
#![cfg(feature = "torch")]

#[path = "../common/device.rs"]
mod device;

mod changes;
mod estimates;
mod patching;
mod said;
mod sets;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::session::batch::Batch;
use layerwise::trace::grid::Chosen;
use layerwise::trace::intervention::{Change, Intervention, Origin, Revision};
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::sweep::{Columns, Metric, Prompts, Receiver, Swap, Sweep, SweepMap};
use layerwise::trace::tensor::{Dtype, HostTensor, Pick, Slice};
use serde_json::Value;

use device::options;

const CLEAN: &str = "The can is on";
const CORRUPTED: &str = "The cat is on";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn open(model: &str, prompt: &str) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(&fixtures().join("models").join(model)).unwrap();
    engine::open(checkpoint, prompt, &options()).unwrap()
}

/// Hook points whose names end so.
fn ending(source: &dyn Source, end: &str) -> Vec<String> {
    let points = source.passes()[0].plan.points();
    let names = points.iter().map(|point| point.name.clone());
    names.filter(|name| name.ends_with(end)).collect()
}

fn diff() -> Metric {
    Metric::Diff {
        answer: Some(Chosen::Id(5)),
        wrong: Some(Chosen::Id(9)),
    }
}

/// Activation patching from the clean prompt into the corrupted one.
fn patching(points: Vec<String>, columns: Columns) -> Sweep {
    Sweep {
        pass: 0,
        prompts: Prompts::Given {
            clean: Some(CLEAN.into()),
            corrupted: Some(CORRUPTED.into()),
        },
        swap: Swap::Patch,
        points,
        columns,
        into: Vec::new(),
        metric: diff(),
        row: None,
        controls: 0,
        seed: 0,
        gradient: false,
        at_once: None,
    }
}

/// An ablation in the run of the session's own prompt.
fn ablation(points: Vec<String>, columns: Columns, swap: Swap) -> Sweep {
    Sweep {
        prompts: Prompts::default(),
        swap,
        ..patching(points, columns)
    }
}

fn ask(source: &mut dyn Source, sweep: Sweep) -> Result<SweepMap, SourceError> {
    match source.answer(&Query::Sweep(Box::new(sweep)), &Control::default())? {
        Answer::Sweep(map) => Ok(map),
        other => panic!("{other:?}"),
    }
}

fn refused(source: &mut dyn Source, sweep: Sweep) -> String {
    ask(source, sweep).unwrap_err().to_string()
}

fn values(map: &SweepMap) -> Vec<f64> {
    let cells = map.cells.iter().flatten().flatten();
    cells.map(|cell| cell.value).collect()
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(flat).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Differences of logits around 1 in f32, which TransformerLens computes in too.
const NOISE: f64 = 2e-6;

/// The families of the fixtures that say tokens, a model each.
fn families() -> Vec<String> {
    let folders = std::fs::read_dir(fixtures().join("models")).unwrap();
    let names = folders.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| open(name, "The").passes()[0].plan.has_logits())
        .collect();
    assert!(names.len() > 70);
    names.sort();
    names
}

/// The metric after the interventions.
fn measured(source: &mut dyn Source, row: usize) -> f64 {
    let end = source.passes()[0].plan.position("logits").unwrap();
    let slice = Slice(vec![Pick::At(row)]);
    let logits = source.values(0, end, &slice).unwrap().data;
    logits[5] - logits[9]
}

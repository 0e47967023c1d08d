//! Save files: a playground as JSON, from which training goes on with the same bits.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::data::Point;
use super::link;
use super::network::{Row, WIDEST};
use super::now::Now;
use super::run::Playground;
use super::stop::Stop;
use super::training::Losses;
use crate::lang::{plain, say, say_with};
use crate::trace::atomic_file::AtomicFile;

/// Names the format, and is the version of it.
const VERSION: u32 = 1;
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("{}", say_with("playground-error-save-json", &[
        ("file", plain(.0.display())), ("why", plain(.1))
    ]))]
    Json(PathBuf, serde_json::Error),
    #[error("{0}: {1}")]
    Content(PathBuf, String),
    #[error("{}", say_with("playground-error-unready", &[("why", say(.0).into())]))]
    /// The message's key for what is not ready.
    Unready(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    playground: u32,
    link: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points: Option<Vec<[f64; 3]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop: Option<String>,
    epoch: usize,
    /// Points of the epoch that it has been trained on, and those that wait for an update.
    point: usize,
    summed: usize,
    layers: Vec<SavedLayer>,
    /// Losses after each epoch, training data first.
    losses: Vec<[f64; 2]>,
}

/// Rows have one number a neuron.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedLayer {
    biases: Vec<f64>,
    weights: Vec<Vec<f64>>,
    dead: Vec<Vec<bool>>,
    gradient_biases: Vec<f64>,
    gradient_weights: Vec<Vec<f64>>,
}

/// Write a save file.
///
/// # Errors
/// A point has been begun, a number is not finite, or the file cannot be written.
pub fn save(now: &Now, path: &Path) -> Result<(), SaveError> {
    if now.next != super::inside::Next::Point {
        return Err(SaveError::Unready("playground-error-unready-point"));
    }
    let training = &now.training;
    if training.network.not_finite().is_some() || now.losses.iter().any(|l| !l.are_finite()) {
        return Err(SaveError::Unready("playground-error-unready-number"));
    }
    let rows = |rows: &[Row], width: usize| rows.iter().map(|row| row[..width].to_vec()).collect();
    let layers = training.network.layers.iter().zip(&training.gradient);
    let saved = Saved {
        playground: VERSION,
        link: link::write(&now.state),
        points: now.own.as_deref().map(|own| {
            let numbers = own.iter().map(|p| [p.x, p.y, p.label]);
            numbers.collect()
        }),
        stop: now.stop.map(|stop| stop.to_string()),
        epoch: training.epoch,
        point: training.point,
        summed: training.summed,
        layers: layers
            .map(|(layer, gradient)| SavedLayer {
                biases: layer.biases[..layer.width].to_vec(),
                weights: rows(&layer.weights, layer.width),
                dead: layer
                    .dead
                    .iter()
                    .map(|row| row[..layer.width].to_vec())
                    .collect(),
                gradient_biases: gradient.biases[..layer.width].to_vec(),
                gradient_weights: rows(&gradient.weights, layer.width),
            })
            .collect(),
        losses: now.losses.iter().map(|l| [l.train, l.test]).collect(),
    };
    let text = serde_json::to_vec(&saved).map_err(|e| SaveError::Json(path.to_owned(), e))?;
    write(path, &text).map_err(|e| SaveError::File(path.to_owned(), e))
}

/// Write a file whole or not at all.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = AtomicFile::create(path)?;
    file.file().write_all(bytes)?;
    file.finish()
}

/// Go on with what a save file holds. Returns warnings of its link.
///
/// # Errors
/// The file cannot be read, or what it holds does not fit together; the playground is then as it was.
pub fn load(playground: &mut Playground, path: &Path) -> Result<Vec<String>, SaveError> {
    let of_file = |e| SaveError::File(path.to_owned(), e);
    let content = |why: String| SaveError::Content(path.to_owned(), why);
    if !std::fs::metadata(path).map_err(of_file)?.is_file() {
        return Err(content(say("playground-error-save-ordinary").into()));
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(of_file)?;
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut text);
    if read.map_err(of_file)? as u64 > MOST_BYTES {
        let most = ("most", plain(MOST_BYTES));
        return Err(content(say_with("playground-error-save-large", &[most])));
    }
    let saved: Saved =
        serde_json::from_slice(&text).map_err(|e| SaveError::Json(path.to_owned(), e))?;
    if saved.playground != VERSION {
        return Err(content(say_with(
            "playground-error-save-version",
            &[
                ("version", plain(saved.playground)),
                ("due", plain(VERSION)),
            ],
        )));
    }
    let opened = link::read(&saved.link).map_err(|e| content(e.to_string()))?;
    let stop = saved.stop.as_deref().map(Stop::parse).transpose();
    let stop = stop.map_err(content)?;
    let own = saved.points.as_ref().map(|points| {
        let point = |&[x, y, label]: &[f64; 3]| Point { x, y, label };
        points.iter().map(point).collect::<Vec<_>>()
    });
    if own
        .as_ref()
        .is_some_and(|own| own.len() < super::own::LEAST)
    {
        return Err(content(say("playground-error-save-few").into()));
    }
    playground
        .restore(opened.state, own, stop, |training| {
            if training.network.layers.len() != saved.layers.len() {
                return Err(say("playground-error-save-layers").into());
            }
            let layers = training
                .network
                .layers
                .iter_mut()
                .zip(&mut training.gradient);
            for ((layer, gradient), saved) in layers.zip(&saved.layers) {
                fill(&mut layer.biases, &saved.biases, layer.width)?;
                fill(&mut gradient.biases, &saved.gradient_biases, layer.width)?;
                fill_rows(&mut layer.weights, &saved.weights, layer.width)?;
                fill_rows(&mut gradient.weights, &saved.gradient_weights, layer.width)?;
                fill_rows(&mut layer.dead, &saved.dead, layer.width)?;
            }
            if saved.losses.len() != saved.epoch.saturating_add(1) {
                return Err(say("playground-error-save-losses").into());
            }
            if saved.point > super::own::MOST || saved.summed > super::own::MOST {
                return Err(say("playground-error-save-points").into());
            }
            training.epoch = saved.epoch;
            training.point = saved.point;
            training.summed = saved.summed;
            let losses = |&[train, test]: &[f64; 2]| Losses { train, test };
            Ok(saved.losses.iter().map(losses).collect())
        })
        .map_err(content)?;
    Ok(opened.warnings)
}

fn fill<T: Copy>(row: &mut [T; WIDEST], saved: &[T], width: usize) -> Result<(), String> {
    if saved.len() != width {
        return Err(say("playground-error-save-layers").into());
    }
    row[..width].copy_from_slice(saved);
    Ok(())
}

fn fill_rows<T: Copy>(
    rows: &mut [[T; WIDEST]],
    saved: &[Vec<T>],
    width: usize,
) -> Result<(), String> {
    if saved.len() != rows.len() {
        return Err(say("playground-error-save-layers").into());
    }
    let mut pairs = rows.iter_mut().zip(saved);
    pairs.try_for_each(|(row, saved)| fill(row, saved, width))
}

//! A run's files: the model's, whole at any time, and beside them the run's own state.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::data::{Corpus, Data};
use super::{Settings, Start, TrainError, TrainingJob, init};
use crate::checkpoint::create::{self, CONFIG, Slot, Staged, TOKENIZER, WEIGHTS, le_bytes, slots};
use crate::checkpoint::tokenizer_training::train_tokenizer;
use crate::checkpoint::{Checkpoint, CheckpointError};

/// Where a run's state lies while it is not finished.
pub const STATE: &str = "training.safetensors";
/// The key of its metadata.
const KEY: &str = "layerwise";
const VERSION: u32 = 1;
/// Larger models are for programs that train on more than one CPU.
const MOST_PARAMETERS: usize = 1 << 30;

/// A run, ready for its next step.
pub struct Run {
    pub settings: Settings,
    pub data: Data,
    pub state: State,
    /// The model as it was when the run was opened.
    pub checkpoint: Checkpoint,
    /// The tensors in training, in the order of the state's values.
    pub slots: Vec<Slot>,
    dir: PathBuf,
    corpus_hash: String,
}

/// What changes from step to step. Each vector has one number for each of the model's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Steps done.
    pub step: usize,
    pub weights: Vec<f32>,
    /// AdamW's running means of the gradient and of its square.
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Meta {
    version: u32,
    step: usize,
    /// Hex SHA-256.
    corpus: String,
    settings: Settings,
}

impl Run {
    /// Make a new run, or open the one to resume.
    ///
    /// # Errors
    /// A setting or a corpus that nothing can be trained with, a folder in use, nothing to resume or
    /// something else than the job says, a full disk.
    pub fn open(job: &TrainingJob) -> Result<Run, TrainError> {
        job.settings.check()?;
        let corpus = Corpus::read(&job.corpus)?;
        match job.start {
            Start::Resume => Run::resume(job, corpus),
            Start::Fresh | Start::Replace => Run::begin(job, corpus),
        }
    }

    fn begin(job: &TrainingJob, corpus: Corpus) -> Result<Run, TrainError> {
        let (dir, settings) = (&job.output, &job.settings);
        prepare_folder(dir, job.start)?;
        let (tokenizer, d_vocab) =
            train_tokenizer(&corpus.documents, settings.d_vocab).map_err(|e| {
                TrainError::Corpus {
                    path: job.corpus.clone(),
                    problem: format!("no tokenizer can be trained on it: {e}"),
                }
            })?;
        let config = settings.config(d_vocab);
        let slots = slots(&dir.join(CONFIG), &config)?;
        let parameters: usize = slots.iter().map(Slot::numel).sum();
        if parameters > MOST_PARAMETERS {
            return Err(TrainError::Setting {
                flag: "d-model",
                problem: format!(
                    "{}, --layers {} and --vocab {d_vocab} make {parameters} parameters, more than \
                     the {MOST_PARAMETERS} that this trains",
                    settings.d_model, settings.n_layers
                ),
            });
        }
        let values = init::values(&slots, settings.n_layers, settings.seed);
        let zeros = vec![0.0; values.len()];
        let state = State {
            step: 0,
            weights: values,
            mean: zeros.clone(),
            square: zeros,
        };
        let model = weights(dir, &slots, &state)?;
        let begun = state_file(dir, settings, &corpus.hash, &state)?;
        let staged = Staged::write(&[
            (dir.join(CONFIG), &config),
            (dir.join(TOKENIZER), &tokenizer),
            (dir.join(WEIGHTS), &model),
            (dir.join(STATE), &begun),
        ])?;
        // The state of a run that is replaced must never lie beside the new model's files.
        remove_state(dir)?;
        staged.commit()?;
        Run::assemble(dir, settings.clone(), corpus, slots, state)
    }

    fn resume(job: &TrainingJob, corpus: Corpus) -> Result<Run, TrainError> {
        let dir = &job.output;
        let bad = |problem: &str| TrainError::Output {
            path: dir.clone(),
            problem: problem.into(),
        };
        let (meta, state) = read(dir)?;
        if meta.settings != job.settings {
            return Err(bad(
                "training here was begun with other settings: leave them out, --resume knows them",
            ));
        }
        if meta.corpus != corpus.hash {
            return Err(TrainError::Corpus {
                path: job.corpus.clone(),
                problem: format!(
                    "not the text that the training in {} was begun with",
                    dir.display()
                ),
            });
        }
        let config_path = dir.join(CONFIG);
        let config = fs::read(&config_path);
        let config = config.map_err(|error| CheckpointError::io(&config_path, error))?;
        let slots = slots(&config_path, &config)?;
        if slots.iter().map(Slot::numel).sum::<usize>() != state.weights.len() {
            return Err(TrainError::Output {
                path: dir.join(STATE),
                problem: "belongs to another model than config.json".into(),
            });
        }
        Run::assemble(dir, meta.settings, corpus, slots, state)
    }

    fn assemble(
        dir: &Path,
        settings: Settings,
        corpus: Corpus,
        slots: Vec<Slot>,
        state: State,
    ) -> Result<Run, TrainError> {
        let checkpoint = Checkpoint::open(dir)?;
        let data = Data::new(&corpus, checkpoint.tokenizer()?, &settings)?;
        Ok(Run {
            settings,
            data,
            state,
            checkpoint,
            slots,
            dir: dir.to_owned(),
            corpus_hash: corpus.hash,
        })
    }

    /// Write the model and the run's state as they are now.
    ///
    /// # Errors
    /// A file cannot be written; the old ones are then as they were.
    pub fn save(&self) -> Result<(), TrainError> {
        let (dir, state) = (&self.dir, &self.state);
        let model = weights(dir, &self.slots, state)?;
        let state = state_file(dir, &self.settings, &self.corpus_hash, state)?;
        // In this order: a run whose state says that it is at its end has its last model.
        Ok(Staged::write(&[(dir.join(WEIGHTS), &model), (dir.join(STATE), &state)])?.commit()?)
    }

    /// Leave the folder as a model's and nothing else.
    ///
    /// # Errors
    /// The run's state cannot be removed.
    pub fn finish(&self) -> Result<(), TrainError> {
        remove_state(&self.dir)
    }
}

/// The settings of the run that can be resumed in the folder `dir`.
///
/// # Errors
/// There is none, or its state is damaged.
pub fn settings(dir: &Path) -> Result<Settings, TrainError> {
    Ok(read(dir)?.0.settings)
}

fn read(dir: &Path) -> Result<(Meta, State), TrainError> {
    let path = dir.join(STATE);
    if !path.exists() {
        let problem = if dir.join(WEIGHTS).exists() {
            "training here is finished: there is nothing to resume"
        } else {
            "no training was begun here: leave out --resume"
        };
        return Err(TrainError::Output {
            path: dir.to_owned(),
            problem: problem.into(),
        });
    }
    let bytes = fs::read(&path).map_err(|error| CheckpointError::io(&path, error))?;
    decode(&bytes).map_err(|problem| TrainError::Output { path, problem })
}

/// An empty folder, or one whose model may be replaced.
fn prepare_folder(dir: &Path, start: Start) -> Result<(), TrainError> {
    let bad = |problem: String| TrainError::Output {
        path: dir.to_owned(),
        problem,
    };
    fs::create_dir_all(dir).map_err(|e| bad(e.to_string()))?;
    let mut files = fs::read_dir(dir).map_err(|e| bad(e.to_string()))?;
    if files.next().is_none() {
        return Ok(());
    }
    if start != Start::Replace {
        return Err(bad(
            "is not empty: --resume goes on with the training begun there, --force replaces the \
             model there"
                .into(),
        ));
    }
    if [CONFIG, STATE].iter().any(|file| dir.join(file).exists()) {
        Ok(())
    } else {
        Err(bad(
            "is not empty and holds no model: give another folder".into()
        ))
    }
}

fn remove_state(dir: &Path) -> Result<(), TrainError> {
    let path = dir.join(STATE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(CheckpointError::Io { path, error }.into())
        }
        _ => Ok(()),
    }
}

/// The bytes of `model.safetensors`.
fn weights(dir: &Path, slots: &[Slot], state: &State) -> Result<Vec<u8>, TrainError> {
    create::weights(slots, &state.weights).map_err(|e| TrainError::Output {
        path: dir.join(WEIGHTS),
        problem: e.to_string(),
    })
}

/// The bytes of the file that a run is resumed from.
fn state_file(
    dir: &Path,
    settings: &Settings,
    corpus: &str,
    state: &State,
) -> Result<Vec<u8>, TrainError> {
    let bad = |e: &dyn std::fmt::Display| TrainError::Output {
        path: dir.join(STATE),
        problem: e.to_string(),
    };
    let meta = Meta {
        version: VERSION,
        step: state.step,
        corpus: corpus.to_owned(),
        settings: settings.clone(),
    };
    let meta = serde_json::to_string(&meta).map_err(|e| bad(&e))?;
    let named = [
        ("weights", le_bytes(&state.weights)),
        ("mean", le_bytes(&state.mean)),
        ("square", le_bytes(&state.square)),
    ];
    let shape = vec![state.weights.len()];
    let tensors = (named.iter())
        .map(|(name, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
    tensors
        .and_then(|t| safetensors::serialize(t, Some(HashMap::from([(KEY.to_owned(), meta)]))))
        .map_err(|e| bad(&e))
}

fn decode(bytes: &[u8]) -> Result<(Meta, State), String> {
    let damaged = |e: &dyn std::fmt::Display| format!("not the state of a training run: {e}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
    let meta = (header.metadata().as_ref())
        .and_then(|m| m.get(KEY))
        .ok_or_else(|| damaged(&format!("no metadata `{KEY}`")))?;
    let meta: Meta = serde_json::from_str(meta).map_err(|e| damaged(&e))?;
    if meta.version != VERSION {
        return Err(format!(
            "written in version {} of its format; this program knows {VERSION}",
            meta.version
        ));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
    let values = |name: &str| -> Result<Vec<f32>, String> {
        let tensor = file.tensor(name).map_err(|e| damaged(&e))?;
        match (tensor.dtype(), tensor.shape()) {
            (Dtype::F32, [_]) => Ok(tensor
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect()),
            _ => Err(damaged(&format!("`{name}` is not a vector of F32"))),
        }
    };
    let state = State {
        step: meta.step,
        weights: values("weights")?,
        mean: values("mean")?,
        square: values("square")?,
    };
    if [&state.mean, &state.square]
        .iter()
        .any(|v| v.len() != state.weights.len())
    {
        return Err(damaged(&"its tensors differ in length"));
    }
    Ok((meta, state))
}

//! A run's files: the model's, whole at any time, and the run's own state beside them.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::data::{Corpus, Data};
use super::{Settings, Start, TrainError, TrainingJob, init};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::CheckpointError;
use crate::checkpoint::create::{self, CONFIG, Slot, Staged, TOKENIZER, WEIGHTS, le_bytes, slots};
use crate::checkpoint::tokenizer_training::train_tokenizer;

/// The file that holds a run's state until it is finished.
pub const STATE: &str = "training.safetensors";
/// The key of the run's settings in the file's metadata.
const KEY: &str = "layerwise";
const VERSION: u32 = 1;
/// The largest number of parameters: larger models need a program that trains on more than one CPU.
const MOST_PARAMETERS: usize = 1 << 30;

/// A run, ready for its next step.
pub struct Run {
    pub data: Data,
    pub state: State,
    /// The model as it was when the run was opened.
    pub checkpoint: Checkpoint,
    /// The tensors in training, in the order of the state's values.
    pub slots: Vec<Slot>,
    dir: PathBuf,
}

/// The state that a run is resumed from. Each vector has one number for each of the model's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// The number of steps done.
    pub step: usize,
    /// The corpus's SHA-256, in hex.
    corpus: String,
    pub settings: Settings,
    #[serde(skip)]
    pub weights: Vec<f32>,
    /// AdamW's running means of the gradient and of its square.
    #[serde(skip)]
    pub mean: Vec<f32>,
    #[serde(skip)]
    pub square: Vec<f32>,
}

impl Run {
    /// Create a new run, or open the one to resume.
    ///
    /// # Errors
    /// A setting or a corpus that cannot be trained with, a folder in use, nothing to resume or settings
    /// other than the job's, a full disk.
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
        let untrained = |e| format!("no tokenizer can be trained on it: {e}");
        let (tokenizer, d_vocab) = train_tokenizer(&corpus.documents, settings.d_vocab)
            .map_err(|e| TrainError::file(&job.corpus, untrained(e)))?;
        let config = settings.config(d_vocab);
        let slots = slots(&dir.join(CONFIG), &config)?;
        let parameters: usize = slots.iter().map(Slot::numel).sum();
        if parameters > MOST_PARAMETERS {
            let (width, layers) = (settings.d_model, settings.n_layers);
            let problem = format!(
                "{width}, --layers {layers} and --vocab {d_vocab} make {parameters} parameters, more \
                 than the {MOST_PARAMETERS} that this trains"
            );
            let flag = "d-model";
            return Err(TrainError::Setting { flag, problem });
        }
        let values = init::values(&slots, settings.n_layers, settings.seed);
        let state = State::new(settings.clone(), &corpus.hash, values);
        let [model, begun] = files(dir, &slots, &state)?;
        let staged = Staged::write(&[
            (dir.join(CONFIG), &config),
            (dir.join(TOKENIZER), &tokenizer),
            (dir.join(WEIGHTS), &model),
            (dir.join(STATE), &begun),
        ])?;
        // The state of a replaced run must never lie beside the new model's files.
        remove_state(dir)?;
        staged.commit()?;
        Run::assemble(dir, corpus, slots, state)
    }

    fn resume(job: &TrainingJob, corpus: Corpus) -> Result<Run, TrainError> {
        let dir = &job.output;
        let state = read(dir)?;
        if state.settings != job.settings {
            let problem =
                "training here was begun with other settings: leave them out, --resume knows them";
            return Err(TrainError::file(dir, problem));
        }
        if state.corpus != corpus.hash {
            let dir = dir.display();
            let problem = format!("not the text that the training in {dir} was begun with");
            return Err(TrainError::file(&job.corpus, problem));
        }
        let path = dir.join(CONFIG);
        let config = fs::read(&path).map_err(|error| CheckpointError::io(&path, error))?;
        let slots = slots(&path, &config)?;
        if slots.iter().map(Slot::numel).sum::<usize>() != state.weights.len() {
            let problem = "belongs to another model than config.json";
            return Err(TrainError::file(&dir.join(STATE), problem));
        }
        Run::assemble(dir, corpus, slots, state)
    }

    fn assemble(
        dir: &Path,
        corpus: Corpus,
        slots: Vec<Slot>,
        state: State,
    ) -> Result<Run, TrainError> {
        let checkpoint = Checkpoint::open(dir)?;
        let data = Data::new(&corpus, checkpoint.tokenizer()?, &state.settings)?;
        Ok(Run {
            data,
            state,
            checkpoint,
            slots,
            dir: dir.to_owned(),
        })
    }

    /// Write the model and the run's state.
    ///
    /// # Errors
    /// A file cannot be written; the old files then stay as they were.
    pub fn save(&self) -> Result<(), TrainError> {
        let dir = &self.dir;
        let [model, state] = files(dir, &self.slots, &self.state)?;
        // The model is written before the state: a run whose state is at its end has its last model.
        Ok(Staged::write(&[(dir.join(WEIGHTS), &model), (dir.join(STATE), &state)])?.commit()?)
    }

    /// Remove the run's state, so that only the model's files stay in the folder.
    ///
    /// # Errors
    /// The state cannot be removed.
    pub fn finish(&self) -> Result<(), TrainError> {
        remove_state(&self.dir)
    }
}

/// The settings of the run that can be resumed in the folder `dir`.
///
/// # Errors
/// There is no such run, or its state is damaged.
pub fn settings(dir: &Path) -> Result<Settings, TrainError> {
    Ok(read(dir)?.settings)
}

fn read(dir: &Path) -> Result<State, TrainError> {
    let path = dir.join(STATE);
    if !path.exists() {
        let problem = if dir.join(WEIGHTS).exists() {
            "training here is finished: there is nothing to resume"
        } else {
            "no training was begun here: leave out --resume"
        };
        return Err(TrainError::file(dir, problem));
    }
    let damaged = |e: Box<dyn Error>| {
        TrainError::file(&path, format!("not the state of a training run: {e}"))
    };
    let bytes = fs::read(&path).map_err(|error| CheckpointError::io(&path, error))?;
    let mut state = State::from_metadata(&bytes).map_err(damaged)?;
    if state.version != VERSION {
        let found = format!("written in version {} of its format", state.version);
        let problem = format!("{found}; this program knows {VERSION}");
        return Err(TrainError::file(&path, problem));
    }
    state.read_vectors(&bytes).map_err(damaged)?;
    Ok(state)
}

/// Check that the folder is empty, or that its model may be replaced; create it if it is missing.
fn prepare_folder(dir: &Path, start: Start) -> Result<(), TrainError> {
    fs::create_dir_all(dir).map_err(|e| TrainError::file(dir, e))?;
    let mut files = fs::read_dir(dir).map_err(|e| TrainError::file(dir, e))?;
    let problem = if files.next().is_none() {
        return Ok(());
    } else if start != Start::Replace {
        "is not empty: --resume goes on with the training begun there, --force replaces the \
         model there"
    } else if [CONFIG, STATE].iter().any(|file| dir.join(file).exists()) {
        return Ok(());
    } else {
        "is not empty and holds no model: give another folder"
    };
    Err(TrainError::file(dir, problem))
}

fn remove_state(dir: &Path) -> Result<(), TrainError> {
    let path = dir.join(STATE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(CheckpointError::io(&path, error).into())
        }
        _ => Ok(()),
    }
}

/// The bytes of `model.safetensors` and of the file that a run is resumed from.
fn files(dir: &Path, slots: &[Slot], state: &State) -> Result<[Vec<u8>; 2], TrainError> {
    let model = create::weights(slots, &state.weights);
    let model = model.map_err(|e| TrainError::file(&dir.join(WEIGHTS), e))?;
    let state = state.encode();
    let state = state.map_err(|e| TrainError::file(&dir.join(STATE), e))?;
    Ok([model, state])
}

impl State {
    /// The state at a run's beginning.
    pub fn new(settings: Settings, corpus: &str, weights: Vec<f32>) -> State {
        State {
            version: VERSION,
            step: 0,
            corpus: corpus.to_owned(),
            settings,
            mean: vec![0.0; weights.len()],
            square: vec![0.0; weights.len()],
            weights,
        }
    }

    /// The file's bytes: vectors are its tensors, the rest is its metadata.
    fn encode(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let meta = HashMap::from([(KEY.to_owned(), serde_json::to_string(self)?)]);
        let named = [
            ("weights", le_bytes(&self.weights)),
            ("mean", le_bytes(&self.mean)),
            ("square", le_bytes(&self.square)),
        ];
        let shape = vec![self.weights.len()];
        let tensors = (named.iter())
            .map(|(name, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, SafeTensorError>>()?;
        Ok(safetensors::serialize(tensors, Some(meta))?)
    }

    /// The state in a file's metadata, without the vectors.
    fn from_metadata(bytes: &[u8]) -> Result<State, Box<dyn Error>> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let meta = header.metadata().as_ref().and_then(|m| m.get(KEY));
        let meta = meta.ok_or_else(|| format!("no metadata `{KEY}`"))?;
        Ok(serde_json::from_str(meta)?)
    }

    fn read_vectors(&mut self, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut length = None;
        for (name, values) in [
            ("weights", &mut self.weights),
            ("mean", &mut self.mean),
            ("square", &mut self.square),
        ] {
            let tensor = file.tensor(name)?;
            if tensor.dtype() != Dtype::F32 || tensor.shape().len() != 1 {
                return Err(format!("`{name}` is not a vector of F32").into());
            }
            let (numbers, _) = tensor.data().as_chunks();
            *values = numbers.iter().map(|b| f32::from_le_bytes(*b)).collect();
            if *length.get_or_insert(values.len()) != values.len() {
                return Err("its tensors differ in length".into());
            }
        }
        Ok(())
    }
}

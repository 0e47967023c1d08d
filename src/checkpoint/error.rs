//! Errors of a model on disk. Every message names the file, and the field or tensor in it.

use std::io;
use std::path::{Path, PathBuf};

use super::encoding::Encoding;
use crate::lang::{of_system, plain, say_with};
use crate::trace::pointer;
use crate::trace::tensor::Dtype;

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system's error stands in the message, so it is not printed again as a source.
    #[error("{}", say_with("error-of-file", &[("file", plain(path.display())), ("why", of_system(error))]))]
    Io { path: PathBuf, error: io::Error },
    /// The path is not a model: a folder, or something else.
    #[error("{}", say_with("error-not-a-model", &[("file", plain(path.display())), ("why", plain(problem))]))]
    NotAModel { path: PathBuf, problem: String },
    /// The only weights are pickled. Loading those can run any code, so they are never read.
    #[error(
        "{} is pickled weights, which can run code when loaded and are never read here; \
         convert them to model.safetensors (in transformers: \
         AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(NEW_DIR))",
        path.display()
    )]
    Pickle { path: PathBuf },
    #[error("{} {}", path.display(), pointer::ADVICE)]
    Pointer { path: PathBuf },
    #[error("{}: {bytes} bytes are more than the {limit} that such a file may have", path.display())]
    TooLarge {
        path: PathBuf,
        bytes: u64,
        limit: u64,
    },
    /// A file whose content is wrong for its kind.
    #[error("{}: {problem}", path.display())]
    Content { path: PathBuf, problem: String },
    #[error("{}: field `{field}` {problem}", path.display())]
    Field {
        path: PathBuf,
        /// The field with the objects around it: `rope_parameters.rope_type`.
        field: String,
        problem: String,
    },
    #[error("{}: no tensor `{tensor}`", path.display())]
    MissingTensor { path: PathBuf, tensor: String },
    #[error(
        "{}: tensor `{tensor}` has shape {found:?}, but the architecture that the config describes needs {expected:?}",
        path.display()
    )]
    Shape {
        path: PathBuf,
        tensor: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    #[error(
        "{}: tensor `{tensor}` has elements of type {found}; known are {}, {}, {}, {}, {}, and in GGUF files \
         q4_0, q4_1, q5_0, q5_1, q8_0, q2_K to q8_K, iq1_s to iq4_xs, q1_0, tq1_0, tq2_0, mxfp4 and nvfp4",
        path.display(), Dtype::F32, Dtype::BF16, Dtype::F16, Dtype::F64, Encoding::F8E4M3
    )]
    Encoding {
        path: PathBuf,
        tensor: String,
        found: Encoding,
    },
    #[error("the model has {n_layers} blocks, so there is no block {layer}")]
    NoSuchLayer { layer: usize, n_layers: usize },
}

/// Text from a file, as errors show it: at most this many characters.
pub(super) fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl CheckpointError {
    pub fn io(path: &Path, error: io::Error) -> CheckpointError {
        let path = path.to_owned();
        CheckpointError::Io { path, error }
    }

    pub(super) fn not_a_model(path: &Path, problem: impl Into<String>) -> CheckpointError {
        let (path, problem) = (path.to_owned(), problem.into());
        CheckpointError::NotAModel { path, problem }
    }

    pub(super) fn content(path: &Path, problem: impl Into<String>) -> CheckpointError {
        let (path, problem) = (path.to_owned(), problem.into());
        CheckpointError::Content { path, problem }
    }

    pub(super) fn field(
        path: &Path,
        field: impl Into<String>,
        problem: impl Into<String>,
    ) -> CheckpointError {
        CheckpointError::Field {
            path: path.to_owned(),
            field: field.into(),
            problem: problem.into(),
        }
    }
}

//! Every family: its small models agree with `transformers`, each of its quirks is used, and the documents
//! say so.

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;

#[cfg(feature = "torch")]
#[path = "../common/device.rs"]
mod device;
mod documents;
mod quirks;
mod unknown;
#[cfg(feature = "torch")]
mod used;

/// The small models, sorted by name.
fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let entries = std::fs::read_dir(root).unwrap();
    let mut models: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    models.sort();
    models
}

#[test]
fn every_tensor_of_a_model_is_read() {
    for model in models() {
        let checkpoint = Checkpoint::open(&model).unwrap();
        assert!(
            checkpoint.unused().is_empty(),
            "{}: {:?}",
            model.display(),
            checkpoint.unused()
        );
    }
}

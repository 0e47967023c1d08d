//! The hash of a model's files covers every byte, is found again in the cache, and never comes from a stale
//! entry.

mod program;

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use layerwise::checkpoint::{Checkpoint, HashStatus};
use layerwise::trace::model_hash::ModelHash;
use layerwise::trace::source::{Control, SourceError};
use serde_json::{Value, json};

fn llama() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama")
}

/// A copy of the small Llama model, with `extra` bytes in a tensor that nothing reads.
fn copy(folder: &Path, extra: usize) -> PathBuf {
    for file in ["config.json", "tokenizer.json"] {
        fs::copy(llama().join(file), folder.join(file)).unwrap();
    }
    let file = fs::read(llama().join("model.safetensors")).unwrap();
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let (header, data) = file[8..].split_at(length);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    header["extra"] = json!({
        "dtype": "U8", "shape": [extra], "data_offsets": [data.len(), data.len() + extra],
    });
    let header = serde_json::to_vec(&header).unwrap();
    let length = (header.len() as u64).to_le_bytes();
    let path = folder.join("model.safetensors");
    fs::write(
        &path,
        [&length[..], &header, data, &vec![0; extra]].concat(),
    )
    .unwrap();
    path
}

fn hash(folder: &Path) -> ModelHash {
    let model = Checkpoint::open(folder).unwrap();
    model.wait_for_hash(&Control::default()).unwrap()
}

/// Change the byte at `at`, and restore the file's time.
fn change(path: &Path, at: usize) {
    let times = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
    let times = FileTimes::new().set_modified(times);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(times)
        .unwrap();
}

#[test]
fn one_value_in_the_middle_of_a_large_file_changes_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    // The file has several pieces; the last one is not whole.
    let path = copy(folder.path(), 9_000_000);
    let (before, samples) = (hash(folder.path()), sampled(folder.path()));
    assert!(
        matches!(&before, ModelHash::Whole(digits) if digits.len() == 64),
        "{before}"
    );
    assert_eq!(hash(folder.path()), before);
    let length = fs::metadata(&path).unwrap().len() as usize;
    for at in [length / 2 + 1, length - 1, (4 << 20) - 1, 4 << 20] {
        change(&path, at);
        assert_ne!(hash(folder.path()), before, "byte {at}");
        change(&path, at);
    }
    change(&path, length / 2 + 1);
    // Samples of the file do not show the change.
    assert_eq!(sampled(folder.path()), samples);
}

fn sampled(folder: &Path) -> ModelHash {
    Checkpoint::open(folder).unwrap().sampled_hash()
}

#[test]
fn who_does_not_wait_is_told_so_and_who_stops_waiting_can_wait_again() {
    let folder = tempfile::tempdir().unwrap();
    copy(folder.path(), 30_000_000);
    let model = Checkpoint::open(folder.path()).unwrap();
    let HashStatus::Reading { done: 0, total } = model.hash_status() else {
        panic!("{}", model.hash_status())
    };
    assert!(total > 30_000_000);
    let info = model.info(layerwise::trace::tensor::Dtype::F32, "cpu".into());
    assert_eq!(info.unwrap().hash, ModelHash::NotRead);
    let control = Control::default();
    control.cancel.store(true, Ordering::Relaxed);
    let stopped = model.wait_for_hash(&control);
    assert!(
        matches!(stopped, Err(SourceError::Cancelled)),
        "{stopped:?}"
    );
    model.start_hash();
    let known = model.wait_for_hash(&Control::default()).unwrap();
    assert_eq!(known, hash(folder.path()));
    assert!(matches!(model.hash_status(), HashStatus::Known(_)));
}

#[test]
fn a_file_that_changes_while_it_is_open_has_no_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy(folder.path(), 100);
    let model = Checkpoint::open(folder.path()).unwrap();
    model.hash_status();
    sleep(Duration::from_millis(20));
    let bytes = fs::read(&path).unwrap();
    // The model's file is written to.
    std::io::Write::write_all(
        &mut File::options().write(true).open(&path).unwrap(),
        &bytes,
    )
    .unwrap();
    assert_eq!(
        model.wait_for_hash(&Control::default()).unwrap(),
        ModelHash::NotRead
    );
    assert!(
        model
            .hash_status()
            .to_string()
            .contains("changed while it was read")
    );
    // Another file in its place does not matter: the model is the one that was opened.
    let model = Checkpoint::open(folder.path()).unwrap();
    let due = hash(folder.path());
    let other = folder.path().join("other");
    fs::write(&other, b"something else").unwrap();
    fs::rename(other, &path).unwrap();
    assert_eq!(model.wait_for_hash(&Control::default()).unwrap(), due);
}

fn inspect(model: &Path, cache: &Path) -> Child {
    program::layerwise()
        .args(["inspect", "--json"])
        .arg(model)
        .env("LAYERWISE_CACHE", cache)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(inspect: Child) -> String {
    let out = inspect.wait_with_output().unwrap();
    assert!(out.status.success());
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    json["hash"].as_str().unwrap().to_owned()
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache.join("hashes"));
    entries
        .into_iter()
        .flatten()
        .map(|e| e.unwrap().path())
        .collect()
}

#[test]
fn the_cache_knows_a_file_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (model, cache) = (folder.path().join("model"), folder.path().join("cache"));
    fs::create_dir(&model).unwrap();
    let path = copy(&model, 1000);
    let due = String::from(hash(&model));
    // A file that has just been written may be written to again under the same time.
    assert_eq!(said(inspect(&model, &cache)), due);
    assert!(entries(&cache).is_empty());
    sleep(Duration::from_millis(3100));
    // Several processes run at once.
    let all: Vec<Child> = (0..6).map(|_| inspect(&model, &cache)).collect();
    for one in all {
        assert_eq!(said(one), due);
    }
    let [entry] = &entries(&cache)[..] else {
        panic!("{:?}", entries(&cache))
    };
    // The entry is read, and its content is trusted.
    let whole = fs::read_to_string(entry).unwrap();
    let mut json: Value = serde_json::from_str(&whole).unwrap();
    json["digest"] = "0".repeat(64).into();
    fs::write(entry, json.to_string()).unwrap();
    assert_ne!(said(inspect(&model, &cache)), due);
    // A damaged entry is ignored.
    for damaged in ["", "{", "[1]", &whole[..whole.len() / 2], "\u{0}\u{0}"] {
        fs::write(entry, damaged).unwrap();
        assert_eq!(said(inspect(&model, &cache)), due, "{damaged}");
        assert_eq!(fs::read_to_string(entry).unwrap(), whole);
    }
    // A value changes, and the file's time is restored.
    let length = fs::metadata(&path).unwrap().len() as usize;
    change(&path, length - 500);
    let changed = said(inspect(&model, &cache));
    assert_ne!(changed, due);
    assert_eq!(changed, String::from(hash(&model)));
    // Another file takes its place.
    let mut bytes = fs::read(&path).unwrap();
    bytes[length - 500] ^= 1;
    fs::write(model.join("new"), bytes).unwrap();
    fs::rename(model.join("new"), &path).unwrap();
    assert_eq!(said(inspect(&model, &cache)), due);
    // A cache that cannot be written to is ignored.
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(said(inspect(&model, &folder.path().join("file"))), due);
}

//! Models by name: from the cache, or fetched into it from a hub that this test runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use layerwise::checkpoint::Checkpoint;
use layerwise::hub::{Progress, Settings, Wanted, locate};
use layerwise::trace::model_hash::ModelHash;
use layerwise::trace::source::Control;
use server::{COMMIT, Server, TOKEN, sha256};
use tempfile::TempDir;

mod gguf;
mod server;

fn fixture(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(family)
}

fn hash(model: &Checkpoint) -> ModelHash {
    model.wait_for_hash(&Control::default()).unwrap()
}

/// A hub with one model, and an empty cache.
struct Hub {
    server: Server,
    settings: Settings,
    cache: TempDir,
}

impl Hub {
    fn new() -> Hub {
        Hub::on(Server::of(&fixture("gpt2")))
    }

    fn on(server: Server) -> Hub {
        let cache = tempfile::tempdir().unwrap();
        let settings = Settings {
            cache: cache.path().join("hub"),
            endpoint: server.endpoint.clone(),
            token: None,
            offline: false,
            backoff: Duration::from_millis(1),
        };
        Hub {
            server,
            settings,
            cache,
        }
    }

    fn locate(&self, id: &str) -> Result<PathBuf, String> {
        let id = id.parse().unwrap();
        locate(&id, Wanted::Model, &self.settings, &mut ()).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn refused(&self, parts: &[&str]) {
        let error = self.locate("org/tiny").unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{error:?} does not say {part:?}");
        }
    }

    fn repo(&self) -> PathBuf {
        self.settings.cache.join("models--org--tiny")
    }

    /// The path of the weights' blob, and of its partial file.
    fn weights(&self) -> (PathBuf, PathBuf) {
        let etag = sha256(&fs::read(fixture("gpt2").join("model.safetensors")).unwrap());
        let blobs = self.repo().join("blobs");
        (blobs.join(&etag), blobs.join(format!("{etag}.incomplete")))
    }
}

#[test]
fn a_model_is_fetched_once_in_the_layout_of_the_cache() {
    let hub = Hub::new();
    let snapshot = hub.locate("org/tiny").unwrap();
    assert_eq!(snapshot, hub.repo().join("snapshots").join(COMMIT));
    assert_eq!(
        fs::read_to_string(hub.repo().join("refs/main")).unwrap(),
        COMMIT
    );
    let link = fs::read_link(snapshot.join("model.safetensors")).unwrap();
    let (blob, partial) = hub.weights();
    assert_eq!(
        link,
        Path::new("../../blobs").join(blob.file_name().unwrap())
    );
    assert!(!partial.exists());
    let model = Checkpoint::open(&snapshot).unwrap();
    assert_eq!(model.name(), "org/tiny");
    assert_eq!(
        hash(&model),
        hash(&Checkpoint::open(&fixture("gpt2")).unwrap())
    );

    hub.server.log();
    assert_eq!(hub.locate("org/tiny").unwrap(), snapshot);
    assert_eq!(hub.locate(&format!("org/tiny@{COMMIT}")).unwrap(), snapshot);
    assert!(hub.server.log().is_empty(), "the cache had it");
}

#[test]
fn only_what_is_needed_is_fetched() {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        files.insert(name.into(), fs::read(fixture("gpt2").join(name)).unwrap());
    }
    for name in [
        "README.md",
        "pytorch_model.bin",
        "onnx.safetensors",
        "chat_template.jinja",
    ] {
        files.insert(name.into(), b"x".to_vec());
    }
    let hub = Hub::on(Server::start(files));
    let id = "org/tiny".parse().unwrap();
    let snapshot = locate(&id, Wanted::Tokenizer, &hub.settings, &mut ()).unwrap();
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&snapshot), ["chat_template.jinja", "tokenizer.json"]);
    hub.locate("org/tiny").unwrap();
    assert_eq!(
        names(&snapshot),
        [
            "chat_template.jinja",
            "config.json",
            "model.safetensors",
            "tokenizer.json"
        ]
    );
    let got = |file: &str| {
        let log = hub.server.log();
        log.iter().filter(|r| r.path.ends_with(file)).count()
    };
    assert_eq!(got("README.md") + got("pytorch_model.bin"), 0);
}

#[test]
fn without_a_tokenizer_json_the_older_files_are_fetched() {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["config.json", "model.safetensors"] {
        files.insert(name.into(), fs::read(fixture("gpt2").join(name)).unwrap());
    }
    files.insert("vocab.json".into(), br#"{"a": 0, "b": 1, "ab": 2}"#.into());
    files.insert("merges.txt".into(), b"#version: 0.2\na b\n".into());
    let hub = Hub::on(Server::start(files));
    let snapshot = hub.locate("org/tiny").unwrap();
    let tokens = |text: &str| {
        let model = Checkpoint::open(&snapshot).unwrap();
        let tokens = model.tokenizer().unwrap().encode(text).unwrap();
        tokens.iter().map(|token| token.id).collect::<Vec<_>>()
    };
    assert_eq!(tokens("abba"), [2, 1, 0]);
    hub.server.log();
    assert_eq!(hub.locate("org/tiny").unwrap(), snapshot);
    assert!(hub.server.log().is_empty(), "the cache had it");
}

/// The files of a model that pools sentences.
fn sentence_model() -> BTreeMap<String, Vec<u8>> {
    let files = [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "modules.json",
        "1_Pooling/config.json",
    ];
    let read = |name: &str| fs::read(fixture("bert_sentence").join(name)).unwrap();
    files.map(|name| (name.to_owned(), read(name))).into()
}

#[test]
fn how_sentences_are_pooled_is_fetched_with_the_model() {
    let hub = Hub::on(Server::start(sentence_model()));
    let snapshot = hub.locate("org/tiny").unwrap();
    let fetched = Checkpoint::open(&snapshot).unwrap();
    let whole = Checkpoint::open(&fixture("bert_sentence")).unwrap();
    assert_eq!(fetched.arch, whole.arch);
    assert_eq!(hash(&fetched), hash(&whole));
}

/// transformers fills the cache without these files.
#[test]
fn how_sentences_are_pooled_is_asked_for_where_it_is_not_known() {
    let mut hub = Hub::on(Server::start(sentence_model()));
    let snapshot = hub.locate("org/tiny").unwrap();
    let whole = hash(&Checkpoint::open(&snapshot).unwrap());
    fs::remove_file(snapshot.join("modules.json")).unwrap();
    fs::remove_dir_all(snapshot.join("1_Pooling")).unwrap();
    hub.server.log();

    let noted = |hub: &Hub| {
        let mut progress = Recorder::default();
        let id = "org/tiny".parse().unwrap();
        assert_eq!(
            locate(&id, Wanted::Model, &hub.settings, &mut progress).unwrap(),
            snapshot
        );
        progress.notes
    };
    hub.settings.offline = true;
    let notes = noted(&hub);
    assert!(
        notes[0].contains("it is not known how org/tiny pools sentences"),
        "{notes:?}"
    );
    assert!(
        notes[0].contains("modules.json is not in the cache"),
        "{notes:?}"
    );
    hub.settings.offline = false;
    hub.server.faults(|faults| faults.busy = 1);
    assert!(noted(&hub)[0].contains("503"), "one attempt only");
    assert_ne!(hash(&Checkpoint::open(&snapshot).unwrap()), whole);
    hub.server.log();
    assert_eq!(noted(&hub), [""; 0]);
    assert_eq!(hash(&Checkpoint::open(&snapshot).unwrap()), whole);
    hub.server.log();
    noted(&hub);
    assert!(hub.server.log().is_empty());

    // The absence of the files is remembered, as in `huggingface_hub`.
    let hub = Hub::on(Server::of(&fixture("bert_no_head")));
    hub.locate("org/tiny").unwrap();
    let mark = hub
        .repo()
        .join(".no_exist")
        .join(COMMIT)
        .join("modules.json");
    assert!(mark.exists());
    fs::remove_dir_all(hub.repo().join(".no_exist")).unwrap();
    hub.server.log();
    hub.locate("org/tiny").unwrap();
    assert_eq!(hub.server.log().len(), 1);
    hub.locate("org/tiny").unwrap();
    assert!(hub.server.log().is_empty() && mark.exists());
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let mut hub = Hub::new();
    hub.settings.token = Some(TOKEN.into());
    hub.locate("org/tiny").unwrap();
    let log = hub.server.log();
    assert!(log.iter().any(|r| r.away) && log.iter().any(|r| !r.away));
    for request in log {
        assert_eq!(request.token.is_some(), !request.away, "{request:?}");
    }
}

/// A listener that records its notes.
#[derive(Default)]
struct Recorder {
    started: Vec<(String, u64)>,
    notes: Vec<String>,
}

impl Progress for Recorder {
    fn start(&mut self, file: &str, _: u64, have: u64) {
        self.started.push((file.into(), have));
    }
    fn at(&mut self, _: u64) {}
    fn finish(&mut self) {}
    fn note(&mut self, text: &str) {
        self.notes.push(text.into());
    }
}

#[test]
fn a_broken_connection_goes_on_where_it_broke() {
    let hub = Hub::new();
    hub.server.faults(|f| f.cut = vec![3000, 0, 5000, 1000]);
    let mut progress = Recorder::default();
    let id = "org/tiny".parse().unwrap();
    let snapshot = locate(&id, Wanted::Model, &hub.settings, &mut progress).unwrap();
    Checkpoint::open(&snapshot).unwrap();
    let ranges: Vec<_> = (hub.server.log().iter())
        .filter(|r| r.away && r.method == "GET")
        .map(|r| r.range.clone().unwrap_or_default())
        .collect();
    assert_eq!(
        ranges,
        [
            "",
            "bytes=1000-",
            "bytes=6000-",
            "bytes=6000-",
            "bytes=9000-"
        ]
    );
    assert_eq!(progress.notes.len(), 4, "{:?}", progress.notes);
}

#[test]
fn a_server_without_ranges_is_asked_from_the_start() {
    let hub = Hub::new();
    hub.server.faults(|f| {
        f.cut = vec![1000];
        f.no_ranges = true;
    });
    Checkpoint::open(&hub.locate("org/tiny").unwrap()).unwrap();
}

#[test]
fn a_stopped_run_is_resumed_by_the_next() {
    let hub = Hub::new();
    hub.server.faults(|f| f.cut = vec![0, 0, 0, 0, 2000]);
    hub.refused(&["model.safetensors", "in a row", "the next run goes on"]);
    let (blob, partial) = hub.weights();
    assert_eq!(fs::metadata(&partial).unwrap().len(), 2000);
    assert!(!blob.exists() && !hub.repo().join("refs/main").exists());
    let mut progress = Recorder::default();
    let id = "org/tiny".parse().unwrap();
    let snapshot = locate(&id, Wanted::Model, &hub.settings, &mut progress).unwrap();
    assert!(
        progress
            .started
            .contains(&("model.safetensors".into(), 2000))
    );
    Checkpoint::open(&snapshot).unwrap();
}

#[test]
fn a_damaged_part_is_thrown_away() {
    let hub = Hub::new();
    let (blob, partial) = hub.weights();
    fs::create_dir_all(blob.parent().unwrap()).unwrap();
    for bytes in [vec![0; 2000], vec![0; 10 << 20]] {
        fs::write(&partial, bytes).unwrap();
        Checkpoint::open(&hub.locate("org/tiny").unwrap()).unwrap();
        fs::remove_dir_all(hub.repo().join("snapshots")).unwrap();
        fs::remove_file(&blob).unwrap();
    }
}

#[test]
fn a_server_that_lies_is_not_believed() {
    for more in [1, -1, 100_000, -20_000] {
        let hub = Hub::new();
        hub.server.faults(|f| f.announced_more = more);
        hub.refused(&["model.safetensors", " bytes"]);
        assert!(!hub.weights().0.exists() && !hub.repo().join("refs").exists());
    }
    let hub = Hub::new();
    hub.server.faults(|f| f.etag = Some("0".repeat(64)));
    hub.refused(&["another SHA-256", "nothing was kept"]);
    for etag in ["../../evil", "/etc/x", "", "a/b"] {
        let hub = Hub::new();
        hub.server.faults(|f| f.etag = Some(etag.into()));
        hub.refused(&["no usable ETag"]);
    }
    let hub = Hub::new();
    hub.server
        .faults(|f| f.commit = Some("../../../evil".into()));
    hub.refused(&["names no commit"]);
    assert!(fs::read_dir(hub.cache.path()).unwrap().next().is_none());
}

#[test]
fn a_busy_server_is_asked_again() {
    let hub = Hub::new();
    hub.server.faults(|f| f.busy = 4);
    hub.locate("org/tiny").unwrap();
    let hub = Hub::new();
    hub.server.faults(|f| f.busy = 5);
    hub.refused(&["503", "HF_ENDPOINT"]);
}

#[test]
fn refusals_say_what_to_do() {
    for (status, code, parts) in [
        (
            401,
            "GatedRepo",
            &["org/tiny is gated", "accept its terms", "HF_TOKEN"][..],
        ),
        (403, "GatedRepo", &["accept its terms"]),
        (
            401,
            "RepoNotFound",
            &["neither a local folder nor a model", "HF_TOKEN"],
        ),
        (404, "RevisionNotFound", &["no revision `main`"]),
        (401, "", &["401", "refuses the token"]),
        (403, "", &["403", "has no right"]),
        (404, "", &["404", "no such file"]),
        (418, "", &["418"]),
    ] {
        let hub = Hub::new();
        hub.server.faults(|f| f.refuse = Some((status, code)));
        hub.refused(parts);
    }
    let mut hub = Hub::new();
    hub.settings.endpoint = "http://127.0.0.1:9".into();
    hub.refused(&["127.0.0.1:9", "check the connection"]);
}

#[test]
fn what_cannot_be_used_is_refused_before_it_is_fetched() {
    for (files, parts) in [
        (
            vec!["config.json", "model.safetensors"],
            ["no tokenizer.json", ""],
        ),
        (
            vec!["tokenizer.json", "config.json", "pytorch_model.bin"],
            ["no model.safetensors", "pickled"],
        ),
        (
            vec!["tokenizer.json", "model.safetensors"],
            ["no config.json", ""],
        ),
        (
            vec![
                "tokenizer.json",
                "adapter_config.json",
                "adapter_model.safetensors",
            ],
            ["PEFT adapter", "merge"],
        ),
    ] {
        let files = files
            .into_iter()
            .map(|f| (f.to_owned(), vec![b'{']))
            .collect();
        let hub = Hub::on(Server::start(files));
        hub.refused(&parts);
        assert_eq!(hub.server.log().len(), 1);
    }
}

#[test]
fn shards_are_those_of_the_index() {
    let mut files: BTreeMap<String, Vec<u8>> = ["config.json", "tokenizer.json"]
        .map(|f| (f.to_owned(), fs::read(fixture("gpt2").join(f)).unwrap()))
        .into();
    let weights = fs::read(fixture("gpt2").join("model.safetensors")).unwrap();
    files.insert("a.safetensors".into(), weights);
    files.insert("c.safetensors".into(), b"not wanted".to_vec());
    let index = |file: &str| {
        serde_json::json!({"weight_map": {"transformer.wte.weight": file}}).to_string()
    };
    let name = "model.safetensors.index.json";
    files.insert(name.into(), index("a.safetensors").into());
    let hub = Hub::on(Server::start(files.clone()));
    Checkpoint::open(&hub.locate("org/tiny").unwrap()).unwrap();
    assert!(
        hub.server
            .log()
            .iter()
            .all(|r| !r.path.contains("c.safetensors"))
    );
    for file in ["../../../../evil", "/etc/passwd", ".."] {
        files.insert(name.into(), index(file).into());
        let hub = Hub::on(Server::start(files.clone()));
        hub.refused(&["not the name of a file beside the index"]);
    }
}

#[test]
fn offline_nothing_is_asked() {
    let mut hub = Hub::new();
    hub.settings.offline = true;
    hub.refused(&["org/tiny", "not in the cache", "HF_HUB_OFFLINE"]);
    assert!(hub.server.log().is_empty());
    hub.settings.offline = false;
    let snapshot = hub.locate("org/tiny").unwrap();
    hub.settings.offline = true;
    assert_eq!(hub.locate("org/tiny").unwrap(), snapshot);
    // The link points to nothing after its blob was pruned.
    fs::remove_file(hub.weights().0).unwrap();
    hub.refused(&["model.safetensors is not in the cache"]);
    hub.settings.offline = false;
    Checkpoint::open(&hub.locate("org/tiny").unwrap()).unwrap();
}

#[test]
fn offline_a_commit_without_a_name_is_offered() {
    let mut hub = Hub::new();
    let snapshot = hub.locate("org/tiny").unwrap();
    fs::remove_file(hub.repo().join("refs/main")).unwrap();
    hub.settings.offline = true;
    hub.refused(&["which commit `main` is", COMMIT, "org/tiny@COMMIT"]);
    assert_eq!(hub.locate(&format!("org/tiny@{COMMIT}")).unwrap(), snapshot);
}

#[test]
fn two_programs_fetch_one_file_once() {
    let hub = Hub::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| hub.locate("org/tiny")))
            .collect();
        for run in runs {
            Checkpoint::open(&run.join().unwrap().unwrap()).unwrap();
        }
    });
    let log = hub.server.log();
    let fetched = log.iter().filter(|r| r.away && r.method == "GET");
    assert_eq!(fetched.count(), 1);
}

//! GGUF files of a repository, fetched by the ends of their names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::hub::{Wanted, locate};

use super::server::Server;
use super::{Hub, fixture};

#[test]
fn gguf_files_are_fetched_by_name() {
    let gguf = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/gguf")
            .join(name)
    };
    let mut files = BTreeMap::from([("README.md".to_owned(), b"x".to_vec())]);
    for number in 1..=4 {
        let name = format!("model-{number:05}-of-00004.gguf");
        files.insert(
            format!("Q8_0/tiny-Q8_0-{number:05}-of-00004.gguf"),
            fs::read(gguf("llama_in_parts").join(name)).unwrap(),
        );
    }
    files.insert(
        "tiny-BF16.gguf".into(),
        fs::read(gguf("granite.gguf")).unwrap(),
    );
    let mut hub = Hub::on(Server::start(files));
    hub.refused(&[
        "org/tiny",
        "several GGUF files",
        "behind a colon",
        "(Q8_0/tiny-Q8_0, tiny-BF16)",
    ]);
    assert_eq!(hub.server.log().len(), 1);
    let error = hub.locate("org/tiny:Q4_K_M").unwrap_err();
    assert!(
        error.contains("no GGUF file is called Q4_K_M (Q8_0/tiny-Q8_0, tiny-BF16)"),
        "{error}"
    );
    hub.server.log();

    let place = hub.locate("org/tiny:q8_0").unwrap();
    assert!(
        place.ends_with("Q8_0/tiny-Q8_0-00001-of-00004.gguf"),
        "{}",
        place.display()
    );
    let model = Checkpoint::open(&place).unwrap();
    assert_eq!(model.name(), "tiny-Q8_0");
    model.tokenizer().unwrap();
    assert!(
        hub.server
            .log()
            .iter()
            .all(|r| !r.path.contains("BF16") && !r.path.contains("README"))
    );

    // A cached file is found, even without a name if it is the only one.
    hub.settings.offline = true;
    for id in ["org/tiny:Q8_0", "org/tiny"] {
        assert_eq!(hub.locate(id).unwrap(), place);
    }
    let error = hub.locate("org/tiny:BF16").unwrap_err();
    assert!(
        error.contains("a GGUF file called BF16 is not in the cache"),
        "{error}"
    );
    fs::remove_file(place.with_file_name("tiny-Q8_0-00003-of-00004.gguf")).unwrap();
    let error = hub.locate("org/tiny:Q8_0").unwrap_err();
    assert!(
        error.contains("Q8_0/tiny-Q8_0-00003-of-00004.gguf is not in the cache"),
        "{error}"
    );
    hub.settings.offline = false;
    assert_eq!(hub.locate("org/tiny:Q8_0").unwrap(), place);
    assert!(
        hub.locate("org/tiny:BF16")
            .unwrap()
            .ends_with("tiny-BF16.gguf")
    );
}

/// A cached quantised file does not replace the model itself.
#[test]
fn a_gguf_file_stands_only_for_what_it_was_asked_for() {
    let mut files: BTreeMap<String, Vec<u8>> =
        ["config.json", "model.safetensors", "tokenizer.json"]
            .map(|f| (f.to_owned(), fs::read(fixture("gpt2").join(f)).unwrap()))
            .into();
    let gguf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gguf");
    files.insert(
        "my tiny-Q8_0.gguf".into(),
        fs::read(gguf.join("granite.gguf")).unwrap(),
    );
    for number in 1..=4 {
        let file = gguf.join(format!("llama_in_parts/model-{number:05}-of-00004.gguf"));
        files.insert(
            format!("tiny-Q5-{number:05}-of-00004.gguf"),
            fs::read(file).unwrap(),
        );
    }
    let mut hub = Hub::on(Server::start(files));
    let place = hub.locate("org/tiny:Q8_0").unwrap();
    assert!(place.ends_with("my tiny-Q8_0.gguf"), "{}", place.display());
    let snapshot = place.parent().unwrap();
    assert_eq!(hub.locate("org/tiny").unwrap(), snapshot);
    // The first of several files is enough for the tokenizer.
    let id = "org/tiny:Q5".parse().unwrap();
    let first = snapshot.join("tiny-Q5-00001-of-00004.gguf");
    for offline in [false, true] {
        hub.settings.offline = offline;
        assert_eq!(
            locate(&id, Wanted::Tokenizer, &hub.settings, &mut ()).unwrap(),
            first
        );
    }
    assert!(!snapshot.join("tiny-Q5-00002-of-00004.gguf").exists());
    fs::remove_file(snapshot.join("model.safetensors")).unwrap();
    hub.refused(&["model.safetensors is not in the cache"]);
}

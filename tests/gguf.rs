//! GGUF files have the same numbers and tokens as their dequantised twins, which Python's gguf package wrote.
//! A damaged file is an error.

#[cfg(feature = "torch")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::{Checkpoint, Tokenizer};
use layerwise::graph::role::{Param, Role};
use layerwise::trace::hook::Layer;
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/gguf")
        .join(name)
}

/// With a tolerance of 0, exit code 0 means equal bits: rows of queries and keys in the file's order would
/// fail.
#[cfg(feature = "torch")]
#[test]
fn every_hook_point_has_the_bits_of_the_twin() {
    let folder = tempfile::tempdir().unwrap();
    let (trace, twin) = (folder.path().join("trace"), fixture("llama"));
    let run = || assert_cmd::Command::from_std(program::layerwise());
    let record = ["-p", "The capital of France is 中华人民", "-o"];
    (run().arg("record").arg(twin.join("model.gguf")))
        .args(record)
        .arg(&trace)
        .assert()
        .success();
    for model in [twin.join("model.gguf"), twin] {
        (run().arg("check").arg(&trace).arg("--model").arg(model))
            .args(["--rtol", "0", "--atol", "0"])
            .assert()
            .success();
    }
}

#[test]
fn the_tokenizer_is_the_one_of_tokenizer_json() {
    let text = "The quick — 中华人民 🙂👩‍👩‍👧 café\n\n  fn main() {\t0x1F + 12345.678e-9; }   \r\n don't I'LL ½ ";
    let ids = |place: &Path| Tokenizer::open(place).unwrap().encode(text).unwrap();
    let twin = fixture("llama");
    assert_eq!(ids(&twin.join("model.gguf")), ids(&twin));
}

/// The twin's files; the first has metadata alone.
fn in_parts() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(fixture("llama_in_parts")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn any_file_of_several_opens_the_model() {
    let whole = Checkpoint::open(&fixture("llama/model.gguf")).unwrap();
    let folder = in_parts();
    for number in 1..=4 {
        let path = folder
            .path()
            .join(format!("model-{number:05}-of-00004.gguf"));
        let model = Checkpoint::open(&path).unwrap();
        assert_eq!(model.name(), "model");
        assert_eq!(model.arch, whole.arch);
        assert_eq!(model.unused(), whole.unused());
        let ids = |model: &Checkpoint| model.tokenizer().unwrap().encode("中华人民").unwrap();
        assert_eq!(ids(&model), ids(&whole));
        assert_eq!(
            Tokenizer::open(&path).unwrap().encode("中华人民").unwrap(),
            ids(&whole)
        );
        for role in [Role::Query, Role::Key, Role::MlpOut] {
            for layer in 0..2 {
                let weight = |of| {
                    Checkpoint::weight(of, Layer::Block(layer), role, Param::Weight)
                        .unwrap()
                        .unwrap()
                };
                assert_eq!(weight(&model).bytes, weight(&whole).bytes);
            }
        }
    }
}

#[test]
fn files_that_do_not_go_together_are_named() {
    let name = |number: usize| format!("model-{number:05}-of-00004.gguf");
    let error = |spoil: &dyn Fn(&Path)| {
        let folder = in_parts();
        spoil(folder.path());
        let opened = Checkpoint::open(&folder.path().join(name(1)));
        opened.err().expect("an error").to_string()
    };
    let copy = |from: PathBuf, to: PathBuf| assert!(fs::copy(from, to).unwrap() > 0);
    let lacking = error(&|dir| fs::remove_file(dir.join(name(3))).unwrap());
    assert!(lacking.contains(&name(3)), "{lacking}");
    let twice = error(&|dir| copy(dir.join(name(2)), dir.join(name(3))));
    assert!(
        twice.contains(&name(3)) && twice.contains("`split.no` is 1"),
        "{twice}"
    );
    let other = error(&|dir| copy(fixture("granite.gguf"), dir.join(name(4))));
    assert!(
        other.contains(&name(4)) && other.contains("`split.count` is 1"),
        "{other}"
    );
    // The count names more tensors than there are.
    let fewer = error(&|dir| {
        let mut bytes = fs::read(dir.join(name(1))).unwrap();
        let at = after(&bytes, "split.tensors.count") + 4;
        bytes[at] += 1;
        fs::write(dir.join(name(1)), bytes).unwrap();
    });
    assert!(fewer.contains("`split.tensors.count`"), "{fewer}");
    let folder = in_parts();
    let renamed = folder.path().join("other.gguf");
    fs::rename(folder.path().join(name(1)), &renamed).unwrap();
    let error = Checkpoint::open(&renamed).err().unwrap().to_string();
    assert!(
        error.contains("one of 4 files") && error.contains("-00001-of-00004.gguf"),
        "{error}"
    );
}

/// Open `bytes` as a model with its tokenizer. The error names the file.
fn open(bytes: &[u8]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoilt.gguf");
    fs::write(&path, bytes).unwrap();
    let opened = Checkpoint::open(&path).and_then(|model| model.tokenizer().map(|_| ()));
    opened.map_err(|e| {
        assert!(e.to_string().contains("spoilt.gguf"), "{e}");
        e.to_string()
    })
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let bytes = fs::read(fixture("llama/model.gguf")).unwrap();
    assert_eq!(open(&bytes), Ok(()));
    let cuts = (0..bytes.len()).step_by(61).chain([bytes.len() - 1]);
    for cut in cuts.chain(0..64) {
        assert!(open(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn counts_that_no_file_can_hold_are_named() {
    for (at, what) in [(8, "tensors"), (16, "metadata entries")] {
        let mut bytes = fs::read(fixture("llama/model.gguf")).unwrap();
        bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        let error = open(&bytes).unwrap_err();
        assert!(error.contains(&format!("{} {what}", u64::MAX)), "{error}");
    }
}

/// The offset after `needle`, which occurs once in the file.
fn after(bytes: &[u8], needle: &str) -> usize {
    let mut windows = bytes.windows(needle.len());
    windows.position(|w| w == needle.as_bytes()).unwrap() + needle.len()
}

#[test]
fn rows_that_are_not_whole_blocks_are_named() {
    for (id, blocks) in [
        (20u32, "iq4_nl blocks of 32"),
        (23, "iq4_xs blocks of 256"),
        (39, "mxfp4 blocks of 32"),
    ] {
        // The matrix has rows of 16. After the name come two axes of 8 bytes each, then the type.
        let mut bytes = fs::read(fixture("granite.gguf")).unwrap();
        let at = after(&bytes, "blk.0.attn_q.weight") + 4 + 2 * 8;
        bytes[at..at + 4].copy_from_slice(&id.to_le_bytes());
        let error = open(&bytes).unwrap_err();
        assert!(error.contains("blk.0.attn_q.weight"), "{error}");
        assert!(error.contains(blocks), "{error}");
    }
}

#[test]
fn the_nearest_architecture_is_named() {
    let mut bytes = fs::read(fixture("granite.gguf")).unwrap();
    // After the key come the type of its value and its length.
    let at = after(&bytes, "general.architecture") + 4 + 8;
    assert_eq!(&bytes[at..at + 7], b"granite");
    bytes[at + 6] = b'x';
    let error = open(&bytes).unwrap_err();
    assert!(
        error.contains("`general.architecture`") && error.contains("the nearest is granite"),
        "{error}"
    );
}

#[test]
fn errors_name_keys_and_tensors_as_the_file_does() {
    // After a key comes the type of its value.
    let mut bytes = fs::read(fixture("granite.gguf")).unwrap();
    let at = after(&bytes, "granite.block_count") + 4;
    bytes[at..at + 4].copy_from_slice(&0u32.to_le_bytes());
    let error = open(&bytes).unwrap_err();
    assert!(error.contains("`granite.block_count`"), "{error}");
    for (file, tensor) in [
        ("granite.gguf", "blk.1.attn_k.weight"),
        ("mixtral.gguf", "blk.1.ffn_down_exps.weight"),
        ("gpt_oss.gguf", "blk.0.attn_sinks.weight"),
        ("bert.gguf", "token_types.weight"),
    ] {
        let mut bytes = fs::read(fixture(file)).unwrap();
        let at = after(&bytes, tensor) - 1;
        bytes[at] = b'x';
        let error = open(&bytes).unwrap_err();
        assert!(error.contains(&format!("`{tensor}`")), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_flipped_bits_make_it_panic(
        file in prop::sample::select(&["llama/model.gguf", "gemma3.gguf", "gpt_oss_mxfp4.gguf", "bert.gguf"][..]),
        flips in prop::collection::vec((0usize..12_000, 0u32..8), 1..4),
    ) {
        let mut bytes = fs::read(fixture(file)).unwrap();
        for (at, bit) in flips {
            bytes[at] ^= 1 << bit;
        }
        let _ = open(&bytes);
    }
}

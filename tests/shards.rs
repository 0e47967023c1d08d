//! Weights in several files and in 16-bit types have the same numbers as one file of f32. A wrong index is
//! refused.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use layerwise::checkpoint::Checkpoint;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use tempfile::TempDir;

const INDEX: &str = "model.safetensors.index.json";

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models/llama")
        .join(file)
}

/// The name, shape and f32 values of every tensor of the fixture.
fn tensors() -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let bytes = fs::read(fixture("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> = (file.tensors().into_iter())
        .map(|(name, view)| {
            assert_eq!(view.dtype(), Dtype::F32);
            let values = view.data().chunks_exact(4);
            let values = values.map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            (name, view.shape().to_vec(), values.collect())
        })
        .collect();
    tensors.sort_by(|a: &(String, _, _), b| a.0.cmp(&b.0));
    tensors
}

/// A value as bytes of `dtype`.
fn stored(dtype: Dtype, x: f32) -> Vec<u8> {
    match dtype {
        Dtype::BF16 => bf16::from_f32(x).to_le_bytes().to_vec(),
        Dtype::F16 => f16::from_f32(x).to_le_bytes().to_vec(),
        _ => x.to_le_bytes().to_vec(),
    }
}

/// Write the fixture's tensors, mapped by `value`, as `dtype`, dealt out to files in turn.
fn write(dir: &Path, dtype: Dtype, files: &[&str], value: impl Fn(f32) -> f32) {
    for file in ["config.json", "tokenizer.json"] {
        fs::copy(fixture(file), dir.join(file)).unwrap();
    }
    let mut map = BTreeMap::new();
    let tensors: Vec<_> = (tensors().into_iter())
        .map(|(name, shape, values)| {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|x| stored(dtype, value(*x)))
                .collect();
            (name, shape, bytes)
        })
        .collect();
    for (i, file) in files.iter().enumerate() {
        let own = tensors.iter().skip(i).step_by(files.len());
        let views = own.map(|(name, shape, bytes)| {
            map.insert(name.clone(), (*file).to_owned());
            let view = TensorView::new(dtype, shape.clone(), bytes).unwrap();
            (name.clone(), view)
        });
        let views: Vec<_> = views.collect();
        safetensors::serialize_to_file(views, None, &dir.join(file)).unwrap();
    }
    if files.len() > 1 {
        let index = json!({"metadata": {"total_size": 1}, "weight_map": map});
        fs::write(dir.join(INDEX), index.to_string()).unwrap();
    }
}

const THREE: [&str; 3] = [
    "model-00001-of-00003.safetensors",
    "model-00002-of-00003.safetensors",
    "model-00003-of-00003.safetensors",
];

fn sharded(dtype: Dtype) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), dtype, &THREE, |x| x);
    dir
}

#[test]
fn every_weight_of_several_files_is_that_of_the_one() {
    use layerwise::graph::role::{Param, Role};
    use layerwise::trace::hook::Layer;
    for dtype in [Dtype::F32, Dtype::BF16, Dtype::F16] {
        let dir = sharded(dtype);
        let many = Checkpoint::open(dir.path()).unwrap();
        let one = Checkpoint::open(&fixture("")).unwrap();
        assert_eq!(many.arch, one.arch);
        for role in [Role::Query, Role::Value, Role::MlpOut, Role::Ln2] {
            for layer in 0..one.arch.n_layers {
                let get = |model: &Checkpoint| {
                    let weight = model.weight(Layer::Block(layer), role, Param::Weight);
                    weight.unwrap().unwrap().bytes.to_vec()
                };
                let due: Vec<u8> = (get(&one).chunks_exact(4))
                    .flat_map(|b| stored(dtype, f32::from_le_bytes(b.try_into().unwrap())))
                    .collect();
                assert_eq!(get(&many), due, "{role:?} {layer}");
            }
        }
    }
}

#[cfg(feature = "torch")]
#[test]
fn a_pass_over_16_bit_files_gives_the_numbers_of_one_rounded_f32_file() {
    use layerwise::engine::{self, Options};
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::Slice;
    let rounded = |dtype, x| match dtype {
        Dtype::BF16 => bf16::from_f32(x).to_f32(),
        _ => f16::from_f32(x).to_f32(),
    };
    let logits = |dir: &Path| {
        let model = Checkpoint::open(dir).unwrap();
        let mut source = engine::open(model, "中华人民", &Options::default()).unwrap();
        let last = source.passes()[0].plan.position("logits").unwrap();
        source.values(0, last, &Slice::default()).unwrap().data
    };
    for dtype in [Dtype::BF16, Dtype::F16] {
        let many = sharded(dtype);
        let one = tempfile::tempdir().unwrap();
        write(one.path(), Dtype::F32, &["model.safetensors"], |x| {
            rounded(dtype, x)
        });
        assert_eq!(logits(many.path()), logits(one.path()), "{dtype:?}");
    }
}

/// The error of a sharded model after `spoil` has changed its folder.
fn error(spoil: impl FnOnce(&Path)) -> String {
    let dir = sharded(Dtype::BF16);
    spoil(dir.path());
    match Checkpoint::open(dir.path()) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

fn edit_index(dir: &Path, change: impl FnOnce(&str) -> String) {
    let path = dir.join(INDEX);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(&text)).unwrap();
}

#[test]
fn an_index_that_lies_is_refused() {
    let lost = error(|dir| fs::remove_file(dir.join(THREE[1])).unwrap());
    says(&lost, &[INDEX, "names model-00002-of", "not in the folder"]);

    let elsewhere = error(|dir| {
        edit_index(dir, |text| {
            let mut index: serde_json::Value = serde_json::from_str(text).unwrap();
            let was = index["weight_map"]["model.norm.weight"].take();
            let other = THREE.iter().find(|file| was != **file).unwrap();
            index["weight_map"]["model.norm.weight"] = json!(other);
            index.to_string()
        });
    });
    says(
        &elsewhere,
        &[
            INDEX,
            "weight_map.model.norm.weight",
            "but the tensor is in",
        ],
    );

    let nowhere = error(|dir| {
        edit_index(dir, |text| {
            text.replacen("model.norm.weight", "model.extra.weight", 1)
        });
    });
    says(
        &nowhere,
        &[INDEX, "weight_map.model.extra.weight", "has no such tensor"],
    );

    let double = error(|dir| {
        fs::copy(dir.join(THREE[0]), dir.join(THREE[1]))
            .map(drop)
            .unwrap();
    });
    says(&double, &[INDEX, "is in both", THREE[0], THREE[1]]);

    let twice = error(|dir| {
        edit_index(dir, |text| {
            text.replacen(
                "\"weight_map\":{",
                "\"weight_map\":{\"model.norm.weight\":\"x\",",
                1,
            )
        });
    });
    says(&twice, &[INDEX, "names tensor `model.norm.weight` twice"]);

    for path in [
        "../../../../etc/passwd",
        "/etc/passwd",
        "sub/model.safetensors",
        "..",
        ".",
    ] {
        let out = error(|dir| edit_index(dir, |text| text.replace(THREE[2], path)));
        says(&out, &[INDEX, "not the name of a file beside the index"]);
    }
}

#[test]
fn links_in_circles_and_to_nothing_are_named() {
    let relink = |dir: &Path, file: &str, to: &str| {
        let _ = fs::remove_file(dir.join(file));
        symlink(to, dir.join(file)).unwrap();
    };
    let circle = error(|dir| relink(dir, THREE[0], THREE[0]));
    says(&circle, &[THREE[0], "symbolic links"]);
    let nothing = error(|dir| relink(dir, THREE[0], "../../blobs/gone"));
    says(
        &nothing,
        &[THREE[0], "links to ../../blobs/gone, which is not there"],
    );
    for file in ["config.json", "model.safetensors", INDEX, "tokenizer.json"] {
        let circle = error(|dir| relink(dir, file, file));
        says(&circle, &[file, "symbolic links"]);
    }
    let folder = error(|dir| {
        fs::remove_file(dir.join(THREE[0])).unwrap();
        fs::create_dir(dir.join(THREE[0])).unwrap();
    });
    says(&folder, &[THREE[0], "not an ordinary file"]);
}

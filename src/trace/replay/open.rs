//! Opening a trace file: the place of each hook point's elements, from the header alone.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use memmap2::Mmap;
use safetensors::tensor::{Metadata, SafeTensorError, SafeTensors, TensorInfo};

use super::{Located, ReadAs, Replay};
use crate::lang::{of_system, plain, say_with};
use crate::trace::cache_tensor;
use crate::trace::header;
use crate::trace::hook::Layer;
use crate::trace::intervention::{Change, Direction};
use crate::trace::meta::{self, KEY, Meta, OWN, PassMeta, VERSION};
use crate::trace::model_hash::ModelHash;
use crate::trace::plan::Axis;
use crate::trace::pointer;
use crate::trace::printable::printable;
use crate::trace::source::ModelInfo;
use crate::trace::states;
use crate::trace::tensor::HostTensor;
use crate::trace::transformer_lens::{ActivationCache, CacheFile, TOKEN_IDS, UNEMBEDDED};

/// The reason why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error("{}", say_with("error-open-trace", &[("file", plain(path.display())), ("why", of_system(error))]))]
    Open { path: PathBuf, error: io::Error },
    #[error("{} {}", path.display(), pointer::ADVICE)]
    Pointer { path: PathBuf },
    #[error("{} is not a whole safetensors file: {error}", path.display())]
    Header {
        path: PathBuf,
        error: SafeTensorError,
    },
    #[error(
        "{} is a trace of format version {found}; this program reads up to {VERSION}: update layerwise",
        path.display()
    )]
    Version { path: PathBuf, found: u64 },
    /// The description does not follow `docs/trace-format.md`.
    #[error("{}: metadata `{KEY}`: {why}", path.display())]
    Meta { path: PathBuf, why: String },
    #[error("{}: tensor {tensor}: {why}", path.display())]
    Tensor {
        path: PathBuf,
        tensor: String,
        why: String,
    },
    #[error(
        "{} is no trace: it has no metadata `{KEY}` and no tensor named as a hook point (to look at a model, give its folder to `layerwise inspect`)",
        path.display()
    )]
    NoHookPoints { path: PathBuf },
}

/// Open a file (see [`Replay::open`]).
pub fn open(path: &Path) -> Result<Replay, TraceError> {
    let (map, n, header) = map(path)?;
    let tensors: BTreeMap<String, TensorInfo> = (header.tensors().into_iter())
        .map(|(name, info)| (name, info.clone()))
        .collect();
    let data = 8 + n;
    let description = header.metadata().as_ref().and_then(|m| m.get(KEY));
    match description {
        Some(text) => described(path, text, map, data, tensors),
        None => dumped(path, map, data, &tensors),
    }
}

fn map(path: &Path) -> Result<(Mmap, usize, Metadata), TraceError> {
    let open = |error| TraceError::Open {
        path: path.to_owned(),
        error,
    };
    // The kind is checked before opening: opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(open)?.is_file() {
        return Err(open(io::Error::other("it is not an ordinary file")));
    }
    let file = File::open(path).map_err(open)?;
    // SAFETY: the mapping is private to this value and read only through bounds-checked slices of plain
    // bytes. `Replay::open` says what other programs must not do.
    let map = unsafe { Mmap::map(&file) }.map_err(open)?;
    if pointer::is_pointer(&map) {
        let path = path.to_owned();
        return Err(TraceError::Pointer { path });
    }
    let (n, header) =
        SafeTensors::read_metadata(&map).map_err(|error| damaged(path, &map, error))?;
    Ok((map, n, header))
}

/// The error of a damaged header. It names the tensor if that can be told.
fn damaged(path: &Path, bytes: &[u8], error: SafeTensorError) -> TraceError {
    let path = path.to_owned();
    let header = bytes.split_first_chunk().and_then(|(length, rest)| {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        header::fault(rest.get(..length)?)
    });
    match header {
        Some((tensor, why)) => TraceError::Tensor { path, tensor, why },
        None => TraceError::Header { path, error },
    }
}

/// The place of one tensor, whose bytes lie within the file, as the header's reader has checked. `whole`
/// allows whole numbers.
fn locate(
    path: &Path,
    data: usize,
    tensor: &str,
    info: &TensorInfo,
    whole: bool,
) -> Result<Located, TraceError> {
    let dtype = cache_tensor::dtype(info.dtype).filter(|_| whole || !is_whole(info.dtype));
    let dtype = dtype.ok_or_else(|| TraceError::Tensor {
        path: path.to_owned(),
        tensor: tensor.to_owned(),
        why: format!("{:?} is not f64, f32, f16 or bf16", info.dtype),
    })?;
    let (start, end) = info.data_offsets;
    Ok(Located {
        dtype,
        bytes: data + start..data + end,
        read_as: None,
    })
}

/// The id of a token that a cache did not keep.
const NOT_KEPT: u32 = u32::MAX;

fn is_whole(stored: safetensors::Dtype) -> bool {
    matches!(stored, safetensors::Dtype::I64 | safetensors::Dtype::I32)
}

/// Open a file that has a description.
fn described(
    path: &Path,
    text: &str,
    map: Mmap,
    data: usize,
    mut tensors: BTreeMap<String, TensorInfo>,
) -> Result<Replay, TraceError> {
    let bad = |why: String| TraceError::Meta {
        path: path.to_owned(),
        why,
    };
    // The version is read first: a newer description may have other fields.
    #[derive(serde::Deserialize)]
    struct Version {
        format_version: u64,
    }
    let Version { format_version } = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
    if format_version > u64::from(VERSION) {
        return Err(TraceError::Version {
            path: path.to_owned(),
            found: format_version,
        });
    }
    let mut meta: Meta = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
    make_printable(&mut meta);
    let passes = meta.to_passes().map_err(bad)?;
    meta.check_interventions(&passes).map_err(bad)?;
    for (i, one) in meta.interventions.iter_mut().enumerate() {
        let key = meta::numbers_key(i + 1);
        if let Some(info) = tensors.remove(&key) {
            let place = locate(path, data, &key, &info, false)?;
            one.value = Some(Arc::new(HostTensor {
                dtype: place.dtype,
                shape: info.shape,
                bytes: map[place.bytes].to_vec().into(),
            }));
        }
    }
    let (mut recorded, mut last) = (HashMap::new(), HashMap::new());
    for (p, pass) in passes.iter().enumerate() {
        for (i, point) in pass.plan.points().iter().enumerate() {
            let mut place = |key: String, shape: &[usize]| {
                let Some(info) = tensors.remove(&key) else {
                    return Ok(None);
                };
                if info.shape != shape {
                    return Err(TraceError::Tensor {
                        path: path.to_owned(),
                        tensor: key,
                        why: format!("shape {:?}, the plan says {shape:?}", info.shape),
                    });
                }
                locate(path, data, &key, &info, false).map(Some)
            };
            if let Some(whole) = place(meta::key(p, &point.name), &point.shape)? {
                recorded.insert((p, i), whole);
            } else if states::is_state(point)
                && let Some(end) = place(states::last_key(p, &point.name), &point.shape[1..])?
            {
                last.insert((p, i), end);
            }
        }
    }
    Ok(Replay {
        path: path.to_owned(),
        map,
        meta,
        passes,
        recorded,
        last,
        unknown: tensors.into_keys().map(|name| printable(&name)).collect(),
        described: true,
        logits_unscaled: false,
    })
}

/// Make the file's names safe to print.
fn make_printable(meta: &mut Meta) {
    let model = &mut meta.model;
    let names = [
        &mut meta.created_by,
        &mut model.name,
        &mut model.family,
        &mut model.device,
    ];
    let activation = model.facts.as_mut().map(|facts| &mut facts.activation);
    for name in names
        .into_iter()
        .chain(activation)
        .chain(&mut model.warnings)
    {
        *name = printable(name);
    }
    for one in &mut meta.interventions {
        if let Change::Add {
            direction: Direction::File {
                tensor: Some(name), ..
            },
            ..
        } = &mut one.change
        {
            *name = printable(name);
        }
    }
}

/// Open a cache whose tensors are named like hook points and that has no description.
fn dumped(
    path: &Path,
    map: Mmap,
    data: usize,
    tensors: &BTreeMap<String, TensorInfo>,
) -> Result<Replay, TraceError> {
    let at = |(tensor, why)| TraceError::Tensor {
        path: path.to_owned(),
        tensor,
        why,
    };
    let bytes = |name: &str| {
        let info = tensors.get(name)?;
        let (start, end) = info.data_offsets;
        Some((info, map.get(data + start..data + end)?))
    };
    let mut cache = ActivationCache::read(&CacheFile {
        tensors: (tensors.iter())
            .map(|(k, v)| (k.as_str(), v.shape.as_slice()))
            .collect(),
        softmaxed: &|name| {
            bytes(name).is_some_and(|(info, bytes)| {
                cache_tensor::is_softmaxed(info.dtype, bytes, info.shape.last().copied())
            })
        },
        multiplied: &|a, b| {
            let values =
                |name| bytes(name).map(|(info, bytes)| cache_tensor::some(info.dtype, bytes));
            (values(a).zip(values(b))).is_some_and(|(a, b)| cache_tensor::is_multiplied(&a, &b))
        },
    })
    .map_err(at)?;
    if cache.plan.is_empty() {
        return Err(TraceError::NoHookPoints {
            path: path.to_owned(),
        });
    }
    let (tokens, keys) = match (cache.size(Axis::Token), cache.size(Axis::Key)) {
        (n, 0) | (0, n) => (n, n),
        both => both,
    };
    // `pos_slice` keeps some rows, but all their keys in attention.
    let seen = || {
        let attention =
            cache.keys.iter().zip(&cache.plan).filter(|(_, p)| {
                p.axes.contains(&Axis::Key) && p.shape.iter().product::<usize>() > 0
            });
        let rows = attention.filter_map(|((key, _), p)| {
            let (info, bytes) = bytes(key)?;
            Some(cache_tensor::last_seen(info.dtype, bytes, &p.shape))
        });
        rows.max().unwrap_or(0)
    };
    let Some(latest) = keys.checked_sub(tokens) else {
        let why = format!("{tokens} tokens look at {keys}: tokens are missing from this file");
        return Err(at((cache.keys[0].0.clone(), why)));
    };
    let start = if latest > 0 { seen().min(latest) } else { 0 };
    for ((_, reading), point) in cache.keys.iter_mut().zip(&mut cache.plan) {
        let key = point.axes.iter().position(|axis| *axis == Axis::Key);
        if let Some(key) = key.filter(|_| start < latest) {
            point.shape[key] = start + tokens;
            reading.keys = Some(keys);
        }
    }
    let located: Vec<Located> = (cache.keys.iter())
        .map(|(key, reading)| {
            let info = &tensors[key];
            let mut located = locate(path, data, key, info, true)?;
            if !reading.is_plain() || is_whole(info.dtype) {
                located.read_as = Some(ReadAs {
                    stored: info.dtype,
                    reading: reading.clone(),
                    bytes: OnceLock::new(),
                });
            }
            Ok(located)
        })
        .collect::<Result<_, _>>()?;
    let of_numbers = cache
        .keys
        .iter()
        .position(|(key, _)| !is_whole(tensors[key].dtype));
    let Some(first) = of_numbers.or(Some(0)).and_then(|i| located.get(i)) else {
        return Err(TraceError::NoHookPoints {
            path: path.to_owned(),
        });
    };
    let doubt = cache.logits_in_doubt.then(|| {
        "unembed.hook_out is taken for the logits: a model that scales or caps its logits does so behind it, and \
         this cache does not tell whether its model does"
            .to_owned()
    });
    let ids = token_ids(&map[data..], tensors, tokens);
    cache
        .unknown
        .retain(|name| !TOKEN_IDS.contains(&name.as_str()));
    let model = ModelInfo {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into(),
        family: "unknown".into(),
        hash: ModelHash::Unknown,
        n_layers: (cache.plan.iter())
            .filter_map(|p| match p.layer() {
                Layer::Block(i) => Some(i.saturating_add(1)),
                _ => None,
            })
            .max()
            .unwrap_or(0),
        n_heads: cache.size(Axis::Head),
        n_kv_heads: match cache.size(Axis::KvHead) {
            0 => cache.size(Axis::Head),
            n => n,
        },
        d_model: cache.size(Axis::DModel),
        d_head: cache.size(Axis::DHead),
        d_mlp: cache.size(Axis::DMlp),
        d_vocab: cache.size(Axis::Vocab),
        n_ctx: start + tokens,
        // Among models with such caches only encoders tell segments apart.
        causal: (cache.plan.iter()).all(|p| p.name != "hook_token_type_embed"),
        mask_token: None,
        end_tokens: Vec::new(),
        arch: None,
        facts: None,
        warnings: doubt.into_iter().collect(),
        lens: None,
        dtype: first.dtype,
        device: "recorded".into(),
    };
    let meta = Meta {
        format_version: OWN,
        created_by: String::new(),
        model,
        prompt: String::new(),
        texts: BTreeMap::from([(NOT_KEPT, "?".into())]),
        reconstructed: Vec::new(),
        interventions: Vec::new(),
        passes: vec![PassMeta {
            before: vec![NOT_KEPT; start],
            tokens: ids,
            plan: cache.plan,
            lens: BTreeMap::new(),
        }],
    };
    let passes = meta.to_passes().map_err(|why| TraceError::Meta {
        path: path.to_owned(),
        why,
    })?;
    Ok(Replay {
        path: path.to_owned(),
        map,
        meta,
        passes,
        recorded: (located.into_iter().enumerate())
            .map(|(i, l)| ((0, i), l))
            .collect(),
        last: HashMap::new(),
        logits_unscaled: cache.keys.iter().any(|(key, _)| key == UNEMBEDDED),
        unknown: cache.unknown.iter().map(|name| printable(name)).collect(),
        described: false,
    })
}

/// The token ids beside a cache's activations; 0, 1, … if there are none that fit.
fn token_ids(data: &[u8], tensors: &BTreeMap<String, TensorInfo>, tokens: usize) -> Vec<u32> {
    let ids = TOKEN_IDS.iter().find_map(|name| {
        let info = tensors.get(*name)?;
        let bytes = &data[info.data_offsets.0..info.data_offsets.1];
        let ids: Vec<u32> = match info.dtype {
            safetensors::Dtype::I64 => (bytes.as_chunks().0.iter())
                .map(|b| u32::try_from(i64::from_le_bytes(*b)).ok())
                .collect::<Option<_>>()?,
            safetensors::Dtype::I32 => (bytes.as_chunks().0.iter())
                .map(|b| u32::try_from(i32::from_le_bytes(*b)).ok())
                .collect::<Option<_>>()?,
            _ => return None,
        };
        (ids.len() == tokens).then_some(ids)
    });
    ids.unwrap_or_else(|| (0..tokens as u32).collect())
}

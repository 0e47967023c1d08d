//! A model on disk: its architecture, its mapped weights, its tokenizer.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::graph::Graph;
use crate::graph::arch::Arch;
use crate::graph::role::{Param, Role};
use crate::trace::hook::Layer;
use crate::trace::model_hash::ModelHash;
use crate::trace::source::{Control, SourceError};
use binding::Key;
use config::Config;
use hashing::Hashing;
use lookup::Bound;
use weights::Shard;

pub use encoding::{Blocks, Encoding, MXFP4_BLOCK};
pub use error::CheckpointError;
pub use folder::VOCABULARY_FILES;
pub use gguf::{all as gguf_files, stem as gguf_stem};
pub use hashing::HashStatus;
pub use index::shard_names;
pub use lookup::ScaleForm;
pub use quantisation::Quantisation;
pub use scales::Scales;
pub use sizes::{LayerSize, StorageSize};
pub use tokenizer::{Tokenizer, TokenizerInfo};
pub use weights::{Conversion, Order, Values};

mod aliases;
mod binding;
pub mod chat;
mod config;
mod config_fields;
pub mod create;
mod embedded;
mod encoding;
mod end_tokens;
mod error;
mod families;
mod files;
mod folder;
mod gguf;
mod hash;
mod hash_cache;
mod hashing;
mod index;
mod info;
mod lookup;
mod python_json;
mod quantisation;
mod scales;
mod sentence_pooling;
mod sizes;
mod ties;
mod tokenizer;
mod tokenizer_limits;
pub(crate) mod tokenizer_training;
pub mod tokens;
mod unread;
mod weights;

/// A model on disk, opened and checked: every weight that the architecture needs is there in the right shape.
/// Weights are mapped, not read. The tokenizer is loaded when it is first needed.
pub struct Checkpoint {
    pub arch: Arch,
    /// The quantisation that the config declares; `None` if it declares none.
    pub quantisation: Option<Quantisation>,
    /// Warnings to read before trusting the model's numbers, a sentence each.
    pub warnings: Vec<String>,
    /// The tokens that end a text.
    pub end_tokens: Vec<u32>,
    name: String,
    config: Vec<u8>,
    shards: Vec<Shard>,
    bound: HashMap<Key, Bound>,
    tokenizer_file: TokenizerFile,
    tokenizer: OnceLock<Tokenizer>,
    hashing: OnceLock<Hashing>,
}

/// The origin of the tokenizer.
enum TokenizerFile {
    Path(PathBuf),
    Embedded,
    /// The metadata of the first file of weights.
    Gguf,
}

/// A weight in its stored form.
pub struct Weight<'a> {
    pub name: String,
    pub encoding: Encoding,
    /// The stored shape.
    pub shape: Vec<usize>,
    /// Little-endian, row-major bytes, not always aligned for the elements.
    pub bytes: &'a [u8],
    /// The factors of the weight's blocks, if it has any.
    pub scales: Option<Scales<'a>>,
    /// The converter's change of the values, to be undone first.
    pub conversion: Conversion,
    /// Whether it is stored `[in, out]` although the role's shape is `[out, in]`.
    pub transposed: bool,
    /// This role's part of the output axis, if several roles share the tensor.
    pub part: Option<WeightPart>,
    /// Its place among the tensors that are stacked in the one of this name, if it is one of several.
    pub member: Option<usize>,
}

/// One role's outputs in a tensor of several roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightPart {
    /// The outputs of each role are consecutive.
    Rows(Range<usize>),
    /// Several roles take turns along the axis: `width` outputs from `first` on, in every `period` outputs.
    Turns {
        first: usize,
        width: usize,
        period: usize,
    },
    /// Columns instead of outputs, of a table that all blocks share.
    Columns(Range<usize>),
}

impl Checkpoint {
    /// Open the model at `path`: a GGUF file, or a folder with `config.json`, `model.safetensors` or its
    /// index with shards, and `tokenizer.json`.
    ///
    /// # Errors
    /// A file is missing, damaged or at odds with the others; a family or an option is unknown.
    pub fn open(path: &Path) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open_without(path, &[])
    }

    /// Open the model at `path` as if its `config.json` did not have the fields `ignored`.
    /// `rope_scaling.factor` is a field of an object.
    ///
    /// # Errors
    /// The errors of [`Checkpoint::open`], and an ignored field that is not there.
    pub fn open_without(path: &Path, ignored: &[String]) -> Result<Checkpoint, CheckpointError> {
        match (gguf::is_gguf(path), ignored.first()) {
            (true, None) => Checkpoint::open_gguf(path),
            (true, Some(field)) => {
                let problem = "is to be ignored, but a GGUF file has no config.json";
                Err(CheckpointError::field(path, field, problem))
            }
            (false, _) => Checkpoint::open_folder(path, ignored),
        }
    }

    /// Whether `path` is a GGUF file, by its name or its first bytes.
    pub fn is_gguf(path: &Path) -> bool {
        gguf::is_gguf(path)
    }

    fn open_gguf(path: &Path) -> Result<Checkpoint, CheckpointError> {
        let file = gguf::open(path)?;
        let read = families::read(Config::parse(path, &file.config)?);
        let mut model = read.map_err(|error| file.terms.translate(error))?;
        model.warnings.extend(file.warning);
        if let Some(pooling) = file.pooling {
            model.pool(pooling);
        }
        let checkpoint = Checkpoint::assemble(
            gguf::stem(path),
            file.config,
            model,
            file.shards,
            TokenizerFile::Gguf,
        );
        let checkpoint = checkpoint.map_err(|error| file.terms.translate(error))?;
        Ok(checkpoint.ending_at(file.end_tokens))
    }

    fn open_folder(dir: &Path, ignored: &[String]) -> Result<Checkpoint, CheckpointError> {
        let (config_path, mut config) = folder::config(dir)?;
        let mut model = families::read(Config::parse(&config_path, &config)?.without(ignored)?)?;
        let end_tokens = end_tokens::of_folder(dir, &config, &model.arch.family)?;
        // Ignoring fields may make it another model, so they are part of the hash.
        ignored
            .iter()
            .for_each(|field| config.extend(field.bytes()));
        let shards = folder::weights(dir)?;
        if let Some(pooling) = sentence_pooling::read(dir, model.arch.d_model)? {
            // The way in which sentences are pooled is part of the hash.
            config.extend(sentence_pooling::hashed(pooling).bytes());
            model.pool(pooling);
        }
        let tokenizer = TokenizerFile::Path(folder::tokenizer(dir)?);
        let checkpoint = Checkpoint::assemble(folder_name(dir), config, model, shards, tokenizer)?;
        Ok(checkpoint.ending_at(end_tokens))
    }

    /// This model, whose texts end at the tokens of these that it has.
    fn ending_at(self, mut end_tokens: Vec<u32>) -> Checkpoint {
        end_tokens.retain(|&id| (id as usize) < self.arch.d_vocab);
        Checkpoint { end_tokens, ..self }
    }

    /// The model that is embedded in this program.
    ///
    /// # Errors
    /// None, unless the program was built from damaged files.
    pub fn embedded() -> Result<Checkpoint, CheckpointError> {
        let config = embedded::CONFIG.to_vec();
        let model = families::read(Config::parse(Path::new(embedded::CONFIG_NAME), &config)?)?;
        let shard = Shard::new(
            PathBuf::from(embedded::WEIGHTS_NAME),
            weights::Bytes::Embedded(embedded::weights()),
        )?;
        let tokenizer = TokenizerFile::Embedded;
        Checkpoint::assemble("demo".into(), config, model, vec![shard], tokenizer)
    }

    /// Bytes of the embedded model's weights, and of its tokenizer.
    pub fn embedded_bytes() -> (u64, u64) {
        let bytes = (embedded::weights().len(), embedded::TOKENIZER.len());
        (bytes.0 as u64, bytes.1 as u64)
    }

    fn assemble(
        name: String,
        config: Vec<u8>,
        mut model: families::Model,
        mut shards: Vec<Shard>,
        tokenizer_file: TokenizerFile,
    ) -> Result<Checkpoint, CheckpointError> {
        model.fit(|name| lookup::has(&shards, name));
        let ties = ties::resolve(&mut model, &mut shards);
        let bound = binding::bind(&model, &shards)?;
        let left_out = std::mem::take(&mut model.left_out);
        let mut checkpoint = Checkpoint {
            arch: model.arch,
            quantisation: model.quantisation,
            warnings: [model.warnings, ties.warnings].concat(),
            end_tokens: Vec::new(),
            name,
            config,
            shards,
            bound,
            tokenizer_file,
            tokenizer: OnceLock::new(),
            hashing: OnceLock::new(),
        };
        let mut unused = checkpoint.unused();
        unused.retain(|name| !ties.copies.iter().any(|copy| copy == name));
        unused.retain(|name| !unread::block(name).is_some_and(|i| left_out.contains(&i)));
        // Some tools store numbers of experts that have none.
        if let Some(e) = checkpoint
            .arch
            .experts
            .as_ref()
            .filter(|e| e.identities > 0)
        {
            let own = e.with_weights();
            unused.retain(|name| unread::expert(name).is_none_or(|expert| expert < own));
        }
        let warning = unread::warning(&unused, checkpoint.arch.n_layers);
        checkpoint.warnings.extend(warning);
        Ok(checkpoint)
    }

    /// Whether `path`, however it is written, is one of the model's files.
    pub fn reads(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        let beside: Vec<PathBuf> = match &self.tokenizer_file {
            TokenizerFile::Embedded => return false,
            TokenizerFile::Gguf => Vec::new(),
            TokenizerFile::Path(tokenizer) => {
                let files = folder::FILES.iter();
                files.map(|file| tokenizer.with_file_name(file)).collect()
            }
        };
        let weights = self.shards.iter().map(|shard| &shard.path);
        (weights.chain(&beside)).any(|own| own.canonicalize().is_ok_and(|own| own == path))
    }

    /// The model's name: its folder's, or its file's without `.gguf`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Start hashing in the background. The hash covers the config, the way in which sentences are pooled,
    /// and every byte of each weight file.
    pub fn start_hash(&self) {
        self.hashing().start();
    }

    /// The present state of the model's hash.
    pub fn hash_status(&self) -> HashStatus {
        self.hashing().status()
    }

    /// Wait for the model's hash. It is [`ModelHash::NotRead`] if a file cannot be read or changes meanwhile.
    ///
    /// # Errors
    /// [`SourceError::Cancelled`].
    pub fn wait_for_hash(&self, control: &Control) -> Result<ModelHash, SourceError> {
        let hash = self.hashing().wait(control)?;
        Ok(hash.map_or(ModelHash::NotRead, ModelHash::Whole))
    }

    /// The hash of older versions, which covers samples of the files.
    pub fn sampled_hash(&self) -> ModelHash {
        ModelHash::Sampled(hash::sampled(&self.config, &self.shards))
    }

    fn hashing(&self) -> &Hashing {
        self.hashing
            .get_or_init(|| Hashing::new(&self.config, &self.shards))
    }

    /// The tokenizer. The first call, on any thread, loads it.
    ///
    /// # Errors
    /// `tokenizer.json` cannot be read, or is not a tokenizer.
    pub fn tokenizer(&self) -> Result<&Tokenizer, CheckpointError> {
        if let Some(tokenizer) = self.tokenizer.get() {
            return Ok(tokenizer);
        }
        let tokenizer = match &self.tokenizer_file {
            TokenizerFile::Path(path) => Tokenizer::in_folder(path)?,
            TokenizerFile::Embedded => Tokenizer::embedded()?,
            TokenizerFile::Gguf => {
                let file = &self.shards[0];
                Tokenizer::parse(&file.path, &gguf::tokenizer(&file.path, file.all())?)?
            }
        };
        Ok(self.tokenizer.get_or_init(|| tokenizer))
    }

    /// The graph of the model's architecture.
    pub fn graph(&self) -> Graph {
        Graph::new(&self.arch)
    }

    /// The weight of `role` that `layer` reads, or `None` if it does not read that role. Tied embeddings are
    /// the weight of [`Role::Unembed`] too.
    ///
    /// # Errors
    /// There is no such block.
    pub fn weight(
        &self,
        layer: Layer,
        role: Role,
        param: Param,
    ) -> Result<Option<Weight<'_>>, CheckpointError> {
        let n_layers = self.arch.n_layers;
        if let Layer::Block(layer) = layer
            && layer >= n_layers
        {
            return Err(CheckpointError::NoSuchLayer { layer, n_layers });
        }
        let bound = self.bound.get(&(layer, role, param));
        Ok(bound.map(|bound| Weight {
            name: bound.name.clone(),
            encoding: bound.encoding,
            shape: bound.shape.clone(),
            bytes: match &bound.joined {
                Some(bytes) => bytes,
                None => self.shards[bound.shard].bytes(&bound.range),
            },
            scales: bound.scales.as_ref().map(|scales| Scales {
                form: scales.form,
                block: scales.block,
                bytes: self.shards[scales.shard].bytes(&scales.range),
            }),
            conversion: bound.conversion,
            transposed: bound.transposed,
            part: bound.part.clone(),
            member: bound.member,
        }))
    }

    /// Tensors in the files that this architecture does not use, sorted: mask buffers, heads for other tasks.
    pub fn unused(&self) -> Vec<&str> {
        let used: HashSet<&str> = self.bound.values().flat_map(Bound::names).collect();
        let tensors = self.shards.iter().flat_map(Shard::tensors);
        let mut names: Vec<&str> = tensors.map(|(name, _)| name).collect();
        names.retain(|name| !used.contains(name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Tell the system that this layer's weights are needed soon, so that it reads them ahead.
    pub fn will_need(&self, layer: Layer) {
        for (shard, range) in self.ranges(layer) {
            self.shards[shard].will_need(range);
        }
    }

    /// Tell the system that this layer's weights may leave memory. They are read again when used.
    pub fn release(&self, layer: Layer) {
        for (shard, range) in self.ranges(layer) {
            self.shards[shard].release(range);
        }
    }

    /// The file and byte range of each of this layer's weights.
    fn ranges(&self, layer: Layer) -> impl Iterator<Item = (usize, &Range<usize>)> {
        // A few rows of a table that all blocks share are read, not its columns.
        let shared = |bound: &Bound| matches!(bound.part, Some(WeightPart::Columns(_)));
        let own =
            (self.bound.iter()).filter(move |((own, ..), bound)| *own == layer && !shared(bound));
        own.flat_map(|(_, bound)| bound.ranges())
    }
}

/// Every `model_type` that can be opened, sorted.
pub fn known_families() -> impl Iterator<Item = &'static str> {
    families::known_families()
}

/// A warning about the tokenizer in the folder or GGUF file `place`, to read before trusting its tokens.
pub fn tokenizer_warning(place: &Path) -> Option<String> {
    let file = Some(place).filter(|place| gguf::is_gguf(place))?;
    gguf::warning(&gguf::first(file))
}

/// Whether the model in the folder `dir` is an encoder; false if its config cannot be read.
pub fn is_encoder(dir: &Path) -> bool {
    let config = folder::config(dir).and_then(|(path, config)| Config::parse(&path, &config));
    let model = config.and_then(families::read);
    model.is_ok_and(|model| !model.arch.attention.causal)
}

/// The folder's own name, also for `.` and a trailing `/`. For a snapshot in the Hugging Face cache it is the
/// model's name.
fn folder_name(dir: &Path) -> String {
    let whole = dir.canonicalize();
    let dir = whole.as_deref().unwrap_or(dir);
    let mut above = dir.ancestors().skip(1).map(Path::file_name);
    if above
        .next()
        .flatten()
        .is_some_and(|name| name == "snapshots")
        && let Some(repo) = above.next().flatten().and_then(|name| name.to_str())
        && let Some(name) = repo.strip_prefix("models--")
    {
        return name.replace("--", "/");
    }
    match dir.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => dir.display().to_string(),
    }
}

//! The fields that all configs have in some form: their names in a family's config, and their defaults.

use Given::{In, Or};

use super::activation;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Unembedding,
};

/// The way in which a config gives a value.
#[derive(Clone, Copy)]
pub(super) enum Given<T> {
    /// The value of a field, which must be present.
    In(&'static str),
    /// The value of a field, or the default if it is absent or null.
    Or(&'static str, T),
    /// A fixed value without a field.
    Always(T),
}

impl<T> Given<T> {
    fn read(
        self,
        config: &mut Config,
        optional: impl Fn(&mut Config, &str) -> Result<Option<T>, CheckpointError>,
    ) -> Result<T, CheckpointError> {
        match self {
            In(field) => {
                let value = optional(config, field)?;
                config.required(field, value)
            }
            Or(field, default) => Ok(optional(config, field)?.unwrap_or(default)),
            Given::Always(value) => Ok(value),
        }
    }
}

/// The names of a family's fields for the sizes of a model and other facts that every model has.
pub(super) struct Fields {
    pub n_layers: &'static str,
    pub d_model: &'static str,
    pub n_heads: &'static str,
    pub d_vocab: Given<usize>,
    pub n_ctx: Given<usize>,
    /// The width of the MLP. A default is a multiple of `d_model`.
    pub d_mlp: Given<usize>,
    pub activation: Given<Activation>,
    /// The norms' ε.
    pub eps: Given<f64>,
}

impl Fields {
    /// The field names that most configs have.
    pub const fn new(activation: Given<Activation>, eps: Given<f64>) -> Fields {
        Fields {
            n_layers: "num_hidden_layers",
            d_model: "hidden_size",
            n_heads: "num_attention_heads",
            d_vocab: In("vocab_size"),
            n_ctx: In("max_position_embeddings"),
            d_mlp: In("intermediate_size"),
            activation,
            eps,
        }
    }

    /// A model in which each head has its own keys and values, with norms that subtract the mean, a plain MLP
    /// and no positions. A family changes the rest.
    pub fn plain(&self, family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
        let n_layers = config.layers(self.n_layers)?;
        let n_heads = config.size(self.n_heads)?;
        let d_head = self.d_head(config, n_heads)?;
        let attention = Attention::new(n_layers, n_heads, n_heads, d_head);
        self.arch(family, config, attention)
    }

    /// A model like that of [`Fields::plain`], with `num_key_value_heads` and `head_dim`. Their defaults are
    /// `n_heads`, and `d_model / n_heads`.
    pub fn grouped(&self, family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
        let n_layers = config.layers(self.n_layers)?;
        let n_heads = config.size(self.n_heads)?;
        let d_head = match config.optional_size("head_dim")? {
            Some(d_head) => d_head,
            None => self.d_head(config, n_heads)?,
        };
        let n_kv_heads = config.size_or("num_key_value_heads", n_heads)?;
        if n_heads % n_kv_heads != 0 {
            let problem = not_dividing(n_kv_heads, self.n_heads, n_heads);
            return Err(config.error("num_key_value_heads", problem));
        }
        let attention = Attention::new(n_layers, n_heads, n_kv_heads, d_head);
        self.arch(family, config, attention)
    }

    /// `d_model / n_heads`.
    ///
    /// # Errors
    /// The division leaves a rest; the error names both fields.
    fn d_head(&self, config: &mut Config, n_heads: usize) -> Result<usize, CheckpointError> {
        let d_model = config.size(self.d_model)?;
        if d_model % n_heads != 0 {
            let problem = not_dividing(n_heads, self.d_model, d_model);
            return Err(config.error(self.n_heads, problem));
        }
        Ok(d_model / n_heads)
    }

    fn arch(
        &self,
        family: &str,
        config: &mut Config,
        attention: Attention,
    ) -> Result<Arch, CheckpointError> {
        let d_model = config.size(self.d_model)?;
        let d_mlp = match self.d_mlp {
            Or(field, times) => Or(field, times * d_model),
            Given::Always(times) => Given::Always(times * d_model),
            required => required,
        };
        let d_mlp = d_mlp.read(config, Config::optional_size)?;
        let activation = self.activation.read(config, activation::read)?;
        let eps = self.eps.read(config, Config::optional_positive)?;
        Ok(Arch {
            family: family.to_owned(),
            n_layers: config.layers(self.n_layers)?,
            d_model,
            d_vocab: self.d_vocab.read(config, Config::optional_size)?,
            n_ctx: self.n_ctx.read(config, Config::optional_size)?,
            embedding: Embedding::default(),
            positions: Positions::None,
            norm: Norm::new(NormKind::Layer, eps),
            block: Block::default(),
            attention,
            mlp: Mlp::plain(d_mlp, activation),
            experts: None,
            mixers: Vec::new(),
            without_mlp: Vec::new(),
            recurrence: None,
            convolution: None,
            unembedding: Unembedding::default(),
            tied_embeddings: config.flag("tie_word_embeddings")?,
            stored: Vec::new(),
        })
    }
}

fn not_dividing(parts: usize, whole_field: &str, whole: usize) -> String {
    format!("is {parts}, which does not divide {whole_field} = {whole}")
}

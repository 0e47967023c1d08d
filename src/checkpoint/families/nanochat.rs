//! nanochat (Karpathy 2025): norms without weights, also of the embedding and of turned queries and keys, pairs that
//! turn the other way round, a plain MLP with squared ReLU, and a bound on logits.

use super::Model;
use super::llama::{self, Biases};
use super::names::Names;
use super::rope;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{EmbedNorm, QkNorm, RopePairs};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    rope::pair(&mut arch, RopePairs::HalfReversed);
    arch.mlp.gated = false;
    arch.embedding.norm = EmbedNorm::OfSum;
    // Without weights it makes no difference that queries and keys are normed after they turn.
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    llama::attention(&mut names, qkv, out);
    names.module(Role::MlpIn, "layers.{}.mlp.fc1", false);
    names.module(Role::MlpOut, "layers.{}.mlp.fc2", false);
    Ok(Model::new(arch, names))
}

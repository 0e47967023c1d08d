//! The decoder: embedding, blocks, unembedding. One for every architecture, driven by [`Arch`].
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis, for training.

use tch::{Device, Kind, Tensor};

use super::Result;
use super::attention::{AttentionWeights, Context, attention};
use super::cache::LayerCache;
use super::linear::Linear;
use super::mlp::{MlpWeights, mlp};
use super::norm::{NormWeights, norm};
use super::positions::{Angles, angles, sinusoidal};
use super::tap::Tap;
use crate::checkpoint::arch::{Arch, Positions};

pub struct EmbedWeights {
    /// `[d_vocab, d_model]`, in the dtype it is stored in: only the rows looked up are converted.
    pub tokens: Tensor,
    /// `[n_ctx, d_model]`, where positions are learned.
    pub positions: Option<Tensor>,
}

pub struct BlockWeights {
    pub ln1: NormWeights,
    pub attention: AttentionWeights,
    pub ln2: NormWeights,
    pub mlp: MlpWeights,
}

pub struct UnembedWeights {
    pub ln_final: NormWeights,
    /// `[d_vocab, d_model]`
    pub unembed: Linear,
}

/// What all blocks of one pass share.
pub struct PassContext {
    angles: Option<Angles>,
    /// `[query, key]`, true where a query may not look.
    mask: Tensor,
}

impl PassContext {
    /// For `tokens` new tokens after `past` that stand in the cache.
    pub fn new(
        arch: &Arch,
        tokens: i64,
        past: i64,
        kind: Kind,
        device: Device,
    ) -> Result<PassContext> {
        let angles = match &arch.positions {
            Positions::Rotary(rope) => Some(angles(rope, tokens, past, kind, device)?),
            Positions::Learned | Positions::Sinusoidal => None,
        };
        // Query i stands at position past + i: it sees keys up to there.
        let mask =
            Tensor::f_ones([tokens, past + tokens], (Kind::Bool, device))?.f_triu(past + 1)?;
        Ok(PassContext { angles, mask })
    }
}

/// The residual stream before the first block, `[token, d_model]`. `ids`: `[token]`.
pub fn embed(
    ids: &Tensor,
    w: &EmbedWeights,
    arch: &Arch,
    past: i64,
    kind: Kind,
    tap: &mut Tap,
) -> Result<Tensor> {
    let tokens = ids.size()[ids.dim() - 1];
    let rows = |table: &Tensor, ids: &Tensor| -> Result<Tensor> {
        Ok(Tensor::f_embedding(table, ids, -1, false, false)?.f_to_kind(kind)?)
    };
    let embed = tap.see(rows(&w.tokens, ids)?); // [token, d_model]
    let positions = match (&arch.positions, &w.positions) {
        (Positions::Learned, Some(table)) => table.f_narrow(0, past, tokens)?.f_to_kind(kind)?,
        (Positions::Sinusoidal, _) => {
            sinusoidal(tokens, past, arch.d_model as i64, kind, ids.device())?
        }
        _ => return Ok(embed),
    };
    let positions = tap.see(positions); // [token, d_model]
    Ok(embed.f_add(&positions)?)
}

/// One block: attention, then the MLP, each read through a norm and added to the residual stream.
/// `resid_pre`, result: `[token, d_model]`.
pub fn block(
    resid_pre: &Tensor,
    w: &BlockWeights,
    arch: &Arch,
    layer: usize,
    pass: &PassContext,
    cache: Option<&mut LayerCache>,
    tap: &mut Tap,
) -> Result<Tensor> {
    let context = Context {
        how: &arch.attention,
        angles: pass.angles.as_ref(),
        mask: &pass.mask,
    };
    let resid_pre = tap.see(resid_pre.shallow_clone());
    let normalized = norm(&resid_pre, &w.ln1, &arch.norm, tap)?;
    let scale = arch.attention.scales[layer];
    let attn_out = attention(&normalized, &w.attention, &context, scale, cache, tap)?;
    let resid_mid = tap.see(resid_pre.f_add(&attn_out)?); // [token, d_model]
    let normalized = norm(&resid_mid, &w.ln2, &arch.norm, tap)?;
    let mlp_out = mlp(&normalized, &w.mlp, arch.mlp.activation, tap)?;
    Ok(tap.see(resid_mid.f_add(&mlp_out)?)) // [token, d_model]
}

/// Logits `[token, vocab]` of the residual stream `[token, d_model]`, wherever it is read.
pub fn unembed(resid: &Tensor, w: &UnembedWeights, arch: &Arch, tap: &mut Tap) -> Result<Tensor> {
    let normalized = norm(resid, &w.ln_final, &arch.norm, tap)?; // [token, d_model]
    Ok(tap.see(w.unembed.apply(&normalized)?)) // [token, vocab]
}

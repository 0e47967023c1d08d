//! The decoder: embedding, blocks, unembedding. One for every architecture, driven by [`Arch`]; an
//! encoder is one whose tokens see one another.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis, for training.

use tch::{Device, Kind, Tensor};

use super::attention::{AttentionWeights, Context, attention};
use super::kv_cache::LayerCache;
use super::linear::Linear;
use super::mask::MaskSpec;
use super::mlp::{ExpertsWeights, MlpWeights, activate, experts, mlp};
use super::norm::{NormWeights, norm};
use super::pooling::pool;
use super::positions::{Angles, alibi, angles, sinusoidal};
use super::tap::Tap;
use super::{EngineError, Result};
use crate::checkpoint::arch::{Arch, EmbedNorm, Norms, Positions, Residual};

pub struct EmbedWeights {
    /// `[d_vocab, d_embed]`, in host memory and the dtype it is stored in: only the rows looked up are
    /// converted and go to a GPU.
    pub tokens: Tensor,
    pub norm: NormWeights,
    /// `[d_model, d_embed]`, where the two differ.
    pub project: Option<Linear>,
    /// `[offset + n_ctx, d_model]`, where positions are learned.
    pub positions: Option<Tensor>,
    /// `[segments, d_model]`, where there are segments.
    pub segments: Option<Tensor>,
}

pub struct BlockWeights {
    pub ln1: NormWeights,
    pub attention: AttentionWeights,
    pub ln1_post: NormWeights,
    pub ln2: NormWeights,
    pub feed_forward: FeedForward,
    pub ln2_post: NormWeights,
}

/// What stands beside attention in a block.
pub enum FeedForward {
    Mlp(MlpWeights),
    Experts(ExpertsWeights),
}

pub struct UnembedWeights {
    /// `[d_model, d_model]`, where a learned map pools.
    pub pooler: Option<Linear>,
    /// `[d_model, d_model]`, where the final norm reads the stream through a map and an activation.
    pub transform: Option<Linear>,
    pub ln_final: NormWeights,
    /// `[d_embed, d_model]`, where the two differ.
    pub project: Option<Linear>,
    /// `[d_vocab, d_embed]`, where there are logits.
    pub unembed: Option<Linear>,
}

/// What all blocks of one pass share.
pub struct PassContext {
    /// One for each of the model's rotary embeddings.
    angles: Vec<Angles>,
    /// `[head, 1, key]`, where distance is penalised.
    bias: Option<Tensor>,
    past: i64,
    /// For each of the model's windows: `[query, key]`, true where a query may not look. None in a pass
    /// too long for its scores to be held.
    masks: Vec<(Option<usize>, Tensor)>,
}

impl PassContext {
    /// For `tokens` new tokens after `past` that stand in the cache. Attention holds its scores whole if
    /// a block has no more than `whole_scores`.
    pub fn new(
        arch: &Arch,
        tokens: i64,
        past: i64,
        whole_scores: usize,
        kind: Kind,
        device: Device,
    ) -> Result<PassContext> {
        let how = &arch.attention;
        let (mut ropes, mut bias) = (&[][..], None);
        match &arch.positions {
            Positions::Rotary(rotary) => ropes = &rotary.ropes,
            Positions::Alibi => bias = Some(alibi(how.n_heads, past + tokens, kind, device)?),
            Positions::Learned { .. } | Positions::Sinusoidal | Positions::None => {}
        }
        let angles = ropes
            .iter()
            .map(|rope| angles(rope, tokens, past, kind, device));
        let mut masks: Vec<(Option<usize>, Tensor)> = Vec::new();
        let keys = past + tokens;
        let long =
            how.n_heads as i64 * tokens * keys > i64::try_from(whole_scores).unwrap_or(i64::MAX);
        for &window in how.windows.iter().filter(|_| !long) {
            if masks.iter().all(|(known, _)| *known != window) {
                let spec = MaskSpec {
                    causal: how.causal,
                    past,
                    window,
                };
                masks.push((window, spec.mask(0..tokens, keys, device)?));
            }
        }
        Ok(PassContext {
            angles: angles.collect::<Result<_>>()?,
            bias,
            past,
            masks,
        })
    }

    /// Whether scores and pattern are computed only where somebody looks.
    pub fn is_long(&self) -> bool {
        self.masks.is_empty()
    }

    /// What attention in block `layer` needs.
    fn layer<'a>(&'a self, arch: &'a Arch, layer: usize) -> Context<'a> {
        let window = arch.attention.windows[layer];
        let mask = self.masks.iter().find(|(known, _)| *known == window);
        let rope = match &arch.positions {
            Positions::Rotary(rotary) => rotary.by_layer.get(layer).copied(),
            _ => None,
        };
        Context {
            how: &arch.attention,
            norm: &arch.norm,
            scale: arch.attention.scales[layer],
            angles: rope.and_then(|i| self.angles.get(i)),
            bias: self.bias.as_ref(),
            mask_spec: MaskSpec {
                causal: arch.attention.causal,
                past: self.past,
                window,
            },
            mask: mask.map(|(_, mask)| mask),
        }
    }
}

/// The residual stream before the first block, `[token, d_model]`. `ids`, `segments`: `[token]`; all
/// tokens are of segment 0 where there is no `segments`.
pub fn embed(
    ids: &Tensor,
    segments: Option<&Tensor>,
    w: &EmbedWeights,
    arch: &Arch,
    past: i64,
    kind: Kind,
    tap: &mut Tap,
) -> Result<Tensor> {
    let how = &arch.embedding;
    let tokens = ids.size()[ids.dim() - 1];
    let rows = look_up(&w.tokens, ids)?.f_to_kind(kind)?;
    let rows = times(rows, how.scale)?; // [token, d_embed]
    let mut stream = match how.norm {
        EmbedNorm::OfTokens => norm(&rows, &w.norm, &arch.norm, tap)?,
        EmbedNorm::OfSum | EmbedNorm::None => tap.see(rows),
    };
    if let Some(project) = &w.project {
        stream = project.apply(&stream)?; // [token, d_model]
    }
    if let (Some(table), Some(_)) = (&w.segments, how.segments) {
        let segments = match segments {
            Some(segments) => segments.shallow_clone(),
            None => ids.f_zeros_like()?,
        }; // [token]
        let rows = Tensor::f_embedding(table, &segments, -1, false, false)?.f_to_kind(kind)?;
        stream = stream.f_add(&tap.see(rows))?; // [token, d_model]
    }
    let positions = match (&arch.positions, &w.positions) {
        (&Positions::Learned { offset }, Some(table)) => Some(
            table
                .f_narrow(0, offset as i64 + past, tokens)?
                .f_to_kind(kind)?,
        ),
        (Positions::Sinusoidal, _) => {
            let width = arch.d_model as i64;
            Some(sinusoidal(tokens, past, width, kind, ids.device())?)
        }
        _ => None,
    };
    if let Some(positions) = positions {
        stream = stream.f_add(&tap.see(positions))?; // [token, d_model]
    }
    match how.norm {
        EmbedNorm::OfSum => norm(&stream, &w.norm, &arch.norm, tap),
        EmbedNorm::OfTokens | EmbedNorm::None => Ok(stream),
    }
}

/// The rows `[token, d_embed]` that `ids` name, on their device. The table may be elsewhere: it is the
/// largest matrix of many models, and few of its rows are looked up.
fn look_up(table: &Tensor, ids: &Tensor) -> Result<Tensor> {
    let rows = Tensor::f_embedding(table, &ids.f_to_device(table.device())?, -1, false, false)?;
    Ok(rows.f_to_device(ids.device())?)
}

/// `x · factor`, the factor rounded to x's dtype first, as the models were trained.
fn times(x: Tensor, factor: f64) -> Result<Tensor> {
    match factor {
        1.0 => Ok(x),
        factor => Ok(x.f_mul(&Tensor::from(factor).f_to_kind(x.kind())?)?),
    }
}

/// One block: attention and the MLP read from the residual stream and add to it.
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
    let how = &arch.block;
    let read = |x: &Tensor, w: &NormWeights, tap: &mut Tap| match how.norms.before() {
        true => norm(x, w, &arch.norm, tap),
        false => Ok(x.shallow_clone()),
    };
    let written = |x: Tensor, w: &NormWeights, tap: &mut Tap| match how.norms.after() {
        true => norm(&tap.see(x), w, &arch.norm, tap),
        false => Ok(tap.see(times(x, how.residual_scale)?)),
    };

    let resid_pre = tap.see(resid_pre.shallow_clone());
    let attn_in = read(&resid_pre, &w.ln1, tap)?;
    let context = pass.layer(arch, layer);
    let attn_out = attention(&attn_in, &w.attention, &context, cache, tap)?;
    let attn_out = written(attn_out, &w.ln1_post, tap)?;
    let sum = resid_pre.f_add(&attn_out)?; // [token, d_model]
    let (resid, mlp_in) = match (how.residual, how.norms) {
        (Residual::Sequential, Norms::Post) => {
            let resid_mid = tap.see(sum);
            let normed = norm(&resid_mid, &w.ln1, &arch.norm, tap)?;
            (normed.shallow_clone(), normed)
        }
        (Residual::Sequential, _) => {
            let resid_mid = tap.see(sum);
            let mlp_in = read(&resid_mid, &w.ln2, tap)?;
            (resid_mid, mlp_in)
        }
        (Residual::Parallel, _) => (sum, read(&resid_pre, &w.ln2, tap)?),
        (Residual::ParallelShared, _) => (sum, attn_in),
    };
    let mlp_out = match (&w.feed_forward, &arch.experts) {
        (FeedForward::Experts(w), Some(how)) => experts(&mlp_in, w, how, &arch.mlp, tap)?,
        (FeedForward::Mlp(w), _) => mlp(&mlp_in, w, &arch.mlp, tap)?,
        (FeedForward::Experts(_), None) => {
            return Err(EngineError::Torch(
                "experts without their architecture".into(),
            ));
        }
    };
    let mlp_out = written(mlp_out, &w.ln2_post, tap)?;
    let resid_post = tap.see(resid.f_add(&mlp_out)?); // [token, d_model]
    match how.norms {
        Norms::Post => norm(&resid_post, &w.ln2, &arch.norm, tap),
        _ => Ok(resid_post),
    }
}

/// What the model makes of the last residual stream `[token, d_model]`: one vector for all tokens where
/// it pools them, logits where it has them.
pub fn finish(resid: &Tensor, w: &UnembedWeights, arch: &Arch, tap: &mut Tap) -> Result<()> {
    let how = &arch.unembedding;
    if let Some(pooling) = how.pooling {
        pool(resid, w.pooler.as_ref(), pooling, tap)?;
    }
    if how.logits {
        let _logits = unembed(resid, w, arch, tap)?; // [token, vocab]
    }
    Ok(())
}

/// Logits `[token, vocab]` of the residual stream `[token, d_model]`, wherever it is read.
pub fn unembed(resid: &Tensor, w: &UnembedWeights, arch: &Arch, tap: &mut Tap) -> Result<Tensor> {
    let how = &arch.unembedding;
    let missing = || EngineError::Torch("logits without an unembedding".into());
    let matrix = w.unembed.as_ref().ok_or_else(missing)?;
    let mut read = resid.shallow_clone(); // [token, d_model]
    if let (Some(transform), Some(activation)) = (&w.transform, how.transform) {
        let mapped = tap.see(transform.apply(&read)?); // [token, d_model]
        read = tap.see(activate(&mapped, activation)?); // [token, d_model]
    }
    if how.norm {
        read = norm(&read, &w.ln_final, &arch.norm, tap)?; // [token, d_model]
    }
    if let Some(project) = &w.project {
        read = project.apply(&read)?; // [token, d_embed]
    }
    let mut logits = times(matrix.apply(&read)?, how.scale)?; // [token, vocab]
    if let Some(cap) = how.cap {
        logits = logits.f_div_scalar(cap)?.f_tanh()?.f_mul_scalar(cap)?;
    }
    Ok(tap.see(logits))
}

//! The architecture that a trace tells. A trace of this version holds all of it. Another tool's trace tells
//! it by the names of its hook points, and an older trace by the [`Facts`] beside them too. Options that
//! neither tells are those of most models.

use super::arch::{
    Activation, Arch, Attention, Block, EmbedNorm, Embedding, Experts, MixGate, Mlp, Norm,
    NormKind, Norms, PoolRows, Pooling, Positions, QkNorm, Residual, Rope, Score, Shared,
    Unembedding,
};
use super::role::{Param, Role};
use crate::trace::facts::{Biased, Facts};
use crate::trace::plan::{Axis, Plan};
use crate::trace::source::ModelInfo;

/// The roles whose biases each fact names.
const BIASED: &[(Biased, &[Role])] = &[
    (
        Biased::Norm,
        &[
            Role::Ln1,
            Role::LnFinal,
            Role::EmbedNorm,
            Role::Ln2,
            Role::Ln1Post,
            Role::Ln2Post,
        ],
    ),
    (Biased::Q, &[Role::Query]),
    (Biased::K, &[Role::Key]),
    (Biased::V, &[Role::Value]),
    (Biased::AttnOut, &[Role::AttnOut]),
    (Biased::MlpIn, &[Role::MlpIn]),
    (Biased::MlpLinear, &[Role::MlpLinear]),
    (Biased::MlpOut, &[Role::MlpOut]),
    (Biased::Router, &[Role::Router]),
    (Biased::Logits, &[Role::Unembed]),
];

/// The roles whose weight is in every model that has the part, and whose bias no fact names.
const WEIGHTS: &[Role] = &[
    Role::Embed,
    Role::PosEmbed,
    Role::SegmentEmbed,
    Role::EmbedOut,
    Role::UnembedIn,
    Role::Pooler,
    Role::Transform,
];

impl Arch {
    /// The architecture of the model whose pass has this plan, as far as a trace tells it.
    pub fn of_trace(model: &ModelInfo, plan: &Plan) -> Arch {
        let own = model.arch.clone().map(serde_json::from_value);
        if let Some(Ok(arch)) = own {
            return arch;
        }
        let unknown = Facts::default();
        let facts = model.facts.as_ref().unwrap_or(&unknown);
        let names = Names(plan, model.n_layers);
        let activation = Activation::of_word(&facts.activation).unwrap_or(Activation::Gelu);
        Arch {
            family: model.family.clone(),
            n_layers: model.n_layers,
            d_model: model.d_model,
            d_vocab: model.d_vocab,
            n_ctx: model.n_ctx,
            embedding: Embedding {
                d_embed: names.length("hook_embed", Axis::DEmbed),
                more_rows: 0,
                scale: facts.embed_scale,
                segments: names.has("hook_token_type_embed").then_some(2),
                norm: match (
                    names.has("embed_ln.hook_out"),
                    names.has("embed_ln.hook_scale"),
                ) {
                    (true, _) => EmbedNorm::OfSum,
                    (false, true) => EmbedNorm::OfTokens,
                    (false, false) => EmbedNorm::None,
                },
                by_layer: None,
                ngrams: None,
            },
            positions: names.positions(facts),
            norm: Norm {
                kind: if facts.centred {
                    NormKind::Layer
                } else {
                    NormKind::Rms
                },
                eps: 0.0,
                weight_offset: facts.norm_offset,
            },
            block: Block {
                residual: names.residual(),
                norms: names.norms(),
                residual_scale: facts.residual_scale,
                ..Block::default()
            },
            attention: Attention {
                causal: model.causal,
                scales: facts.score_scales.clone(),
                windows: facts.windows.clone(),
                score_cap: facts.score_cap,
                qk_norm: names.any("attn.hook_q_normed").map(|_| QkNorm::Head),
                norm_turned: names.before("attn.hook_rot_q", "attn.hook_q_normed"),
                gate: names.any("attn.hook_gate").map(|_| {
                    match names.of_any("attn.hook_gate", Axis::DHead) {
                        Some(_) => MixGate::Elements,
                        None => MixGate::Heads,
                    }
                }),
                out_norm: names.any("attn.hook_z_normed").is_some(),
                sinks: facts.sinks,
                ..Attention::new(
                    model.n_layers,
                    model.n_heads,
                    model.n_kv_heads,
                    model.d_head,
                )
            },
            mlp: Mlp {
                gated: ["mlp.hook_pre_linear", "mlp.hook_shared_pre_linear"]
                    .iter()
                    .any(|inner| names.any(inner).is_some()),
                clamp: facts.gate_clamp,
                linear_offset: facts.linear_offset,
                norm: names.any("mlp.hook_post_normed").is_some(),
                ..Mlp::plain(model.d_mlp, activation)
            },
            mixers: Vec::new(),
            without_mlp: Vec::new(),
            recurrence: None,
            convolution: None,
            experts: names.experts(facts.renormalised),
            unembedding: Unembedding {
                logits: names.has("logits"),
                transform: names.has("mlm_head.hook_post").then_some(activation),
                norm: names.has("ln_final.hook_out"),
                eps: None,
                scale: facts.logit_scale,
                cap: facts.logit_cap,
                pooling: names.pooling(),
            },
            tied_embeddings: false,
            stored: stored(facts),
        }
    }
}

/// Every weight that a model may have, and the biases that the facts name.
fn stored(facts: &Facts) -> Vec<(Role, Param)> {
    let mut stored: Vec<(Role, Param)> =
        WEIGHTS.iter().map(|role| (*role, Param::Weight)).collect();
    for (biased, roles) in BIASED {
        for role in *roles {
            if *biased != Biased::Norm || facts.norm_weight {
                stored.push((*role, Param::Weight));
            }
            if facts.biases.contains(biased) {
                stored.push((*role, Param::Bias));
            }
        }
    }
    // The pooler and the transform always have a bias (Devlin et al. 2019).
    stored.extend([Role::Pooler, Role::Transform].map(|role| (role, Param::Bias)));
    stored
}

/// The names of a plan, and the number of its blocks.
struct Names<'a>(&'a Plan, usize);

impl Names<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.position(name).is_some()
    }

    /// The first position of this name in any block.
    fn any(&self, inner: &str) -> Option<usize> {
        (0..self.1).find_map(|i| self.0.position(&format!("blocks.{i}.{inner}")))
    }

    /// The length of an axis of the first hook point of this name in any block.
    fn of_any(&self, inner: &str, axis: Axis) -> Option<usize> {
        (0..self.1).find_map(|i| self.length(&format!("blocks.{i}.{inner}"), axis))
    }

    /// Whether blocks have both names, `a` before `b`.
    fn before(&self, a: &str, b: &str) -> bool {
        self.any(a).zip(self.any(b)).is_some_and(|(a, b)| a < b)
    }

    fn length(&self, name: &str, axis: Axis) -> Option<usize> {
        let point = &self.0.points()[self.0.position(name)?];
        let at = point.axes.iter().position(|own| *own == axis)?;
        point.shape.get(at).copied()
    }

    fn positions(&self, facts: &Facts) -> Positions {
        if facts.alibi {
            return Positions::Alibi;
        }
        if self.has("hook_pos_embed") {
            return Positions::learned(0);
        }
        if self.any("attn.hook_rot_q").is_none() {
            return Positions::None;
        }
        let d_rotary = facts.d_rotary.first().copied().unwrap_or(0);
        Positions::rotary(Rope::new(0.0, d_rotary), self.1)
    }

    fn residual(&self) -> Residual {
        let mid = self.any("hook_resid_mid").is_some();
        match (mid, self.any("ln2.hook_out").is_some()) {
            (true, _) => Residual::Sequential,
            (false, true) => Residual::Parallel,
            (false, false) => Residual::ParallelShared,
        }
    }

    fn norms(&self) -> Norms {
        let output = self.any("ln1_post.hook_scale").is_some();
        match (self.before("ln1.hook_out", "attn.hook_q"), output) {
            (true, true) => Norms::Sandwich,
            (false, true) => Norms::Output,
            (false, false) if self.before("hook_resid_mid", "ln1.hook_out") => Norms::Post,
            (_, false) => Norms::Pre,
        }
    }

    fn experts(&self, renormalise: bool) -> Option<Experts> {
        let blocks = (0..self.1).map(|i| format!("blocks.{i}.mlp.hook_expert_weights"));
        let layers: Vec<bool> = blocks.map(|name| self.has(&name)).collect();
        let first = layers.iter().position(|has| *has)?;
        let length =
            |leaf: &str, axis| self.length(&format!("blocks.{first}.mlp.hook_expert_{leaf}"), axis);
        Some(Experts {
            n_experts: length("weights", Axis::Expert).unwrap_or(0),
            n_active: length("indices", Axis::Active).unwrap_or(0),
            d_expert: 0,
            renormalise,
            layers,
            cap: None,
            score: Score::Softmax,
            choice_bias: false,
            groups: None,
            share_of_input: false,
            scale: 1.0,
            shared: self
                .of_any("mlp.hook_shared_pre", Axis::DMlp)
                .map(|d_mlp| Shared {
                    d_mlp,
                    gated: self.any("mlp.hook_shared_gate").is_some(),
                }),
            beside_mlp: false,
            scaled: false,
            normed: false,
            identities: 0,
            shortcut: false,
            by_token: Vec::new(),
            clamp: None,
        })
    }

    fn pooling(&self) -> Option<Pooling> {
        if self.has("pooler.hook_out") {
            return Some(Pooling::Dense);
        }
        self.has("pooling.hook_out").then(|| Pooling::Rows {
            rows: PoolRows::Mean,
            normalise: self.has("pooling.hook_normalized"),
        })
    }
}

//! Quirks: options beyond the plainest decoder, each with a way to leave it out. A model has a quirk if
//! leaving it out changes the architecture. The quirk is used if that also changes the output.

use layerwise::graph::arch::{
    Activation, Arch, EmbedNorm, NormKind, Norms, PoolRows, Pooling, Positions, QkNorm, Residual,
    Rope, RopePairs, RopeScaling, Score, Shared,
};
use layerwise::graph::recurrence::GateBy;

pub struct Quirk {
    pub name: &'static str,
    pub without: fn(&mut Arch),
}

pub const QUIRKS: &[Quirk] = &[
    quirk("embeddings scaled", |a| a.embedding.scale = 1.0),
    quirk("norm after the embedding", |a| {
        if a.embedding.norm == EmbedNorm::OfTokens {
            a.embedding.norm = EmbedNorm::None;
        }
    }),
    quirk("norm of the embedding's sum", |a| {
        if a.embedding.norm == EmbedNorm::OfSum {
            a.embedding.norm = EmbedNorm::None;
        }
    }),
    quirk("segments", |a| a.embedding.segments = None),
    quirk("attention both ways", |a| a.attention.causal = true),
    quirk("learned positions from a later row", |a| {
        if let Positions::Learned { offset, .. } = &mut a.positions {
            *offset = 0;
        }
    }),
    quirk("padding not counted", |a| {
        if let Positions::Learned { padding, .. } = &mut a.positions {
            *padding = None;
        }
    }),
    quirk("ALiBi", |a| {
        if a.positions == Positions::Alibi {
            a.positions = Positions::None;
        }
    }),
    quirk("rotary positions", |a| {
        if matches!(a.positions, Positions::Rotary(_)) {
            a.positions = Positions::None;
        }
    }),
    quirk("rotary base other than 10,000", |a| {
        ropes(a, |rope, _| rope.theta = 1e4);
    }),
    quirk("part of each head turns", |a| {
        if !a.attention.heads.is_empty() {
            return;
        }
        ropes(a, |rope, d_head| {
            rope.d_rotary = d_head;
            if let RopeScaling::Longrope { short, long, .. } = &mut rope.scaling {
                short.resize(d_head / 2, 1.0);
                long.resize(d_head / 2, 1.0);
            }
        });
    }),
    quirk("neighbouring dimensions turn together", |a| {
        ropes(a, |rope, _| rope.pairs = RopePairs::HalfSplit);
    }),
    quirk("rotary embedding by layer", |a| {
        // Heads of other widths need an embedding of their own.
        if a.attention.heads.is_empty()
            && let Positions::Rotary(rotary) = &mut a.positions
        {
            for rope in rotary.by_layer.iter_mut().flatten() {
                *rope = 0;
            }
        }
    }),
    quirk("rotary scaling: linear", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Linear { .. }));
    }),
    quirk("rotary scaling: dynamic", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Dynamic { .. }));
    }),
    quirk("rotary scaling: llama3", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Llama3 { .. }));
    }),
    quirk("rotary scaling: yarn", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Yarn { .. }));
    }),
    quirk("yarn's bounds rounded", |a| {
        ropes(a, |rope, _| {
            let counts = rounding_counts(rope);
            if let RopeScaling::Yarn { truncate, .. } = &mut rope.scaling {
                *truncate &= !counts;
            }
        });
    }),
    quirk("rotary scaling: proportional", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Proportional { .. }));
    }),
    quirk("the last dimensions turn", |a| {
        ropes(a, |rope, _| rope.trailing = false);
    }),
    quirk("rotary scaling: longrope", |a| {
        unscaled(a, |s| matches!(s, RopeScaling::Longrope { .. }));
    }),
    quirk("longrope's factors by length", |a| {
        ropes(a, |rope, _| {
            if let RopeScaling::Longrope { short, long, .. } = &mut rope.scaling {
                std::mem::swap(short, long);
            }
        });
    }),
    quirk("turned vectors scaled", |a| {
        ropes(a, |rope, _| rope.magnitude = 1.0);
    }),
    quirk("pairs turn the other way round", |a| {
        ropes(a, |rope, _| {
            if rope.pairs == RopePairs::HalfReversed {
                rope.pairs = RopePairs::HalfSplit;
            }
        });
    }),
    quirk("blocks without positions", |a| {
        if let Positions::Rotary(rotary) = &mut a.positions {
            for rope in &mut rotary.by_layer {
                *rope = rope.or(Some(0));
            }
        }
    }),
    quirk("sines before cosines", |a| {
        if let Positions::SinusoidalHalves { .. } = a.positions {
            a.positions = Positions::Sinusoidal;
        }
    }),
    quirk("wavelengths that end before 10,000·2π", |a| {
        if let Positions::SinusoidalHalves { open, .. } = &mut a.positions {
            *open = false;
        }
    }),
    quirk("fixed positions from a later row", |a| {
        if let Positions::SinusoidalHalves { offset, .. } = &mut a.positions {
            *offset = 0;
        }
    }),
    quirk("scores that grow with position", |a| {
        a.attention.tempers.fill(None);
    }),
    quirk("attention within runs of tokens", |a| {
        a.attention.chunks.fill(None);
    }),
    quirk("bounded queries, keys and values", |a| {
        a.attention.clip = None;
    }),
    quirk("queries and keys normed after they turn", |a| {
        a.attention.norm_turned = false;
    }),
    quirk("norms of queries and keys in some blocks", |a| {
        a.attention.normed.fill(true);
    }),
    quirk("gate on what attention mixes", |a| a.attention.gate = None),
    quirk("gate of softplus", |a| {
        if a.attention.gate_by == GateBy::Activation(Activation::Softplus) {
            a.attention.gate_by = GateBy::Sigmoid;
        }
    }),
    quirk("heads less other heads", |a| {
        a.attention.differences.clear();
    }),
    quirk("what the difference starts from", |a| {
        for difference in &mut a.attention.differences {
            difference.first = 0.0;
        }
    }),
    quirk("scores that grow with what a value says", |a| {
        a.attention.value_bias = None;
    }),
    quirk("a query looks at the keys with the largest gains", |a| {
        if let Some(bias) = &mut a.attention.value_bias {
            bias.most = 1000;
        }
    }),
    quirk("the stream multiplied before a sum", |a| {
        a.block.weighed = false;
    }),
    quirk("heads that are experts: how many are active", |a| {
        if let Some(experts) = &mut a.attention.experts {
            let each = a.attention.n_heads / experts.n_active;
            experts.n_active -= 1;
            a.attention.n_heads = each * experts.n_active;
        }
    }),
    quirk("a final norm with an ε of its own", |a| {
        a.unembedding.eps = None;
    }),
    quirk("experts: outputs of the router bounded", |a| {
        if let Some(experts) = &mut a.experts {
            experts.cap = None;
        }
    }),
    quirk("norm before attention's output projection", |a| {
        a.attention.out_norm = false;
    }),
    quirk("norm of values", |a| a.attention.value_norm = false),
    quirk("keys chosen by an indexer", |a| {
        a.attention.indexer = None;
        a.attention.chosen.clear();
    }),
    quirk("how many keys an indexer chooses", |a| {
        if let Some(indexer) = &mut a.attention.indexer {
            indexer.keys += 1;
        }
    }),
    quirk("other dimensions of an indexer turn", |a| {
        if let Some(indexer) = &mut a.attention.indexer {
            indexer.rope = 0;
        }
    }),
    quirk("keys that an earlier block chose", |a| {
        for layer in a.attention.chosen.iter_mut().flatten() {
            *layer = 0;
        }
    }),
    quirk("several streams, updated by turns", |a| {
        a.block.alternating = None;
    }),
    quirk("the corrected stream scaled", |a| {
        if let Some(alternating) = &mut a.block.alternating {
            alternating.scaled = false;
        }
    }),
    quirk("low-rank residual", |a| a.block.low_rank = None),
    quirk("neurons cut off below a bound", |a| a.mlp.cuts.clear()),
    quirk("embeddings by layer", |a| a.embedding.by_layer = None),
    quirk("the stream scaled by block", |a| a.block.scaled = false),
    quirk("norm of the neurons", |a| a.mlp.norm = false),
    quirk("LayerNorm", |a| {
        if a.norm.kind == NormKind::Layer {
            a.norm.kind = NormKind::Rms;
        }
    }),
    quirk("RMSNorm", |a| {
        if a.norm.kind == NormKind::Rms {
            a.norm.kind = NormKind::Layer;
        }
    }),
    quirk("norm weights stored less 1", |a| a.norm.weight_offset = 0.0),
    quirk("attention and MLP side by side", |a| {
        a.block.residual = Residual::Sequential;
    }),
    quirk("side by side behind one norm", |a| {
        if a.block.residual == Residual::ParallelShared {
            a.block.residual = Residual::Parallel;
        }
    }),
    quirk("side by side behind two norms", |a| {
        if a.block.residual == Residual::Parallel {
            a.block.residual = Residual::ParallelShared;
        }
    }),
    quirk("norms after each half", |a| match a.block.norms {
        Norms::Output => a.block.norms = Norms::Pre,
        Norms::Sandwich => a.block.norms = Norms::Pre,
        _ => {}
    }),
    quirk("norms before each half too", |a| {
        if a.block.norms == Norms::Sandwich {
            a.block.norms = Norms::Output;
        }
    }),
    quirk("norms of sums", |a| {
        if a.block.norms == Norms::Post {
            a.block.norms = Norms::Pre;
        }
    }),
    quirk("outputs of halves scaled", |a| a.block.residual_scale = 1.0),
    quirk("scores scaled otherwise than by 1/√d_head", |a| {
        let usual = 1.0 / (a.attention.d_head as f64).sqrt();
        a.attention.scales.fill(usual);
    }),
    quirk("sliding windows", |a| a.attention.windows.fill(None)),
    quirk("a window's width", |a| {
        for window in a.attention.windows.iter_mut().flatten() {
            *window += 1;
        }
    }),
    quirk("soft cap on scores", |a| a.attention.score_cap = None),
    quirk("norms of queries and keys", |a| {
        if a.attention.qk_norm == Some(QkNorm::Head) {
            a.attention.qk_norm = None;
        }
    }),
    quirk("norms of queries and keys, each head its own", |a| {
        if a.attention.qk_norm == Some(QkNorm::EachHead) {
            a.attention.qk_norm = None;
        }
    }),
    quirk("norms of queries and keys, all heads as one", |a| {
        if a.attention.qk_norm == Some(QkNorm::AllHeads) {
            a.attention.qk_norm = None;
        }
    }),
    quirk("attention sinks", |a| a.attention.sinks = false),
    quirk("GELU", |a| swap(a, Activation::Gelu, Activation::GeluTanh)),
    quirk("GELU's tanh approximation", |a| {
        swap(a, Activation::GeluTanh, Activation::Gelu);
    }),
    quirk("ReLU", |a| swap(a, Activation::Relu, Activation::Gelu)),
    quirk("squared ReLU", |a| {
        swap(a, Activation::Relu2, Activation::Relu);
    }),
    quirk("SiLU", |a| swap(a, Activation::Silu, Activation::Gelu)),
    quirk("Swish with a gain", |a| {
        if let Activation::Swish(_) = a.mlp.activation {
            a.mlp.activation = Activation::Silu;
        }
    }),
    quirk("xIELU", |a| {
        swap(a, Activation::Xielu, Activation::Relu2);
    }),
    quirk("clamped gate", |a| a.mlp.clamp = None),
    quirk("offset on the linear half", |a| a.mlp.linear_offset = 0.0),
    quirk("experts: how many are active", |a| {
        if let Some(experts) = &mut a.experts {
            experts.n_active -= 1;
        }
    }),
    quirk("experts' shares renormalised", |a| {
        if let Some(experts) = &mut a.experts {
            experts.renormalise = false;
        }
    }),
    quirk("experts' shares as they are", |a| {
        if let Some(experts) = &mut a.experts {
            experts.renormalise = true;
        }
    }),
    quirk("experts: an MLP beside them", |a| {
        if let Some(experts) = &mut a.experts {
            experts.beside_mlp = false;
        }
    }),
    quirk("experts: a factor for each", |a| {
        if let Some(experts) = &mut a.experts {
            experts.scaled = false;
        }
    }),
    quirk("experts: sigmoids", |a| {
        if let Some(experts) = &mut a.experts
            && experts.score == Score::Sigmoid
        {
            experts.score = Score::Softmax;
        }
    }),
    quirk("experts: chosen one after the other", |a| {
        if let Some(experts) = &mut a.experts
            && matches!(experts.score, Score::SparseMixer(_))
        {
            experts.score = Score::Softmax;
        }
    }),
    quirk("experts: chosen by outputs, shared by sigmoids", |a| {
        if let Some(experts) = &mut a.experts
            && experts.score == Score::Logit
        {
            experts.score = Score::Sigmoid;
        }
    }),
    quirk("experts: numbers added for the choice", |a| {
        if let Some(experts) = &mut a.experts {
            experts.choice_bias = false;
        }
    }),
    quirk("experts: groups", |a| {
        if let Some(experts) = &mut a.experts {
            experts.groups = None;
        }
    }),
    quirk("experts: shares of what is read", |a| {
        if let Some(experts) = &mut a.experts {
            experts.share_of_input = false;
        }
    }),
    quirk("experts: shares scaled", |a| {
        if let Some(experts) = &mut a.experts {
            experts.scale = 1.0;
        }
    }),
    quirk("experts: one that every token goes through", |a| {
        if let Some(experts) = &mut a.experts {
            experts.shared = None;
        }
    }),
    quirk("experts: a gate on the shared one", |a| {
        if let Some(Shared { gated, .. }) = a.experts.as_mut().and_then(|e| e.shared.as_mut()) {
            *gated = false;
        }
    }),
    quirk("head of masked tokens", |a| {
        // Logits are read from its width.
        if a.unembedding.d_head.is_none() {
            a.unembedding.transform = None;
        }
    }),
    quirk("the head's own activation", |a| {
        if a.unembedding.transform.is_some() {
            a.unembedding.transform = Some(Activation::Relu);
        }
    }),
    quirk("pooler", |a| {
        if a.unembedding.pooling == Some(Pooling::Dense) {
            pool(a, PoolRows::First);
        }
    }),
    quirk("pooled by the mean", |a| {
        pools(a, PoolRows::Mean, PoolRows::First);
    }),
    quirk("pooled by the first token", |a| {
        pools(a, PoolRows::First, PoolRows::Mean);
    }),
    quirk("pooled by the largest", |a| {
        pools(a, PoolRows::Max, PoolRows::Mean);
    }),
    quirk("pooled vector of length 1", |a| {
        if let Some(Pooling::Rows { normalise, .. }) = &mut a.unembedding.pooling {
            *normalise = false;
        }
    }),
    quirk("small MLP at the end of a block", |a| {
        a.block.bottleneck = None;
    }),
    quirk("small MLP reads through a norm", |a| {
        if let Some(own) = &mut a.block.bottleneck {
            own.norm = None;
        }
    }),
    quirk("small MLP adds to what it reads", |a| {
        if let Some(own) = &mut a.block.bottleneck {
            own.onto_normed = false;
        }
    }),
    quirk("norm of the stream before the head", |a| {
        a.unembedding.stream_norm = false;
    }),
    quirk("final norm", |a| a.unembedding.norm = false),
    quirk("logits scaled", |a| a.unembedding.scale = 1.0),
    quirk("soft cap on logits", |a| a.unembedding.cap = None),
];

const fn quirk(name: &'static str, without: fn(&mut Arch)) -> Quirk {
    Quirk { name, without }
}

impl Quirk {
    /// The architecture without the quirk; `None` if it has none.
    pub fn off(&self, arch: &Arch) -> Option<Arch> {
        let mut changed = arch.clone();
        (self.without)(&mut changed);
        (changed != *arch).then_some(changed)
    }
}

/// Change each rotary embedding; `change` gets the head's width too.
fn ropes(arch: &mut Arch, change: impl Fn(&mut Rope, usize)) {
    if let Positions::Rotary(rotary) = &mut arch.positions {
        for rope in &mut rotary.ropes {
            change(rope, arch.attention.d_head);
        }
    }
}

/// Whether a pair is blended otherwise if yarn's bounds are rounded: there may be none between them.
fn rounding_counts(rope: &Rope) -> bool {
    let RopeScaling::Yarn {
        beta_fast,
        beta_slow,
        original_n_ctx,
        ..
    } = rope.scaling
    else {
        return false;
    };
    let bound = |turns: f64| {
        let wavelength = original_n_ctx as f64 / (turns * std::f64::consts::TAU);
        rope.d_rotary as f64 * wavelength.ln() / (2.0 * rope.theta.ln())
    };
    let most = rope.d_rotary as f64 - 1.0;
    let blended = |first: f64, last: f64| {
        let (first, last) = (first.max(0.0), last.min(most));
        let pairs = 0..rope.d_rotary / 2;
        let share = move |pair| ((pair as f64 - first) / (last - first)).clamp(0.0, 1.0);
        pairs.map(share).collect::<Vec<f64>>()
    };
    let (first, last) = (bound(beta_fast), bound(beta_slow));
    blended(first, last) != blended(first.floor(), last.ceil())
}

fn unscaled(arch: &mut Arch, which: impl Fn(&RopeScaling) -> bool) {
    ropes(arch, |rope, _| {
        if which(&rope.scaling) {
            rope.scaling = RopeScaling::None;
        }
    });
}

fn swap(arch: &mut Arch, from: Activation, to: Activation) {
    if arch.mlp.activation == from {
        arch.mlp.activation = to;
    }
}

/// Pool the rows themselves, in this way.
fn pool(arch: &mut Arch, rows: PoolRows) {
    let normalise = false;
    arch.unembedding.pooling = Some(Pooling::Rows { rows, normalise });
}

fn pools(arch: &mut Arch, from: PoolRows, to: PoolRows) {
    if let Some(Pooling::Rows { rows, .. }) = &mut arch.unembedding.pooling
        && *rows == from
    {
        *rows = to;
    }
}

//! Delta nets that families share.

use crate::graph::arch::{Arch, NormKind, QkNorm};
use crate::graph::recurrence::{
    Decay, GateBy, Multipliers, Recurrence, StateGate, StateNorm, Write,
};

/// The numbers of a delta net.
pub(super) struct Sizes {
    pub n_groups: usize,
    pub n_heads: usize,
    pub d_state: usize,
    pub d_head: usize,
    /// The number of tokens that the convolutions span.
    pub taps: usize,
}

/// A gated delta net (Yang et al. 2025): queries and keys of length 1 behind convolutions, and heads that are normed and
/// gated.
pub(super) fn net(
    arch: &Arch,
    sizes: Sizes,
    decay: Decay,
    (by, rank): (GateBy, Option<usize>),
) -> Recurrence {
    Recurrence {
        n_groups: sizes.n_groups,
        n_heads: sizes.n_heads,
        d_state: sizes.d_state,
        d_head: sizes.d_head,
        convolution: Some(sizes.taps),
        activation: Some(arch.mlp.activation),
        unit: Some(1e-6),
        decay,
        write: Write::Delta(1.0),
        skip: false,
        gate: Some(StateGate {
            by,
            rank,
            first: false,
        }),
        norm: Some(StateNorm {
            kind: NormKind::Rms,
            over: QkNorm::Head,
            eps: arch.norm.eps,
        }),
        from_values: None,
        shifted: false,
        multipliers: Multipliers::default(),
    }
}

/// A delta net whose rows fade apart (Kimi Team 2025): as many keys as heads, and decays and gates through maps of this
/// rank, or of full rank without one.
pub(super) fn by_rows(
    arch: &Arch,
    (n_heads, d_head, taps): (usize, usize, usize),
    rank: Option<usize>,
    bound: Option<f64>,
) -> Recurrence {
    let sizes = Sizes {
        n_groups: n_heads,
        n_heads,
        d_state: d_head,
        d_head,
        taps,
    };
    let decay = Decay::Rows { rank, bound };
    net(arch, sizes, decay, (GateBy::Sigmoid, rank))
}

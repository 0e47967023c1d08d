//! Recurrences whose writes are exponentials, held by the largest exponent so far (Beck et al. 2024; Peng et al. 2023).

use super::{Builder, TOKEN};
use crate::graph::operation::Operation;
use crate::graph::recurrence::{Normal, Recurrence};
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// Exponents, and the largest so far in this pass and in those before. `[token, head]` each
#[derive(Clone, Copy)]
pub(super) struct Exponents {
    /// The exponents themselves.
    pub x: NodeId,
    pub peak: NodeId,
    past_peak: NodeId,
    forget: NodeId,
    /// The share of a value that is written.
    pub share: NodeId,
    /// The logarithm by which states fade.
    pub decay: NodeId,
}

/// The weights of all values so far.
pub(super) struct Weights {
    pub of: Exponents,
    /// `[token, head, d_state, 1]`
    pub state: NodeId,
    pub past: NodeId,
}

/// Exponents, their peak, and the shares and decays that it leaves. `forget` is the logarithm of what stays of a state.
pub(super) fn exponents(
    g: &mut Builder,
    r: &Recurrence,
    (cap, by): (Option<f64>, Normal),
    x: NodeId,
    forget: NodeId,
) -> Exponents {
    let head = Dim::new(Axis::Head, r.n_heads);
    let one = [TOKEN, head];
    // A mean needs no weight before the first token, and a bound counts it as 1.
    let first = match by {
        Normal::Bounded { .. } => Some(0.0),
        Normal::Mean => None,
    };
    let x = g.linear_to(
        &one,
        "mixer.hook_write_gate",
        x,
        Role::WriteGate,
        capped(cap),
    ); // [token, head]
    let past = g.add("mixer.past_peak", &[head], Operation::Past, &[]); // [head]
    let peak = Operation::Peak { first };
    let peak = g.add("mixer.hook_peak", &one, peak, &[forget, x, past]); // [token, head]
    g.add("mixer.peak", &[head], Operation::Carry, &[peak, past]); // [head]
    let falling = Operation::Falling { first };
    let read = [forget, peak, past];
    Exponents {
        x,
        peak,
        past_peak: past,
        forget,
        decay: g.add("mixer.hook_decay", &one, falling, &read), // [token, head]
        share: g.add("mixer.hook_share", &one, Operation::Exp, &[x, peak]), // [token, head]
    }
}

/// The state of weights: keys, written with the shares of their values.
pub(super) fn weights(g: &mut Builder, r: &Recurrence, of: Exponents, k: NodeId) -> Weights {
    let (head, d_state) = (
        Dim::new(Axis::Head, r.n_heads),
        Dim::new(Axis::DState, r.d_state),
    );
    let single = Dim::new(Axis::One, 1);
    let column = [TOKEN, head, single];
    let ones = g.add("mixer.ones", &column, Operation::Ones, &[]); // [token, head, 1]
    let write = [ones, of.share];
    let write = g.add("mixer.weight_write", &column, Operation::Times, &write); // [token, head, 1]
    let full = [head, d_state, single];
    let past = g.add("mixer.past_weights", &full, Operation::Past, &[]); // [head, d_state, 1]
    let states = [TOKEN, head, d_state, single];
    let read = [k, write, of.decay, past];
    let state = g.add("mixer.hook_weights", &states, Operation::Recur, &read); // [token, head, d_state, 1]
    g.add("mixer.weights", &full, Operation::Carry, &[state, past]); // [head, d_state, 1]
    Weights { of, state, past }
}

/// The share of a token's own value in what it reads. `[token, head]`
pub(super) fn own(g: &mut Builder, r: &Recurrence, weights: &Weights) -> NodeId {
    let Exponents {
        x,
        peak,
        forget,
        past_peak,
        ..
    } = weights.of;
    let one = [TOKEN, Dim::new(Axis::Head, r.n_heads)];
    let read = [x, weights.state, peak, forget, weights.past, past_peak];
    let own = g.add("mixer.hook_own", &one, Operation::Own, &read); // [token, head]
    g.reads(own, Role::Bonus, &[r.n_heads], 1);
    own
}

/// A linear map within a soft cap.
pub(super) fn capped(cap: Option<f64>) -> Operation {
    Operation::Linear {
        scale: 1.0,
        cap,
        clip: None,
    }
}

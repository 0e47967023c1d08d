//! States after each token that no pass holds.

use std::ops::Range;

use tch::Tensor;

use super::super::Result;
use super::Scan;

/// The number of elements of states that are computed at once.
const HELD: i64 = 1 << 22;

/// States of a long pass, `[token, head, d_state, d_head]`, computed when they are asked for.
#[derive(Clone)]
pub struct LazyStates(pub Scan);

impl LazyStates {
    /// `[token, head, d_state, d_head]`
    pub fn size(&self) -> [i64; 4] {
        let (k, u) = (self.0.k.size(), self.0.u.size());
        [u[0], u[1], k[2], u[2]]
    }

    /// The states after some tokens. `[token, head, d_state, d_head]`
    pub fn rows(&self, tokens: Range<i64>) -> Result<Tensor> {
        let past = match tokens.start {
            0 => self.0.past.as_ref().map(Tensor::shallow_clone),
            start => Some(self.before(start)?),
        };
        self.0.part(tokens, past)?.states()
    }

    /// The state before a token.
    fn before(&self, token: i64) -> Result<Tensor> {
        let past = self.0.past.as_ref().map(Tensor::shallow_clone);
        self.0.part(0..token, past)?.last()
    }

    /// All states, in parts that may be held at once.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Tensor>> + '_ {
        let [tokens, heads, d_state, d_head] = self.size();
        let step = (HELD / (heads * d_state * d_head).max(1)).max(1);
        let mut next = (0, self.0.past.as_ref().map(Tensor::shallow_clone));
        std::iter::from_fn(move || {
            let (start, past) = std::mem::take(&mut next);
            if start >= tokens {
                next.0 = tokens;
                return None;
            }
            let end = (start + step).min(tokens);
            let part = self.0.part(start..end, past).and_then(|part| part.states());
            let last = part
                .as_ref()
                .ok()
                .and_then(|states| states.f_get(end - start - 1).ok());
            next = (if part.is_ok() { end } else { tokens }, last);
            Some(part)
        })
    }
}

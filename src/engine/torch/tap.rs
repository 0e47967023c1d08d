//! Where values of the forward pass are seen.

use tch::Tensor;

use super::lazy_scores::LazyScores;
use super::value::Value;

/// The hook points of the layer at work: kept, or passed by at no cost.
///
/// Forward code hands every value that has a hook point's name through [`Tap::see`], in plan order,
/// and goes on with what comes back.
pub struct Tap(Option<Vec<Value>>);

impl Tap {
    /// Keep every value.
    pub fn keeping() -> Tap {
        Tap(Some(Vec::new()))
    }

    /// Keep nothing.
    pub fn off() -> Tap {
        Tap(None)
    }

    /// See one value; it shares its memory with what is kept, so forward code must not change it in
    /// place afterwards.
    pub fn see(&mut self, value: Tensor) -> Tensor {
        if let Some(kept) = &mut self.0 {
            kept.push(Value::Whole(value.shallow_clone()));
        }
        value
    }

    /// See a value that is computed only when somebody looks at it.
    pub fn see_lazy(&mut self, scores: impl FnOnce() -> LazyScores) {
        if let Some(kept) = &mut self.0 {
            kept.push(Value::Lazy(scores()));
        }
    }

    /// What was kept, in the order seen.
    pub fn into_kept(self) -> Vec<Value> {
        self.0.unwrap_or_default()
    }
}

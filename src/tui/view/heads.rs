//! Heads: with grouped queries several heads of the model share one of a hook point's.

use super::super::app::App;
use crate::trace::plan::HookPoint;

/// The head of this point that belongs to the chosen one: with grouped queries several share one.
pub fn head_of(app: &App, point: &HookPoint) -> Option<usize> {
    let axis = point.head_axis()?;
    let heads = point.shape[axis].max(1);
    let all = app.model.as_ref().map_or(heads, |m| m.n_heads).max(heads);
    Some((app.head.min(all - 1) * heads / all).min(heads - 1))
}

/// Heads of the hook point at the cursor, where it has any.
pub fn heads_here(app: &App) -> Option<usize> {
    let point = app.point()?;
    Some(point.shape[point.head_axis()?])
}

/// Heads of the hook point at the cursor, and how many of the model's share one of them.
pub fn shared(app: &App) -> (usize, usize) {
    let all = app.model.as_ref().map_or(1, |m| m.n_heads.max(1));
    let here = heads_here(app).unwrap_or(all).max(1);
    (here, (all / here).max(1))
}

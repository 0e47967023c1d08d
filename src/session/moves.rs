//! Where a step of each depth leads in a plan.

use super::terms::Depth;
use crate::trace::hook;
use crate::trace::plan::Plan;
use crate::trace::query::Direction;

/// The hook point after one step from `at`: `at` itself at the plan's end. Backwards it is the start
/// of what `at` stands in, or from there of what comes before.
pub fn moved(plan: &Plan, at: usize, depth: Depth, direction: Direction) -> usize {
    let last = plan.len().saturating_sub(1);
    match direction {
        Direction::Forward => (at..=last)
            .find(|&i| !together(plan, i, at, depth))
            .unwrap_or(last),
        Direction::Back => match start(plan, at, depth) {
            own if own < at || own == 0 => own,
            own => start(plan, own - 1, depth),
        },
    }
}

/// The first hook point that one step of this depth passes together with `at`.
fn start(plan: &Plan, at: usize, depth: Depth) -> usize {
    let before = (0..=at).rev();
    let same = before.take_while(|&i| together(plan, i, at, depth));
    same.last().unwrap_or(at)
}

/// Whether one step of this depth passes both.
fn together(plan: &Plan, i: usize, j: usize, depth: Depth) -> bool {
    let (a, b) = (&plan.points()[i], &plan.points()[j]);
    let module = hook::module_of(&a.name);
    match depth {
        Depth::Point => i == j,
        Depth::Layer => a.layer() == b.layer(),
        Depth::Module => {
            let same = a.layer() == b.layer() && module == hook::module_of(&b.name);
            same && (i == j || module.is_some())
        }
    }
}

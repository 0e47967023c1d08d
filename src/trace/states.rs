//! States after each token, which take hundreds of times the room of other values, and patterns whose heads are one
//! number each. A trace has them only where a pattern of hook points names them; of states it has the last one anyway.

use std::collections::BTreeSet;

use super::hook;
use super::meta::key;
use super::plan::{Axis, HookPoint, Plan};
use super::query::Job;
use super::source::Pass;
use crate::lang::say_with;

/// Whether a value is a state after each token, of more than one number a head.
pub fn is_state(point: &HookPoint) -> bool {
    let each = point.axes.len() == 4 && point.axes[0] == Axis::Token;
    each && point.shape[2..].iter().product::<usize>() > 1
}

/// Whether a value is left out unless it is named.
pub fn is_large(plan: &Plan, point: &HookPoint) -> bool {
    if is_state(point) {
        return true;
    }
    // The heads of such a pattern are as many as the mixer is wide.
    let block = point.name.strip_suffix("mixer.hook_pattern");
    let values = block.and_then(|block| plan.position(&format!("{block}mixer.hook_v")));
    values.is_some_and(|v| plan.points()[v].shape.last() == Some(&1))
}

/// Whether a pattern names values rather than all of a part: its last word is more than a star.
pub fn names_values(pattern: &str) -> bool {
    pattern.rsplit('.').next() != Some("*")
}

/// The safetensors name of the state after a pass's last token.
pub fn last_key(pass: usize, name: &str) -> String {
    format!("{}.last", key(pass, name))
}

/// The message about a state that is not in a trace.
pub fn missing(point: &HookPoint, has_last: bool) -> String {
    let name = hook::short(&point.name);
    let advice = format!("record with {} to have it", flags([point]));
    if has_last {
        format!("{name} before the last token (the state after the last is; {advice})")
    } else {
        format!("{name} ({advice})")
    }
}

/// The message about a trace that was written without states; `None` if it has all that was asked for.
pub fn left_out(passes: &[Pass], hooks: &[String]) -> Option<String> {
    let found = super::meta::selected(passes, hooks).ok()?.left_out;
    let points = found
        .iter()
        .map(|&(pass, point)| &passes[pass].plan.points()[point]);
    let flags = flags(points);
    (!found.is_empty()).then(|| say_with("note-states-left-out", &[("flags", flags.into())]))
}

/// The message about a job that left states out.
pub fn left_out_of(job: &Job, passes: &[Pass]) -> Option<String> {
    match job {
        Job::Save { hooks, .. } => left_out(passes, hooks),
        _ => None,
    }
}

/// The options of `layerwise record` that choose these too.
fn flags<'a>(points: impl IntoIterator<Item = &'a HookPoint>) -> String {
    let name = |point: &'a HookPoint| point.name.splitn(3, '.').last();
    let names: BTreeSet<&str> = points.into_iter().filter_map(name).collect();
    let named = names.iter().map(|name| format!(" --hooks '*.{name}'"));
    format!("--hooks '*'{}", named.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_a_whole_part_names_no_value() {
        for whole in ["*", "blocks.0.*", "blocks.*.mixer.*"] {
            assert!(!names_values(whole), "{whole}");
        }
        for named in ["*.state", "blocks.0.mixer.hook_state", "0.state", "*state*"] {
            assert!(names_values(named), "{named}");
        }
    }
}

//! Which matrices belong together at a hook point.

use crate::trace::hook;
use crate::trace::plan::{Axis, Plan};

/// One matrix of the main pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    pub point: usize,
    /// The message's key for the role beside its name: `before`, `after`; empty for a matrix alone.
    pub role: &'static str,
    /// A point whose only column is shown beside this one's rows.
    pub aside: Option<usize>,
}

/// The role of what a norm makes.
pub const AFTER: &str = "pane-role-after";

/// Addends of the embedding, in this order.
const ADDENDS: [(&str, &str); 3] = [
    ("hook_embed", "pane-role-tokens"),
    ("hook_token_type_embed", "pane-role-segments"),
    ("hook_pos_embed", "pane-role-positions"),
];

/// The matrices that belong together at `point`: embedding, positions and their sum; a norm's
/// input and output; otherwise the point alone.
pub fn panels(plan: &Plan, point: usize) -> Vec<Panel> {
    let points = plan.points();
    let Some(at) = points.get(point) else {
        return Vec::new();
    };
    let panel = |point, role| Panel {
        point,
        role,
        aside: None,
    };
    let mut sum: Vec<Panel> = ADDENDS
        .iter()
        .filter_map(|(name, role)| Some(panel(plan.position(name)?, role)))
        .collect();
    let normed = plan.position("embed_ln.hook_out");
    let plain = plan.position("blocks.0.hook_resid_pre");
    if sum.len() > 1
        && let Some(result) = normed.or(plain)
    {
        let role = if normed.is_some() {
            "pane-role-sum-normed"
        } else {
            "pane-role-sum"
        };
        sum.push(panel(result, role));
        if sum.iter().any(|p| p.point == point) {
            return sum;
        }
    }
    let module = hook::module_of(&at.name);
    if module.is_some_and(|m| m.starts_with("ln")) {
        let same = |i: &usize| {
            hook::module_of(&points[*i].name) == module && points[*i].layer() == at.layer()
        };
        let first = (0..=point).rev().take_while(same).last().unwrap_or(point);
        let scale = (first..points.len())
            .take_while(same)
            .find(|&i| hook::leaf(&points[i].name) == "scale");
        // The head of masked tokens norms what it has made of the stream.
        let read = |&i: &usize| plan.is_residual(i) || points[i].name == "mlm_head.hook_post";
        let before = (0..first).rev().find(read);
        let after = if Some(point) == scale {
            (point + 1..points.len()).find(same)
        } else {
            Some(point)
        };
        let mut out = Vec::new();
        out.extend(before.map(|i| panel(i, "pane-role-before")));
        out.extend(after.map(|point| Panel {
            point,
            role: AFTER,
            aside: scale.filter(|&s| points[s].axes.last() == Some(&Axis::One)),
        }));
        return out;
    }
    vec![panel(point, "")]
}

/// Q, K, V, scores, pattern and what else the attention module holds, when `point` is one of them.
pub fn tabs(plan: &Plan, point: usize) -> Vec<usize> {
    let points = plan.points();
    let inside = |i: &usize| {
        let (a, b) = (&points[*i], &points[point]);
        a.layer() == b.layer() && hook::module_of(&a.name) == Some("attn")
    };
    match points.get(point) {
        Some(p) if hook::module_of(&p.name) == Some("attn") => {
            plan.layer_range(p.layer()).filter(inside).collect()
        }
        _ => Vec::new(),
    }
}

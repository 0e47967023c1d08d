//! Keys and values that a pass keeps for later ones, under the names of the graph's nodes: `blocks.0.attn.keys`
//! and `blocks.0.attn.values`, `[key, kv_head, d_head]`. Their rows are those of hook points of this pass and of
//! all before it.

use super::hook;
use super::plan::{Axis, HookPoint, Plan};
use super::source::Pass;

/// The hook points whose rows are kept as keys: the last of them that a plan has.
const KEYS: [&str; 4] = ["hook_k_joined", "hook_rot_k", "hook_k_normed", "hook_k"];
const VALUES: [&str; 2] = ["hook_v_normed", "hook_v"];

/// The place in a plan of the hook point whose rows are kept under this name.
pub fn source(plan: &Plan, name: &str) -> Option<usize> {
    let (module, leaf) = name.rsplit_once('.')?;
    let from: &[&str] = match leaf {
        "keys" => &KEYS,
        "values" => &VALUES,
        _ => return None,
    };
    from.iter()
        .find_map(|leaf| plan.position(&format!("{module}.{leaf}")))
}

/// The axes and the shape of what is kept under this name after a pass.
pub fn point(pass: &Pass, name: &str) -> Option<HookPoint> {
    let hook = &pass.plan.points()[source(&pass.plan, name)?];
    let (axes, shape) = (hook.axes.get(1..)?, hook.shape.get(1..)?);
    Some(HookPoint {
        name: name.to_owned(),
        axes: [&[Axis::Key], axes].concat(),
        shape: [&[pass.tokens.len()], shape].concat(),
    })
}

/// The full name that `text` means: `0.keys`, `0.attn.keys`, `blocks.0.attn.keys`.
pub fn name(text: &str) -> Option<String> {
    let (block, rest) = hook::in_block(text)?;
    let leaf = rest.strip_prefix("attn.").unwrap_or(rest);
    matches!(leaf, "keys" | "values").then(|| format!("blocks.{block}.attn.{leaf}"))
}

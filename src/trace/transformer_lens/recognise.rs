//! Which hook point a tensor of a cache is, by its name and by what stands beside it.

use super::CacheFile;
use crate::trace::hook::{self, Layer};
use crate::trace::names::HOOK_POINTS;
use crate::trace::plan::Axis;

/// Names that TransformerLens's model bridge gives values it also knows by the older ones. What attention
/// and the MLP write is another value than what is added to the stream where a norm comes between.
const ALIASES: &[(&str, &str)] = &[
    ("embed.hook_out", "hook_embed"),
    ("pos_embed.hook_out", "hook_pos_embed"),
    ("token_type_embed.hook_out", "hook_token_type_embed"),
    ("hook_in", "hook_resid_pre"),
    ("attn.hook_out", "hook_attn_out"),
    ("mlp.hook_out", "hook_mlp_out"),
    ("hook_out", "hook_resid_post"),
    (UNEMBEDDED, "logits"),
];

/// The name of the unembedding's output, before it is scaled or capped.
pub const UNEMBEDDED: &str = "unembed.hook_out";

/// Names that in a mixture of experts are of the mixture's input and output, and what routes is called there.
const OF_MIXTURES: &[&str] = &["mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post"];
const ROUTERS: &[&str] = &["mlp.router.hook_out", "mlp.gate.hook_out"];

/// In an encoder's cache the bridge's names are of its modules, whose ends are behind the norms of sums:
/// what a name is of, and what the sums and addends themselves are called.
const ENCODER_ALIASES: &[(&str, &str)] = &[
    ("hook_embed", "embed_ln.hook_out"),
    ("attn.o.hook_out", "hook_attn_out"),
    ("attn.hook_out", "ln1.hook_out"),
    ("hook_attn_out", "ln1.hook_out"),
    ("ln1.hook_in", "hook_resid_mid"),
    ("hook_resid_mid", "hook_resid_post"),
    ("ln2.hook_in", "hook_resid_post"),
    ("hook_resid_post", "ln2.hook_out"),
    ("hook_out", "ln2.hook_out"),
    ("ln_final.hook_in", "mlm_head.hook_post"),
];

/// A name that only an encoder's cache has.
pub(super) const ENCODER: &str = "token_type_embed.hook_out";

/// Names under which token ids may lie beside the activations.
pub const TOKEN_IDS: &[&str] = &["input_ids", "tokens", "embed.hook_in"];

/// Where a hook point stands in a pass: its layer, its place there, and whether the name is an alias.
pub(super) type Place = (Layer, (usize, usize), bool);

/// The place of a hook point in its layer: that of [`HOOK_POINTS`], but that an encoder's norms stand behind the
/// sums they read.
fn place(inner: &str, at: usize, encoder: bool) -> (usize, usize) {
    let sum = match inner.split_once('.').map(|(module, _)| module) {
        Some("embed_ln") => "hook_pos_embed",
        Some("ln1") => "hook_resid_mid",
        Some("ln2") => "hook_resid_post",
        _ => return (at, 0),
    };
    let sum = HOOK_POINTS.iter().position(|(name, _)| *name == sum);
    sum.filter(|_| encoder).map_or((at, 0), |sum| (sum, 1 + at))
}

/// The hook point that a tensor of a cache is, if any: its place in a pass, name and axes. A name
/// that is an alias comes after the one it stands for. `has`: whether the cache has a tensor.
pub(super) fn recognise(name: &str, file: &CacheFile) -> Option<(Place, String, &'static [Axis])> {
    let has = |name: &str| file.tensors.contains_key(name);
    let (prefix, layer, inner) = match name.strip_prefix("blocks.") {
        Some(rest) => {
            let (index, inner) = rest.split_once('.')?;
            let layer = Layer::Block(index.parse().ok()?);
            (format!("{layer}."), Some(layer), inner)
        }
        None => (String::new(), None, name),
    };
    let normed_after = match inner {
        "attn.hook_out" => has(&format!("{prefix}ln1_post.hook_scale")),
        "mlp.hook_out" => has(&format!("{prefix}ln2_post.hook_scale")),
        _ => false,
    };
    let mixture = has(&format!("{prefix}mlp.hook_expert_weights"));
    if mixture && OF_MIXTURES.contains(&inner) {
        return None;
    }
    if name == UNEMBEDDED && file.scales_logits() == Some(true) {
        return None;
    }
    let encoder = has(ENCODER);
    let own = if encoder { ENCODER_ALIASES } else { &[] };
    let alias = own
        .iter()
        .chain(ALIASES)
        .find(|(alias, _)| *alias == inner && !normed_after);
    let mut is_alias = alias.is_some();
    let mut inner = alias.map_or(inner, |(_, own)| own);
    if mixture && ROUTERS.contains(&inner) {
        (inner, is_alias) = ("mlp.hook_router_logits", true);
    }
    // A norm of the tokens' rows, and not of their sum with others, gives the embedding.
    if has("embed_ln.hook_scale") && !encoder {
        match name {
            "embed.hook_out" => return None,
            "embed_ln.hook_out" => (inner, is_alias) = ("hook_embed", true),
            _ => {}
        }
    }
    // Some families' code hands out no scores, and the bridge then gives the pattern twice.
    if inner == "attn.hook_attn_scores" && (file.softmaxed)(name) {
        (inner, is_alias) = ("attn.hook_pattern", true);
    }
    let at = HOOK_POINTS.iter().position(|(own, _)| *own == inner)?;
    let full = format!("{prefix}{inner}");
    // This last part means nothing elsewhere: a block has no logits.
    let belongs = hook::layer_of(&full)?;
    let outer = hook::layer_of(inner).is_some();
    if outer != layer.is_none() {
        return None;
    }
    let place = place(inner, at, encoder);
    Some(((belongs, place, is_alias), full, HOOK_POINTS[at].1))
}

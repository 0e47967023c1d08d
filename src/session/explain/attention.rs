//! Attention's hook points.

use super::place::{Place, short, times_root};
use super::said;
use crate::trace::facts::Biased;

pub(super) fn explain(at: &Place, leaf: &str) -> Option<[String; 3]> {
    let (stream, tokens, keys) = (at.stream(), at.tokens, at.keys);
    let (heads, kv_heads) = (at.model.n_heads, at.model.n_kv_heads);
    let (d_model, d_head) = (at.model.d_model, at.model.d_head);
    let reads = at.attn_in();
    Some(match leaf {
        "q" => {
            let bias = at.bias(Biased::Q, "b_Q");
            said(
                "queries",
                format!(
                    "q = {reads} · W_Q{bias}   {stream}·[{d_model}×{}] → {heads} heads of {d_head}",
                    heads * d_head
                ),
                "what each token is looking for, one vector a head",
            )
        }
        "k" => {
            let bias = at.bias(Biased::K, "b_K");
            said(
                "keys",
                format!(
                    "k = {reads} · W_K{bias}   {stream}·[{d_model}×{}] → {kv_heads} heads of {d_head}",
                    kv_heads * d_head
                ),
                shared(
                    at,
                    "what each token offers to be found by a query that points the same way",
                ),
            )
        }
        "v" => {
            let bias = at.bias(Biased::V, "b_V");
            said(
                "values",
                format!(
                    "v = {reads} · W_V{bias}   {stream}·[{d_model}×{}] → {kv_heads} heads of {d_head}",
                    kv_heads * d_head
                ),
                shared(at, "what each token hands over to those that look at it"),
            )
        }
        "q_normed" | "k_normed" => said(
            "normed queries and keys",
            format!("{leaf} = norm({})   heads of {d_head}", &leaf[..1]),
            "brought to one length, so that a score says how well directions agree",
        ),
        "rot_q" | "rot_k" => {
            let from = at.unturned()[usize::from(leaf == "rot_k")];
            let all = at.facts.and_then(|f| f.d_rotary.get(at.block)).copied();
            let turning = all.map_or(String::new(), |n| format!("   {n} of {d_head} dimensions"));
            said(
                "turned by position",
                format!("{leaf} = {from} turned by position × frequency (RoPE){turning}"),
                "pairs of dimensions turn with position, so that q·k depends on how far apart two tokens are",
            )
        }
        "attn_scores" => said("attention scores", scores(at), masked(at)),
        "pattern" => pattern(at),
        "z" => said(
            "mixed values",
            format!(
                "z = pattern · v   [{tokens}×{keys}]·[{keys}×{d_head}] in each of {heads} heads"
            ),
            shared(
                at,
                "each token's mixture of the values it looks at, in the pattern's proportions",
            ),
        ),
        "out" => said(
            "attention output, before its norm",
            out(at, "out"),
            "what all heads found; a norm comes before it is added to the stream",
        ),
        "attn_out" if at.has("attn.hook_out") => said(
            "attention output",
            format!("attn_out = norm(attn.out)   {stream}"),
            "what all heads found, normed, as it is added to the stream",
        ),
        "attn_out" => said(
            "attention output",
            out(at, "attn_out"),
            "what all heads found, back in the width of the residual stream",
        ),
        _ => return None,
    })
}

/// The words, and which key head a query head reads where several share one.
fn shared(at: &Place, words: &str) -> String {
    match at.shared() {
        Some(group) => format!("{words}; query head h reads head ⌊h/{group}⌋"),
        None => words.into(),
    }
}

fn out(at: &Place, name: &str) -> String {
    let (tokens, width, d_model) = (
        at.tokens,
        at.model.n_heads * at.model.d_head,
        at.model.d_model,
    );
    let product = at.written("z · W_O", Biased::AttnOut, "b_O");
    format!("{name} = {product}   [{tokens}×{width}]·[{width}×{d_model}]")
}

fn scores(at: &Place) -> String {
    let [q, k] = at.queries_and_keys();
    let (tokens, keys, d_head, heads) = (at.tokens, at.keys, at.model.d_head, at.model.n_heads);
    let shapes = format!("[{tokens}×{d_head}]·[{d_head}×{keys}] × {heads} heads");
    let Some(facts) = at.facts else {
        return format!("scores = {q}·{k}ᵀ · scale (mostly 1/√{d_head})   {shapes}");
    };
    let scale = times_root(facts.score_scales.get(at.block).copied().unwrap_or(1.0));
    let far = if facts.alibi {
        " − slope · distance"
    } else {
        ""
    };
    match facts.score_cap {
        None => format!("scores = {q}·{k}ᵀ{scale}{far}   {shapes}"),
        Some(cap) => {
            let cap = short(cap);
            format!("scores = {cap} · tanh({q}·{k}ᵀ{scale}{far} / {cap})   × {heads} heads")
        }
    }
}

fn masked(at: &Place) -> String {
    let fits = "row i: how well token i's query fits each key";
    match (at.model.causal, window(at)) {
        (false, _) => format!("{fits}, those before it and those after it"),
        (true, None) => format!("{fits}; tokens still to come are masked (·)"),
        (true, Some(n)) => {
            format!("{fits}; masked (·) are tokens to come, and all but the last {n}")
        }
    }
}

fn window(at: &Place) -> Option<usize> {
    let windows = at.facts.map(|f| &f.windows)?;
    windows.get(at.block).copied().flatten()
}

fn pattern(at: &Place) -> [String; 3] {
    let (tokens, keys, heads) = (at.tokens, at.keys, at.model.n_heads);
    let shape = format!("[{tokens}×{keys}] in each of {heads} heads");
    let looks = "row i says where token i looks";
    match at.facts.map(|f| f.sinks) {
        Some(true) => said(
            "attention pattern",
            format!("pattern = softmax([scores, sink]), sink left out   {shape}"),
            format!(
                "{looks}; it sums to less than 1: the rest lies on the head's learned sink, which reads nothing"
            ),
        ),
        Some(false) => said(
            "attention pattern",
            format!("pattern = softmax(scores)   {shape}"),
            format!("{looks}; each row sums to 1"),
        ),
        None => said(
            "attention pattern",
            format!("pattern = softmax(scores)   {shape}"),
            format!("{looks}; each row sums to 1, or to less where heads may rest on a sink"),
        ),
    }
}

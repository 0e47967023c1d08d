//! Hook points of the residual stream, its norms and both ends of the model.

use super::place::{Place, short, times, times_root};
use super::said;
use crate::trace::facts::Biased;

/// The embedding, and what blocks add up.
pub(super) fn explain(at: &Place, leaf: &str) -> Option<[String; 3]> {
    let stream = at.stream();
    let (d_model, vocab) = (at.model.d_model, at.model.d_vocab);
    let causal = at.model.causal;
    Some(match leaf {
        "embed" => {
            let scale = at
                .facts
                .map_or(String::new(), |f| times_root(f.embed_scale));
            let norm = at.in_plan("embed_ln.hook_scale") && !at.in_plan("hook_token_type_embed");
            let (open, close) = if norm { ("norm(", ")") } else { ("", "") };
            said(
                "token matrix",
                format!("embed = {open}W_E[token ids]{scale}{close}   {stream}"),
                format!(
                    "each token becomes a row of {d_model} numbers, looked up by its id among {vocab}"
                ),
            )
        }
        "token_type_embed" => said(
            "segments",
            format!("token_type_embed = W_seg[segment]   {stream}"),
            "which part of the text a token is of: how many [SEP] stand before it, up to as many as there are rows",
        ),
        "pos_embed" => said(
            "positions",
            format!("pos_embed = W_pos[position]   {stream}"),
            "one row a position, added to the embedding: now the same token differs by its place",
        ),
        "resid_pre" => said(
            "residual stream",
            format!("resid_pre = what all earlier layers have added up   {stream}"),
            match at.norms_sums() {
                true => "one row a token; this block reads it, adds to it and norms the sum",
                false => {
                    "one row a token; this block reads it and adds to it, and never overwrites it"
                }
            },
        ),
        "resid_mid" => said(
            "residual stream",
            format!("resid_mid = resid_pre + attn_out   {stream}"),
            "attention's finding is added; the MLP reads from here",
        ),
        "resid_post" => said(
            "residual stream",
            format!("resid_post = {} + mlp_out   {stream}", at.mlp_onto()),
            match (at.norms_sums(), causal) {
                (true, _) => {
                    "the MLP's finding is added; the norm of this sum is the block's result"
                }
                (_, true) => {
                    "the block's result, and the next block's input; the pane beside reads it as a next token"
                }
                (_, false) => "the block's result, and the next block's input",
            },
        ),
        "logits" => said(
            "logits",
            logits(at),
            match causal {
                true => {
                    "one score for each token of the vocabulary; softmax of the last row is the next-token distribution"
                }
                false => {
                    "one score for each token of the vocabulary; softmax of a row says what stands in its place"
                }
            },
        ),
        _ => return None,
    })
}

fn logits(at: &Place) -> String {
    let (stream, d_model, vocab) = (at.stream(), at.model.d_model, at.model.d_vocab);
    let reads = match at.in_plan("ln_final.hook_out") {
        true => "ln_final.out",
        false => "the last block's output",
    };
    let bias = at.bias(Biased::Logits, "b_U");
    let scale = at.facts.map_or(String::new(), |f| times(f.logit_scale));
    let product = match bias.is_empty() || scale.is_empty() {
        true => format!("{reads} · W_U{bias}{scale}"),
        false => format!("({reads} · W_U{bias}){scale}"),
    };
    match at.facts.and_then(|f| f.logit_cap).map(short) {
        None => format!("logits = {product}   {stream}·[{d_model}×{vocab}]"),
        Some(cap) => format!("logits = {cap} · tanh({product} / {cap})   [{d_model}×{vocab}]"),
    }
}

/// The three steps of a norm.
pub(super) fn norm(at: &Place, module: &str, leaf: &str) -> Option<[String; 3]> {
    let (stream, tokens) = (at.stream(), at.tokens);
    let x = match at.facts.map(|f| f.centred) {
        Some(true) => "(x − mean)",
        Some(false) => "x",
        None => "(x − mean)",
    };
    // Without facts it may be either norm.
    let either = match at.facts {
        Some(_) => "",
        None => "; an RMSNorm leaves the mean in",
    };
    Some(match leaf {
        "scale" => said(
            "norm: scale",
            format!("scale = √(mean({x}²) + ε)   [{tokens}×1]"),
            format!(
                "how large each token's row is; dividing by it puts all rows on one footing{either}"
            ),
        ),
        "normalized" => said(
            "norm: normalised",
            format!("normalized = {x} / scale   {stream}"),
            format!("every row now has size 1 on average, before the learned weights{either}"),
        ),
        "out" | "embed" | "attn_out" | "mlp_out" => said(
            "norm: output",
            format!("{leaf} = {}   {stream}", affine(at)),
            match module {
                "embed_ln" => "tokens, segments and positions as one: the first residual stream",
                _ => "what the next part reads: normalised rows, stretched by learned weights",
            },
        ),
        _ => return None,
    })
}

/// `⊙` multiplies element by element.
fn affine(at: &Place) -> String {
    let Some(facts) = at.facts else {
        return "normalized ⊙ weight (+ bias)".into();
    };
    let bias = at.bias(Biased::Norm, "bias");
    match (facts.norm_weight, facts.norm_offset) {
        (false, _) => format!("normalized{bias}"),
        (true, 0.0) => format!("normalized ⊙ weight{bias}"),
        (true, offset) => format!("normalized ⊙ ({} + weight){bias}", short(offset)),
    }
}

/// What an encoder makes of its last stream.
pub(super) fn head(at: &Place, module: &str, leaf: &str) -> Option<[String; 3]> {
    let (stream, d_model, last) = (at.stream(), at.model.d_model, at.last_stream());
    Some(match (module, leaf) {
        ("pooler", "out") if at.name.starts_with("pooler.dense") => said(
            "pooler: before tanh",
            format!("dense.out = {last}[0] · W_pool + b_pool   [{d_model}]·[{d_model}×{d_model}]"),
            "the first token's row alone, for the text as a whole",
        ),
        ("pooler", "out") => said(
            "pooled vector",
            format!("pooler.out = tanh(dense.out)   [{d_model}]"),
            "one vector for the whole text, made of the first token's: what a classifier reads",
        ),
        ("pooling", "out") => said(
            "pooled vector",
            format!("pooling.out = {last}, all rows as one   {stream} → [{d_model}]"),
            "one vector for the whole text, pooled from its tokens' rows in the way modules.json says",
        ),
        ("pooling", "scale") => said(
            "length",
            format!("scale = √(Σ out²)   [{d_model}] → [1]"),
            "how long the pooled vector is",
        ),
        ("pooling", "normalized") => said(
            "sentence embedding",
            format!("normalized = pooling.out / scale   [{d_model}]"),
            "the text as a vector of length 1: the product of two texts' is how alike they are",
        ),
        ("mlm_head", "out") => said(
            "head: before the activation",
            format!("mlm_head.out = {last} · W_head + b_head   {stream}·[{d_model}×{d_model}]"),
            "each token's row, made ready to be compared with all tokens of the vocabulary",
        ),
        ("mlm_head", "post") => said(
            "head: after the activation",
            format!("mlm_head.post = act(mlm_head.out)   {stream}"),
            "a norm comes next, then the logits",
        ),
        _ => return None,
    })
}

//! Hook points of the MLP and of mixtures of experts.

use super::place::{Place, short};
use super::said;
use crate::trace::facts::Biased;

pub(super) fn explain(at: &Place, leaf: &str) -> Option<[String; 3]> {
    let (stream, tokens) = (at.stream(), at.tokens);
    let (d_model, d_mlp) = (at.model.d_model, at.model.d_mlp);
    let (reads, gated) = (at.mlp_in(), at.has("mlp.hook_pre_linear"));
    Some(match leaf {
        "pre" => {
            let map = if gated { "gate" } else { "in" };
            let bias = at.bias(Biased::MlpIn, &format!("b_{map}"));
            said(
                "MLP: before the activation",
                format!("pre = {reads} · W_{map}{bias}   {stream}·[{d_model}×{d_mlp}]"),
                format!("{d_mlp} detectors a token: each asks one question of its row"),
            )
        }
        "pre_linear" => {
            let bias = at.bias(Biased::MlpLinear, "b_in");
            said(
                "MLP: linear half",
                format!("pre_linear = {reads} · W_in{bias}   {stream}·[{d_model}×{d_mlp}]"),
                "what the gate will let through",
            )
        }
        "post" => {
            let act = at.facts.map_or("act", |f| &f.activation);
            let product = if gated { " ⊙ pre_linear" } else { "" };
            said(
                "MLP: neurons",
                format!("post = {act}(pre){product}   [{tokens}×{d_mlp}]"),
                "which detectors fired, and how strongly",
            )
        }
        "expert_weights" => {
            let sum = match at.facts.is_some_and(|f| f.renormalised) {
                true => ", made to sum to 1",
                false => ", the rest 0",
            };
            let bias = at.bias(Biased::Router, "b");
            said(
                "experts: shares",
                format!(
                    "expert_weights = top(softmax({reads} · W_router{bias})){sum}   {tokens} tokens"
                ),
                "each token is sent to a few experts; this is how much each of them counts",
            )
        }
        "expert_indices" => said(
            "experts: which",
            format!("expert_indices = the experts with the largest shares   {tokens} tokens"),
            "the numbers of the experts that each token is sent to, the largest share first",
        ),
        "out" => said(
            "MLP output, before its norm",
            out(at, "out"),
            "what the fired detectors write; a norm comes before it is added to the stream",
        ),
        "mlp_out" if at.has("mlp.hook_out") => said(
            "MLP output",
            format!("mlp_out = norm(mlp.out)   {stream}"),
            "what the fired detectors write, normed, as it is added to the stream",
        ),
        "mlp_out" if at.has("mlp.hook_expert_weights") => said(
            "experts' output",
            format!("mlp_out = Σ share · expert({reads})   {stream}"),
            format!(
                "what the chosen experts write back, in proportion to their shares{}",
                expert(at)
            ),
        ),
        "mlp_out" => said(
            "MLP output",
            out(at, "mlp_out"),
            "what the fired detectors write back",
        ),
        _ => return None,
    })
}

fn out(at: &Place, name: &str) -> String {
    let (tokens, d_mlp, d_model) = (at.tokens, at.model.d_mlp, at.model.d_model);
    let product = at.written("post · W_out", Biased::MlpOut, "b_out");
    format!("{name} = {product}   [{tokens}×{d_mlp}]·[{d_mlp}×{d_model}]")
}

/// What an expert computes between its two linear maps, where that is known.
fn expert(at: &Place) -> String {
    let Some(f) = at.facts else {
        return String::new();
    };
    let (mut gate, mut linear) = ("gate".to_owned(), "linear".to_owned());
    if let Some(clamp) = f.gate_clamp.map(short) {
        gate = format!("min(gate, {clamp})");
        linear = format!("clamp(linear, ±{clamp})");
    }
    if f.linear_offset != 0.0 {
        linear = format!("({linear} + {})", short(f.linear_offset));
    }
    format!(
        "\neach is {}({gate}) ⊙ {linear}, between its own linear maps",
        f.activation
    )
}

//! Each hook point in plain words, with its formula and real shapes.

use crate::trace::hook;
use crate::trace::source::{ModelInfo, Pass};

/// What a hook point is, for someone who meets it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A few words: `attention pattern`.
    pub title: String,
    /// How it is computed, with real shapes.
    pub formula: String,
    /// Plain words, one or two sentences.
    pub text: String,
    /// Formula alone, for a narrow screen.
    pub short: String,
}

/// Explain one hook point of a pass.
pub fn explain(model: &ModelInfo, pass: &Pass, point: usize) -> Explanation {
    let Some(at) = pass.plan.points().get(point) else {
        return Explanation {
            title: String::new(),
            formula: String::new(),
            text: String::new(),
            short: String::new(),
        };
    };
    let module = hook::module_of(&at.name).unwrap_or("");
    let (d, dh, mlp, v) = (model.d_model, model.d_head, model.d_mlp, model.d_vocab);
    let leaf = hook::leaf(&at.name);
    let (title, formula, text) = match (module, leaf) {
        (_, "embed") => (
            "token embedding",
            format!("embed = W_E[id]   W_E [{v}, {d}]"),
            "Each token id picks its row of a learned table: one vector for one token.",
        ),
        (_, "pos_embed") => (
            "positions",
            "pos_embed = W_pos[position]".into(),
            "Each position has a vector of its own. Added to the token's, it tells where the token stands.",
        ),
        (_, "resid_pre") => (
            "residual stream",
            "resid_pre = what the layers before have written".into(),
            "The running sum that every layer reads from and adds to. In block 0 it is the embedding.",
        ),
        (_, "resid_mid") => (
            "residual stream after attention",
            "resid_mid = resid_pre + attn_out".into(),
            "What attention found is added; nothing is overwritten.",
        ),
        (_, "resid_post") => (
            "residual stream after the block",
            "resid_post = resid_mid + mlp_out".into(),
            "What the MLP computed is added; the next block reads this.",
        ),
        (_, "attn_out") => (
            "attention's output",
            format!(
                "attn_out = concat(z) · W_O   W_O [{}, {d}]",
                model.n_heads * dh
            ),
            "The heads' findings, mixed into one vector for each token.",
        ),
        (_, "mlp_out") => (
            "the MLP's output",
            format!("mlp_out = post · W_out   [{mlp}] → [{d}]"),
            "The active neurons each write their vector into the stream.",
        ),
        ("attn", "q") => (
            "queries",
            format!("q = x · W_Q   [{d}] → {} heads × {dh}", model.n_heads),
            "What each token looks for, one vector for each head.",
        ),
        ("attn", "k") => (
            "keys",
            format!("k = x · W_K   [{d}] → {} heads × {dh}", model.n_kv_heads),
            "What each token offers to be found by, one vector for each head.",
        ),
        ("attn", "v") => (
            "values",
            format!("v = x · W_V   [{d}] → {} heads × {dh}", model.n_kv_heads),
            "What each token hands over to those that look at it.",
        ),
        ("attn", "rot_q" | "rot_k") => (
            "rotated by position",
            format!("{leaf} = rotate({}, angle ∝ position)", &leaf[4..]),
            "Pairs of numbers turn by an angle that grows with the position, so q · k sees distances.",
        ),
        ("attn", "attn_scores") => (
            "attention scores",
            format!("scores = q · kᵀ / √{dh}, masked"),
            "How well each query fits each key. What lies in the future is masked (·).",
        ),
        ("attn", "pattern") => (
            "attention pattern",
            "pattern = softmax(scores)".into(),
            "Row i says where token i looks; each row sums to 1.",
        ),
        ("attn", "z") => (
            "what the heads gather",
            format!("z = pattern · v   one [{dh}] for each token and head"),
            "Values of the tokens looked at, averaged by the pattern.",
        ),
        ("mlp", "pre") => (
            "neurons before activation",
            format!("pre = x · W_in   [{d}] → [{mlp}]"),
            "Each neuron's answer to the normalised stream, before its activation.",
        ),
        ("mlp", "pre_linear") => (
            "the gate's other half",
            format!("pre_linear = x · W_up   [{d}] → [{mlp}]"),
            "Multiplied with the activated gate: it says how much passes.",
        ),
        ("mlp", "post") => (
            "active neurons",
            format!("post = activation(pre)   [{mlp}]"),
            "Neurons that fire; most stay near zero.",
        ),
        (_, "scale") => (
            "the norm's scale",
            "scale = size of the vector (root mean square, or standard deviation)".into(),
            "What each token's vector is divided by, so that all have one size.",
        ),
        (_, "normalized") => (
            "normalised",
            "normalized = x / scale   (centred first in LayerNorm)".into(),
            "Same direction, one size: layers see no matter how large the stream has grown.",
        ),
        (_, "out") => (
            "the norm's output",
            "out = normalized · w (+ b)".into(),
            "Each dimension gets its learned weight. This is what the next module reads.",
        ),
        (_, "logits") => (
            "logits",
            format!("logits = out · W_U   [{d}] → [{v}]"),
            "One score for each token of the vocabulary; softmax makes probabilities of them.",
        ),
        _ => (leaf, String::new(), "A value this model's trace holds."),
    };
    let shape = super::format::shape(at);
    Explanation {
        title: title.to_owned(),
        short: formula.clone(),
        formula: format!("{formula}   → {shape}"),
        text: text.to_owned(),
    }
}

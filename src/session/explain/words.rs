//! Hook points in plain words, for someone who meets them for the first time.

use crate::graph::arch::{Arch, Norms};
use crate::graph::formula::short;
use crate::trace::hook::{self, Layer};

/// What the words about a hook point depend on.
pub(super) struct Place<'a> {
    pub arch: &'a Arch,
    /// Whether more is known of the model than the names of its hook points.
    pub certain: bool,
    pub name: &'a str,
}

/// A title of a few words, and one or two lines. `None` for a name that is not known.
pub(super) fn words(at: &Place) -> Option<(&'static str, String)> {
    let module = hook::module_of(at.name).unwrap_or_default();
    let leaf = hook::leaf(at.name);
    match module {
        "" | "attn" | "mlp" => stream(at, leaf)
            .or_else(|| attention(at, module, leaf))
            .or_else(|| feed_forward(at, module, leaf)),
        "pooler" | "pooling" | "mlm_head" => head(at, module, leaf),
        _ => norm(at, module, leaf),
    }
}

fn stream(at: &Place, leaf: &str) -> Option<(&'static str, String)> {
    let (d_model, vocab) = (at.arch.d_model, at.arch.d_vocab);
    let causal = at.arch.attention.causal;
    let of_sums = at.arch.block.norms == Norms::Post;
    Some(match leaf {
        "embed" => (
            "token matrix",
            format!(
                "each token becomes a row of {d_model} numbers, looked up by its id among {vocab}"
            ),
        ),
        "token_type_embed" => (
            "segments",
            "which part of the text a token is of: how many [SEP] stand before it, up to as many as there are rows".into(),
        ),
        "pos_embed" => (
            "positions",
            "one row a position, added to the embedding: now the same token differs by its place".into(),
        ),
        "resid_pre" if of_sums => (
            "residual stream",
            "one row a token; this block reads it, adds to it and norms the sum".into(),
        ),
        "resid_pre" => (
            "residual stream",
            "one row a token; this block reads it and adds to it, and never overwrites it".into(),
        ),
        "resid_mid" => (
            "residual stream",
            "attention's finding is added; the MLP reads from here".into(),
        ),
        "resid_post" if of_sums => (
            "residual stream",
            "the MLP's finding is added; the norm of this sum is the block's result".into(),
        ),
        "resid_post" if causal => (
            "residual stream",
            "the block's result, and the next block's input; the pane beside reads it as a next token".into(),
        ),
        "resid_post" => (
            "residual stream",
            "the block's result, and the next block's input".into(),
        ),
        "logits" if causal => (
            "logits",
            "one score for each token of the vocabulary; softmax of the last row is the next-token distribution".into(),
        ),
        "logits" => (
            "logits",
            "one score for each token of the vocabulary; softmax of a row says what stands in its place".into(),
        ),
        _ => return None,
    })
}

fn attention(at: &Place, module: &str, leaf: &str) -> Option<(&'static str, String)> {
    Some(match leaf {
        "q" => (
            "queries",
            "what each token is looking for, one vector a head".into(),
        ),
        "k" => (
            "keys",
            shared(at, "what each token offers to be found by a query that points the same way"),
        ),
        "v" => (
            "values",
            shared(at, "what each token hands over to those that look at it"),
        ),
        "q_normed" | "k_normed" => (
            "normed queries and keys",
            "brought to one length, so that a score says how well directions agree".into(),
        ),
        "rot_q" | "rot_k" => (
            "turned by position",
            "pairs of dimensions turn with position, so that q·k depends on how far apart two tokens are".into(),
        ),
        "attn_scores" => ("attention scores", masked(at)),
        "pattern" => ("attention pattern", pattern(at)),
        "z" => (
            "mixed values",
            shared(at, "each token's mixture of the values it looks at, in the pattern's proportions"),
        ),
        "out" if module == "attn" => (
            "attention output, before its norm",
            "what all heads found; a norm comes before it is added to the stream".into(),
        ),
        "attn_out" if at.arch.block.norms.output() => (
            "attention output",
            "what all heads found, normed, as it is added to the stream".into(),
        ),
        "attn_out" => (
            "attention output",
            "what all heads found, back in the width of the residual stream".into(),
        ),
        _ => return None,
    })
}

/// The words, and which key head a query head reads where several share one.
fn shared(at: &Place, words: &str) -> String {
    let (heads, kv_heads) = (
        at.arch.attention.n_heads,
        at.arch.attention.n_kv_heads.max(1),
    );
    if heads > kv_heads {
        let group = heads / kv_heads;
        format!("{words}; query head h reads head ⌊h/{group}⌋")
    } else {
        words.into()
    }
}

fn masked(at: &Place) -> String {
    let fits = "row i: how well token i's query fits each key";
    let window = match hook::layer_of(at.name) {
        Some(Layer::Block(i)) => at.arch.attention.windows.get(i).copied().flatten(),
        _ => None,
    };
    match (at.arch.attention.causal, window) {
        (false, _) => format!("{fits}, those before it and those after it"),
        (true, None) => format!("{fits}; tokens still to come are masked (·)"),
        (true, Some(n)) => {
            format!("{fits}; masked (·) are tokens to come, and all but the last {n}")
        }
    }
}

fn pattern(at: &Place) -> String {
    let looks = "row i says where token i looks";
    if !at.certain {
        format!("{looks}; each row sums to 1, or to less where heads may rest on a sink")
    } else if at.arch.attention.sinks {
        format!(
            "{looks}; it sums to less than 1: the rest lies on the head's learned sink, which reads nothing"
        )
    } else {
        format!("{looks}; each row sums to 1")
    }
}

fn feed_forward(at: &Place, module: &str, leaf: &str) -> Option<(&'static str, String)> {
    let experts = at.arch.experts.as_ref();
    let here = match hook::layer_of(at.name) {
        Some(Layer::Block(i)) => experts.is_some_and(|e| e.layers.get(i) == Some(&true)),
        _ => false,
    };
    Some(match leaf {
        "pre" => (
            "MLP: before the activation",
            format!(
                "{} detectors a token: each asks one question of its row",
                at.arch.mlp.d_mlp
            ),
        ),
        "pre_linear" => ("MLP: linear half", "what the gate will let through".into()),
        "post" => (
            "MLP: neurons",
            "which detectors fired, and how strongly".into(),
        ),
        "router_logits" => (
            "experts: scores",
            "how well each expert suits each token; the experts with the largest scores are chosen"
                .into(),
        ),
        "expert_indices" => (
            "experts: which",
            "the numbers of the experts that each token is sent to, the largest share first".into(),
        ),
        "expert_weights" => (
            "experts: shares",
            "each token is sent to a few experts; this is how much each of them counts".into(),
        ),
        "out" if module == "mlp" => (
            "MLP output, before its norm",
            "what the fired detectors write; a norm comes before it is added to the stream".into(),
        ),
        "mlp_out" if at.arch.block.norms.output() => (
            "MLP output",
            "what the fired detectors write, normed, as it is added to the stream".into(),
        ),
        "mlp_out" if here => (
            "experts' output",
            format!(
                "what the chosen experts write back, in proportion to their shares{}",
                expert(at)
            ),
        ),
        "mlp_out" => ("MLP output", "what the fired detectors write back".into()),
        _ => return None,
    })
}

/// What an expert computes between its two linear maps, where that is known.
fn expert(at: &Place) -> String {
    if !at.certain {
        return String::new();
    }
    let mlp = &at.arch.mlp;
    let (mut gate, mut linear) = ("gate".to_owned(), "linear".to_owned());
    if let Some(clamp) = mlp.clamp.map(short) {
        gate = format!("min(gate, {clamp})");
        linear = format!("clamp(linear, ±{clamp})");
    }
    if mlp.linear_offset != 0.0 {
        linear = format!("({linear} + {})", short(mlp.linear_offset));
    }
    format!(
        "\neach is {}({gate}) ⊙ {linear}, between its own linear maps",
        mlp.activation.word()
    )
}

fn norm(at: &Place, module: &str, leaf: &str) -> Option<(&'static str, String)> {
    let either = if at.certain {
        ""
    } else {
        "; an RMSNorm leaves the mean in"
    };
    Some(match leaf {
        "scale" => (
            "norm: scale",
            format!(
                "how large each token's row is; dividing by it puts all rows on one footing{either}"
            ),
        ),
        "normalized" => (
            "norm: normalised",
            format!("every row now has size 1 on average, before the learned weights{either}"),
        ),
        "out" if module == "embed_ln" => (
            "norm: output",
            "tokens, segments and positions as one: the first residual stream".into(),
        ),
        "out" => (
            "norm: output",
            "what the next part reads: normalised rows, stretched by learned weights".into(),
        ),
        _ => return None,
    })
}

/// What an encoder makes of its last stream.
fn head(at: &Place, module: &str, leaf: &str) -> Option<(&'static str, String)> {
    let words = match (module, leaf) {
        ("pooler", "out") if at.name.starts_with("pooler.dense") => (
            "pooler: before tanh",
            "the first token's row alone, for the text as a whole",
        ),
        ("pooler", "out") => (
            "pooled vector",
            "one vector for the whole text, made of the first token's: what a classifier reads",
        ),
        ("pooling", "out") => (
            "pooled vector",
            "one vector for the whole text, pooled from its tokens' rows in the way modules.json says",
        ),
        ("pooling", "scale") => ("length", "how long the pooled vector is"),
        ("pooling", "normalized") => (
            "sentence embedding",
            "the text as a vector of length 1: the product of two texts' is how alike they are",
        ),
        ("mlm_head", "out") => (
            "head: before the activation",
            "each token's row, made ready to be compared with all tokens of the vocabulary",
        ),
        ("mlm_head", "post") => (
            "head: after the activation",
            "a norm comes next, then the logits",
        ),
        _ => return None,
    };
    Some((words.0, words.1.into()))
}

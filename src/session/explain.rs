//! Each hook point in plain words, with its formula and real shapes.

use crate::trace::hook::{self, Layer};
use crate::trace::plan::Plan;
use crate::trace::source::{ModelInfo, Pass};

/// What a hook point is, for someone who meets it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A few words: `attention pattern`.
    pub title: String,
    /// How it is computed, with real shapes, at most 118 columns.
    pub formula: String,
    /// Plain words, one or two lines separated by `\n`, each at most 118 columns.
    pub text: String,
    /// Formula or words for a narrow screen, at most 78 columns.
    pub short: String,
}

/// Explain one hook point of a pass.
pub fn explain(model: &ModelInfo, pass: &Pass, point: usize) -> Explanation {
    let name = pass.plan.points().get(point).map_or("", |p| &p.name);
    let module = hook::module_of(name).unwrap_or_default();
    let leaf = hook::leaf(name);
    let block = match hook::layer_of(name) {
        Some(Layer::Block(i)) => i,
        _ => 0,
    };
    let at = |inner: &str| pass.plan.position(&format!("blocks.{block}.{inner}"));
    let has = |inner: &str| at(inner).is_some();
    let before = |a: &str, b: &str| at(a).zip(at(b)).is_some_and(|(a, b)| a < b);
    let tokens = pass.tokens.len() - pass.start;
    let keys = pass.tokens.len();
    let (d_model, d_head, d_mlp) = (model.d_model, model.d_head, model.d_mlp);
    let (heads, kv_heads, vocab) = (model.n_heads, model.n_kv_heads, model.d_vocab);
    let (rope, gated) = (has("attn.hook_rot_q"), has("mlp.hook_pre_linear"));
    let (centred, layer_norm) = if pass.plan.position("hook_pos_embed").is_some() {
        ("(x − mean)", "")
    } else {
        ("x", "; LayerNorm takes the mean from x first")
    };
    let (plain_q, plain_k) = match has("attn.hook_q_normed") {
        true => ("q_normed", "k_normed"),
        false => ("q", "k"),
    };
    let (q, k) = match rope {
        true => ("rot_q", "rot_k"),
        false => (plain_q, plain_k),
    };
    // What attention and the MLP read, and what the MLP's output is added to.
    let attn_in = match before("ln1.hook_out", "attn.hook_q") {
        true => "ln1.out",
        false => "resid_pre",
    };
    let mlp_in = match (before("ln2.hook_out", "hook_mlp_out"), has("ln1.hook_out")) {
        (true, _) => "ln2.out",
        (false, true) => "ln1.out",
        (false, false) => "resid_mid",
    };
    let sum = match (
        before("hook_resid_mid", "ln1.hook_out"),
        has("hook_resid_mid"),
    ) {
        (true, _) => "ln1.out",
        (false, true) => "resid_mid",
        (false, false) => "resid_pre + attn_out",
    };
    let logits_in = match pass.plan.position("ln_final.hook_out") {
        Some(_) => "ln_final.out",
        None => "the last block's output",
    };
    let stream = format!("[{tokens}×{d_model}]");
    // Where norms are of sums, and what reads the end of a block.
    let of_sum = before("hook_resid_post", "ln2.hook_out");
    let causal = model.causal;
    let last = last_stream(&pass.plan);

    let (title, formula, text): (&str, String, String) = match (module, leaf) {
        (_, "token_type_embed") => (
            "segments",
            format!("token_type_embed = W_seg[segment]   {stream}"),
            "which part of the text a token is of: how many [SEP] stand before it, up to as many as there are rows".into(),
        ),
        (_, "embed") => (
            "token matrix",
            format!("embed = W_E[token ids]   {stream}"),
            format!("each token becomes a row of {d_model} numbers, looked up by its id among {vocab}"),
        ),
        (_, "pos_embed") => (
            "positions",
            format!("pos_embed = W_pos[position]   {stream}"),
            "one row a position, added to the embedding: now the same token differs by its place".into(),
        ),
        (_, "resid_pre") => (
            "residual stream",
            format!("resid_pre = what all earlier layers have added up   {stream}"),
            match of_sum {
                true => "one row a token; this block reads it, adds to it and norms the sum",
                false => "one row a token; this block reads it and adds to it, and never overwrites it",
            }
            .into(),
        ),
        ("pooling", "scale") => (
            "length",
            format!("scale = √(Σ out²)   [{d_model}] → [1]"),
            "how long the pooled vector is".into(),
        ),
        ("pooling", "normalized") => (
            "sentence embedding",
            format!("normalized = pooling.out / scale   [{d_model}]"),
            "the text as a vector of length 1: the product of two texts' is how alike they are".into(),
        ),
        (_, "scale") => (
            "norm: scale",
            format!("scale = √(mean({centred}²) + ε)   [{tokens}×1]"),
            format!("how large each token's row is; dividing by it puts all rows on one footing{layer_norm}"),
        ),
        (_, "normalized") => (
            "norm: normalised",
            format!("normalized = {centred} / scale   {stream}"),
            "every row now has size 1 on average, before the learned weights".into(),
        ),
        ("embed_ln", "out") => (
            "norm: output",
            format!("out = normalized · weight + bias   {stream}"),
            "tokens, segments and positions as one: the first residual stream".into(),
        ),
        (m, "out") if m.starts_with("ln") => (
            "norm: output",
            format!("out = normalized · weight + bias   {stream}"),
            "what the next part reads: normalised rows, stretched by learned weights".into(),
        ),
        (_, "q") => (
            "queries",
            format!("q = {attn_in} · W_Q   {stream}·[{d_model}×{}] → {heads} heads of {d_head}", heads * d_head),
            "what each token is looking for, one vector a head".into(),
        ),
        (_, "k") => (
            "keys",
            format!("k = {attn_in} · W_K   {stream}·[{d_model}×{}] → {kv_heads} heads of {d_head}", kv_heads * d_head),
            "what each token offers to be found by; a query that points the same way finds it".into(),
        ),
        (_, "v") => (
            "values",
            format!("v = {attn_in} · W_V   {stream}·[{d_model}×{}] → {kv_heads} heads of {d_head}", kv_heads * d_head),
            "what each token hands over to those that look at it".into(),
        ),
        (_, "q_normed" | "k_normed") => (
            "normed queries and keys",
            format!("{leaf} = norm({})   heads of {d_head}", &leaf[..1]),
            "brought to one length, so that a score says how well directions agree".into(),
        ),
        (_, "rot_q" | "rot_k") => (
            "turned by position",
            format!(
                "{leaf} = {} turned by position × frequency   (RoPE)",
                if leaf == "rot_q" { plain_q } else { plain_k }
            ),
            "pairs of dimensions turn with position, so that q·k depends on how far apart two tokens are".into(),
        ),
        (_, "attn_scores") => (
            "attention scores",
            format!("scores = {q}·{k}ᵀ · scale (mostly 1/√{d_head})   [{tokens}×{d_head}]·[{d_head}×{keys}] × {heads} heads"),
            match causal {
                true => "row i: how well token i's query fits each key; tokens still to come are masked (·)",
                false => "row i: how well token i's query fits each key, those before it and those after it",
            }
            .into(),
        ),
        (_, "pattern") => (
            "attention pattern",
            format!("pattern = softmax(scores)   [{tokens}×{keys}] in each of {heads} heads"),
            "row i says where token i looks; each row sums to 1, or to less where heads may rest on a sink".into(),
        ),
        (_, "z") => (
            "mixed values",
            format!("z = pattern · v   [{tokens}×{keys}]·[{keys}×{d_head}] in each of {heads} heads"),
            "each token's mixture of the values it looks at, in the pattern's proportions".into(),
        ),
        ("attn", "out") => (
            "attention output, before its norm",
            format!("out = z · W_O   [{tokens}×{}]·[{}×{d_model}]", heads * d_head, heads * d_head),
            "what all heads found; a norm comes before it is added to the stream".into(),
        ),
        (_, "attn_out") if has("attn.hook_out") => (
            "attention output",
            format!("attn_out = normalized · weight   {stream}"),
            "what all heads found, normed, as it is added to the stream".into(),
        ),
        (_, "attn_out") => (
            "attention output",
            format!("attn_out = z · W_O   [{tokens}×{}]·[{}×{d_model}]", heads * d_head, heads * d_head),
            "what all heads found, back in the width of the residual stream".into(),
        ),
        (_, "resid_mid") => (
            "residual stream",
            format!("resid_mid = resid_pre + attn_out   {stream}"),
            "attention's finding is added; the MLP reads from here".into(),
        ),
        (_, "pre") => (
            "MLP: before the activation",
            format!("pre = {mlp_in} · W_{}   {stream}·[{d_model}×{d_mlp}]", if gated { "gate" } else { "in" }),
            format!("{d_mlp} detectors a token: each asks one question of its row"),
        ),
        (_, "pre_linear") => (
            "MLP: linear half",
            format!("pre_linear = {mlp_in} · W_in   {stream}·[{d_model}×{d_mlp}]"),
            "what the gate will let through".into(),
        ),
        ("mlp", "post") => (
            "MLP: neurons",
            if gated {
                format!("post = act(pre) · pre_linear   [{tokens}×{d_mlp}]")
            } else {
                format!("post = act(pre)   [{tokens}×{d_mlp}]")
            },
            "which detectors fired, and how strongly".into(),
        ),
        (_, "expert_weights") => (
            "experts: shares",
            format!("expert_weights = top(softmax({mlp_in} · W_router)), the rest 0   {tokens} tokens"),
            "each token is sent to a few experts; this is how much each of them counts".into(),
        ),
        (_, "expert_indices") => (
            "experts: which",
            format!("expert_indices = the experts with the largest shares   {tokens} tokens"),
            "the numbers of the experts that each token is sent to, the largest share first".into(),
        ),
        ("mlp", "out") => (
            "MLP output, before its norm",
            format!("out = post · W_out   [{tokens}×{d_mlp}]·[{d_mlp}×{d_model}]"),
            "what the fired detectors write; a norm comes before it is added to the stream".into(),
        ),
        (_, "mlp_out") if has("mlp.hook_out") => (
            "MLP output",
            format!("mlp_out = normalized · weight   {stream}"),
            "what the fired detectors write, normed, as it is added to the stream".into(),
        ),
        (_, "mlp_out") if has("mlp.hook_expert_weights") => (
            "experts' output",
            format!("mlp_out = Σ share · expert({mlp_in})   {stream}"),
            "what the chosen experts write back, in proportion to their shares".into(),
        ),
        (_, "mlp_out") => (
            "MLP output",
            format!("mlp_out = post · W_out   [{tokens}×{d_mlp}]·[{d_mlp}×{d_model}]"),
            "what the fired detectors write back".into(),
        ),
        (_, "resid_post") => (
            "residual stream",
            format!("resid_post = {sum} + mlp_out   {stream}"),
            match (of_sum, causal) {
                (true, _) => "the MLP's finding is added; the norm of this sum is the block's result",
                (_, true) => "the block's result, and the next block's input; the pane beside reads it as a next token",
                (_, false) => "the block's result, and the next block's input",
            }
            .into(),
        ),
        ("pooler", "out") if name.starts_with("pooler.dense") => (
            "pooler: before tanh",
            format!("dense.out = {last}[0] · W_pool   [{d_model}]·[{d_model}×{d_model}]"),
            "the first token's row alone, for the text as a whole".into(),
        ),
        ("pooler", "out") => (
            "pooled vector",
            format!("pooler.out = tanh(dense.out)   [{d_model}]"),
            "one vector for the whole text, made of the first token's: what a classifier reads".into(),
        ),
        ("pooling", "out") => (
            "pooled vector",
            format!("pooling.out = {last}, all rows as one   {stream} → [{d_model}]"),
            "one vector for the whole text, pooled from its tokens' rows in the way modules.json says".into(),
        ),
        ("mlm_head", "out") => (
            "head: before the activation",
            format!("mlm_head.out = {last} · W_head   {stream}·[{d_model}×{d_model}]"),
            "each token's row, made ready to be compared with all tokens of the vocabulary".into(),
        ),
        ("mlm_head", "post") => (
            "head: after the activation",
            format!("mlm_head.post = act(mlm_head.out)   {stream}"),
            "a norm comes next, then the logits".into(),
        ),
        (_, "logits") => (
            "logits",
            format!("logits = {logits_in} · W_U   {stream}·[{d_model}×{vocab}]"),
            match causal {
                true => "one score for each token of the vocabulary; softmax of the last row is the next-token distribution",
                false => "one score for each token of the vocabulary; softmax of a row says what stands in its place",
            }
            .into(),
        ),
        _ => (leaf, String::new(), String::new()),
    };
    Explanation {
        title: title.to_owned(),
        short: formula.clone(),
        formula,
        text,
    }
}

/// The last value of the residual stream.
fn last_stream(plan: &Plan) -> String {
    let last = plan.residual_at(plan.len().saturating_sub(1));
    let last = last.and_then(|i| plan.points().get(i));
    last.map_or_else(|| "resid_post".into(), |p| hook::short(&p.name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::checkpoint::arch::Arch;
    use crate::trace::source::Token;
    use crate::trace::tensor::Dtype;

    #[test]
    fn every_hook_point_of_a_model_is_explained_within_its_columns() {
        explained(&Checkpoint::embedded().unwrap().arch);
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        for model in std::fs::read_dir(models).unwrap() {
            explained(&Checkpoint::open(&model.unwrap().path()).unwrap().arch);
        }
    }

    fn explained(arch: &Arch) {
        let plan = Arc::new(arch.plan(4, 0));
        let token = Token {
            id: 0,
            text: "中".into(),
        };
        let pass = Pass {
            tokens: vec![token; 4],
            start: 0,
            plan: plan.clone(),
        };
        let model = ModelInfo {
            name: "demo".into(),
            family: arch.family.clone(),
            hash: String::new(),
            n_layers: arch.n_layers,
            n_heads: arch.attention.n_heads,
            n_kv_heads: arch.attention.n_kv_heads,
            d_model: arch.d_model,
            d_head: arch.attention.d_head,
            d_mlp: arch.mlp.d_mlp,
            d_vocab: arch.d_vocab,
            n_ctx: arch.n_ctx,
            causal: arch.attention.causal,
            mask_token: None,
            dtype: Dtype::F32,
            device: "cpu".into(),
        };
        for (i, point) in plan.points().iter().enumerate() {
            let said = explain(&model, &pass, i);
            assert!(
                !said.formula.is_empty() && !said.text.is_empty(),
                "{}",
                point.name
            );
            assert!(
                said.formula.width() <= 118 && said.short.width() <= 78,
                "{}",
                said.formula
            );
            assert!(said.text.lines().all(|l| l.width() <= 118), "{}", said.text);
        }
    }
}

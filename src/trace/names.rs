//! The names of hook points and their axes, for traces without a graph, such as other tools' traces. A test
//! checks that every name of the graph is here.

use super::plan::Axis;

use Axis::{
    Active, DHead, DMlp, DModel, DState, Expert, Group, Head, Key, KvHead, One, Query, Rank, Token,
    Vocab,
};

const RESIDUAL: &[Axis] = &[Token, DModel];
const SCALE: &[Axis] = &[Token, One];

/// Hook points in the order in which a pass computes them. Those of a block are named without `blocks.N.`. If
/// a model's norms are of sums, `embed_ln`, `ln1` and `ln2` come after the sum that they read.
pub const HOOK_POINTS: &[(&str, &[Axis])] = &[
    ("embed_ln.hook_scale", SCALE),
    ("embed_ln.hook_normalized", RESIDUAL),
    ("hook_embed", RESIDUAL),
    ("hook_token_type_embed", RESIDUAL),
    ("hook_pos_embed", RESIDUAL),
    ("embed_ln.hook_out", RESIDUAL),
    ("hook_resid_pre", RESIDUAL),
    ("ln1.hook_scale", SCALE),
    ("ln1.hook_normalized", RESIDUAL),
    ("ln1.hook_out", RESIDUAL),
    ("attn.hook_q", &[Token, Head, DHead]),
    ("attn.hook_k", &[Token, KvHead, DHead]),
    ("attn.hook_v", &[Token, KvHead, DHead]),
    ("attn.hook_q_normed", &[Token, Head, DHead]),
    ("attn.hook_k_normed", &[Token, KvHead, DHead]),
    ("attn.hook_rot_q", &[Token, Head, DHead]),
    ("attn.hook_rot_k", &[Token, KvHead, DHead]),
    ("attn.hook_attn_scores", &[Head, Query, Key]),
    ("attn.hook_pattern", &[Head, Query, Key]),
    ("attn.hook_z", &[Token, Head, DHead]),
    ("attn.hook_gate", &[Token, Head, DHead]),
    ("attn.hook_z_gated", &[Token, Head, DHead]),
    ("attn.hook_z_normed", &[Token, Head, DHead]),
    ("attn.hook_out", RESIDUAL),
    ("mixer.hook_q_in", &[Token, Group, DState]),
    ("mixer.hook_k_in", &[Token, Group, DState]),
    ("mixer.hook_v_in", &[Token, Head, DHead]),
    ("mixer.hook_q", &[Token, Group, DState]),
    ("mixer.hook_k", &[Token, Group, DState]),
    ("mixer.hook_v", &[Token, Head, DHead]),
    ("mixer.hook_q_normed", &[Token, Group, DState]),
    ("mixer.hook_k_normed", &[Token, Group, DState]),
    ("mixer.hook_step_low", &[Token, Rank]),
    ("mixer.hook_step_low_normed", &[Token, Rank]),
    ("mixer.hook_step_in", &[Token, Head]),
    ("mixer.hook_step", &[Token, Head]),
    ("mixer.hook_decay", &[Token, Head]),
    ("mixer.hook_beta_in", &[Token, Head]),
    ("mixer.hook_beta", &[Token, Head]),
    ("mixer.hook_write", &[Token, Head, DHead]),
    ("mixer.hook_state", &[Token, Head, DState, DHead]),
    ("mixer.hook_pattern", &[Head, Query, Key]),
    ("mixer.hook_read", &[Token, Head, DHead]),
    ("mixer.hook_z", &[Token, Head, DHead]),
    ("mixer.hook_gate", &[Token, Head, DHead]),
    ("mixer.hook_z_normed", &[Token, Head, DHead]),
    ("mixer.hook_z_gated", &[Token, Head, DHead]),
    ("mixer.hook_gate_in", RESIDUAL),
    ("mixer.hook_gate_out", RESIDUAL),
    ("mixer.hook_value", RESIDUAL),
    ("mixer.hook_pre", RESIDUAL),
    ("mixer.hook_convolved", RESIDUAL),
    ("mixer.hook_post", RESIDUAL),
    ("mixer.hook_out", RESIDUAL),
    ("hook_mixer_out", RESIDUAL),
    ("ln1_post.hook_scale", SCALE),
    ("ln1_post.hook_normalized", RESIDUAL),
    ("hook_attn_out", RESIDUAL),
    ("hook_resid_mid", RESIDUAL),
    ("ln2.hook_scale", SCALE),
    ("ln2.hook_normalized", RESIDUAL),
    ("ln2.hook_out", RESIDUAL),
    ("mlp.hook_pre", &[Token, DMlp]),
    ("mlp.hook_pre_linear", &[Token, DMlp]),
    ("mlp.hook_post", &[Token, DMlp]),
    ("mlp.hook_post_normed", &[Token, DMlp]),
    ("mlp.hook_router_logits", &[Token, Expert]),
    ("mlp.hook_expert_indices", &[Token, Active]),
    ("mlp.hook_expert_weights", &[Token, Expert]),
    ("mlp.hook_experts_out", RESIDUAL),
    ("mlp.hook_shared_pre", &[Token, DMlp]),
    ("mlp.hook_shared_pre_linear", &[Token, DMlp]),
    ("mlp.hook_shared_post", &[Token, DMlp]),
    ("mlp.hook_shared_out", RESIDUAL),
    ("mlp.hook_shared_gate", SCALE),
    ("mlp.hook_shared_weighed", RESIDUAL),
    ("mlp.hook_out", RESIDUAL),
    ("ln2_post.hook_scale", SCALE),
    ("ln2_post.hook_normalized", RESIDUAL),
    ("hook_mlp_out", RESIDUAL),
    ("hook_resid_post", RESIDUAL),
    ("pooler.dense.hook_out", &[DModel]),
    ("pooler.hook_out", &[DModel]),
    ("pooling.hook_out", &[DModel]),
    ("pooling.hook_scale", &[One]),
    ("pooling.hook_normalized", &[DModel]),
    ("mlm_head.hook_out", RESIDUAL),
    ("mlm_head.hook_post", RESIDUAL),
    ("ln_final.hook_scale", SCALE),
    ("ln_final.hook_normalized", RESIDUAL),
    ("ln_final.hook_out", RESIDUAL),
    ("logits", &[Token, Vocab]),
];

/// The table as JSON, for tools in other languages: `[["hook_embed", ["token", "d_model"]], …]`.
///
/// # Errors
/// None: names and axes are plain text.
pub fn json() -> serde_json::Result<String> {
    let rows = HOOK_POINTS.iter().map(serde_json::to_string);
    let rows: Vec<String> = rows.collect::<serde_json::Result<_>>()?;
    Ok(format!("[\n  {}\n]\n", rows.join(",\n  ")))
}

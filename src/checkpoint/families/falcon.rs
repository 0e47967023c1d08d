//! Falcon (Almazrouei et al. 2023): attention and MLP are parallel in most models, behind one norm or two. Query
//! heads share keys and values.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::{Names, QKV};
use super::rope::{self, Part};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Positions, Residual};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        n_ctx: Or("max_position_embeddings", 2048),
        d_mlp: Or("ffn_hidden_size", 4),
        ..Fields::new(In("activation"), In("layer_norm_epsilon"))
    };
    let mut arch = fields.plain(family, config)?;
    let new = config.flag("new_decoder_architecture")?;
    let shared = config.flag("multi_query")?;
    let n_heads = arch.attention.n_heads;
    let n_kv_heads = config.size_or("num_kv_heads", n_heads)?;
    if n_heads % n_kv_heads != 0 {
        let problem = format!("is {n_kv_heads}, which does not divide {n_heads}");
        return Err(config.error("num_kv_heads", problem));
    }
    arch.attention.n_kv_heads = match (new, shared) {
        (true, _) => n_kv_heads,
        (false, true) => 1,
        (false, false) => n_heads,
    };
    if config.flag("alibi")? {
        arch.positions = Positions::AlibiRounded;
        config.passed_over(rope::FIELDS);
    } else {
        rope::turn(config, &mut arch, Part::Whole)?;
    }
    let norms = config.optional_size("num_ln_in_parallel_attn")?;
    let norms = norms.unwrap_or(if new { 2 } else { 1 });
    let parallel = config.flag("parallel_attn")?;
    arch.block.residual = match (parallel, norms) {
        (false, _) => Residual::Sequential,
        (true, 2) => Residual::Parallel,
        (true, _) => Residual::ParallelShared,
    };
    if new && !parallel {
        let problem = "is false; only true is computed with new_decoder_architecture";
        return Err(config.error("parallel_attn", problem));
    }
    if !new && parallel && norms == 2 {
        let problem = "is 2; only 1 is computed without new_decoder_architecture";
        return Err(config.error("num_ln_in_parallel_attn", problem));
    }
    let bias = config.flag("bias")?;
    let mut names = Names::new(&arch, "word_embeddings", "lm_head");
    names.module(Role::LnFinal, "ln_f", true);
    let d_head = arch.attention.d_head;
    let queries = n_heads / arch.attention.n_kv_heads * d_head;
    let qkv = "h.{}.self_attention.query_key_value";
    names.turns(QKV, qkv, bias, &[queries, d_head, d_head]);
    names.module(Role::AttnOut, "h.{}.self_attention.dense", bias);
    let (first, second) = match arch.block.residual {
        Residual::Parallel => ("ln_attn", "ln_mlp"),
        _ => ("input_layernorm", "post_attention_layernorm"),
    };
    names.module(Role::Ln1, &format!("h.{{}}.{first}"), true);
    if arch.block.residual != Residual::ParallelShared {
        names.module(Role::Ln2, &format!("h.{{}}.{second}"), true);
    }
    names.module(Role::MlpIn, "h.{}.mlp.dense_h_to_4h", bias);
    names.module(Role::MlpOut, "h.{}.mlp.dense_4h_to_h", bias);
    Ok(Model::new(arch, names))
}

//! GPT-J (Wang & Komatsuzaki 2021): attention and MLP are parallel behind one shared norm. Neighbouring
//! dimensions of each head turn in pairs. The logits have a bias.

use super::{Model, gpt2};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Positions, Residual, Rope, RopePairs};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config)?;
    let mut names = gpt2::ends(&arch);
    names.bias(Role::Unembed, "lm_head.bias");
    names.qkv("h.{}.attn", false);
    names.module(Role::AttnOut, "h.{}.attn.out_proj", false);
    names.module(Role::MlpIn, "h.{}.mlp.fc_in", true);
    names.module(Role::MlpOut, "h.{}.mlp.fc_out", true);
    Ok(Model::new(arch, names))
}

/// The architecture that later models share.
pub(super) fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = gpt2::FIELDS.plain(family, config)?;
    let d_head = arch.attention.d_head;
    let d_rotary = config.size("rotary_dim")?;
    if d_rotary % 2 != 0 || d_rotary > d_head {
        let problem =
            format!("is {d_rotary}, not an even number up to the {d_head} dimensions of a head");
        return Err(config.error("rotary_dim", problem));
    }
    config.usual("rotary", true.into());
    config.usual("scale_attn_weights", true.into());
    config.harmless(&["n_ctx"]);
    config.harmless(gpt2::SUMMARY);
    let rope = Rope {
        pairs: RopePairs::Interleaved,
        ..Rope::new(10_000.0, d_rotary)
    };
    arch.positions = Positions::rotary(rope, arch.n_layers);
    arch.block.residual = Residual::ParallelShared;
    Ok(arch)
}

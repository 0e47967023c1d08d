//! Granite with windows, a rotary base for each block, and sinks beside patterns that sum to 1 (IBM 2026).

use serde_json::Value;

use super::llama::{self, Biases};
use super::moe::{self, beside};
use super::names::Names;
use super::{Model, granite, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Positions, Rope, Rotary};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config)?;
    let biases = Biases::read(config)?;
    let mut names = names(&arch, biases);
    llama::gated(&mut names, biases.mlp);
    Ok(Model::new(arch, names))
}

/// The model with experts, and with one that every token goes through.
pub(super) fn read_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = arch(family, config)?;
    let (count, width) = ("num_local_experts", "intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    let shared = config.index("shared_intermediate_size")?;
    arch.experts = Some(Experts {
        shared: beside(shared),
        ..experts
    });
    let mut names = names(&arch, Biases::of_attention(config)?);
    if shared > 0 {
        let halves = &[Role::SharedIn, Role::SharedLinear];
        names.fused(halves, "layers.{}.shared_mlp.input_linear", false);
        names.module(Role::SharedOut, "layers.{}.shared_mlp.output_linear", false);
    }
    names.module(Role::Router, "layers.{}.block_sparse_moe.router", false);
    moe::stacked(&mut names, &arch, "layers.{}.block_sparse_moe.experts");
    Ok(Model::new(arch, names))
}

fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = granite::arch(family, config)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 4 != 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.sinks = true;
    arch.attention.sinks_beside = true;
    if let Some(bases) = bases(config, arch.n_layers)? {
        by_base(&mut arch, &bases);
    }
    Ok(arch)
}

fn names(arch: &Arch, biases: Biases) -> Names {
    let mut names = llama::names(arch, biases);
    names.weight(Role::Sinks, "layers.{}.self_attn.sinks");
    names
}

/// The base of each block; 0 without positions.
fn bases(config: &mut Config, n_layers: usize) -> Result<Option<Vec<f64>>, CheckpointError> {
    const FIELD: &str = "layer_rope_theta";
    let Some(value) = config.json(FIELD).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = |value: &Value| value.as_f64().filter(|x| *x >= 0.0 && x.is_finite());
    let list = value.as_array().map(|all| all.iter().map(number));
    let bases: Option<Vec<f64>> = list.and_then(Iterator::collect);
    match bases {
        Some(bases) if bases.len() >= n_layers => Ok(Some(bases[..n_layers].to_vec())),
        _ => {
            let problem = format!("is {value}, not a list of a number from 0 for each block");
            Err(config.error(FIELD, problem))
        }
    }
}

/// Turn each block with its base.
fn by_base(arch: &mut Arch, bases: &[f64]) {
    let Positions::Rotary(Rotary { ropes, by_layer }) = &mut arch.positions else {
        return;
    };
    let Some(usual) = ropes.pop() else { return };
    for (own, theta) in by_layer.iter_mut().zip(bases) {
        let known = ropes.iter().position(|rope| rope.theta == *theta);
        *own = match known {
            _ if *theta == 0.0 => None,
            Some(known) => Some(known),
            None => {
                ropes.push(Rope {
                    theta: *theta,
                    ..usual.clone()
                });
                Some(ropes.len() - 1)
            }
        };
    }
    if ropes.is_empty() {
        arch.positions = Positions::None;
    }
}

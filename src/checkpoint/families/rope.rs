//! Rotary positions in a config: transformers 5 writes `rope_parameters`; before that it was
//! `rope_theta` beside `rope_scaling`, whose `rope_type` was once called `type`.

use crate::checkpoint::arch::{Rope, RopeScaling};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

const DEFAULT_THETA: f64 = 10_000.0;

#[derive(Clone, Copy)]
enum Kind {
    Default,
    Llama3,
}

const KINDS: &[(&str, Kind)] = &[("default", Kind::Default), ("llama3", Kind::Llama3)];

/// The rotary positions of a family whose heads turn in all of their `d_head` dimensions.
pub(super) fn read(config: &mut Config, d_head: usize) -> Result<Rope, CheckpointError> {
    let outer_theta = config.optional_positive("rope_theta")?;
    let old = config.object("rope_scaling")?;
    let (scaling, inner_theta) = match (config.object("rope_parameters")?, old) {
        (Some(_), Some(_)) => {
            return Err(config.error("rope_scaling", "stands beside rope_parameters; keep one"));
        }
        (Some(object), None) | (None, Some(object)) => stretched(object)?,
        (None, None) => (RopeScaling::None, None),
    };
    Ok(Rope {
        theta: inner_theta.or(outer_theta).unwrap_or(DEFAULT_THETA),
        d_rotary: d_head,
        scaling,
    })
}

fn stretched(mut object: Config) -> Result<(RopeScaling, Option<f64>), CheckpointError> {
    let old_kind = object.choice("type", Kind::Default, KINDS)?;
    let scaling = match object.choice("rope_type", old_kind, KINDS)? {
        Kind::Default => RopeScaling::None,
        Kind::Llama3 => {
            let scaling = RopeScaling::Llama3 {
                factor: object.positive("factor")?,
                low_freq_factor: object.positive("low_freq_factor")?,
                high_freq_factor: object.positive("high_freq_factor")?,
                original_n_ctx: object.size("original_max_position_embeddings")?,
            };
            if let RopeScaling::Llama3 {
                low_freq_factor: low,
                high_freq_factor: high,
                ..
            } = scaling
                && high <= low
            {
                return Err(object.error(
                    "high_freq_factor",
                    format!("is {high}, not above low_freq_factor = {low}"),
                ));
            }
            scaling
        }
    };
    object.only("partial_rotary_factor", 1.0.into())?;
    let theta = object.optional_positive("rope_theta")?;
    object.finish()?;
    Ok((scaling, theta))
}

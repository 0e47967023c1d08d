//! Rotary positions in a config: transformers 5 writes `rope_parameters`; before that it was
//! `rope_theta` beside `rope_scaling`, whose `rope_type` was once called `type`.

use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Positions, Rope, RopeScaling};

#[derive(Clone, Copy)]
enum Kind {
    Default,
    Linear,
    Dynamic,
    Llama3,
    Yarn,
    Longrope,
}

const KINDS: &[(&str, Kind)] = &[
    ("default", Kind::Default),
    ("linear", Kind::Linear),
    ("dynamic", Kind::Dynamic),
    ("llama3", Kind::Llama3),
    ("yarn", Kind::Yarn),
    ("longrope", Kind::Longrope),
    // What longrope was called first.
    ("su", Kind::Longrope),
];

/// What a family's rotary positions are where its config does not say.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub theta: f64,
    /// The part of each head that turns; `None` for families whose whole heads do, whatever the
    /// config says.
    pub part: Option<f64>,
    /// The context before stretching, where it is not the one that the config gives.
    pub original_n_ctx: Option<usize>,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            theta: 10_000.0,
            part: None,
            original_n_ctx: None,
        }
    }
}

/// Give the model the rotary positions of its config, and the context that they reach.
pub(super) fn turn(
    config: &mut Config,
    arch: &mut Arch,
    defaults: &Defaults,
) -> Result<(), CheckpointError> {
    let rope = read(config, arch.attention.d_head, arch.n_ctx, defaults)?;
    arch.n_ctx = context(&rope, arch.n_ctx);
    arch.positions = Positions::rotary(rope, arch.n_layers);
    Ok(())
}

/// The rotary positions of heads of `d_head` dimensions, in a model made for `n_ctx` tokens.
fn read(
    config: &mut Config,
    d_head: usize,
    n_ctx: usize,
    defaults: &Defaults,
) -> Result<Rope, CheckpointError> {
    let theta_field = config.spelled(&["rope_theta", "rotary_emb_base"]);
    let part_field = config.spelled(&["partial_rotary_factor", "rotary_pct", "rope_pct"]);
    let defaults = Defaults {
        theta: config.positive_or(theta_field, defaults.theta)?,
        part: part(config, part_field, defaults.part)?,
        original_n_ctx: config
            .optional_size("original_max_position_embeddings")?
            .or(defaults.original_n_ctx),
    };
    let old = config.object("rope_scaling")?;
    let new = config.object("rope_parameters")?;
    if old.is_some() && new.is_some() {
        return Err(config.error("rope_scaling", "stands beside rope_parameters; keep one"));
    }
    match new.or(old) {
        Some(object) => parameters(object, d_head, n_ctx, &defaults),
        None => plain(config, d_head, &defaults),
    }
}

/// The context that a stretched embedding reaches where the config gives the one before stretching.
fn context(rope: &Rope, n_ctx: usize) -> usize {
    match rope.scaling {
        RopeScaling::Dynamic {
            factor,
            original_n_ctx,
        }
        | RopeScaling::Yarn {
            factor,
            original_n_ctx,
            ..
        } => n_ctx.max((original_n_ctx as f64 * factor) as usize),
        _ => n_ctx,
    }
}

/// An embedding that is not stretched.
pub(super) fn plain(
    config: &Config,
    d_head: usize,
    defaults: &Defaults,
) -> Result<Rope, CheckpointError> {
    let d_rotary = turning(config, d_head, defaults.part)?;
    Ok(Rope::new(defaults.theta, d_rotary))
}

/// The part of each head that turns, where the family has it that only a part may.
fn part(
    config: &mut Config,
    field: &str,
    default: Option<f64>,
) -> Result<Option<f64>, CheckpointError> {
    if let Some(default) = default {
        return config.positive_or(field, default).map(Some);
    }
    config.only(field, 1.0.into())?;
    Ok(None)
}

/// The dimensions of a head that turn.
fn turning(config: &Config, d_head: usize, part: Option<f64>) -> Result<usize, CheckpointError> {
    let (field, d_rotary) = match part {
        None => ("head_dim", d_head),
        Some(part) => ("partial_rotary_factor", (d_head as f64 * part) as usize),
    };
    if d_rotary % 2 != 0 || d_rotary == 0 || d_rotary > d_head {
        let problem = format!(
            "makes {d_rotary} of {d_head} dimensions turn, but rotary positions turn them in pairs"
        );
        return Err(config.error(field, problem));
    }
    Ok(d_rotary)
}

/// One embedding from `rope_parameters` (or `rope_scaling`, or one of those by layer type).
pub(super) fn parameters(
    mut object: Config,
    d_head: usize,
    n_ctx: usize,
    defaults: &Defaults,
) -> Result<Rope, CheckpointError> {
    let defaults = Defaults {
        theta: object.positive_or("rope_theta", defaults.theta)?,
        part: part(&mut object, "partial_rotary_factor", defaults.part)?,
        ..*defaults
    };
    let mut rope = plain(&object, d_head, &defaults)?;
    let old_kind = object.choice("type", KINDS)?;
    let kind = object.choice("rope_type", KINDS)?.or(old_kind);
    let kind = kind.unwrap_or(Kind::Default);
    let inner = match kind {
        Kind::Default | Kind::Linear | Kind::Dynamic => None,
        _ => object.optional_size("original_max_position_embeddings")?,
    };
    // The outer field wins, as it does in transformers.
    let original_n_ctx = defaults.original_n_ctx.or(inner).unwrap_or(n_ctx);
    (rope.scaling, rope.magnitude) = match kind {
        Kind::Default => (RopeScaling::None, 1.0),
        Kind::Linear => {
            let factor = object.positive("factor")?;
            (RopeScaling::Linear { factor }, 1.0)
        }
        Kind::Dynamic => (
            RopeScaling::Dynamic {
                factor: object.positive("factor")?,
                original_n_ctx: n_ctx,
            },
            1.0,
        ),
        Kind::Llama3 => (llama3(&mut object, original_n_ctx)?, 1.0),
        Kind::Yarn => yarn(&mut object, original_n_ctx, n_ctx)?,
        Kind::Longrope => longrope(&mut object, rope.d_rotary, original_n_ctx, n_ctx)?,
    };
    object.finish()?;
    Ok(rope)
}

fn llama3(object: &mut Config, original_n_ctx: usize) -> Result<RopeScaling, CheckpointError> {
    let factor = object.positive("factor")?;
    let low_freq_factor = object.positive("low_freq_factor")?;
    let high_freq_factor = object.positive("high_freq_factor")?;
    if high_freq_factor <= low_freq_factor {
        let problem =
            format!("is {high_freq_factor}, not above low_freq_factor = {low_freq_factor}");
        return Err(object.error("high_freq_factor", problem));
    }
    Ok(RopeScaling::Llama3 {
        factor,
        low_freq_factor,
        high_freq_factor,
        original_n_ctx,
    })
}

fn yarn(
    object: &mut Config,
    original_n_ctx: usize,
    n_ctx: usize,
) -> Result<(RopeScaling, f64), CheckpointError> {
    // As in transformers the field has to be there, and null stands for what the two contexts imply.
    let factor = if object.has("factor") {
        object.positive_or("factor", n_ctx as f64 / original_n_ctx as f64)?
    } else {
        object.positive("factor")?
    };
    // Attention grows sharper with the logarithm of the factor (Peng et al. 2023, §3.4).
    let sharpness = |scale: f64| {
        if factor > 1.0 {
            0.1 * scale * factor.ln() + 1.0
        } else {
            1.0
        }
    };
    let scales = (
        object.optional_positive("mscale")?,
        object.optional_positive("mscale_all_dim")?,
    );
    let magnitude = match (object.optional_positive("attention_factor")?, scales) {
        (Some(given), _) => given,
        (None, (Some(scale), Some(all))) => sharpness(scale) / sharpness(all),
        (None, _) => sharpness(1.0),
    };
    let scaling = RopeScaling::Yarn {
        factor,
        beta_fast: object.positive_or("beta_fast", 32.0)?,
        beta_slow: object.positive_or("beta_slow", 1.0)?,
        original_n_ctx,
        truncate: object.flag("truncate", true)?,
    };
    Ok((scaling, magnitude))
}

fn longrope(
    object: &mut Config,
    d_rotary: usize,
    original_n_ctx: usize,
    n_ctx: usize,
) -> Result<(RopeScaling, f64), CheckpointError> {
    let factor = object.positive_or("factor", n_ctx as f64 / original_n_ctx as f64)?;
    let given = object.optional_positive("attention_factor")?;
    let magnitude = given.unwrap_or(if factor > 1.0 {
        (1.0 + factor.ln() / (original_n_ctx as f64).ln()).sqrt()
    } else {
        1.0
    });
    let mut factors = |field: &str| {
        let factors = object.positives(field)?;
        let (count, pairs) = (factors.len(), d_rotary / 2);
        if count != pairs {
            let problem = format!("has {count} numbers for {pairs} pairs");
            return Err(object.error(field, problem));
        }
        Ok(factors)
    };
    let scaling = RopeScaling::Longrope {
        short: factors("short_factor")?,
        long: factors("long_factor")?,
        original_n_ctx,
    };
    Ok((scaling, magnitude))
}

//! Rotary positions in a config. transformers 5 writes `rope_parameters`. Older configs have `rope_theta`
//! beside `rope_scaling`, whose `rope_type` was once called `type`.

use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Positions, Rope, RopePairs, RopeScaling, Rotary, Temper};

#[derive(Clone, Copy)]
enum Kind {
    Default,
    Linear,
    Dynamic,
    Llama3,
    Yarn,
    Longrope,
    Proportional,
}

const KINDS: &[(&str, Kind)] = &[
    ("default", Kind::Default),
    ("linear", Kind::Linear),
    ("dynamic", Kind::Dynamic),
    ("llama3", Kind::Llama3),
    ("yarn", Kind::Yarn),
    ("longrope", Kind::Longrope),
    ("proportional", Kind::Proportional),
    // longrope had this name at first.
    ("su", Kind::Longrope),
];

/// The part of each head that turns.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Whole,
    /// The part in the config, or this default.
    Given(f64),
    /// [`Part::Given`]; one more dimension turns if their number is odd.
    Up(f64),
}

/// Values read outside of the object of parameters. They are its defaults.
#[derive(Clone, Copy)]
pub(super) struct Around {
    pub theta: Option<f64>,
    pub part: Part,
    /// The context before stretching, if it is not the one that the config gives.
    pub original_n_ctx: Option<usize>,
}

/// Set the model's rotary positions from its config, and the context that they reach.
pub(super) fn turn(
    config: &mut Config,
    arch: &mut Arch,
    part: Part,
) -> Result<(), CheckpointError> {
    let around = Around {
        theta: config.optional_positive("rope_theta")?,
        part: match part {
            Part::Given(default) => {
                Part::Given(config.positive_or("partial_rotary_factor", default)?)
            }
            whole => whole,
        },
        original_n_ctx: config.optional_size("original_max_position_embeddings")?,
    };
    turn_by(config, arch, &around)
}

/// Set the model's rotary positions, for a family whose other fields have their own names.
pub(super) fn turn_by(
    config: &mut Config,
    arch: &mut Arch,
    around: &Around,
) -> Result<(), CheckpointError> {
    let new = config.plain_object("rope_parameters")?;
    let old = config.plain_object("rope_scaling")?;
    // The older name takes precedence, unless its object is empty.
    let object = old.filter(|old| !old.is_empty()).or(new);
    let object = match object {
        Some(object) => object,
        None => config.nothing("rope_parameters"),
    };
    let rope = parameters(object, arch.attention.d_head, arch.n_ctx, around)?;
    if matches!(around.part, Part::Whole) {
        whole(config, &rope)?;
    }
    arch.n_ctx = context(&rope, arch.n_ctx);
    arch.positions = Positions::rotary(rope, arch.n_layers);
    Ok(())
}

/// Fields that say how positions turn.
pub(super) const FIELDS: &[&str] = &[
    "rope_parameters",
    "rope_scaling",
    "rope_theta",
    "partial_rotary_factor",
    "original_max_position_embeddings",
];

/// The objects that may hold the parameters; the first takes precedence.
const OBJECTS: &[&str] = &["rope_scaling", "rope_parameters"];

/// Leave out fields that give images and sound positions of several axes: all axes of a text count alike.
pub(super) fn plain_sections(config: &mut Config) {
    for field in ["mrope_section", "mrope_interleaved", "xdrope_section"] {
        config.take_inside(OBJECTS, field);
    }
    config.drop_inside(OBJECTS, &["rope_type", "type"], "mrope");
}

/// The number that stretches the base of positions whatever the length of the text, although its type is called dynamic.
/// Fields that nothing reads are left out.
pub(super) fn take_alpha(config: &mut Config) -> Result<Option<f64>, CheckpointError> {
    let object = config.spelled(OBJECTS);
    let Some(mut inner) = config.plain_object(object)? else {
        return Ok(None);
    };
    let kind = inner.spelled(&["rope_type", "type"]);
    let kind = inner.optional_text(kind)?;
    let alpha = inner.optional_nonzero("alpha")?;
    if !["dynamic", "xdrope"].map(Some).contains(&kind.as_deref()) || alpha.is_none() {
        return Ok(None);
    }
    let others = [
        "factor",
        "beta_fast",
        "beta_slow",
        "mscale",
        "mscale_all_dim",
    ];
    for field in ["rope_type", "type", "alpha"].into_iter().chain(others) {
        config.take_inside(OBJECTS, field);
    }
    Ok(alpha)
}

/// Stretch the base of each rotary embedding so that its slowest pair turns `alpha` times as slowly, and its fastest as
/// before.
pub(super) fn stretch_base(arch: &mut Arch, alpha: f64) {
    if let Positions::Rotary(rotary) = &mut arch.positions {
        for rope in &mut rotary.ropes {
            let d = rope.d_rotary as f64;
            rope.theta *= alpha.powf(d / (d - 2.0));
        }
    }
}

/// The growth of scores with position, from the parameters of positions.
pub(super) fn temper(config: &mut Config) -> Result<Temper, CheckpointError> {
    const BETA: &str = "llama_4_scaling_beta";
    const EVERY: &str = "original_max_position_embeddings";
    let object = config.spelled(OBJECTS);
    let inner = config.plain_object(object)?;
    let mut inner = inner.unwrap_or_else(|| config.nothing(object));
    let temper = Temper {
        beta: inner.positive(BETA)?,
        every: inner.positive(EVERY)?,
        first: 0,
    };
    for field in [BETA, "max_position_embeddings"] {
        config.take_inside(OBJECTS, field);
    }
    Ok(temper)
}

/// The factor of queries and of keys each that stretched positions ask for beside their turn (Peng et al. 2023, §3.4).
pub(super) fn sharpness(config: &mut Config) -> Result<f64, CheckpointError> {
    let object = config.spelled(OBJECTS);
    let Some(mut inner) = config.plain_object(object)? else {
        return Ok(1.0);
    };
    let kind = inner.spelled(&["rope_type", "type"]);
    let kind = inner.optional_text(kind)?;
    let all = inner.optional_nonzero("mscale_all_dim")?;
    let (Some(all), false) = (all, kind.is_none_or(|kind| kind == "default")) else {
        return Ok(1.0);
    };
    let factor = inner.positive("factor")?;
    Ok(if factor > 1.0 {
        0.1 * all * factor.ln() + 1.0
    } else {
        1.0
    })
}

/// Leave out the part of heads that turns, where other fields say it too.
pub(super) fn drop_part(config: &mut Config) {
    config.take_inside(OBJECTS, "partial_rotary_factor");
}

/// Pair the dimensions that turn together.
pub(super) fn pair(arch: &mut Arch, pairs: RopePairs) {
    if let Positions::Rotary(rotary) = &mut arch.positions {
        rotary.ropes.iter_mut().for_each(|rope| rope.pairs = pairs);
    }
}

/// Let positions enter only the blocks that turn; `turns` is called with a block's number.
pub(super) fn leave(arch: &mut Arch, turns: impl Fn(usize) -> bool) {
    if let Positions::Rotary(rotary) = &mut arch.positions {
        for (i, rope) in rotary.by_layer.iter_mut().enumerate() {
            *rope = rope.filter(|_| turns(i));
        }
    }
}

/// One embedding for blocks of full attention, stretched if the config says so, and one for blocks that slide.
/// `thetas` are their bases unless their own parameters give others.
pub(super) fn by_type(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
    thetas: [f64; 2],
) -> Result<Positions, CheckpointError> {
    let around = thetas.map(|theta| Around {
        theta: Some(theta),
        part: Part::Whole,
        original_n_ctx: None,
    });
    let (mut full, mut local) = (None, None);
    if let Some(mut by_type) = config.plain_object("rope_parameters")? {
        full = by_type.plain_object("full_attention")?;
        local = by_type.plain_object("sliding_attention")?;
        by_type.finish()?;
    }
    // The fields under the older name are added.
    if let Some(old) = config.plain_object("rope_scaling")? {
        full = Some(
            full.unwrap_or_else(|| config.nothing("rope_scaling"))
                .with(old),
        );
    }
    let d_head = arch.attention.d_head;
    let read = |object: Option<Config>, around: &Around| {
        let object = object.unwrap_or_else(|| config.nothing("rope_parameters"));
        parameters(object, d_head, arch.n_ctx, around)
    };
    let ropes = vec![read(full, &around[0])?, read(local, &around[1])?];
    ropes.iter().try_for_each(|rope| whole(config, rope))?;
    config.passed_over(&["original_max_position_embeddings"]);
    let numbers = sliding.iter().map(|slides| Some(usize::from(*slides)));
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: numbers.collect(),
    }))
}

/// One embedding for blocks of full attention and one for blocks that slide, each with its base and the part of heads
/// that turns, for configs that have both in `rope_parameters`.
pub(super) fn by_type_partly(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
    defaults: [(f64, f64); 2],
) -> Result<Positions, CheckpointError> {
    let mut by_type = config.plain_object("rope_parameters")?;
    let mut ropes = Vec::new();
    for (name, (theta, part)) in ["full_attention", "sliding_attention"]
        .into_iter()
        .zip(defaults)
    {
        let own = match &mut by_type {
            Some(by_type) => by_type.plain_object(name)?,
            None => None,
        };
        let around = Around {
            // A config with parameters gives the base of each type of block that it has.
            theta: Some(theta),
            part: Part::Up(part),
            original_n_ctx: None,
        };
        let own = own.unwrap_or_else(|| config.nothing("rope_parameters"));
        ropes.push(parameters(own, arch.attention.d_head, arch.n_ctx, &around)?);
    }
    if let Some(by_type) = by_type {
        by_type.finish()?;
    }
    config.passed_over(FIELDS);
    let numbers = sliding.iter().map(|slides| Some(usize::from(*slides)));
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: numbers.collect(),
    }))
}

/// The embedding of blocks of full attention and that of blocks that slide, each if it has parameters of its own.
pub(super) fn by_type_or_none(
    config: &mut Config,
    arch: &Arch,
) -> Result<[Option<Rope>; 2], CheckpointError> {
    let around = Around {
        theta: None,
        part: Part::Whole,
        original_n_ctx: None,
    };
    let mut by_type = config.plain_object("rope_parameters")?;
    let mut ropes = [None, None];
    for (rope, name) in ropes
        .iter_mut()
        .zip(["full_attention", "sliding_attention"])
    {
        let own = match &mut by_type {
            Some(by_type) => by_type.plain_object(name)?,
            None => None,
        };
        if let Some(mut own) = own {
            own.harmless(&["mrope_section", "mrope_interleaved"]);
            *rope = Some(parameters(own, arch.attention.d_head, arch.n_ctx, &around)?);
        }
    }
    if let Some(mut by_type) = by_type {
        // Some files have those of a single type beside them.
        by_type.harmless(&["rope_theta", "rope_type"]);
        by_type.finish()?;
    }
    config.passed_over(FIELDS);
    Ok(ropes)
}

/// The context that a stretched embedding reaches. Some configs give the context before stretching.
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

/// Check the part that turns in a family whose heads always turn whole: the field is read only if frequencies
/// are stretched.
pub(super) fn whole(config: &mut Config, rope: &Rope) -> Result<(), CheckpointError> {
    const FIELD: &str = "partial_rotary_factor";
    if rope.scaling == RopeScaling::None {
        config.passed_over(&[FIELD]);
        Ok(())
    } else {
        config.only(FIELD, 1.0.into())
    }
}

/// The number of a head's dimensions that turn.
fn turning(config: &Config, d_head: usize, part: Part) -> Result<usize, CheckpointError> {
    let (field, d_rotary) = match part {
        Part::Whole => ("head_dim", d_head),
        Part::Given(part) => ("partial_rotary_factor", (d_head as f64 * part) as usize),
        Part::Up(part) => {
            let dims = (d_head as f64 * part) as usize;
            ("partial_rotary_factor", dims.next_multiple_of(2))
        }
    };
    if d_rotary % 2 != 0 || d_rotary == 0 || d_rotary > d_head {
        let problem = format!(
            "makes {d_rotary} of {d_head} dimensions turn, but rotary positions turn them in pairs"
        );
        return Err(config.error(field, problem));
    }
    Ok(d_rotary)
}

/// One embedding, from `rope_parameters`, `rope_scaling`, or a layer type's entry in them.
pub(super) fn parameters(
    mut object: Config,
    d_head: usize,
    n_ctx: usize,
    around: &Around,
) -> Result<Rope, CheckpointError> {
    let theta = object.optional_positive("rope_theta")?.or(around.theta);
    let theta = object.required("rope_theta", theta)?;
    let part = match around.part {
        Part::Given(part) => Part::Given(object.positive_or("partial_rotary_factor", part)?),
        Part::Up(part) => Part::Up(object.positive_or("partial_rotary_factor", part)?),
        Part::Whole => Part::Whole,
    };
    let mut rope = Rope::new(theta, turning(&object, d_head, part)?);
    if let Part::Up(part) = part {
        rope.odd = (d_head as f64 * part) as usize % 2 == 1;
    }
    let field = object.spelled(&["rope_type", "type"]);
    object.harmless(&["type"]);
    let kind = object.choice(field, KINDS)?.unwrap_or(Kind::Default);
    let inner = match kind {
        Kind::Default | Kind::Linear | Kind::Dynamic | Kind::Proportional => None,
        _ => object.optional_size("original_max_position_embeddings")?,
    };
    // The outer field takes precedence, as in transformers.
    let original_n_ctx = around.original_n_ctx.or(inner).unwrap_or(n_ctx);
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
        Kind::Proportional => {
            let part = object.positive_or("partial_rotary_factor", 1.0)?;
            let turning = (part * d_head as f64) as usize / 2;
            if turning > d_head / 2 {
                let problem = format!("is {part}, more than 1");
                return Err(object.error("partial_rotary_factor", problem));
            }
            let factor = object.positive_or("factor", 1.0)?;
            (RopeScaling::Proportional { turning, factor }, 1.0)
        }
        Kind::Llama3 => (llama3(&mut object, original_n_ctx)?, 1.0),
        Kind::Yarn => yarn(&mut object, original_n_ctx, n_ctx)?,
        Kind::Longrope => longrope(&mut object, rope.d_rotary, original_n_ctx, n_ctx)?,
    };
    if matches!(part, Part::Whole) && !matches!(kind, Kind::Proportional) {
        whole(&mut object, &rope)?;
    }
    object.finish()?;
    Ok(rope)
}

fn llama3(object: &mut Config, original_n_ctx: usize) -> Result<RopeScaling, CheckpointError> {
    let factor = object.positive("factor")?;
    let low_freq_factor = object.positive("low_freq_factor")?;
    let high_freq_factor = object.positive("high_freq_factor")?;
    if high_freq_factor < low_freq_factor {
        let problem = format!("is {high_freq_factor}, below low_freq_factor = {low_freq_factor}");
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
    // The field must be present, as in transformers. Null means the ratio of the two contexts.
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
        object.optional_nonzero("mscale")?,
        object.optional_nonzero("mscale_all_dim")?,
    );
    let magnitude = match (object.optional_positive("attention_factor")?, scales) {
        (Some(given), _) => given,
        (None, (Some(scale), Some(all))) => sharpness(scale) / sharpness(all),
        (None, _) => sharpness(1.0),
    };
    let scaling = RopeScaling::Yarn {
        factor,
        beta_fast: object.optional_nonzero("beta_fast")?.unwrap_or(32.0),
        beta_slow: object.optional_nonzero("beta_slow")?.unwrap_or(1.0),
        original_n_ctx,
        truncate: object.flag_or("truncate", !object.has("truncate"))?,
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

//! DeepSeek 4 (DeepSeek-AI 2026): one vector a token that is key and value, entries that stand for runs of tokens,
//! streams mixed by a doubly stochastic matrix, and experts that the first blocks choose by the token's id.

use super::fields::{Fields, Given::In};
use super::llama;
use super::names::Names;
use super::rope::{self, Around, Part};
use super::{Model, mixtral, moe, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Positions, RopePairs, Rotary, Score};
use crate::graph::indexer::Indexer;
use crate::graph::role::{Half, Role};
use crate::graph::single::{Entries, Single};
use crate::graph::streams::{Balance, Hyper, Opening};

const FIELDS: Fields = Fields {
    d_mlp: In("moe_intermediate_size"),
    ..llama::FIELDS
};

/// The kinds of attention: within a window alone, beside entries that an indexer chooses, or beside all entries.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sliding,
    Sparse,
    Heavy,
}

const KINDS: &[(&str, Kind)] = &[
    ("sliding_attention", Kind::Sliding),
    ("compressed_sparse_attention", Kind::Sparse),
    ("heavily_compressed_attention", Kind::Heavy),
];

const SCORES: &[(&str, Score)] = &[
    ("sqrtsoftplus", Score::SqrtSoftplus),
    ("sigmoid", Score::Sigmoid),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // Keys have one head, and blocks behind the last one draft tokens.
    config.set("num_key_value_heads", 1.into());
    config.harmless(&["num_nextn_predict_layers", "router_jitter_noise"]);
    config.only("mlp_bias", false.into())?;
    let mut arch = llama::without_positions(family, config, &FIELDS)?;
    let kinds = kinds(config, arch.n_layers)?;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    arch.attention.sinks = true;
    arch.attention.single = Some(single(config, &arch, &kinds)?);
    arch.positions = positions(config, &arch, &kinds)?;
    arch.block.hyper = Some(hyper(config)?);
    arch.mlp.clamp = Some(config.positive("swiglu_limit")?);
    arch.experts = Some(experts(config, arch.n_layers)?);
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

/// The attention of each block: as listed, by the lengths of runs, or all tokens' entries in two blocks and then by turns.
fn kinds(config: &mut Config, n_layers: usize) -> Result<Vec<Kind>, CheckpointError> {
    const RATIOS: &str = "compress_ratios";
    let ratios = config
        .json(RATIOS)
        .is_some()
        .then(|| config.indices(RATIOS));
    let ratios = ratios.transpose()?;
    if let Some(listed) = config.of_blocks("layer_types", KINDS, n_layers)? {
        return Ok(listed);
    }
    let Some(ratios) = ratios else {
        let turn = |i: usize| match i {
            0 | 1 => Kind::Heavy,
            i if i % 2 == 0 => Kind::Heavy,
            _ => Kind::Sparse,
        };
        return Ok((0..n_layers).map(turn).collect());
    };
    let kind = |ratio: &usize| match ratio {
        0 => Some(Kind::Sliding),
        4 => Some(Kind::Sparse),
        128 => Some(Kind::Heavy),
        _ => None,
    };
    let kinds: Option<Vec<Kind>> = ratios.iter().take(n_layers).map(kind).collect();
    match kinds.filter(|kinds| kinds.len() == n_layers) {
        Some(kinds) => Ok(kinds),
        None => {
            let problem = format!("must have one of 0, 4 and 128 for each of {n_layers} blocks");
            Err(config.error(RATIOS, problem))
        }
    }
}

fn single(config: &mut Config, arch: &Arch, kinds: &[Kind]) -> Result<Single, CheckpointError> {
    let [sparse, heavy] = rates(config)?;
    let indexer = Indexer {
        n_heads: config.size("index_n_heads")?,
        d_head: config.size("index_head_dim")?,
        keys: config.size("index_topk")?,
        // That of its block turns it.
        rope: 1,
        eps: arch.norm.eps,
        every: None,
    };
    let of = |kind: &Kind| match kind {
        Kind::Sliding => None,
        Kind::Sparse => Some(Entries {
            every: sparse,
            overlap: true,
            indexer: Some(indexer),
        }),
        Kind::Heavy => Some(Entries {
            every: heavy,
            overlap: false,
            indexer: None,
        }),
    };
    let groups = config.size("o_groups")?;
    if !arch.attention.n_heads.is_multiple_of(groups) {
        let heads = arch.attention.n_heads;
        let problem = format!("is {groups}, which does not divide num_attention_heads = {heads}");
        return Err(config.error("o_groups", problem));
    }
    Ok(Single {
        d_query: config.size("q_lora_rank")?,
        groups,
        d_group: config.size("o_lora_rank")?,
        entries: kinds.iter().map(of).collect(),
    })
}

/// The tokens that an entry stands for, where an indexer chooses entries and where all are looked at.
fn rates(config: &mut Config) -> Result<[usize; 2], CheckpointError> {
    let (mut sparse, mut heavy) = (4, 128);
    if let Some(mut rates) = config.plain_object("compress_rates")? {
        sparse = rates.size(KINDS[1].0)?;
        heavy = rates.size(KINDS[2].0)?;
        rates.finish()?;
    }
    let sparse = config.size_or("compress_rate_csa", sparse)?;
    Ok([sparse, config.size_or("compress_rate_hca", heavy)?])
}

/// One embedding for blocks that slide, and one for blocks with entries.
fn positions(
    config: &mut Config,
    arch: &Arch,
    kinds: &[Kind],
) -> Result<Positions, CheckpointError> {
    const OBJECT: &str = "rope_parameters";
    let d_head = arch.attention.d_head;
    let turning = config.optional_size("qk_rope_head_dim")?;
    let default = turning.unwrap_or(64) as f64 / turning.map_or(512, |_| d_head) as f64;
    let part = config.positive_or("partial_rotary_factor", default)?;
    let main = config.positive("rope_theta")?;
    let entries = config.positive("compress_rope_theta")?;
    let around = |theta| Around {
        theta: Some(theta),
        part: Part::Given(part),
        original_n_ctx: None,
    };
    let old = config.plain_object("rope_scaling")?;
    let new = config.plain_object(OBJECT)?;
    let mut object = match old.filter(|old| !old.is_empty()).or(new) {
        Some(object) => object,
        None => config.nothing(OBJECT),
    };
    let nothing = config.nothing(OBJECT);
    let both = match (
        object.plain_object("main")?,
        object.plain_object("compress")?,
    ) {
        (Some(main), Some(compress)) => {
            // Tensors beside them are left over.
            object.passed_over(&["rope_type", "rope_theta", "partial_rotary_factor"]);
            object.finish()?;
            [main, compress]
        }
        _ => {
            // Stretching is that of entries alone, and their own base counts.
            object.set("rope_theta", entries.into());
            object.set("partial_rotary_factor", part.into());
            let kind = object.spelled(&["rope_type", "type"]);
            if object.json(kind) == Some("yarn".into()) && !object.has("attention_factor") {
                object.set("attention_factor", 1.0.into());
            }
            [nothing, object]
        }
    };
    let [first, second] = both;
    let mut ropes = vec![
        rope::parameters(first, d_head, arch.n_ctx, &around(main))?,
        rope::parameters(second, d_head, arch.n_ctx, &around(entries))?,
    ];
    for rope in &mut ropes {
        (rope.trailing, rope.pairs) = (true, RopePairs::Interleaved);
    }
    let number = |kind: &Kind| Some(usize::from(*kind != Kind::Sliding));
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: kinds.iter().map(number).collect(),
    }))
}

/// Streams that are read, written to and mixed.
fn hyper(config: &mut Config) -> Result<Hyper, CheckpointError> {
    let eps = config.positive("hc_eps")?;
    let open = |scale, plus| Opening { scale, plus };
    Ok(Hyper {
        count: config.size("hc_mult")?,
        read: open(1.0, eps),
        write: open(2.0, 0.0),
        mix: Some(Balance {
            turns: config.size("hc_sinkhorn_iters")?,
            eps,
        }),
        rank: None,
    })
}

fn experts(config: &mut Config, n_layers: usize) -> Result<Experts, CheckpointError> {
    const TYPES: &[(&str, bool)] = &[("hash_moe", true), ("moe", false)];
    let (count, width) = ("n_routed_experts", "moe_intermediate_size");
    let experts = mixtral::sizes(config, count, width, n_layers)?;
    let first = config.index_or("num_hash_layers", 3)?;
    let by_token = config.of_blocks("mlp_layer_types", TYPES, n_layers)?;
    let by_token = by_token.unwrap_or_else(|| (0..n_layers).map(|i| i < first).collect());
    let score = config.choice("scoring_func", SCORES)?;
    // One shared expert, whatever the config says.
    config.harmless(&["n_shared_experts"]);
    Ok(Experts {
        score: config.required("scoring_func", score)?,
        choice_bias: true,
        by_token,
        scale: config.positive("routed_scaling_factor")?,
        shared: moe::beside(experts.d_expert),
        ..experts
    })
}

/// The names of published files, and those that transformers writes.
fn names(arch: &Arch) -> Names {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.also_apart(Role::Embed, "embed.weight".into());
    names.also_apart(Role::Unembed, "head.weight".into());
    names.module(Role::LnFinal, "norm", false);
    let norms = [(Role::Ln1, "attn_norm"), (Role::Ln2, "ffn_norm")];
    names.modules("layers.{}", false, &norms);
    for (half, module, other) in [
        (Half::Mixer, "layers.{}.hc_attn", None),
        (Half::Mlp, "layers.{}.hc_ffn", None),
        (Half::End, "hc_head", Some("hc_head.hc")),
    ] {
        names.shares(half, true, module, other);
    }
    attention_names(&mut names);
    let module = "layers.{}.ffn";
    names.module(Role::Router, &format!("{module}.gate"), false);
    names.weight(Role::RouterChoice, format!("{module}.gate.bias"));
    names.weight(Role::RouterTable, format!("{module}.gate.tid2eid"));
    let parts = ["w1", "w3", "w2"];
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, arch, &each, parts);
    let [gate, linear, out] = parts;
    let shared = [
        (Role::SharedIn, gate),
        (Role::SharedLinear, linear),
        (Role::SharedOut, out),
    ];
    names.modules(&format!("{module}.shared_experts"), false, &shared);
    names
}

fn attention_names(names: &mut Names) {
    let module = "layers.{}.attn";
    let parts = [
        (Role::QueryLatent, "wq_a"),
        (Role::QueryLatentNorm, "q_norm"),
        (Role::Query, "wq_b"),
        (Role::Key, "wkv"),
        (Role::KeyNorm(0), "kv_norm"),
        (Role::GroupOut, "wo_a"),
        (Role::AttnOut, "wo_b"),
        (Role::EntryValue, "compressor.wkv"),
        (Role::EntryGate, "compressor.wgate"),
        (Role::EntryNorm, "compressor.norm"),
        (Role::IndexKey, "indexer.compressor.wkv"),
        (Role::IndexGate, "indexer.compressor.wgate"),
        (Role::IndexKeyNorm, "indexer.compressor.norm"),
        (Role::IndexQuery, "indexer.wq_b"),
        (Role::IndexWeight, "indexer.weights_proj"),
    ];
    names.modules(module, false, &parts);
    names.also_apart(Role::KeyNorm(0), format!("{module}.norm.weight"));
    names.weight(Role::Sinks, format!("{module}.attn_sink"));
    names.weight(Role::EntryPlace, format!("{module}.compressor.ape"));
    names.weight(Role::IndexPlace, format!("{module}.indexer.compressor.ape"));
}

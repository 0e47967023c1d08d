//! Qwen4-Exp (Qwen Team 2026): Qwen3.5's mixers and experts between several streams that are read an element at a time.
//! Attention looks at whole runs of keys that an indexer chooses, and some blocks add what a table has for runs of tokens.

use serde_json::Value;

use super::fields::{Fields, Given::Always};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, mixtral, qwen, qwen_next};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, MixGate, Positions, QkNorm};
use crate::graph::indexer::Indexer;
use crate::graph::ngrams::{Hash, NGrams, Table};
use crate::graph::recurrence::{GateBy, Mixing};
use crate::graph::role::{Half, Role};
use crate::graph::streams::{Hyper, Opening};

const TYPES: &[(&str, Mixing)] = &[
    ("indexed_attention", Mixing::Attention),
    // Published files call it so.
    ("full_attention", Mixing::Attention),
    ("linear_attention", Mixing::Recurrence),
];

const GATES: &[(&str, GateBy)] = &[("sigmoid", GateBy::Sigmoid), ("silu", GateBy::Silu)];

/// The most hashes of all tables, and the most rows for which they are looked for.
const MOST_HASHES: usize = 1 << 16;
const MOST_ROWS: usize = 1 << 36;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    // One follows from others, and no block has an MLP of the other's width.
    config.harmless(&["number_of_conv_states", "intermediate_size"]);
    let fields = Fields {
        d_mlp: Always(1),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Given(1.0))?;
    arch.norm.weight_offset = 1.0;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.gate = Some(MixGate::Elements);
    arch.mixers = mixers(config, arch.n_layers)?;
    arch.recurrence = Some(qwen_next::delta_net(config, &arch)?);
    let own = config.choice("output_gate_type", GATES)?;
    let by = match own {
        Some(by) => Some(by),
        None => config.choice("hidden_act", GATES)?,
    };
    if let (Some(recurrence), Some(by)) = (&mut arch.recurrence, by)
        && let Some(gate) = &mut recurrence.gate
    {
        gate.by = by;
    }
    arch.attention.indexer = Some(indexer(config, &arch)?);
    arch.block.hyper = Some(hyper(config)?);
    arch.unembedding.norm = false;
    arch.embedding.ngrams = ngrams(config, &arch)?;
    let (count, width) = ("num_experts", "moe_intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    let (n, d) = (experts.n_experts, experts.d_expert);
    arch.experts = Some(Experts {
        renormalise: config.flag("norm_topk_prob")?,
        shared: Some(qwen_next::shared(config)?),
        ..experts
    });
    let mut names = qwen_next::names(&arch, Biases::of_attention(config)?);
    qwen_next::apart(&mut names);
    qwen::shared_names(&mut names);
    qwen::stacked(&mut names, (n, d));
    indexer_names(&mut names);
    stream_names(&mut names);
    ngram_names(&mut names, &arch);
    Ok(Model::new(arch, names))
}

fn mixers(config: &mut Config, n_layers: usize) -> Result<Vec<Mixing>, CheckpointError> {
    let every = config.size_or("full_attention_interval", 4)?;
    let by_place = |i: usize| match (i + 1) % every {
        0 => Mixing::Attention,
        _ => Mixing::Recurrence,
    };
    let types = config.of_blocks("layer_types", TYPES, n_layers)?;
    Ok(types.unwrap_or_else(|| (0..n_layers).map(by_place).collect()))
}

/// The choice of whole runs of keys. Its queries and keys turn as attention's do.
fn indexer(config: &mut Config, arch: &Arch) -> Result<Indexer, CheckpointError> {
    config.only("indexer_kv_heads", 1.into())?;
    let (every, budget) = (
        config.size("indexer_compress_ratio")?,
        config.size("indexer_budget")?,
    );
    if !budget.is_multiple_of(every) {
        let problem = format!("is {budget}, no multiple of indexer_compress_ratio = {every}");
        return Err(config.error("indexer_budget", problem));
    }
    let d_head = config.size("indexer_head_dim")?;
    if let Positions::Rotary(rotary) = &arch.positions
        && let Some(turning) = rotary.ropes.first().map(|rope| rope.d_rotary)
        && turning > d_head
    {
        let problem = format!("is {d_head}, less than the {turning} dimensions that turn");
        return Err(config.error("indexer_head_dim", problem));
    }
    Ok(Indexer {
        n_heads: config.size("indexer_n_heads")?,
        d_head,
        keys: budget / every,
        rope: 0,
        eps: arch.norm.eps,
        every: Some(every),
    })
}

/// Streams of which blocks read the mean of elements, in shares of their own, and that get up to twice what is written.
fn hyper(config: &mut Config) -> Result<Hyper, CheckpointError> {
    let count = config.size("hc_count")?;
    if count < 2 {
        return Err(config.error("hc_count", "is 1; there must be several streams"));
    }
    let open = |scale| Opening { scale, plus: 0.0 };
    Ok(Hyper {
        count,
        read: open(1.0 / count as f64),
        write: open(2.0),
        mix: None,
        rank: Some(config.size("hc_lowrank")?),
    })
}

/// The tables for runs of tokens; `None` if no block has one.
fn ngrams(config: &mut Config, arch: &Arch) -> Result<Option<NGrams>, CheckpointError> {
    const LAYERS: &str = "ple_layer_ids";
    let mut layers = config.indices(LAYERS)?;
    layers.sort_unstable();
    layers.dedup();
    let d_embed = config.size_or("ple_embed_dim", arch.d_model)?;
    let (longest, each) = (config.size("ngram_size")?, config.size("heads_per_ngram")?);
    let base = config.size("ngram_vocab_size_base")?;
    let multiple = config.size("make_ngram_vocab_size_divisible_by")?;
    let parts = config.size("split_ngram_parts")?;
    let width = config.size("ple_conv_kernel_size")?;
    let seed = config.json("seed");
    let seed = seed.as_ref().and_then(Value::as_i64);
    let seed = seed.ok_or_else(|| config.error("seed", "is no whole number"))?;
    if layers.is_empty() {
        return Ok(None);
    }
    let outside = |i: &&usize| **i == 0 || **i > arch.n_layers;
    if let Some(layer) = layers.iter().find(outside) {
        let problem = format!(
            "has {layer}; blocks are counted from 1 to {}",
            arch.n_layers
        );
        return Err(config.error(LAYERS, problem));
    }
    let hashes = (longest - 1).saturating_mul(each);
    if hashes == 0 || !d_embed.is_multiple_of(hashes) {
        let problem = format!("is {d_embed}, no multiple of the {hashes} hashes of a token");
        return Err(config.error("ple_embed_dim", problem));
    }
    let all = hashes.saturating_mul(layers.len());
    if all > MOST_HASHES || all.saturating_mul(base) > MOST_ROWS {
        let problem = format!("is {base} for {all} hashes, more rows than are understood");
        return Err(config.error("ngram_vocab_size_base", problem));
    }
    let end = end(config)?;
    let given = given(config, (longest, hashes), layers.len())?;
    let mut primes = Primes(base as u64 - 1);
    let mut tables = vec![None; arch.n_layers];
    for (place, layer) in layers.iter().enumerate() {
        let (factors, sizes) = given.clone().unwrap_or_else(|| {
            let sizes = primes.by_ref().take(hashes).collect();
            (factors(arch.d_vocab, longest, place, seed), sizes)
        });
        let rows = sizes.iter().sum::<i64>() as usize;
        let rows = rows.div_ceil(multiple) * multiple;
        tables[layer - 1] = Some(Table {
            hash: Hash {
                factors,
                sizes,
                end,
            },
            rows,
            part: rows.div_ceil(parts),
        });
    }
    Ok(Some(NGrams {
        d_embed,
        width,
        tables,
    }))
}

/// Factors and rows of the hashes of one table.
type Hashes = (Vec<i64>, Vec<i64>);

/// Hashes of one table, by the names of transformers' buffers. Configs of folders do not give
/// them: they follow from the seed, which GGUF files do not have.
fn given(
    config: &mut Config,
    (longest, hashes): (usize, usize),
    tables: usize,
) -> Result<Option<Hashes>, CheckpointError> {
    const SIZES: &str = "ngram_heads_vocab_sizes";
    const FACTORS: &str = "layer_multipliers";
    let mut numbers = |field: &str, count: usize| {
        let all = match config.json(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(all) => all,
        };
        let listed: Option<Vec<i64>> = all
            .as_array()
            .and_then(|all| all.iter().map(Value::as_i64).collect());
        match listed {
            Some(listed) if listed.len() == count && listed.iter().all(|n| *n > 0) => {
                Ok(Some(listed))
            }
            _ => Err(config.error(field, format!("is {all}, not {count} numbers above 0"))),
        }
    };
    let (factors, sizes) = (numbers(FACTORS, longest)?, numbers(SIZES, hashes)?);
    let (Some(factors), Some(sizes)) = (factors, sizes) else {
        return Ok(None);
    };
    let rows = sizes
        .iter()
        .try_fold(0_i64, |sum, size| sum.checked_add(*size));
    if tables != 1 || rows.is_none_or(|rows| rows as usize > MOST_ROWS) {
        let problem = "are the rows of one table, with fewer than 2^36 in all";
        return Err(config.error(SIZES, problem));
    }
    Ok(Some((factors, sizes)))
}

/// The token that ends a text, the first if there are several.
fn end(config: &mut Config) -> Result<u32, CheckpointError> {
    const FIELD: &str = "eos_token_id";
    let id = match config.json(FIELD) {
        Some(Value::Array(ids)) => ids.first().cloned(),
        one => one,
    };
    let number = id.as_ref().and_then(Value::as_u64);
    let number = number.and_then(|id| u32::try_from(id).ok());
    number.ok_or_else(|| config.error(FIELD, "is no token, which the tables of runs need"))
}

/// The primes behind a number.
struct Primes(u64);

impl Iterator for Primes {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let is_prime = |n: u64| {
            let divides = |by: &u64| n.is_multiple_of(*by);
            let mut odd = (3..).step_by(2).take_while(|by| by * by <= n);
            n == 2 || n > 2 && !n.is_multiple_of(2) && !odd.any(|by| divides(&by))
        };
        let next = (self.0 + 1..).find(|n| is_prime(*n))?;
        self.0 = next;
        i64::try_from(next).ok()
    }
}

/// Odd factors of the ids in a run, so small that products stay whole numbers. They follow from a seed (SplitMix64, Steele
/// et al. 2014) that each table has its own of.
fn factors(d_vocab: usize, longest: usize, place: usize, seed: i64) -> Vec<i64> {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    const APART: u64 = 10_007;
    let half = (i64::MAX as u64 / (d_vocab as u64).max(1) / 2).max(1);
    let seed = (seed as u64).wrapping_add(APART.wrapping_mul(place as u64));
    let factor = |i: u64| {
        // The state of step i, which the generator moves on once more.
        let mut x = seed.wrapping_add(GOLDEN.wrapping_mul(i + 2));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        2 * ((x ^ (x >> 31)) % half) as i64 + 1
    };
    (0..longest as u64).map(factor).collect()
}

fn indexer_names(names: &mut Names) {
    let module = "layers.{}.self_attn.indexer";
    let both = &[Role::IndexQuery, Role::IndexKey];
    names.fused(both, &format!("{module}.index_qk_proj"), false);
    names.also_apart(Role::IndexQuery, format!("{module}.q_proj.weight"));
    names.also_apart(Role::IndexKey, format!("{module}.k_proj.weight"));
    let norms = [
        (Role::IndexQueryNorm, "q_layernorm"),
        (Role::IndexKeyNorm, "k_layernorm"),
    ];
    names.modules(module, false, &norms);
}

fn stream_names(names: &mut Names) {
    for (half, module) in [
        (Half::Mixer, "layers.{}.attn_hyper_connection"),
        (Half::Mlp, "layers.{}.mlp_hyper_connection"),
        (Half::End, "hyper_connection_mixer"),
    ] {
        let parts = [
            (Role::StreamsNorm(half), "hc_norm"),
            (Role::StreamsReadLow(half), "input_mix_weight_down"),
            (Role::StreamsRead(half), "input_mix_weight_up"),
            (Role::StreamsWrite(half), "block_inject_weight"),
        ];
        names.modules(module, false, &parts);
    }
}

fn ngram_names(names: &mut Names, arch: &Arch) {
    let module = "layers.{}.ple";
    let parts = [
        (Role::NGramKey, "key_proj"),
        (Role::NGramKeyNorm, "norm_key"),
        (Role::NGramValue, "value_proj"),
        (Role::NGramQueryNorm, "norm_query"),
        (Role::NGramConvolvedNorm, "norm_conv"),
        (Role::NGramConvolved, "conv1d"),
    ];
    names.modules(module, false, &parts);
    let tables = arch.embedding.ngrams.iter().flat_map(|all| &all.tables);
    let tables: Vec<Option<&Table>> = tables.map(Option::as_ref).collect();
    let whole = |table: &Option<&Table>| table.map_or(0, Table::whole_parts);
    let shard = |block: &str, i: &str| {
        format!("layers.{block}.ple.ple_embedding.ngram_embedding.shard_{i}")
    };
    for i in 0..tables.iter().map(whole).max().unwrap_or(0) {
        names.module(Role::NGramTable(i), &shard("{}", "{i}"), false);
    }
    // Some files have one table, in one tensor.
    names.also_apart(Role::NGramTable(0), "ngram_embedding.weight".into());
    let last = tables.iter().enumerate();
    let last: Vec<String> = last
        .map(|(block, table)| shard(&block.to_string(), &whole(table).to_string()))
        .collect();
    names.in_modules(&last, |names| {
        names.module(Role::NGramTableEnd, "{module}", false);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_primes_and_factors_those_of_the_seed() {
        let primes: Vec<i64> = Primes(1).take(5).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11]);
        let primes: Vec<i64> = Primes(19_999_999).take(3).collect();
        assert_eq!(primes, [20_000_003, 20_000_023, 20_000_033]);
        // transformers' own numbers.
        let due = [
            (
                248_320,
                0,
                1234,
                [23_703_573_157_769, 20_109_073_645_365, 8_052_911_324_071],
            ),
            (
                280,
                1,
                -5,
                [
                    6_637_100_285_052_313,
                    20_092_312_096_068_929,
                    5_635_212_352_329_583,
                ],
            ),
        ];
        for (d_vocab, place, seed, due) in due {
            assert_eq!(factors(d_vocab, 3, place, seed), due);
        }
    }
}

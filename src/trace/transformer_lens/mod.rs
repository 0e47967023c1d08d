//! A cache dumped by TransformerLens: hook points under their own names and no description. What a
//! trace would say of plan and shapes is told by the names and the tensors.

mod recognise;

use std::collections::BTreeMap;

use super::cache_tensor::Reading;
use super::plan::{Axis, HookPoint};
use recognise::{ENCODER, recognise};
pub use recognise::{TOKEN_IDS, UNEMBEDDED};

use Axis::{DHead, DMlp, Query, Token};

/// A cache's tensors, and what is asked of their values.
pub struct CacheFile<'a> {
    pub tensors: BTreeMap<&'a str, &'a [usize]>,
    /// Whether the rows of a tensor are those of a softmax.
    pub softmaxed: &'a dyn Fn(&str) -> bool,
    /// Whether the values of the second tensor are those of the first, all multiplied by another number than 1.
    pub multiplied: &'a dyn Fn(&str, &str) -> bool,
}

impl CacheFile<'_> {
    /// Whether the cache shows a model that scales or caps its logits; `None` where it holds nothing that tells.
    /// Models that scale them scale what halves of a block add too; those that cap them have norms around both
    /// halves and none of queries.
    fn scales_logits(&self) -> Option<bool> {
        let has = |name: &str| self.tensors.contains_key(name);
        if has(ENCODER) {
            return Some(false);
        }
        let blocks = self.tensors.keys().filter_map(|name| {
            let block = name.strip_suffix("hook_attn_out")?;
            block.starts_with("blocks.").then_some(block)
        });
        let told = blocks.filter_map(|block| {
            let [inner, added, normed, before, query] = [
                "attn.hook_out",
                "hook_attn_out",
                "ln1_post.hook_scale",
                "ln1.hook_scale",
                "attn.hook_q_normed",
            ]
            .map(|name| format!("{block}{name}"));
            if has(&normed) {
                Some(has(&before) && !has(&query))
            } else {
                has(&inner).then(|| (self.multiplied)(&inner, &added))
            }
        });
        told.reduce(|a, b| a || b)
    }
}

/// The hook points made of a cache's tensors.
#[derive(Debug, Default)]
pub struct ActivationCache {
    /// In the order of a pass; shapes without the batch axis.
    pub plan: Vec<HookPoint>,
    /// For each hook point of the plan, the tensor's name in the file and how it is read.
    pub keys: Vec<(String, Reading)>,
    /// Whether the logits are what the unembedding gives, and nothing tells whether the model changes that.
    pub logits_in_doubt: bool,
    /// Tensors that are no hook points of ours.
    pub unknown: Vec<String>,
    /// Length of each axis that all hook points share.
    pub sizes: BTreeMap<&'static str, usize>,
}

impl ActivationCache {
    /// Length of an axis, 0 where no hook point has it.
    pub fn size(&self, axis: Axis) -> usize {
        self.sizes.get(axis.word()).copied().unwrap_or(0)
    }

    /// Sort a file's tensors, given as (name, shape), into a plan.
    ///
    /// # Errors
    /// The tensor's name and what is wrong with its shape.
    pub fn read(file: &CacheFile) -> Result<ActivationCache, (String, String)> {
        let mut cache = ActivationCache::default();
        let mut found = Vec::new();
        for (&name, &shape) in &file.tensors {
            match recognise(name, file) {
                Some((place, full, axes)) => found.push((place, full, axes, name, shape)),
                None => cache.unknown.push(name.to_owned()),
            }
        }
        found.sort_by_key(|(place, ..)| *place);
        for (_, full, axes, key, shape) in found {
            let bad = |why: String| (key.to_owned(), why);
            if cache.plan.last().is_some_and(|p| p.name == full) {
                continue; // The same value under its alias.
            }
            let shape = match shape {
                [1, rest @ ..] if rest.len() == axes.len() => rest,
                [batch, rest @ ..] if rest.len() == axes.len() => {
                    return Err(bad(format!(
                        "the batch axis has length {batch}: a trace holds one sequence"
                    )));
                }
                _ => shape,
            };
            let mut reading = Reading {
                masked: full.ends_with("attn.hook_attn_scores"),
                ..Reading::default()
            };
            let mut own = shape.to_vec();
            // The bridge keeps these as each family's code has them, heads first or all in one.
            if full.ends_with("_normed") && full.contains(".attn.") {
                let tokens = cache.sizes.get(Token.word());
                let d_head = cache.sizes.get(DHead.word());
                match (shape, tokens, d_head) {
                    // One head first is one head in one.
                    ([1, n, all] | [n, all], _, Some(width)) if *width > 0 && all % width == 0 => {
                        own = vec![*n, all / width, *width];
                    }
                    ([heads, n, width], Some(tokens), _) if n == tokens => {
                        reading.heads_first = true;
                        own = vec![*n, *heads, *width];
                    }
                    _ => {}
                }
            }
            let shape = &own[..];
            if shape.len() != axes.len() {
                let words: Vec<_> = axes.iter().map(|a| a.word()).collect();
                return Err(bad(format!(
                    "shape {shape:?} is not [{}]",
                    words.join(", ")
                )));
            }
            for (&axis, &n) in axes.iter().zip(shape) {
                // These two may differ between hook points of one model; the others may not.
                if matches!(axis, DHead | DMlp) {
                    cache.sizes.entry(axis.word()).or_insert(n);
                    continue;
                }
                let word = if axis == Query {
                    Token.word()
                } else {
                    axis.word()
                };
                let first = *cache.sizes.entry(word).or_insert(n);
                if n != first || n == 0 {
                    let why = format!("axis {word} has length {n}, elsewhere it has {first}");
                    return Err(bad(why));
                }
            }
            cache.plan.push(HookPoint {
                name: full,
                axes: axes.to_vec(),
                shape: shape.to_vec(),
            });
            cache.keys.push((key.to_owned(), reading));
        }
        cache.logits_in_doubt =
            cache.keys.iter().any(|(key, _)| key == UNEMBEDDED) && file.scales_logits().is_none();
        Ok(cache)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tensors: BTreeMap<&str, &[usize]>) -> Result<ActivationCache, (String, String)> {
        ActivationCache::read(&CacheFile {
            tensors,
            softmaxed: &|name| name.contains("blocks.0.attn.hook_attn"),
            multiplied: &|_, _| false,
        })
    }

    #[test]
    fn an_encoders_names_are_of_what_stands_behind_its_norms() {
        let row = &[1, 5, 8][..];
        let scores = &[1, 2, 5, 5][..];
        let block = [
            "hook_in",
            "hook_resid_pre",
            "attn.o.hook_out",
            "attn.hook_out",
            "hook_attn_out",
            "ln1.hook_in",
            "ln1.hook_out",
            "hook_resid_mid",
            "ln2.hook_in",
            "ln2.hook_out",
            "hook_out",
            "hook_resid_post",
        ];
        let block = block.map(|name| format!("blocks.0.{name}"));
        let mut tensors = BTreeMap::from([
            ("embed.hook_out", row),
            ("token_type_embed.hook_out", row),
            ("pos_embed.hook_out", row),
            ("hook_embed", row),
            ("embed_ln.hook_out", row),
            ("ln_final.hook_in", row),
            ("blocks.0.attn.hook_attn_scores", scores),
            ("blocks.0.attn.hook_pattern", scores),
        ]);
        tensors.extend(block.iter().map(|name| (name.as_str(), row)));
        let cache = read(tensors).unwrap();
        let found = cache.plan.iter().map(|p| p.name.as_str());
        let found: Vec<_> = found
            .zip(cache.keys.iter().map(|(key, _)| key.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("hook_embed", "embed.hook_out"),
                ("hook_token_type_embed", "token_type_embed.hook_out"),
                ("hook_pos_embed", "pos_embed.hook_out"),
                ("embed_ln.hook_out", "embed_ln.hook_out"),
                ("blocks.0.hook_resid_pre", "blocks.0.hook_resid_pre"),
                ("blocks.0.attn.hook_pattern", "blocks.0.attn.hook_pattern"),
                ("blocks.0.hook_attn_out", "blocks.0.attn.o.hook_out"),
                ("blocks.0.hook_resid_mid", "blocks.0.ln1.hook_in"),
                ("blocks.0.ln1.hook_out", "blocks.0.ln1.hook_out"),
                ("blocks.0.hook_resid_post", "blocks.0.hook_resid_mid"),
                ("blocks.0.ln2.hook_out", "blocks.0.ln2.hook_out"),
                ("mlm_head.hook_post", "ln_final.hook_in"),
            ]
        );
        assert!(cache.unknown.is_empty(), "{:?}", cache.unknown);
    }

    #[test]
    fn names_are_put_in_the_order_of_a_pass_and_the_batch_axis_dropped() {
        let tensors = BTreeMap::from([
            ("blocks.10.hook_in", &[1, 5, 8][..]),
            ("blocks.2.attn.hook_pattern", &[1, 2, 5, 7]),
            ("blocks.2.attn.hook_q", &[5, 2, 4]),
            ("blocks.2.attn.q.hook_out", &[1, 5, 2, 4]),
            ("blocks.2.hook_in", &[1, 5, 8]),
            ("blocks.2.hook_resid_pre", &[1, 5, 8]),
            ("blocks.2.logits", &[5, 30]),
            ("embed.hook_out", &[1, 5, 8]),
            ("hook_resid_pre", &[1, 5, 8]),
            ("unembed.hook_out", &[1, 5, 30]),
        ]);
        let cache = read(tensors).unwrap();
        let names: Vec<_> = cache.plan.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "hook_embed",
                "blocks.2.hook_resid_pre",
                "blocks.2.attn.hook_q",
                "blocks.2.attn.hook_pattern",
                "blocks.10.hook_resid_pre",
                "logits",
            ]
        );
        assert_eq!(cache.keys[1].0, "blocks.2.hook_resid_pre");
        assert_eq!(cache.keys[0].0, "embed.hook_out");
        assert_eq!(cache.plan[3].shape, [2, 5, 7]);
        assert_eq!(
            cache.unknown,
            [
                "blocks.2.attn.q.hook_out",
                "blocks.2.logits",
                "hook_resid_pre"
            ]
        );
        assert_eq!((cache.size(Token), cache.size(Axis::Key)), (5, 7));
    }

    #[test]
    fn what_a_norm_comes_after_is_a_value_of_its_own() {
        let tensors = BTreeMap::from([
            ("blocks.0.hook_resid_pre", &[1, 5, 8][..]),
            ("blocks.0.attn.hook_out", &[1, 5, 8]),
            ("blocks.0.attn.hook_q", &[1, 5, 2, 4]),
            ("blocks.0.attn.hook_q_normed", &[1, 2, 5, 4]),
            ("blocks.0.attn.hook_k_normed", &[1, 5, 8]),
            ("blocks.0.hook_attn_out", &[1, 5, 8]),
            ("blocks.0.ln1_post.hook_scale", &[1, 5, 1]),
            ("blocks.0.mlp.hook_expert_weights", &[5, 4]),
            ("blocks.0.mlp.hook_out", &[1, 5, 8]),
        ]);
        let cache = read(tensors).unwrap();
        let names: Vec<_> = cache
            .plan
            .iter()
            .map(|p| &p.name["blocks.0.".len()..])
            .collect();
        assert_eq!(
            names,
            [
                "hook_resid_pre",
                "attn.hook_q",
                "attn.hook_q_normed",
                "attn.hook_k_normed",
                "attn.hook_out",
                "ln1_post.hook_scale",
                "hook_attn_out",
                "mlp.hook_expert_weights",
                "hook_mlp_out",
            ]
        );
        assert!(cache.unknown.is_empty(), "{:?}", cache.unknown);
        let normed = [2, 3].map(|i| (&cache.plan[i].shape[..], cache.keys[i].1.heads_first));
        assert_eq!(normed, [(&[5, 2, 4][..], true), (&[5, 2, 4][..], false)]);
    }

    #[test]
    fn a_batch_or_a_shape_that_cannot_be_is_named() {
        let refused = |name, shape: &[usize]| {
            read(BTreeMap::from([("hook_embed", &[5, 8][..]), (name, shape)])).unwrap_err()
        };
        let (name, why) = refused("logits", &[3, 5, 30]);
        assert_eq!(name, "logits");
        assert!(why.contains("length 3"), "{why}");
        let (_, why) = refused("logits", &[30]);
        assert_eq!(why, "shape [30] is not [token, vocab]");
        let (_, why) = refused("logits", &[4, 30]);
        assert_eq!(why, "axis token has length 4, elsewhere it has 5");
    }
}

//! Names that other writers give to tensors: with the prefixes of wrappers, or listed in an index without
//! being stored.

use std::borrow::Cow;

use super::error::CheckpointError;
use super::weights::Shard;

/// The parts that are inserted before the names of a wrapped module, anywhere in a name: by `torch.compile`, and by
/// adapters for what they adapt.
const INSERTED: [&str; 2] = ["_orig_mod.", "base_layer."];
/// The prefix that data-parallel wrappers put before all names.
const PARALLEL: &str = "module.";

/// The ends of names that writers list without storing the tensor: heads that are tied to the embedding, and
/// tables that follow from the config. A model that needs such a tensor is refused when its weights are
/// looked up.
const OFTEN_NOT_STORED: &[&str] = &[
    "lm_head.weight",
    "lm_head.decoder.weight",
    "lm_head.decoder.bias",
    "embed_out.weight",
    "cls.predictions.decoder.weight",
    "cls.predictions.decoder.bias",
    "embeddings.position_ids",
    "rotary_emb.inv_freq",
    "attn.masked_bias",
    "attention.masked_bias",
];

/// Whether an index may name this tensor although no file has it.
pub(super) fn is_often_not_stored(tensor: &str) -> bool {
    OFTEN_NOT_STORED.iter().any(|end| {
        let before = tensor.strip_suffix(end);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Make tensors found under the names that the model itself gives them.
///
/// # Errors
/// Two tensors of a file would have the same name.
pub(super) fn unwrap(shards: &mut [Shard]) -> Result<(), CheckpointError> {
    let wrapped = |shard: &Shard| (shard.keys()).all(|name| bare(name).starts_with(PARALLEL));
    let parallel = shards.iter().all(wrapped);
    let plain = |name: &str| {
        let name = bare(name);
        let alone = name.strip_prefix(PARALLEL).filter(|_| parallel);
        alone.map(str::to_owned).unwrap_or(name.into_owned())
    };
    for shard in shards {
        shard.rename(plain)?;
    }
    Ok(())
}

/// A name without the parts that wrappers inserted.
fn bare(name: &str) -> Cow<'_, str> {
    INSERTED.iter().fold(Cow::Borrowed(name), |name, part| {
        match without(&name, part) {
            Some(shorter) => Cow::Owned(shorter),
            None => name,
        }
    })
}

/// A name without an inserted part; `None` if that is nowhere in it.
fn without(name: &str, part: &str) -> Option<String> {
    let mut rest = name;
    let mut plain = String::new();
    while let Some(at) = rest.find(part) {
        let (before, after) = rest.split_at(at);
        plain += before;
        // Inside a longer word it belongs to the model's own name.
        if !plain.is_empty() && !plain.ends_with('.') {
            plain += part;
        }
        rest = &after[part.len()..];
    }
    (rest.len() < name.len()).then(|| plain + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrappers_add_is_taken_away_wherever_it_stands() {
        for (name, plain) in [
            ("model.norm.weight", "model.norm.weight"),
            ("_orig_mod.model.norm.weight", "model.norm.weight"),
            (
                "model.layers.0._orig_mod.mlp.weight",
                "model.layers.0.mlp.weight",
            ),
            ("_orig_mod._orig_mod.x", "x"),
            ("_orig_mod.q.base_layer.weight", "q.weight"),
            ("my_base_layer.x", "my_base_layer.x"),
            ("my_orig_mod.x", "my_orig_mod.x"),
            ("_orig_mod", "_orig_mod"),
        ] {
            assert_eq!(bare(name), plain);
        }
    }

    #[test]
    fn only_whole_names_are_often_not_stored() {
        assert!(is_often_not_stored("lm_head.weight"));
        assert!(is_often_not_stored(
            "model.layers.0.self_attn.rotary_emb.inv_freq"
        ));
        assert!(!is_often_not_stored("my_lm_head.weight"));
        assert!(!is_often_not_stored("model.norm.weight"));
    }
}

//! Tensors in a model's files that no part of the graph reads.

/// Parts of the names of tensors that do not change the text model's numbers: buffers that follow from the
/// config, towers for images and sound, heads for other tasks, heads that draft several tokens, and scales of
/// activations and caches, which are not rounded here.
const HARMLESS: &[&str] = &[
    // Buffers.
    "rotary_emb",
    "inv_freq",
    "rope_freqs",
    "masked_bias",
    "position_ids",
    "attn.bias",
    "attention.bias",
    "slope_rate",
    "query_decay",
    "key_decay",
    "diagonal_decay",
    "encoder.embed_positions",
    "layer_multipliers",
    "ngram_heads_vocab_sizes",
    "ngram_heads_offsets",
    // A norm of experts that blocks without experts have too.
    "post_mlp_layernorm",
    // Images and sound.
    "vision",
    "visual",
    "image",
    "multi_modal",
    "mm_projector",
    "audio",
    "speech",
    "talker",
    "token2wav",
    "code2wav",
    // Heads for other tasks.
    "score",
    "classifier",
    "qa_outputs",
    "seq_relationship",
    "discriminator_predictions",
    // Other languages.
    "adapter_modules",
    "pre_classifier",
    "v_head",
    // Draft heads.
    "mtp",
    "medusa",
    "eagle",
    "nextn",
    "draft",
    // Scales of activations and caches.
    "input_scale",
    "output_scale",
    "k_scale",
    "v_scale",
    "kv_scale",
];

/// The number of tensors that a warning names; the rest are counted.
const NAMED: usize = 3;

/// Whether a tensor of this name can be ignored: one part of its name, or several in a row, are known.
fn harmless(name: &str) -> bool {
    HARMLESS.iter().any(|known| {
        name.match_indices(known).any(|(at, _)| {
            let before = name[..at].chars().next_back();
            let after = name[at + known.len()..].chars().next();
            let ends = |c: Option<char>| c.is_none_or(|c| c == '.' || c == '_');
            ends(before) && ends(after)
        })
    })
}

/// A sentence about `unused` tensors of a model of `n_layers` blocks; `None` if all are known to be harmless.
pub(super) fn warning(unused: &[&str], n_layers: usize) -> Option<String> {
    let drafts = |name: &str| block(name).is_some_and(|block| block >= n_layers);
    let mut names = unused.to_vec();
    names.retain(|name| !harmless(name) && !drafts(name));
    let named: Vec<String> = (names.iter().take(NAMED))
        .map(|name| format!("`{name}`"))
        .collect();
    let list = match names.len() {
        0 => return None,
        n if n > NAMED => format!("{} and {} more", named.join(", "), n - NAMED),
        _ => named.join(", "),
    };
    Some(format!(
        "no part of the model reads {list}: if the architecture is another than the config says, the numbers \
         here are wrong"
    ))
}

/// The number of the expert that a tensor belongs to.
pub(super) fn expert(name: &str) -> Option<usize> {
    let (_, rest) = name.split_once(".experts.")?;
    rest.split('.').next()?.parse().ok()
}

/// The number of the block that a tensor belongs to.
pub(super) fn block(name: &str) -> Option<usize> {
    let (_, rest) = name
        .split_once("layers.")
        .or_else(|| name.split_once("blk."))?;
    rest.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_change_numbers_is_named() {
        let names = [
            "model.layers.0.self_attn.q_proj.bias",
            "model.layers.1.self_attn.q_norm.weight",
            "model.layers.0.mlp.down_proj.lora_A.default.weight",
            "a",
            "b",
        ];
        let text = warning(&names, 2).unwrap();
        assert!(
            text.contains("`model.layers.0.self_attn.q_proj.bias`"),
            "{text}"
        );
        assert!(text.contains("and 2 more"), "{text}");
    }

    #[test]
    fn what_is_known_to_be_harmless_is_not() {
        let names = [
            "model.layers.0.self_attn.rotary_emb.inv_freq",
            "h.0.attn.bias",
            "transformer.h.0.attn.masked_bias",
            "vision_tower.vision_model.head.weight",
            "model.visual.blocks.0.attn.qkv.weight",
            "score.weight",
            "cls.seq_relationship.bias",
            "mtp.fc.weight",
            "model.layers.2.eh_proj.weight",
            "model.layers.0.self_attn.k_scale",
            "model.layers.0.mlp.down_proj.lora_A.speech.weight",
        ];
        assert_eq!(warning(&names, 2), None);
    }

    #[test]
    fn a_part_of_a_word_is_not_a_known_name() {
        assert!(!harmless("model.layers.0.attn.biased"));
        assert!(!harmless("model.scores.weight"));
    }
}

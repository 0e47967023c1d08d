//! Names of hook points. They are TransformerLens's; values have no batch axis.
//!
//! A full name is `blocks.3.attn.hook_pattern`. People may leave out `hook_` and `blocks.`, and the module if
//! the rest is unambiguous: `blocks.3.attn.pattern`, `3.attn.pattern`, `3.pattern`.

use std::fmt;

/// The unit of execution: the embedding, one block, or the unembedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Embed,
    Block(usize),
    Unembed,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Layer::Embed => f.write_str("embed"),
            Layer::Block(i) => write!(f, "blocks.{i}"),
            Layer::Unembed => f.write_str("unembed"),
        }
    }
}

/// The layer that computes a hook point; `None` if this is not a hook point's name.
pub fn layer_of(name: &str) -> Option<Layer> {
    if let Some(rest) = name.strip_prefix("blocks.") {
        let (index, _) = rest.split_once('.')?;
        return index.parse().ok().map(Layer::Block);
    }
    match name {
        "hook_embed" | "hook_pos_embed" | "hook_token_type_embed" => return Some(Layer::Embed),
        "logits" => return Some(Layer::Unembed),
        _ => {}
    }
    match name.split_once('.')?.0 {
        "embed_ln" => Some(Layer::Embed),
        "mlm_head" | "hyper_final" | "ln_final" | "pooler" | "pooling" => Some(Layer::Unembed),
        _ => None,
    }
}

/// The module inside the layer (`ln1`, `attn`, `ln2`, `mlp`, `ln_final`, `pooler`). It is `None` for a hook
/// point directly in its layer, such as `blocks.0.hook_resid_pre`.
pub fn module_of(name: &str) -> Option<&str> {
    let inner = match name.strip_prefix("blocks.") {
        Some(rest) => rest.split_once('.')?.1,
        None => name,
    };
    inner.split_once('.').map(|(module, _)| module)
}

/// The name inside its module, without `hook_`: `pattern`, or `dense.out` for `pooler.dense.hook_out`.
pub fn inside(name: &str) -> String {
    let (module, short) = (module_of(name), short(name));
    let inner = module.and_then(|m| short.split_once(&format!("{m}.")));
    inner.map_or_else(|| leaf(name).to_owned(), |(_, inner)| inner.to_owned())
}

/// The last part of a name, without `hook_`: `pattern` for `blocks.3.attn.hook_pattern`.
pub fn leaf(name: &str) -> &str {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.strip_prefix("hook_").unwrap_or(last)
}

/// The name as people read it: `blocks.3.attn.pattern` for `blocks.3.attn.hook_pattern`.
pub fn short(name: &str) -> String {
    name.replace("hook_", "")
}

/// The name in few columns, the block's number first: `3.attn.pattern`.
pub fn brief(name: &str) -> String {
    let short = short(name);
    let brief = short.strip_prefix("blocks.").map(str::to_owned);
    brief.unwrap_or(short)
}

/// The block that a name or a pattern begins with, and what follows: 9 of `9.pattern` and of `blocks.9.*`.
pub fn in_block(text: &str) -> Option<(usize, &str)> {
    let inner = text.strip_prefix("blocks.").unwrap_or(text);
    let (block, rest) = inner.split_once('.')?;
    Some((block.parse().ok()?, rest))
}

/// The name as formulas have it: `blocks.3.attn.scores` for `blocks.3.attn.hook_attn_scores`.
pub fn in_formula(name: &str) -> String {
    short(name).replace("attn_scores", "scores")
}

/// Every form in which people may write `name`, the full one first.
pub fn spellings(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned(), short(name)];
    if let Some(Layer::Block(i)) = layer_of(name) {
        forms.push(brief(name));
        let leaf = leaf(name);
        match module_of(name) {
            // Several modules of a block have these names, so the module cannot be left out.
            Some(module) if module.starts_with("ln") || leaf == "out" => {}
            _ => {
                forms.push(format!("blocks.{i}.{leaf}"));
                forms.push(format!("{i}.{leaf}"));
            }
        }
    }
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_layer_module_and_leaf() {
        let name = "blocks.3.attn.hook_pattern";
        assert_eq!(layer_of(name), Some(Layer::Block(3)));
        assert_eq!(module_of(name), Some("attn"));
        assert_eq!(leaf(name), "pattern");
        assert_eq!(inside(name), "pattern");
        assert_eq!(brief(name), "3.attn.pattern");
        assert_eq!(brief("ln_final.hook_scale"), "ln_final.scale");
        assert_eq!(inside("pooler.dense.hook_out"), "dense.out");
        assert_eq!(inside("blocks.0.hook_resid_pre"), "resid_pre");
        assert_eq!(module_of("blocks.0.hook_resid_pre"), None);
        assert_eq!(module_of("ln_final.hook_scale"), Some("ln_final"));
        assert_eq!(layer_of("logits"), Some(Layer::Unembed));
        assert_eq!(layer_of("blocks.x.hook_q"), None);
    }

    #[test]
    fn short_forms_are_accepted_where_they_are_unambiguous() {
        let forms = spellings("blocks.3.attn.hook_pattern");
        for form in ["blocks.3.attn.pattern", "3.attn.pattern", "3.pattern"] {
            assert!(forms.iter().any(|f| f == form), "{form}");
        }
        assert!(
            !spellings("blocks.3.ln1.hook_out")
                .iter()
                .any(|f| f == "3.out")
        );
    }
}

//! X-MOD (Pfeiffer et al. 2022): RoBERTa with a small MLP at the end of each block for each language. The language is the config's
//! default.

use serde_json::Value;

use super::Model;
use super::bert::{self, Kind};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Bottleneck, BottleneckNorm};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let language = language(config)?;
    let kind = Kind {
        last: config.flag("pre_norm")?.then_some("encoder.LayerNorm"),
        ..Kind::roberta(config)?
    };
    let mut arch = bert::arch(family, config, &kind)?;
    let factor = config.size("adapter_reduction_factor")?;
    let (own, again) = (
        config.flag("adapter_layer_norm")?,
        config.flag("adapter_reuse_layer_norm")?,
    );
    arch.block.bottleneck = Some(Bottleneck {
        width: (arch.d_model / factor).max(1),
        norm: match (own, again) {
            (true, _) => Some(BottleneckNorm::Own),
            (false, true) => Some(BottleneckNorm::MlpAgain),
            (false, false) => None,
        },
        onto_normed: config.flag("ln_before_adapter")?,
    });
    let mut names = bert::names(&arch, &kind);
    let module = format!("encoder.layer.{{}}.output.adapter_modules.{language}");
    let maps = [
        (Role::BottleneckIn, "dense1"),
        (Role::BottleneckOut, "dense2"),
    ];
    names.modules(&module, true, &maps);
    let norm = "encoder.layer.{}.output.adapter_layer_norm";
    names.module(Role::BottleneckNorm, norm, true);
    Ok(bert::model_of(arch, names, &kind))
}

/// The language whose MLPs are read.
fn language(config: &mut Config) -> Result<String, CheckpointError> {
    let languages = config.json("languages");
    let known = languages.as_ref().and_then(Value::as_array);
    let known: Vec<&str> = (known.into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let list = known.join(", ");
    let Some(language) = config.optional_text("default_language")? else {
        let problem = format!("names no language; write one of {list} into the file");
        return Err(config.error("default_language", problem));
    };
    if !known.contains(&language.as_str()) {
        let problem = format!("is {language:?}, which is none of `languages`: {list}");
        return Err(config.error("default_language", problem));
    }
    Ok(language)
}

//! Facts about a model for screens, traces and explanations.

use super::{Checkpoint, CheckpointError, HashStatus};
use crate::trace::model_hash::ModelHash;
use crate::trace::source::ModelInfo;
use crate::trace::tensor::Dtype;

impl Checkpoint {
    /// The facts about the model, run in `dtype` on `device`.
    ///
    /// # Errors
    /// An encoder's tokenizer, which names its mask token, cannot be read.
    pub fn info(&self, dtype: Dtype, device: String) -> Result<ModelInfo, CheckpointError> {
        let arch = &self.arch;
        let mask_token = if arch.attention.causal {
            None
        } else {
            self.tokenizer()?.mask()
        };
        Ok(ModelInfo {
            name: self.name().to_owned(),
            family: arch.family.clone(),
            hash: match self.hash_status() {
                HashStatus::Known(hash) => ModelHash::Whole(hash),
                _ => ModelHash::NotRead,
            },
            n_layers: arch.n_layers,
            n_heads: arch.attention.n_heads,
            n_kv_heads: arch.attention.n_kv_heads,
            d_model: arch.d_model,
            d_head: arch.attention.d_head,
            d_mlp: arch.mlp.d_mlp,
            d_vocab: arch.d_vocab,
            n_ctx: arch.n_ctx,
            causal: arch.attention.causal,
            mask_token,
            end_tokens: self.end_tokens.clone(),
            arch: serde_json::to_value(arch).ok(),
            facts: None,
            warnings: self.warnings.clone(),
            lens: None,
            dtype,
            device,
        })
    }
}

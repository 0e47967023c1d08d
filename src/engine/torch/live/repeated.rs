//! Texts of random tokens that repeat.

use super::super::Result;
use super::Live;
use crate::engine::random::Random;
use crate::trace::source::SourceError;
use crate::trace::token::Token;

impl Live {
    /// `count` different random tokens, twice, behind what the tokenizer puts before every text.
    pub(super) fn repeated(&self, count: usize, seed: u64) -> Result<Vec<Token>> {
        let tokenizer = self.checkpoint.tokenizer()?;
        let first = tokenizer.encode_with("", self.options.special_tokens)?;
        let first: Vec<Token> = first.into_iter().take(1).collect();
        let all = self.info.d_vocab.min(tokenizer.len());
        let most = all.min(self.checkpoint.arch.n_ctx.saturating_sub(1) / 2);
        if count == 0 || count > most {
            let why = format!("a text of {count} tokens twice: this model takes 1 to {most}");
            return Err(SourceError::Slice(why).into());
        }
        let mut random = Random::new(seed, 0);
        let mut ids: Vec<u32> = Vec::new();
        while ids.len() < count {
            let id = random.below(all) as u32;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let once = ids.iter().map(|id| tokenizer.token(*id));
        Ok(first.into_iter().chain(once.clone()).chain(once).collect())
    }
}

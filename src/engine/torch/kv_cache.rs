//! Keys and values of the tokens so far, for those to come.

use tch::Tensor;

use super::Result;

/// One layer's keys and values of all tokens so far, in buffers that grow by doubling.
pub struct LayerCache {
    /// `[capacity, kv_head, d_head]` each, empty before the first pass.
    buffers: Option<(Tensor, Tensor)>,
    /// Tokens before the pass at work.
    past: i64,
}

impl LayerCache {
    pub fn new() -> LayerCache {
        LayerCache {
            buffers: None,
            past: 0,
        }
    }

    /// Say how many tokens stand before the pass that runs next. Running a pass again writes the
    /// same rows again.
    pub fn rewind(&mut self, past: i64) {
        self.past = past;
    }

    /// Put `k`, `v` `[token, kv_head, d_head]` after those of the past; all of them come back,
    /// `[key, kv_head, d_head]`, as views into the buffers.
    pub fn extend(&mut self, k: &Tensor, v: &Tensor) -> Result<(Tensor, Tensor)> {
        let tokens = k.size()[0];
        let end = self.past + tokens;
        // The old ones stay until both new ones are there: what they hold is not computed again.
        let (keys, values) = match &self.buffers {
            Some((keys, values)) if keys.size()[0] >= end => {
                (keys.shallow_clone(), values.shallow_clone())
            }
            old => {
                let (old_k, old_v) = old.as_ref().map(|(k, v)| (k, v)).unzip();
                (
                    grown(k, old_k, end, self.past)?,
                    grown(v, old_v, end, self.past)?,
                )
            }
        };
        keys.f_narrow(0, self.past, tokens)?.f_copy_(k)?;
        values.f_narrow(0, self.past, tokens)?.f_copy_(v)?;
        let views = (keys.f_narrow(0, 0, end)?, values.f_narrow(0, 0, end)?);
        self.buffers = Some((keys, values));
        Ok(views)
    }
}

/// A buffer like `like` with room for `rows` rows, the first `past` of them as in `old`. The first
/// one is an exact fit: most sessions never generate.
fn grown(like: &Tensor, old: Option<&Tensor>, rows: i64, past: i64) -> Result<Tensor> {
    let mut size = like.size();
    size[0] = if old.is_some() {
        rows.max(16) * 2
    } else {
        rows
    };
    let buffer = Tensor::f_zeros(&size[..], (like.kind(), like.device()))?;
    if let Some(old) = old {
        buffer
            .f_narrow(0, 0, past)?
            .f_copy_(&old.f_narrow(0, 0, past)?)?;
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn what_cannot_be_added_leaves_what_was_there() {
        let rows =
            |rows: i64, width: i64| Tensor::ones([rows, 1, width], (Kind::Float, Device::Cpu));
        let mut cache = LayerCache::new();
        let _first = cache.extend(&rows(3, 4), &rows(3, 4)).unwrap();
        cache.rewind(3);
        assert!(cache.extend(&rows(1, 4), &rows(1, 5)).is_err());
        let (k, v) = cache.extend(&rows(1, 4), &rows(1, 4)).unwrap();
        assert_eq!(k.size(), [4, 1, 4]);
        assert!(k.equal(&rows(4, 4)) && v.equal(&rows(4, 4)));
    }
}

//! States: keys or values of all tokens so far, or what stands in their place, which a pass leaves for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tch::Tensor;

use super::Result;

/// Rows of one state, in a buffer that grows by doubling and that the states of later passes share.
///
/// The rows of a state never change. A pass that runs again, or another one after the same pass, writes only
/// where no committed state has rows.
pub struct State {
    /// `[capacity, kv_head, d_head]`
    buffer: Tensor,
    rows: i64,
    /// The number of the buffer's rows that belong to some pass.
    committed: Arc<AtomicI64>,
}

impl State {
    /// The rows of `past` with `x` `[token, kv_head, d_head]` appended, `[key, kv_head, d_head]`, and the
    /// state that holds them.
    pub fn append(past: Option<&State>, x: &Tensor) -> Result<(Tensor, State)> {
        let Some(past) = past else {
            // The first pass's own rows serve as its state: most sessions never generate.
            let state = State {
                buffer: x.shallow_clone(),
                rows: x.size()[0],
                committed: Arc::default(),
            };
            return Ok((x.shallow_clone(), state));
        };
        let tokens = x.size()[0];
        let rows = past.rows + tokens;
        let free = past.committed.load(Ordering::Relaxed) == past.rows;
        let (buffer, committed) = if free && past.buffer.size()[0] >= rows {
            (past.buffer.shallow_clone(), past.committed.clone())
        } else {
            (past.grown(rows)?, Arc::default())
        };
        buffer.f_narrow(0, past.rows, tokens)?.f_copy_(x)?;
        let all = buffer.f_narrow(0, 0, rows)?; // [key, kv_head, d_head]
        let state = State {
            buffer,
            rows,
            committed,
        };
        Ok((all, state))
    }

    /// A state of fixed size, which nothing is appended to.
    pub fn fixed(whole: Tensor) -> State {
        State {
            rows: whole.size()[0],
            buffer: whole,
            committed: Arc::default(),
        }
    }

    /// A state that another run shares. A run that goes on differently writes elsewhere.
    pub fn shared(&self) -> State {
        State {
            buffer: self.buffer.shallow_clone(),
            rows: self.rows,
            committed: self.committed.clone(),
        }
    }

    /// All rows, `[key, kv_head, d_head]`.
    pub fn all(&self) -> Result<Tensor> {
        Ok(self.buffer.f_narrow(0, 0, self.rows)?)
    }

    /// Mark the state's rows as used, after its pass has succeeded.
    pub fn commit(&self) {
        self.committed.store(self.rows, Ordering::Relaxed);
    }

    /// A buffer with the same rows, and room for twice `rows`.
    fn grown(&self, rows: i64) -> Result<Tensor> {
        let mut size = self.buffer.size();
        size[0] = rows.max(16) * 2;
        let options = (self.buffer.kind(), self.buffer.device());
        let buffer = Tensor::f_zeros(&size[..], options)?;
        let own = self.buffer.f_narrow(0, 0, self.rows)?;
        buffer.f_narrow(0, 0, self.rows)?.f_copy_(&own)?;
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    fn rows(rows: i64, value: f64) -> Tensor {
        Tensor::full([rows, 1, 4], value, (Kind::Float, Device::Cpu))
    }

    #[test]
    fn rows_of_a_state_stay_whatever_is_appended_to_it() {
        let committed = |past: Option<&State>, more: Tensor| {
            let (_, state) = State::append(past, &more).unwrap();
            state.commit();
            state
        };
        let first = committed(None, rows(3, 1.0));
        let second = committed(Some(&first), rows(1, 2.0));
        let third = committed(Some(&second), rows(1, 3.0));
        // `other` goes on differently after `second`; `again` appends the second row once more.
        let (other, _) = State::append(Some(&second), &rows(1, 9.0)).unwrap();
        let (again, _) = State::append(Some(&first), &rows(1, 2.0)).unwrap();
        let (all, _) = State::append(Some(&third), &rows(1, 4.0)).unwrap();
        let column = |t: &Tensor| Vec::<f32>::try_from(t.select(2, 0).flatten(0, -1)).unwrap();
        assert_eq!(column(&other), [1.0, 1.0, 1.0, 2.0, 9.0]);
        assert_eq!(column(&again), [1.0, 1.0, 1.0, 2.0]);
        assert_eq!(column(&all), [1.0, 1.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn what_cannot_be_appended_leaves_what_was_there() {
        let (_, state) = State::append(None, &rows(3, 1.0)).unwrap();
        state.commit();
        let wide = Tensor::ones([1, 1, 5], (Kind::Float, Device::Cpu));
        assert!(State::append(Some(&state), &wide).is_err());
        let (all, _) = State::append(Some(&state), &rows(1, 1.0)).unwrap();
        assert!(all.equal(&rows(4, 1.0)));
    }
}

//! Changed copies as rows of batches.

use std::collections::HashMap;

use tch::Tensor;

use super::super::super::Result;
use super::run::Values;
use crate::graph::NodeId;

/// Some of the changed copies.
#[derive(Default)]
pub(super) struct Batch {
    /// The number of each copy, in the order of the plan's parts.
    pub copies: Vec<usize>,
    /// The values that differ from those of the run that is changed, as far as later layers read them.
    pub changed: Values,
    /// On the way to receivers: the values that differ along the stem, while every part of the model keeps what it
    /// wrote.
    pub along: Values,
    /// On the way to receivers: the values that differ in the receivers' own parts.
    pub inside: Values,
}

impl Batch {
    pub fn of(copies: Vec<usize>) -> Batch {
        Batch {
            copies,
            ..Batch::default()
        }
    }

    pub fn count(&self) -> i64 {
        self.copies.len() as i64
    }

    fn values(&self) -> [&Values; 3] {
        [&self.changed, &self.along, &self.inside]
    }

    fn values_mut(&mut self) -> [&mut Values; 3] {
        [&mut self.changed, &mut self.along, &mut self.inside]
    }

    /// Batches of no more copies than `most`.
    pub fn split(self, most: usize) -> Result<Vec<Batch>> {
        if self.copies.len() <= most {
            return Ok(vec![self]);
        }
        let chunks = self.copies.chunks(most);
        let mut parts: Vec<Batch> = chunks.map(|copies| Batch::of(copies.to_vec())).collect();
        for (kind, values) in self.values().into_iter().enumerate() {
            for (id, value) in values {
                for (part, own) in parts.iter_mut().zip(value.f_split(most as i64, 0)?) {
                    part.values_mut()[kind].insert(*id, own);
                }
            }
        }
        Ok(parts)
    }

    /// Batches put together, as far as they have no more copies than `most`. A value that some lack is the base's
    /// there.
    pub fn merged(batches: Vec<Batch>, base: &Values, most: usize) -> Result<Vec<Batch>> {
        let mut groups: Vec<Vec<Batch>> = Vec::new();
        let mut count = most;
        for batch in batches {
            if count + batch.copies.len() > most {
                groups.push(Vec::new());
                count = 0;
            }
            count += batch.copies.len();
            if let Some(group) = groups.last_mut() {
                group.push(batch);
            }
        }
        let one = |mut group: Vec<Batch>| match group.len() {
            0 | 1 => Ok(group.pop()),
            _ => Batch::joined(&group, base).map(Some),
        };
        let merged: Result<Vec<Option<Batch>>> = groups.into_iter().map(one).collect();
        Ok(merged?.into_iter().flatten().collect())
    }

    fn joined(group: &[Batch], base: &Values) -> Result<Batch> {
        let copies = group.iter().flat_map(|batch| &batch.copies);
        let mut joined = Batch::of(copies.copied().collect());
        for (kind, all) in joined.values_mut().into_iter().enumerate() {
            let mut ids: Vec<NodeId> = group
                .iter()
                .flat_map(|batch| keys(batch.values()[kind]))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                let own = |batch: &Batch| match batch.values()[kind].get(&id) {
                    Some(own) => Ok(own.shallow_clone()),
                    None => expanded(&base[&id], batch.count()),
                };
                let parts = group.iter().map(own).collect::<Result<Vec<Tensor>>>()?;
                all.insert(id, Tensor::f_cat(&parts, 0)?);
            }
        }
        Ok(joined)
    }
}

/// The nodes that values are of, in order.
pub(super) fn keys(values: &Values) -> Vec<NodeId> {
    let mut keys: Vec<NodeId> = values.keys().copied().collect();
    keys.sort_unstable();
    keys
}

/// A copy that shares the values' memory.
pub(super) fn shared(values: &Values) -> Values {
    let values = values.iter();
    let values = values.map(|(id, value)| (*id, value.shallow_clone()));
    values.collect::<HashMap<_, _>>()
}

/// A value for each of some copies, which share its memory. `[…]` → `[copy, …]`
pub(super) fn expanded(value: &Tensor, copies: i64) -> Result<Tensor> {
    let size = [&[copies][..], &value.size()].concat();
    Ok(value.f_unsqueeze(0)?.f_expand(&size[..], false)?)
}

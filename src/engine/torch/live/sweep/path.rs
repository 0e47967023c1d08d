//! Path patching: a change flows along direct paths into receivers, all of which then take what came.
//!
//! A copy is two runs in step. In the first every part of the model keeps what it wrote, and the change goes along the
//! stem and into the receivers' own parts, which is written back to nothing. The second is the changed one: it begins
//! at the first receiver, each receiver takes its value of the first run, and all else follows.

use tch::Tensor;

use super::super::super::Result;
use super::super::Live;
use super::batch::{Batch, expanded, keys, shared};
use super::change::{Part, put};
use super::run::{Here, Values};
use crate::graph::reach::Follow;
use crate::graph::{Graph, NodeId};

/// The way to the receivers of a sweep.
pub(super) struct Paths {
    /// The receivers in the order of the graph, and the part of each that takes what comes.
    pub receivers: Vec<(NodeId, Part)>,
    stem: Follow,
    into: Follow,
    /// The index of the last layer with a receiver.
    last: usize,
}

/// The nodes of one layer that a change on its way reaches.
struct Reached {
    /// Those that follow along the stem.
    along: Vec<NodeId>,
    /// Values that the receivers' parts are computed from.
    roots: Vec<NodeId>,
    /// Those of the receivers' parts.
    inside: Vec<NodeId>,
}

impl Paths {
    /// The way to some receivers; none where there is no receiver.
    pub fn new(graph: &Graph, mut receivers: Vec<(NodeId, Part)>) -> Option<Paths> {
        receivers.sort_by_key(|(id, _)| *id);
        let (last, _) = receivers.last()?;
        let ids: Vec<NodeId> = receivers.iter().map(|(id, _)| *id).collect();
        Some(Paths {
            stem: Follow::stem(graph),
            into: Follow::into(graph, &ids),
            last: graph.position_of(*last),
            receivers,
        })
    }

    /// The receivers in a layer, behind the point that a change begins at there.
    pub fn ends(&self, graph: &Graph, position: usize, begun: Option<NodeId>) -> Vec<NodeId> {
        let here = |id: &NodeId| graph.position_of(*id) == position && Some(*id) > begun;
        let mut ends: Vec<NodeId> = self.receivers.iter().map(|(id, _)| *id).collect();
        ends.dedup();
        ends.retain(here);
        ends
    }

    fn reached(
        &self,
        graph: &Graph,
        position: usize,
        along: &[NodeId],
        inside: &[NodeId],
    ) -> Reached {
        let followed = graph.following(position, along, &self.stem);
        // A part's values of an earlier layer stand before those that came another way.
        let stem = followed.iter().filter(|id| self.stem.holds(**id));
        let mut roots: Vec<NodeId> = [along, inside].concat();
        roots.extend(stem);
        roots.sort_unstable();
        roots.dedup();
        Reached {
            inside: graph.following(position, &roots, &self.into),
            along: followed,
            roots,
        }
    }

    /// The values of the run that is changed that a batch on its way reads in a layer.
    pub fn reads(
        &self,
        graph: &Graph,
        position: usize,
        [along, inside]: [&[NodeId]; 2],
    ) -> Vec<NodeId> {
        if position > self.last {
            return Vec::new();
        }
        let found = self.reached(graph, position, along, inside);
        let mut reads = graph.beside(&found.along, along);
        reads.extend(graph.beside(&found.inside, &found.roots));
        reads
    }
}

impl Live {
    /// Take a batch on its way through a layer; the receivers there take what came.
    pub(super) fn arrived(
        &mut self,
        here: &Here,
        batch: &mut Batch,
        paths: &Paths,
        ends: &[NodeId],
    ) -> Result<()> {
        if here.position > paths.last {
            return Ok(());
        }
        let graph = self.graph.clone();
        let copies = batch.count();
        let (along, inside) = (keys(&batch.along), keys(&batch.inside));
        let found = paths.reached(&graph, here.position, &along, &inside);
        let goes_on = |id: &NodeId| here.position < paths.last && here.is_read_later(id);
        let read = graph.beside(&found.inside, &[]);
        let needed = |id: &NodeId| goes_on(id) || read.contains(id) || ends.contains(id);
        let wanted: Vec<NodeId> = found.along.iter().copied().filter(needed).collect();
        let values = self.behind(here, copies, &batch.along, &found.along, &wanted)?;
        batch.along.extend(wanted.into_iter().zip(values));
        let mut roots: Values = shared(&batch.along);
        roots.retain(|id, _| found.roots.binary_search(id).is_ok());
        roots.extend(shared(&batch.inside));
        let needed = |id: &NodeId| goes_on(id) || ends.contains(id);
        let wanted: Vec<NodeId> = found.inside.iter().copied().filter(needed).collect();
        let values = self.behind(here, copies, &roots, &found.inside, &wanted)?;
        batch.inside.extend(wanted.into_iter().zip(values));
        for end in ends {
            let came = [&batch.inside, &batch.along];
            let came = came.iter().find_map(|values| values.get(end));
            let came = match came {
                Some(came) => came.shallow_clone(),
                None => expanded(&here.base[end], copies)?,
            };
            let value = self.taken(here, batch, paths, *end, came)?;
            batch.changed.insert(*end, value);
        }
        batch.along.retain(|id, _| goes_on(id));
        batch.inside.retain(|id, _| goes_on(id));
        Ok(())
    }

    /// The value of a receiver in the changed run, whose parts have what came.
    fn taken(
        &mut self,
        here: &Here,
        batch: &Batch,
        paths: &Paths,
        end: NodeId,
        came: Tensor,
    ) -> Result<Tensor> {
        let parts = paths.receivers.iter().filter(|(id, _)| *id == end);
        let parts: Vec<&Part> = parts.map(|(_, part)| part).collect();
        if parts.iter().any(|part| part.is_all_of(&here.base[&end])) {
            return Ok(came);
        }
        let copies = batch.count();
        let after = self
            .graph
            .following(here.position, &keys(&batch.changed), &Follow::All);
        let mut value = match batch.changed.get(&end) {
            Some(own) => own.shallow_clone(),
            None if after.binary_search(&end).is_ok() => self
                .behind(here, copies, &batch.changed, &after, &[end])?
                .remove(0),
            None => expanded(&here.base[&end], copies)?,
        };
        for part in parts {
            value = put(&value, &came, part)?;
        }
        Ok(value)
    }
}

//! Weights under their names, as the model uses them: quantised ones multiplied out.

use std::sync::Arc;

use tch::Tensor;

use super::super::weights::missing;
use super::super::{Result, view};
use super::Live;
use crate::graph::named::{self, Layout, Named};
use crate::trace::source::{Control, SourceError};
use crate::trace::tensor::{Slice, Summary, Values};

impl Live {
    /// The elements of a slice of a weight.
    pub(super) fn weight(
        &mut self,
        name: &str,
        slice: &Slice,
    ) -> std::result::Result<Values, SourceError> {
        let named = self.named(name)?;
        slice.ranges(&named.point.axes, &named.point.shape)?;
        Ok(self.with_room(|live| {
            // Only what is asked for is converted: an embedding's row is not worth its table.
            let part = view::window(&laid_out(&live.as_stored(&named)?, named.layout)?, slice)?;
            view::all(&part.f_to_kind(live.place.0)?)
        })?)
    }

    /// Statistics of a weight's elements.
    pub(super) fn weight_summary(
        &mut self,
        name: &str,
        control: &Control,
    ) -> std::result::Result<Summary, SourceError> {
        let named = self.named(name)?;
        Ok(self.with_room(|live| {
            let all = live.as_read(&named)?;
            // The order of elements is nothing to a summary, and turning a matrix would copy it.
            let all = match named.layout {
                Layout::From(_) => laid_out(&all, named.layout)?,
                _ => all,
            };
            view::summary(view::blocks(&all)?.into_iter().map(Ok), control)
        })?)
    }

    /// The weight of this name.
    fn named(&mut self, name: &str) -> std::result::Result<Named, SourceError> {
        let (graph, gated) = (&self.graph, self.checkpoint.arch.mlp.gated);
        let all = self
            .named
            .get_or_insert_with(|| Arc::from(graph.named_weights(gated)));
        named::find(all, name)
            .cloned()
            .ok_or_else(|| SourceError::NoSuchWeight {
                name: name.to_owned(),
                nearest: named::nearest(all, name)
                    .first()
                    .map(|n| n.point.name.clone()),
            })
    }

    /// The whole weight, in the layout and in the kind in which its operation reads it.
    fn as_read(&mut self, named: &Named) -> Result<Tensor> {
        Ok(self.as_stored(named)?.f_to_kind(self.place.0)?)
    }

    /// The whole weight, in the layout in which its operation reads it.
    fn as_stored(&mut self, named: &Named) -> Result<Tensor> {
        let mut resident = self.weights();
        let weights = resident.weights(named.layer, &[named.node])?;
        let numbers = weights.stored(named.role, named.param)?;
        numbers.ok_or_else(|| missing(named.role))
    }
}

/// A weight with the axes of its name; no element is copied.
fn laid_out(weight: &Tensor, layout: Layout) -> Result<Tensor> {
    Ok(match layout {
        Layout::Same => weight.shallow_clone(),
        Layout::Turned => weight.f_transpose(0, 1)?,
        Layout::IntoHeads(heads) => weight
            .f_unflatten(0, [heads as i64, -1])? // [head, d_head, in]
            .f_transpose(1, 2)?,
        Layout::FromHeads(heads) => weight
            .f_transpose(0, 1)? // [head · d_head, out]
            .f_unflatten(0, [heads as i64, -1])?,
        Layout::Split(heads) | Layout::Rows(heads) => weight.f_unflatten(0, [heads as i64, -1])?,
        Layout::Taps(heads) => {
            let rows = weight.f_squeeze_dim(1)?; // [channel, tap]
            match heads {
                Some(heads) => rows.f_unflatten(0, [heads as i64, -1])?,
                None => rows,
            }
        }
        Layout::From(first) => {
            let rows = weight.size()[0] - first as i64;
            weight.f_narrow(0, first as i64, rows)?
        }
    })
}

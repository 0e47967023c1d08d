//! Lenses from files: the residual stream is mapped before the unembedding reads it.

use std::path::Path;
use std::sync::Arc;

use tch::{Kind, Tensor};

use super::super::Result;
use super::super::change::tensor;
use super::Live;
use crate::trace::hook;
use crate::trace::lens_file::{AffineMap, LensFile, LensKind};
use crate::trace::model_hash::SameModel;
use crate::trace::plan::Plan;
use crate::trace::source::{Control, SourceError};

impl Live {
    /// Read the residual stream through the lens in a file, or by the logit lens for none.
    pub(super) fn use_lens(
        &mut self,
        path: Option<&Path>,
        control: &Control,
    ) -> Result<(), SourceError> {
        let Some(path) = path else {
            (self.through, self.info.lens) = (None, None);
            return Ok(());
        };
        let plan = self.plan(0)?;
        if let Some(end) = plan.output_without_logits() {
            return Err(SourceError::NoLogits { end });
        }
        let other = |why: String| SourceError::Other(why);
        let lens = LensFile::open(path).map_err(|why| other(why.to_string()))?;
        lens.fits(&self.info, &plan)
            .map_err(|why| other(why.to_string()))?;
        let hash = lens.hash.clone();
        let same = match hash.same(&self.info.hash) {
            // This model's files are read only where the file says a hash to compare with.
            SameModel::NotSaid => SameModel::NotSaid,
            _ => self.same_model(&hash, control)?,
        };
        self.info.lens = Some(lens.info(&self.info, same));
        self.through = Some(Arc::new(lens));
        Ok(())
    }

    /// The name of the lens in use, at a hook point where it has a map.
    pub(super) fn lens_name(&self, pass: usize, point: usize) -> Result<Option<String>> {
        let plan = self.plan(pass)?;
        let found = self
            .through
            .as_ref()
            .and_then(|lens| map(lens, &plan, point));
        Ok(found.and(self.info.lens.as_ref()).map(ToString::to_string))
    }

    /// Whether the answer itself stands at a hook point: no lens has anything to do there.
    pub(super) fn is_answer(&self, pass: usize, point: usize) -> Result<bool> {
        let plan = self.plan(pass)?;
        let last = plan.residual_at(plan.len().saturating_sub(1));
        Ok(plan.residual_at(point) == last)
    }

    /// Rows of the residual stream `[row, d_model]` at a hook point, as the lens in use gives them to the unembedding.
    pub(super) fn through(&self, pass: usize, point: usize, resid: Tensor) -> Result<Tensor> {
        let (Some(lens), plan) = (&self.through, self.plan(pass)?) else {
            return Ok(resid);
        };
        let Some(AffineMap { weight, bias }) = map(lens, &plan, point) else {
            return Ok(resid);
        };
        // Half precision is too coarse for sums of so many terms.
        let kind = match resid.kind() {
            Kind::Double => Kind::Double,
            _ => Kind::Float,
        };
        let place = |value| -> Result<Tensor> {
            Ok(tensor(value)?.f_to_device(self.place.1)?.f_to_kind(kind)?)
        };
        let rows = resid.f_to_kind(kind)?; // [row, d_model]
        let mut mapped = rows.f_matmul(&place(&weight)?.f_tr()?)?; // [row, d_model]
        if let Some(bias) = bias {
            mapped = mapped.f_add(&place(&bias)?)?;
        }
        if lens.kind == LensKind::Tuned {
            mapped = mapped.f_add(&rows)?;
        }
        Ok(mapped.f_to_kind(resid.kind())?)
    }
}

/// The map for the value that a lens at `point` reads. A block's output is the next block's input, so that one map
/// serves both; the last residual is the answer's own and has none.
fn map<'a>(lens: &'a LensFile, plan: &Plan, point: usize) -> Option<AffineMap<'a>> {
    let at = plan.residual_at(point)?;
    let points = plan.points();
    let next = (at + 1..plan.len()).find(|&i| plan.is_residual(i))?;
    let own = lens.at(&points[at].name);
    let leaf = |i: usize| hook::leaf(&points[i].name);
    own.or_else(|| match (leaf(at), leaf(next)) {
        ("resid_pre" | "resid_mid", _) => None,
        (_, "resid_pre") => lens.at(&points[next].name),
        _ => None,
    })
}

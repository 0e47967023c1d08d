//! A part of the model switched off, to see what breaks: its values are replaced in the prompt's pass.

use crate::trace::hook;
use crate::trace::source::{Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::tensor::HostTensor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Positions,
    Attention,
    Norms,
    Mlp,
}

impl Part {
    pub const ALL: [Part; 4] = [Part::Positions, Part::Attention, Part::Norms, Part::Mlp];

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Part::Positions => "positions",
            Part::Attention => "attention",
            Part::Norms => "norms",
            Part::Mlp => "mlp",
        }
    }

    pub fn named(word: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.word() == word)
    }

    /// The hook points that it is switched off at, and the value that stands for nothing there: what is added to
    /// the stream becomes 0, and a norm that divides by 1 leaves the size of a row as it is.
    fn off(self) -> (&'static [&'static str], f64) {
        match self {
            Part::Positions => (&["pos_embed"], 0.0),
            Part::Attention => (&["attn_out"], 0.0),
            Part::Norms => (&["scale"], 1.0),
            Part::Mlp => (&["mlp_out"], 0.0),
        }
    }

    /// Switch it off in the first pass.
    ///
    /// # Errors
    /// The source is a recording, in which nothing can be computed anew.
    pub fn switch_off(self, source: &mut dyn Source) -> Result<(), SourceError> {
        let (leaves, value) = self.off();
        let plan = source.passes()[0].plan.clone();
        let dtype = source.model().dtype;
        for (at, point) in plan.points().iter().enumerate() {
            if leaves.contains(&hook::leaf(&point.name)) {
                let n = point.shape.iter().product();
                let value =
                    HostTensor::new(dtype, point.shape.clone(), std::iter::repeat_n(value, n));
                source.replace(0, at, Some(&value))?;
            }
        }
        Ok(())
    }
}

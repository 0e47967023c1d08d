//! Interventions as people read and type them.

use std::fmt;

use super::{Change, Direction, Glob, Intervention, Origin};
use crate::trace::grid::Chosen;
use crate::trace::hook;
use crate::trace::tensor::Pick;

impl fmt::Display for Intervention {
    /// The command line that makes it: `scale 2 5.z [:, 2]`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.change {
            Change::Zero => f.write_str("zero")?,
            Change::Mean { over: None } => f.write_str("mean")?,
            Change::Mean { over: Some(file) } => write!(f, "mean over {:?}", file.display())?,
            Change::Resample { seed, from: None } => write!(f, "resample seed={seed}")?,
            Change::Resample {
                seed,
                from: Some(prompt),
            } => write!(f, "resample seed={seed} from {prompt:?}")?,
            Change::Put(x) => write!(f, "put {x}")?,
            Change::Scale(x) => write!(f, "scale {x}")?,
            // The logits, and which of them, follow from the token.
            Change::Forbid(Chosen::Text(text)) => return write!(f, "forbid {text:?}"),
            Change::Forbid(Chosen::Id(id)) => return write!(f, "forbid {id}"),
            Change::Forbid(Chosen::Next) => return f.write_str("forbid next"),
            Change::Add { direction, factor } => {
                write!(f, "add {direction}")?;
                if *factor != 1.0 {
                    write!(f, " ×{factor}")?;
                }
            }
            Change::Patch { from, row } => {
                f.write_str("patch")?;
                match from {
                    Origin::Here => {}
                    Origin::Pass(pass) => write!(f, " pass {pass}")?,
                    Origin::Branch(name) => write!(f, " branch {name}")?,
                    Origin::Trace(path) => write!(f, " {:?}", path.display())?,
                    Origin::Values => f.write_str(" given values")?,
                }
                if let Some(row) = row {
                    write!(f, " row {row}")?;
                }
            }
        }
        match &self.glob {
            Some(glob) => write!(f, " {}", glob.pattern)?,
            None => write!(f, " {}", hook::short(&self.point))?,
        }
        if (0..self.slice.0.len()).all(|axis| self.is_whole(axis)) {
            return Ok(());
        }
        let parts = self.slice.0.iter().enumerate();
        let parts: Vec<String> = parts
            .map(|(axis, pick)| match pick {
                _ if self.is_whole(axis) => ":".into(),
                Pick::At(i) => i.to_string(),
                Pick::Span(span) => format!("{}:{}", span.start, span.end),
            })
            .collect();
        write!(f, " [{}]", parts.join(", "))
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Direction::File { path, tensor: None } => write!(f, "{:?}", path.display()),
            Direction::File {
                path,
                tensor: Some(name),
            } => write!(f, "{:?}:{name}", path.display()),
            Direction::Prompts(plus, minus) => write!(f, "{plus:?}-{minus:?}"),
        }
    }
}

impl Intervention {
    /// Where it holds, for a list: `off`, `pass 1`, `pass 0 and later`; of a pattern the hook points that it meets.
    pub fn holds(&self) -> String {
        let holds = match (self.on, self.later) {
            (false, _) => "off".into(),
            (true, false) => format!("pass {}", self.pass),
            (true, true) => format!("pass {} and later", self.pass),
        };
        match &self.glob {
            Some(Glob { count: 1, .. }) => format!("1 hook point · {holds}"),
            Some(Glob { count, .. }) => format!("{count} hook points · {holds}"),
            None => holds,
        }
    }
}

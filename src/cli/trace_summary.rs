//! `layerwise inspect FILE`: what a recorded trace holds.

use serde::Serialize;

use crate::session::format;
use crate::trace::plan::HookPoint;
use crate::trace::replay::Replay;
use crate::trace::source::{ModelInfo, Source};
use crate::trace::token::Token;

#[derive(Serialize)]
pub struct TraceSummary<'a> {
    /// Program and version that wrote it; empty where unknown.
    created_by: &'a str,
    model: &'a ModelInfo,
    prompt: &'a str,
    /// The commands of the interventions that changed the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interventions: Vec<String>,
    passes: Vec<PassSummary<'a>>,
    /// Tensors that belong to no hook point.
    unknown_tensors: &'a [String],
}

#[derive(Serialize)]
struct PassSummary<'a> {
    /// The tokens that run in this pass.
    tokens: &'a [Token],
    hook_points: Vec<Recorded>,
}

#[derive(Serialize)]
struct Recorded {
    #[serde(flatten)]
    point: HookPoint,
    recorded: bool,
    /// Computed again from what flowed in the model.
    reconstructed: bool,
}

/// The commands of the interventions that changed a run.
pub fn commands(source: &dyn Source) -> Vec<String> {
    let all = source.interventions().iter();
    all.map(|one| format!("{one} · {}", one.holds())).collect()
}

impl TraceSummary<'_> {
    pub fn of(trace: &Replay) -> TraceSummary<'_> {
        let meta = trace.meta();
        let passes = (trace.passes().iter().enumerate())
            .map(|(p, pass)| PassSummary {
                tokens: &pass.tokens[pass.start..],
                hook_points: (pass.plan.points().iter().enumerate())
                    .map(|(i, point)| Recorded {
                        point: point.as_read(),
                        recorded: trace.has(p, i),
                        reconstructed: meta.is_reconstructed(&point.name),
                    })
                    .collect(),
            })
            .collect();
        TraceSummary {
            created_by: &meta.created_by,
            model: &meta.model,
            prompt: &meta.prompt,
            interventions: commands(trace),
            passes,
            unknown_tensors: trace.unknown(),
        }
    }

    pub fn text(&self) -> String {
        let model = self.model;
        let by = match self.created_by {
            "" => "an unknown program",
            by => by,
        };
        let mut lines = vec![
            format!(
                "trace of {} · {} · {} on {} · written by {by}",
                model.name, model.family, model.dtype, model.device
            ),
            format!("model's hash {}", model.hash),
            format!("prompt {:?}", self.prompt),
        ];
        let changed = self.interventions.iter();
        lines.extend(changed.map(|one| format!("changed by: {one}")));
        let warnings = model.warnings.iter();
        lines.extend(warnings.map(|warning| format!("warning: {warning}")));
        for (p, pass) in self.passes.iter().enumerate() {
            let texts: Vec<String> = (pass.tokens.iter())
                .map(|t| format!("{:?}", t.text))
                .collect();
            let recorded = pass.hook_points.iter().filter(|h| h.recorded);
            lines.push(String::new());
            lines.push(format!(
                "pass {p} · {} of {} hook points recorded · tokens {}",
                recorded.clone().count(),
                pass.hook_points.len(),
                texts.join(" "),
            ));
            let width = recorded.clone().map(|h| h.point.name.len()).max();
            for hook in recorded {
                let point = &hook.point;
                let numel: usize = point.shape.iter().product();
                let mark = if hook.reconstructed {
                    "  reconstructed"
                } else {
                    ""
                };
                lines.push(format!(
                    "  {:<width$}  {:<18} {:>10}{mark}",
                    point.name,
                    format!("{:?}", point.shape),
                    format::bytes(numel * model.dtype.size()),
                    width = width.unwrap_or(0)
                ));
            }
        }
        if !self.unknown_tensors.is_empty() {
            lines.push(String::new());
            let names = self.unknown_tensors.join(", ");
            lines.push(format!("no hook point's: {names}"));
        }
        lines.join("\n") + "\n"
    }
}

//! Traces of a live engine, written one layer at a time.

use std::path::Path;

use crate::graph::Graph;
use crate::trace::meta::{LENS_TOP, Meta, Selected, key, select};
use crate::trace::plan::HookPoint;
use crate::trace::source::{Control, Progress, Source, SourceError, Work};
use crate::trace::source_ext::SourceExt;
use crate::trace::states;
use crate::trace::tensor::{Dtype, HostTensor, Slice};
use crate::trace::write::{Entry, write_trace};

/// Run every pass to its end, then write the hook points that `hooks` matches. Layers that are no longer in
/// memory are computed again while the file is written: only one layer at a time is in memory.
pub fn save(
    source: &mut dyn Source,
    graph: &Graph,
    prompt: &str,
    text: impl Fn(u32) -> String,
    path: &Path,
    hooks: &[String],
    control: &Control,
) -> Result<(), SourceError> {
    let passes = source.passes().to_vec();
    let Selected {
        points: chosen,
        left_out,
    } = select(&passes, hooks)?;
    // The last state stands for states that nobody asked for by name.
    let hook_of = |&(pass, point): &(usize, usize)| &passes[pass].plan.points()[point];
    let last: Vec<(usize, usize)> = (left_out.into_iter())
        .filter(|at| states::is_state(hook_of(at)))
        .collect();
    let mut meta = Meta::new(source.model().clone(), prompt, &passes);
    meta.add_interventions(source.interventions());
    for (index, pass) in passes.iter().enumerate() {
        if !pass.plan.has_logits() {
            continue;
        }
        let hooks = pass.plan.points();
        let read = |&i: &usize| pass.plan.is_residual(i) || hooks[i].name == "logits";
        let points: Vec<usize> = (0..hooks.len()).filter(read).collect();
        let row = source.model().first_row(pass);
        let distributions = source.lenses(index, &points, row, LENS_TOP, 1.0, control)?;
        for (&point, top) in points.iter().zip(&distributions) {
            meta.add_lens(index, &hooks[point].name, top);
        }
    }
    for &(pass, point) in &chosen {
        if passes[pass].plan.points()[point].name == "logits" {
            source.run_to(pass, point, control)?;
            meta.add_texts(&source.tensor(pass, point)?, &text);
        }
    }
    let entry = |&(pass, point): &(usize, usize)| {
        let hook = &passes[pass].plan.points()[point];
        Entry {
            key: key(pass, &hook.name),
            dtype: computed_in(source.model().dtype, graph, hook),
            shape: hook.shape.clone(),
        }
    };
    let end = |at: &(usize, usize)| {
        let hook = hook_of(at);
        Entry {
            key: states::last_key(at.0, &hook.name),
            dtype: computed_in(source.model().dtype, graph, hook),
            shape: hook.shape[1..].to_vec(),
        }
    };
    let entries: Vec<Entry> = chosen
        .iter()
        .map(entry)
        .chain(last.iter().map(end))
        .collect();
    // Cancelling is passed on to `control`; progress is not, since here it counts tensors and not layers.
    let running = Control {
        progress: None,
        ..control.clone()
    };
    write_trace(path, &meta, &entries, |i, sink| {
        let is_last = i >= chosen.len();
        let (pass, point) = if is_last {
            last[i - chosen.len()]
        } else {
            chosen[i]
        };
        control.check(Progress {
            at: Work::Layer(passes[pass].plan.points()[point].layer()),
            done: i,
            total: entries.len(),
        })?;
        source.run_to(pass, point, &running)?;
        if is_last {
            let rows = passes[pass].plan.points()[point].shape[0];
            let slice = Slice::at(&[rows.saturating_sub(1)]);
            let values = source.values(pass, point, &slice)?;
            let (dtype, shape) = (entries[i].dtype, entries[i].shape.clone());
            return sink.put(&HostTensor::new(dtype, shape, values.data).bytes);
        }
        sink.put(&source.tensor(pass, point)?.bytes)
    })
}

/// The dtype that a hook point's value is computed in: norms take their statistics in f32 if the rest is
/// narrower.
fn computed_in(dtype: Dtype, graph: &Graph, hook: &HookPoint) -> Dtype {
    let id = graph.find(&hook.name);
    match dtype {
        Dtype::F16 | Dtype::BF16 if id.is_some_and(|id| graph.node(id).operation.is_wide()) => {
            Dtype::F32
        }
        _ => dtype,
    }
}

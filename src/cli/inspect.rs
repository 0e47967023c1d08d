//! `layerwise inspect`: a model or a trace as data, from its files alone.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;
use serde::Serialize;

use super::graph_listing::GraphListing;
use super::model::ConfigArgs;
use super::resolve_model;
use super::trace_summary::TraceSummary;
use crate::checkpoint::{
    Checkpoint, HashStatus, LayerSize, Quantisation, StorageSize, TokenizerInfo,
};
use crate::graph::arch::Arch;
use crate::session::format;
use crate::trace::model_hash::ModelHash;
use crate::trace::plan::HookPoint;
use crate::trace::printable::printable;
use crate::trace::replay::Replay;
use crate::trace::source::{Control, Source};

/// Show a model's architecture, parameters, hook points and tokenizer, or what a trace holds
#[derive(clap::Args)]
#[command(after_help = super::examples::INSPECT)]
pub struct Args {
    /// A model's folder or GGUF file, ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub, or a trace; the embedded model if
    /// left out
    model: Option<PathBuf>,
    /// Prompt length for the hook points' shapes
    #[arg(long, default_value_t = 8, value_name = "N")]
    tokens: usize,
    /// Read all files of weights for the model's hash, however large they are, where it is not known yet
    #[arg(long)]
    hash: bool,
    /// Print the graph instead: every value, the operation that makes it, what it reads
    #[arg(long)]
    graph: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Shapes of more are no longer of use, and products of them no longer numbers.
const MOST_TOKENS: usize = 1 << 24;

/// Bytes that are read for a hash without being asked to: about a second's work.
const READ_AT_ONCE: u64 = 1 << 30;

#[derive(Serialize)]
struct ModelReport<'a> {
    name: &'a str,
    hash: ModelHash,
    #[serde(skip)]
    hash_status: HashStatus,
    arch: &'a Arch,
    parameters: usize,
    bytes: usize,
    layers: Vec<LayerSize>,
    storage: Vec<StorageSize>,
    quantisation: &'a Option<Quantisation>,
    unused_tensors: Vec<&'a str>,
    warnings: &'a [String],
    tokenizer: TokenizerInfo,
    tokens: usize,
    hook_points: Vec<HookPoint>,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let output = match &args.model {
        Some(file) if file.is_file() && !Checkpoint::is_gguf(file) => {
            let trace = Replay::open(file)?;
            if args.graph {
                trace_graph(&trace, args.json)?
            } else {
                let summary = TraceSummary::of(&trace);
                if args.json {
                    serde_json::to_string_pretty(&summary)? + "\n"
                } else {
                    summary.text()
                }
            }
        }
        _ => model(&args)?,
    };
    std::io::stdout().lock().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn model(args: &Args) -> Result<String> {
    let model = resolve_model::if_named(args.model.as_deref())?;
    let model = args.config.open(model.as_deref())?;
    let most = model.arch.most_tokens().unwrap_or(MOST_TOKENS);
    if args.tokens == 0 || args.tokens > most {
        color_eyre::eyre::bail!("--tokens {} is not between 1 and {most}", args.tokens);
    }
    if args.graph {
        return graph(
            &GraphListing::new(&model.arch, args.tokens, true)?,
            args.json,
        );
    }
    let layers = model.layer_sizes();
    let cheap = |total| args.hash || total <= READ_AT_ONCE;
    let hash = match model.hash_status() {
        HashStatus::Known(hash) => ModelHash::Whole(hash),
        HashStatus::Reading { total, .. } if cheap(total) => {
            model.wait_for_hash(&Control::default())?
        }
        _ => ModelHash::NotRead,
    };
    let report = ModelReport {
        name: model.name(),
        hash,
        hash_status: model.hash_status(),
        arch: &model.arch,
        parameters: layers.iter().map(|l| l.parameters).sum(),
        bytes: layers.iter().map(|l| l.bytes).sum(),
        storage: model.storage(),
        quantisation: &model.quantisation,
        unused_tensors: model.unused(),
        warnings: &model.warnings,
        tokenizer: model.tokenizer()?.info(),
        tokens: args.tokens,
        hook_points: (model.graph().plan(args.tokens, 0).points().iter())
            .map(HookPoint::as_read)
            .collect(),
        layers,
    };
    if args.json {
        Ok(serde_json::to_string_pretty(&report)? + "\n")
    } else {
        text(&report)
    }
}

/// The graph of the architecture that a trace tells.
fn trace_graph(trace: &Replay, json: bool) -> Result<String> {
    let (model, pass) = (trace.model(), &trace.passes()[0]);
    let arch = Arch::of_trace(model, &pass.plan);
    let certain = model.arch.is_some() || model.facts.is_some();
    let tokens = pass.rows();
    graph(&GraphListing::new(&arch, tokens, certain)?, json)
}

fn graph(listing: &GraphListing, json: bool) -> Result<String> {
    if json {
        Ok(serde_json::to_string_pretty(listing)? + "\n")
    } else {
        Ok(listing.text())
    }
}

fn text(report: &ModelReport) -> Result<String> {
    let mut lines = vec![
        format!("{} · {}", report.name, report.arch.family),
        format!(
            "{} parameters · {} on disk",
            format::grouped(report.parameters),
            format::bytes(report.bytes),
        ),
        match &report.hash_status {
            unknown @ HashStatus::Reading { .. } => format!("hash {unknown} (--hash reads all)"),
            other => format!("hash {other}"),
        },
        String::new(),
        "architecture".into(),
    ];
    let warnings = report.warnings.iter();
    lines.splice(2..2, warnings.map(|warning| format!("warning: {warning}")));
    let mut arch = serde_json::to_value(report.arch)?;
    // The parameters below say which weights there are.
    arch.as_object_mut().and_then(|arch| arch.remove("stored"));
    fields("", &arch, &mut lines);
    lines.push(String::new());
    lines.push("parameters".into());
    for layer in &report.layers {
        let parts: Vec<String> = layer
            .parts
            .iter()
            .map(|(part, n)| format!("{part} {}", format::grouped(*n)))
            .collect();
        lines.push(format!(
            "  {:<12}{:>15}  {:>10}  {}",
            layer.layer,
            format::grouped(layer.parameters),
            format::bytes(layer.bytes),
            parts.join(" · ")
        ));
    }
    if !report.unused_tensors.is_empty() {
        lines.push(format!("  not used: {}", report.unused_tensors.join(", ")));
    }
    lines.extend(storage(report));
    let tokenizer = &report.tokenizer;
    let special = if tokenizer.special.is_empty() {
        "none".into()
    } else {
        tokenizer.special.join("  ")
    };
    lines.extend([
        String::new(),
        "tokenizer".into(),
        format!("  {:<26}{}", "type", tokenizer.kind),
        format!("  {:<26}{}", "vocabulary", format::grouped(tokenizer.len)),
        format!("  {:<26}{}", "special tokens", special),
        String::new(),
        format!("hook points of a pass over {} tokens", report.tokens),
    ]);
    let width = report.hook_points.iter().map(|p| p.name.len()).max();
    for point in &report.hook_points {
        let axes: Vec<&str> = point.axes.iter().map(|a| a.word()).collect();
        let lengths: Vec<String> = point.shape.iter().map(usize::to_string).collect();
        lines.push(format!(
            "  {:<width$}  {:<24} [{}]",
            point.name,
            format!("[{}]", axes.join(", ")),
            lengths.join(", "),
            width = width.unwrap_or(0)
        ));
    }
    // Names in the files are whatever somebody wrote.
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    Ok(lines.join("\n") + "\n")
}

/// The forms that the weights are stored in, and the part of a quantisation that is not computed.
fn storage(report: &ModelReport) -> Vec<String> {
    let mut lines = vec![String::new(), "stored as".into()];
    lines.extend(report.storage.iter().map(|form| {
        format!(
            "  {:<12}{:>15}  {:>10}",
            form.encoding,
            format::grouped(form.parameters),
            format::bytes(form.bytes)
        )
    }));
    if let Some(config) = report.quantisation {
        lines.push(format!(
            "  {} · weights are dequantised in float32 when their layer is stepped",
            config.method
        ));
        if config.rounds_activations {
            lines.push("  activations are not rounded: they stay in the dtype of the pass".into());
        }
    }
    lines
}

/// A line for each leaf of `value`, named by its path; a list of equal numbers is written once.
fn fields(path: &str, value: &serde_json::Value, lines: &mut Vec<String>) {
    use serde_json::Value;
    let shown = match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                fields(&path, value, lines);
            }
            return;
        }
        Value::Array(list) => match list.split_first() {
            Some((first, rest)) if rest.iter().all(|v| v == first) => {
                format!("{first}  ×{}", list.len())
            }
            _ => value.to_string(),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    lines.push(format!("  {path:<25} {shown}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_described() {
        let args = Args {
            model: None,
            tokens: 4,
            hash: false,
            graph: false,
            json: false,
            config: ConfigArgs::default(),
        };
        assert!(run(args).is_ok());
    }
}

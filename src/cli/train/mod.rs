//! `layerwise train`.

use std::io::{Write, stdout};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use color_eyre::Result;

use super::progress::stop_in_order;
use crate::engine::training::{Event, Settings, Start, TrainingEnd, TrainingJob, folder};
use crate::engine::{self, EngineError};
use display::Display;

mod display;

/// Train a small language model on a text, and write it as an ordinary model folder
///
/// The text is UTF-8, one document a line. A tokenizer is learned from it first (byte-level BPE),
/// then a GPT-2 with fixed sinusoidal positions by AdamW, with a warm-up and a cosine schedule. Ctrl-C
/// writes a checkpoint and stops; --resume goes on to the same bytes as if it had never stopped.
#[derive(clap::Args)]
#[command(after_help = super::examples::TRAIN)]
pub struct Args {
    /// The text to learn from
    corpus: PathBuf,
    /// The model's folder: new, empty, or see --resume and --force
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Go on with the training begun in DIR, with its settings
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Replace the model in DIR
    #[arg(long)]
    force: bool,
    /// Write a checkpoint and measure the loss on the lines held out after every N steps
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..))]
    save_every: u32,
    /// Threads to compute with; another number gives another result, by rounding alone
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    #[command(flatten, next_help_heading = "Model")]
    model: ModelFlags,
    #[command(flatten, next_help_heading = "Training")]
    training: TrainingFlags,
}

#[derive(clap::Args)]
struct ModelFlags {
    /// Blocks [default: 4]
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// Attention heads of each block [default: 4]
    #[arg(long, value_name = "N")]
    heads: Option<usize>,
    /// Width of the residual stream [default: 64]
    #[arg(long, value_name = "N")]
    d_model: Option<usize>,
    /// Context in tokens [default: 128]
    #[arg(long, value_name = "N")]
    ctx: Option<usize>,
    /// Tokens at most; fewer where the text has no more pairs to merge [default: 2688]
    #[arg(long, value_name = "N")]
    vocab: Option<usize>,
}

#[derive(clap::Args)]
struct TrainingFlags {
    /// Steps in all [default: 2000]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Sequences of a whole context a step [default: 16]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// The largest learning rate [default: 0.004]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Steps until the learning rate is at its largest [default: 100]
    #[arg(long, value_name = "N")]
    warmup: Option<usize>,
    /// AdamW's weight decay of matrices [default: 0.01]
    #[arg(long, value_name = "RATE")]
    weight_decay: Option<f64>,
    /// Share of the lines held out to measure the loss on, 0 to 0.5 [default: 0.02]
    #[arg(long, value_name = "SHARE")]
    validation: Option<f64>,
    /// Decides the starting weights, the lines held out and the order of the others [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub fn run(args: Args) -> Result<ExitCode> {
    if !engine::AVAILABLE {
        return Err(EngineError::NotBuilt.into());
    }
    let begun = if args.resume {
        folder::settings(&args.output)?
    } else {
        Settings::default()
    };
    let job = TrainingJob {
        settings: settings(begun, &args.model, &args.training),
        start: match (args.resume, args.force) {
            (true, _) => Start::Resume,
            (_, true) => Start::Replace,
            _ => Start::Fresh,
        },
        corpus: args.corpus,
        output: args.output,
        save_every: args.save_every as usize,
        threads: args.threads.into(),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let signal = stop_in_order(&stop)?;
    let mut display = Display::new(&job);
    let mut watch = |event: &Event| {
        display.show(event);
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let outcome = engine::train(&job, &mut watch);
    display.end();
    match outcome? {
        TrainingEnd::Finished => {
            writeln!(stdout(), "{}", display.summary())?;
            Ok(ExitCode::SUCCESS)
        }
        TrainingEnd::Stopped { step } => {
            super::complain(&format!(
                "stopped after step {step} of {}; --resume goes on from there",
                job.settings.steps
            ));
            Ok(signal.code().unwrap_or(ExitCode::FAILURE))
        }
    }
}

/// The settings to start from, with those given put in their place.
fn settings(begun: Settings, model: &ModelFlags, training: &TrainingFlags) -> Settings {
    Settings {
        n_layers: model.layers.unwrap_or(begun.n_layers),
        n_heads: model.heads.unwrap_or(begun.n_heads),
        d_model: model.d_model.unwrap_or(begun.d_model),
        n_ctx: model.ctx.unwrap_or(begun.n_ctx),
        d_vocab: model.vocab.unwrap_or(begun.d_vocab),
        steps: training.steps.unwrap_or(begun.steps),
        batch: training.batch.unwrap_or(begun.batch),
        learning_rate: training.lr.unwrap_or(begun.learning_rate),
        warmup: training.warmup.unwrap_or(begun.warmup),
        weight_decay: training.weight_decay.unwrap_or(begun.weight_decay),
        validation: training.validation.unwrap_or(begun.validation),
        seed: training.seed.unwrap_or(begun.seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, Command};

    /// The defaults are options' texts, because what --resume starts from is not the defaults.
    #[test]
    fn help_names_the_defaults_there_are() {
        let help = Args::augment_args(Command::new("train")).render_help();
        let help = help
            .to_string()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let settings = Settings::default();
        for (flag, value) in [
            ("layers", settings.n_layers.to_string()),
            ("heads", settings.n_heads.to_string()),
            ("d-model", settings.d_model.to_string()),
            ("ctx", settings.n_ctx.to_string()),
            ("vocab", settings.d_vocab.to_string()),
            ("steps", settings.steps.to_string()),
            ("batch", settings.batch.to_string()),
            ("lr", settings.learning_rate.to_string()),
            ("warmup", settings.warmup.to_string()),
            ("weight-decay", settings.weight_decay.to_string()),
            ("validation", settings.validation.to_string()),
            ("seed", settings.seed.to_string()),
        ] {
            let after = help.split_once(&format!("--{flag} ")).unwrap().1;
            let default = after.split_once("[default: ").unwrap().1;
            assert!(default.starts_with(&format!("{value}]")), "--{flag}");
        }
    }
}

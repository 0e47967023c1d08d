//! Progress of a training run, as a person sees it: a bar where there is a terminal, else a line now and then.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::training::{Event, TrainingJob};
use crate::session::format;

/// Between two lines where there is no terminal.
const LINES: Duration = Duration::from_secs(10);

pub struct Display {
    model: String,
    steps: usize,
    /// Tokens a step.
    tokens: usize,
    /// `None` where standard error is no terminal.
    bar: Option<ProgressBar>,
    begun: Instant,
    /// Steps done before this run, and up to now.
    from: usize,
    step: usize,
    loss: Option<f64>,
    held_out: Option<f64>,
    /// When the last line was written.
    line: Instant,
}

impl Display {
    pub fn new(job: &TrainingJob) -> Display {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(job.settings.steps as u64),
                ProgressDrawTarget::stderr_with_hz(10),
            );
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}  {eta} left");
            bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━╸─"),
            );
            bar
        });
        Display {
            model: job.output.display().to_string(),
            steps: job.settings.steps,
            tokens: job.settings.batch * job.settings.n_ctx,
            bar,
            begun: Instant::now(),
            from: 0,
            step: 0,
            loss: None,
            held_out: None,
            line: Instant::now(),
        }
    }

    pub fn show(&mut self, event: &Event) {
        match *event {
            Event::Begin {
                parameters,
                d_vocab,
                lines: (training, held_out),
                step,
            } => {
                (self.from, self.step) = (step, step);
                (self.begun, self.line) = (Instant::now(), Instant::now());
                self.print(&format!(
                    "{}: {} parameters, {} tokens; {} lines to learn, {} held out{}",
                    self.model,
                    format::grouped(parameters),
                    format::grouped(d_vocab),
                    format::grouped(training),
                    format::grouped(held_out),
                    match step {
                        0 => String::new(),
                        _ => format!("; going on after step {}", format::grouped(step)),
                    }
                ));
                if let Some(bar) = &self.bar {
                    bar.set_position(step as u64);
                    bar.reset_eta();
                }
            }
            Event::Step { step, loss } => {
                (self.step, self.loss) = (step, Some(loss));
                if let Some(bar) = &self.bar {
                    bar.set_message(self.figures());
                    bar.set_position(step as u64);
                } else if self.line.elapsed() >= LINES {
                    self.line();
                }
            }
            Event::Saved { validation } => {
                self.held_out = validation;
                if self.bar.is_none() {
                    self.line();
                }
            }
        }
    }

    /// Take the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// One line on a run that is finished.
    pub fn summary(&self) -> String {
        let seconds = self.begun.elapsed().as_secs();
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        format!(
            "{}: {} steps, {}, {minutes} min {seconds} s",
            self.model,
            format::grouped(self.steps),
            self.figures()
        )
    }

    fn line(&mut self) {
        self.line = Instant::now();
        self.print(&format!(
            "step {}/{}  {}",
            self.step,
            self.steps,
            self.figures()
        ));
    }

    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => {
                let _ = writeln!(stderr(), "{text}");
            }
        }
    }

    /// `loss 1.234, held out 5.678, 9,876 tokens/s`
    fn figures(&self) -> String {
        let mut figures = Vec::new();
        if let Some(loss) = self.loss {
            figures.push(format!("loss {loss:.3}"));
        }
        if let Some(loss) = self.held_out {
            figures.push(format!("held out {loss:.3}"));
        }
        let tokens = (self.step - self.from) * self.tokens;
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-3);
        figures.push(format!(
            "{} tokens/s",
            format::grouped((tokens as f64 / seconds) as usize)
        ));
        figures.join(", ")
    }
}

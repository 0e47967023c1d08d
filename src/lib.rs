//! `layerwise`: a debugger for the inside of language models.
//!
//! Data flows one way: command line → [`checkpoint`] → [`engine`] → [`session`] → [`tui`]. How a model
//! computes is data that all of them read: the [`graph`].
//! Imports point the other way and never sideways:
//!
//! | module | what lives there | may import |
//! |---|---|---|
//! | [`trace`] | hook points, plan, host tensors, the file format, reading, writing, comparing | nothing |
//! | [`graph`] | how a model computes, as data: architecture, nodes, operations, formulas, weights by role | `trace` |
//! | [`checkpoint`] | a model on disk: config to architecture, mapped weights, tokenizer | `trace`, `graph` |
//! | [`hub`] | a model by its name: found in the Hugging Face cache or fetched into it | `checkpoint` |
//! | [`engine`] | the only folder that names libtorch: evaluates the graph, memory, sampling, training | `trace`, `graph`, `checkpoint` |
//! | [`session`] | the debugger: commands, cursor, breakpoints, history, explanations, worker thread | `trace`, `graph` |
//! | `lang` | sentences in languages, as Fluent files | nothing; all may import it |
//! | [`play`] | things to play with that need no model: the perceptron, matrices, the playground | `trace` |
//! | `learn` | lessons: what is shown, tasks and their checks, progress, glossary | `trace`, `session`, `play` |
//! | [`tui`] | the screen | `trace`, `session`, `play`, `learn` |
//! | `cli` | one file a subcommand; the only place where all of them meet | all |
//! | `panics` | panics of libraries, told as errors | nothing; all may import it |
//! | `sandbox` | work in a process of its own, which alone ends where it runs away | `panics`; all may import it |
//!
//! A trace, opened and read at one hook point; a model is read in the same way once [`engine::open`] has opened
//! it:
//!
//! ```
//! use layerwise::trace::replay::Replay;
//! use layerwise::trace::source::Source;
//! use layerwise::trace::source_ext::SourceExt;
//! use layerwise::trace::tensor::{Pick, Slice};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut trace = Replay::open("fixtures/demo/trace.safetensors".as_ref())?;
//! let plan = &trace.passes()[0].plan;
//! let pattern = plan.position("blocks.0.attn.hook_pattern").ok_or("not in the plan")?;
//! // Where the last of four tokens looks, by the first head.
//! let row = Slice(vec![Pick::At(0), Pick::At(3)]);
//! let values = trace.values(0, pattern, &row)?;
//! assert_eq!(values.shape, [4]);
//! assert!((values.data.iter().sum::<f64>() - 1.0).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

pub mod checkpoint;
mod cli;
pub mod engine;
pub mod graph;
pub mod hub;
mod lang;
mod learn;
mod panics;
pub mod play;
mod sandbox;
pub mod session;
pub mod trace;
pub mod tui;

pub use cli::main;

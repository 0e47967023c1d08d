//! Opening a model, as every command that runs one does.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use color_eyre::Result;
use color_eyre::eyre::{OptionExt, bail};

use super::{resolve_model, step};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::chat::{ChatTemplate, Message};
use crate::engine::{self, DeviceChoice, Options};
use crate::session::branches::Branches;
use crate::session::saved::Origin;
use crate::trace::paths;
use crate::trace::query::Job;
use crate::trace::source::{Control, Source};
use crate::trace::tensor::Dtype;

/// How a model's config is read.
#[derive(clap::Args, Clone, Default)]
pub struct ConfigArgs {
    /// Read config.json as if FIELD were not there (rope_scaling.factor is one inside an object); may be repeated
    #[arg(long = "ignore-config", value_name = "FIELD")]
    ignored: Vec<String>,
}

impl ConfigArgs {
    /// The model in `model`, or the embedded one.
    pub fn open(&self, model: Option<&Path>) -> Result<Checkpoint> {
        match model {
            Some(model) => Ok(Checkpoint::open_without(model, &self.ignored)?),
            None if self.ignored.is_empty() => Ok(Checkpoint::embedded()?),
            None => bail!("--ignore-config is for a model's config.json: give a model"),
        }
    }
}

#[derive(clap::Args, Clone)]
pub struct ModelArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The type to compute in
    #[arg(long, default_value = "f32", value_parser = dtype)]
    pub dtype: Dtype,
    /// cpu, cuda, cuda:N or auto
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// Blocks whose weights stay in memory at once: a number, or auto for all that fit
    #[arg(long, default_value = "auto", value_name = "N", value_parser = resident)]
    pub resident: Resident,
}

impl Default for ModelArgs {
    fn default() -> ModelArgs {
        ModelArgs {
            config: ConfigArgs::default(),
            dtype: Dtype::F32,
            device: DeviceChoice::Cpu,
            resident: Resident(None),
        }
    }
}

impl ModelArgs {
    /// How a model is opened with them.
    pub fn origin(&self, model: Option<PathBuf>, chat: bool) -> Origin {
        Origin {
            model,
            chat,
            dtype: self.dtype,
            device: self.device.to_string(),
            resident: self.resident.0,
            ignored: self.config.ignored.clone(),
        }
    }

    /// The arguments of an earlier run, except for flags that are `given` in this one.
    pub fn resumed(self, origin: &Origin, given: impl Fn(&str) -> bool) -> ModelArgs {
        let mut args = self;
        if !given("dtype") {
            args.dtype = origin.dtype;
        }
        if !given("device") {
            args.device = origin.device.parse().unwrap_or(args.device);
        }
        if !given("resident") {
            args.resident = Resident(origin.resident);
        }
        if !given("ignored") {
            args.config.ignored.clone_from(&origin.ignored);
        }
        args
    }

    /// The arguments with another dtype to compute in.
    pub fn in_dtype(&self, dtype: Dtype) -> ModelArgs {
        ModelArgs {
            dtype,
            ..self.clone()
        }
    }
}

/// How many blocks; `None` for all that fit.
#[derive(Clone, Copy)]
pub struct Resident(pub Option<usize>);

pub fn resident(text: &str) -> Result<Resident, String> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Resident(None)),
        (_, Ok(n @ 1..)) => Ok(Resident(Some(n))),
        _ => Err("use auto or a number of at least 1".into()),
    }
}

pub fn dtype(text: &str) -> Result<Dtype, String> {
    [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16]
        .into_iter()
        .find(|d| d.to_string() == text)
        .ok_or_else(|| "use f32, bf16, f16 or f64".into())
}

/// The text that a model is run on.
#[derive(Clone, Copy)]
pub enum Prompt<'a> {
    Text(&'a str),
    /// The message of a user to a chat model, which sees it in its chat template.
    Chat(&'a str),
    /// The text that a chat template has made of it.
    Rendered(&'a str),
}

impl<'a> Prompt<'a> {
    pub fn new(text: &'a str, chat: bool) -> Prompt<'a> {
        if chat {
            Prompt::Chat(text)
        } else {
            Prompt::Text(text)
        }
    }

    /// The text to encode, and whether special tokens are to be added to it.
    fn text(self, model: Option<&Path>) -> Result<(Cow<'a, str>, bool)> {
        match self {
            Prompt::Text(text) => Ok((text.into(), true)),
            Prompt::Rendered(text) => Ok((text.into(), false)),
            Prompt::Chat(text) => {
                let model = model.ok_or_eyre("the embedded model knows no chat: give a model")?;
                let message = Message {
                    role: "user".into(),
                    content: text.into(),
                };
                let text = ChatTemplate::read(model)?.render(&[message])?;
                Ok((text.into(), false))
            }
        }
    }
}

/// A lens from a file.
#[derive(clap::Args, Clone, Default)]
pub struct LensArgs {
    /// Read the residual stream through the tuned or Jacobian lens in FILE, which `python -m layerwise_record.lenses`
    /// writes
    #[arg(long, value_name = "FILE")]
    pub lens: Option<PathBuf>,
}

impl LensArgs {
    /// Read a source through the lens.
    pub fn put(&self, source: &mut dyn Source) -> Result<()> {
        if let Some(path) = &self.lens {
            let path = Some(path.clone());
            source.run(&Job::Lens { path }, &Control::default())?;
        }
        Ok(())
    }
}

/// The model in `model`, or the embedded one, on `prompt`.
pub fn open(model: Option<&Path>, prompt: Prompt, args: &ModelArgs) -> Result<Box<dyn Source>> {
    let (text, special_tokens) = prompt.text(model)?;
    let checkpoint = args.config.open(model)?;
    let options = Options {
        dtype: args.dtype,
        device: args.device,
        resident: args.resident.0,
        special_tokens,
        ..Options::default()
    };
    Ok(engine::open(checkpoint, &text, &options)?)
}

/// The tree of branches on a source, of which others are opened with the same options: a trace, a model's folder or
/// file, or one on the hub that is in the cache.
pub fn with_branches(source: Box<dyn Source>, args: &ModelArgs) -> Box<Branches> {
    let args = args.clone();
    let open = move |name: &str, prompt: &str| {
        let path = paths::expanded(name);
        if path.is_file()
            && let Some(trace) = step::trace(&path).map_err(|why| format!("{why:#}"))?
        {
            return Ok(Box::new(trace) as Box<dyn Source>);
        }
        let path = resolve_model::without_download(&path).map_err(|why| format!("{why:#}"))?;
        open(Some(&path), Prompt::Text(prompt), &args).map_err(|why| format!("{name}: {why:#}"))
    };
    Box::new(Branches::new(source, Box::new(open)))
}

//! `layerwise tokens`: what a text's tokens are made of.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::eyre;
use serde::Serialize;

use super::{prompt, resolve_model};
use crate::checkpoint::tokens::TiktokenEncoding;
use crate::checkpoint::{self, Tokenizer};
use crate::hub::Wanted;
use crate::session::details;
use crate::trace::detail::Detail;

/// Show a text's tokens: id, bytes, piece, and the merges that made each
#[derive(clap::Args)]
#[command(
    override_usage = "layerwise tokens [MODEL|ENCODING] TEXT [--json]",
    after_help = super::examples::TOKENS
)]
pub struct Args {
    /// The text, after where the tokenizer comes from if that is not the embedded model: a model's
    /// folder, a tokenizer.json, a GGUF file, ORG/NAME[@REVISION][:GGUF], an encoding of tiktoken (cl100k_base, o200k_base,
    /// r50k_base, ...) or the name of an OpenAI model; `-` reads the text from standard input
    #[arg(num_args = 1..=2, required = true, value_name = "[MODEL|ENCODING] TEXT")]
    args: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TokensReport<'a> {
    tokenizer: &'a str,
    text: &'a str,
    tokens: Vec<Detail>,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let (model, text) = match args.args.as_slice() {
        [text] => (None, text),
        [model, text, ..] => (Some(model.as_str()), text),
        [] => return Err(eyre!("no text")),
    };
    let text = &prompt::argument(text.clone())?;
    let report = TokensReport {
        tokenizer: model.unwrap_or("demo"),
        text,
        tokens: details(model, text)?,
    };
    let output = if args.json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        details::text(&report.tokens)
    };
    std::io::stdout().lock().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn details(model: Option<&str>, text: &str) -> Result<Vec<Detail>> {
    let tokenizer = match model {
        None => Tokenizer::embedded()?,
        Some(name) => {
            let local = Path::new(name).exists();
            if let Some(encoding) = TiktokenEncoding::named(name).filter(|_| !local) {
                return Ok(encoding.map_err(|e| eyre!(e))?.details(text));
            }
            if !local && !name.contains('/') {
                let known: Vec<_> = TiktokenEncoding::names().collect();
                return Err(eyre!(
                    "{name}: neither a folder nor an encoding; encodings are {}",
                    known.join(", ")
                ));
            }
            let place = resolve_model::resolve(Path::new(name), Wanted::Tokenizer)?;
            super::warn(checkpoint::tokenizer_warning(&place));
            Tokenizer::open(&place)?
        }
    };
    let ids: Vec<u32> = tokenizer.encode(text)?.iter().map(|t| t.id).collect();
    Ok(tokenizer.details(&ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tokenizer_is_named() {
        let error = details(Some("cl100k"), "x").unwrap_err().to_string();
        assert!(error.contains("cl100k_base, gpt2, o200k_base"), "{error}");
    }
}

//! `layerwise tokens`: what a text's tokens are made of.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::eyre;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::place;
use crate::checkpoint::Tokenizer;
use crate::checkpoint::tokens::{Detail, Encoding, Part};
use crate::hub::Wanted;

/// Show a text's tokens: id, bytes, piece, and the merges that made each
#[derive(clap::Args)]
#[command(override_usage = "layerwise tokens [MODEL|ENCODING] TEXT [--json]")]
pub struct Args {
    /// The text, after where the tokenizer comes from if that is not the embedded model: a model's
    /// folder, a tokenizer.json, ORG/NAME[@REVISION], an encoding of tiktoken (cl100k_base, o200k_base,
    /// r50k_base, ...) or the name of an OpenAI model
    #[arg(num_args = 1..=2, required = true, value_names = ["MODEL", "TEXT"])]
    args: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
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
    let report = Report {
        tokenizer: model.unwrap_or("demo"),
        text,
        tokens: details(model, text)?,
    };
    let output = match args.json {
        true => serde_json::to_string_pretty(&report)? + "\n",
        false => table(&report.tokens) + &merges(&report.tokens),
    };
    std::io::stdout().lock().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn details(model: Option<&str>, text: &str) -> Result<Vec<Detail>> {
    let tokenizer = match model {
        None => Tokenizer::embedded()?,
        Some(name) => {
            let local = Path::new(name).exists();
            if let Some(encoding) = Encoding::named(name).filter(|_| !local) {
                return Ok(encoding.map_err(|e| eyre!(e))?.details(text));
            }
            if !local && !name.contains('/') {
                let known: Vec<_> = Encoding::names().collect();
                return Err(eyre!(
                    "{name}: neither a folder nor an encoding; encodings are {}",
                    known.join(", ")
                ));
            }
            Tokenizer::open(&place::find(Path::new(name), Wanted::Tokenizer)?)?
        }
    };
    let ids: Vec<u32> = tokenizer.encode(text)?.iter().map(|t| t.id).collect();
    Ok(tokenizer.details(&ids))
}

/// A line a token; columns line up whatever the width of their characters.
fn table(tokens: &[Detail]) -> String {
    let mut rows = vec![["id", "text", "bytes", "piece"].map(str::to_owned)];
    rows.extend(tokens.iter().map(|token| {
        let piece = token.piece.clone().unwrap_or_default();
        let special = if token.special { "  special" } else { "" };
        [
            token.id.to_string(),
            token.parts.iter().map(part).collect::<Vec<_>>().join(" "),
            hex(&token.bytes, " "),
            piece + special,
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max();
    let widths: Vec<usize> = (0..3).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        let pad = |column: usize| " ".repeat(widths[column] - row[column].width());
        let line = format!(
            "{}{}  {}{}  {}{}  {}",
            pad(0),
            row[0],
            row[1],
            pad(1),
            row[2],
            pad(2),
            row[3]
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A block a token that merges made: its bytes, then the pieces after each merge.
fn merges(tokens: &[Detail]) -> String {
    let ranks = tokens.iter().flat_map(|t| &t.merges);
    let Some(most) = ranks.map(|step| step.rank).max() else {
        return String::new();
    };
    let width = most.to_string().len().max("merge".len());
    let mut out = format!("\n{:>width$}  pieces\n", "merge");
    let mut shown: Vec<u32> = Vec::new();
    for token in tokens.iter().filter(|t| !t.merges.is_empty()) {
        if shown.contains(&token.id) {
            continue;
        }
        shown.push(token.id);
        for step in &token.merges {
            let pieces: Vec<String> = step.pieces.iter().map(|p| piece(p)).collect();
            // A string takes what it is given.
            let _ = writeln!(out, "{:>width$}  {}", step.rank, pieces.join("│"));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("{text:?}"),
        Part::Byte(byte) => format!("byte {byte:02X}"),
        Part::Piece {
            character,
            first,
            last,
            of,
        } if first == last => format!("{character} byte {first} of {of}"),
        Part::Piece {
            character,
            first,
            last,
            of,
        } => format!("{character} bytes {first}–{last} of {of}"),
    }
}

/// Text with its spaces seen, or hex where it is part of a character.
fn piece(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => {
            let quoted = format!("{text:?}");
            quoted[1..quoted.len() - 1].replace(' ', "␣")
        }
        Err(_) => hex(bytes, ""),
    }
}

fn hex(bytes: &[u8], between: &str) -> String {
    let bytes: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
    bytes.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_line_up() {
        let tokens = details(Some("cl100k_base"), "人民 rest 🙂").unwrap();
        let table = table(&tokens);
        let at = |line: &str, word: &str| line[..line.find(word).unwrap()].width();
        let lines: Vec<&str> = table.lines().collect();
        let bytes = at(lines[0], "bytes");
        for (line, token) in lines[1..].iter().zip(&tokens) {
            assert_eq!(at(line, &hex(&token.bytes, " ")), bytes, "{table}");
        }
    }

    #[test]
    fn an_unknown_tokenizer_is_named() {
        let error = details(Some("cl100k"), "x").unwrap_err().to_string();
        assert!(error.contains("cl100k_base, gpt2, o200k_base"), "{error}");
    }
}

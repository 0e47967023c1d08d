//! The line of `sweep`.

use super::arguments::{Arguments, ParseError};
use super::change::Line;
use super::slice::SliceSpec;
use crate::lang::say;
use crate::trace::glob;
use crate::trace::grid::Chosen;
use crate::trace::paths;
use crate::trace::sweep::{Columns, Metric, Prompts, Swap};

/// Random changes in each row of the map, where nobody says otherwise.
const RANDOM: usize = 2;

/// A sweep as typed.
#[derive(Clone, Debug)]
pub struct Typed {
    pub prompts: Prompts,
    pub swap: Swap,
    /// Patterns of hook points.
    pub over: Vec<String>,
    pub by: Option<Columns>,
    /// Patterns of receivers, with the part of each.
    pub into: Vec<(String, SliceSpec)>,
    pub metric: Metric,
    pub row: Option<usize>,
    pub random: Option<usize>,
    pub seed: u64,
    /// Whether gradients estimate the effects too.
    pub gradient: bool,
    /// The file that the map is written to.
    pub to: Option<String>,
}

impl Typed {
    pub fn read(a: &Arguments) -> Result<Typed, ParseError> {
        let mut line = Line::of(a.rest);
        let mut typed = Typed {
            prompts: Prompts::default(),
            swap: Swap::Patch,
            over: Vec::new(),
            by: None,
            into: Vec::new(),
            metric: Metric::default(),
            row: None,
            random: None,
            seed: 0,
            gradient: false,
            to: None,
        };
        let (mut texts, mut measured, mut file) = (Vec::new(), false, None);
        loop {
            if let Some(text) = line.quoted(a)? {
                texts.push(text);
                continue;
            }
            match line.take() {
                "" => break,
                "from" => file = Some(line.file(a)?),
                "over" => typed.over = over(a, &mut line, &mut typed.by)?,
                "by" => {
                    let word = line.take();
                    let one = Columns::named(word);
                    typed.by =
                        Some(one.ok_or_else(|| a.outside("by", "error-wanted-columns", word))?);
                }
                "into" => typed.into.extend(into(a, &mut line)?),
                "measure" => {
                    typed.metric = metric(a, &mut line)?;
                    measured = true;
                }
                "at" => typed.row = Some(line.whole(a, "at")?),
                "random" => typed.random = Some(line.whole(a, "random")?),
                "seed" => typed.seed = line.whole(a, "seed")? as u64,
                "gradient" => typed.gradient = true,
                "to" => typed.to = Some(line.file(a)?),
                word => match Swap::named(word) {
                    Some(swap) => typed.swap = swap,
                    None => return Err(a.wrong(word)),
                },
            }
        }
        // One run has no answer that it lost: what it says changes as a whole.
        if typed.swap != Swap::Patch && !measured {
            typed.metric = Metric::Kl;
        }
        typed.prompts = match (file, &texts[..]) {
            (Some(file), []) => Prompts::File(paths::expanded(&file)),
            (None, []) => Prompts::default(),
            (None, [one]) if typed.swap == Swap::Patch => Prompts::Given {
                clean: None,
                corrupted: Some(one.clone()),
            },
            (None, [clean]) => Prompts::Given {
                clean: Some(clean.clone()),
                corrupted: None,
            },
            (None, [clean, corrupted]) => Prompts::Given {
                clean: Some(clean.clone()),
                corrupted: Some(corrupted.clone()),
            },
            (_, [.., last]) => return Err(a.wrong(last)),
        };
        Ok(typed)
    }

    /// The number of random changes in each row.
    pub fn random(&self) -> usize {
        self.random.unwrap_or(RANDOM)
    }
}

/// Patterns parted by commas; `resid` and `heads` stand for the usual ones.
fn over(
    a: &Arguments,
    line: &mut Line,
    by: &mut Option<Columns>,
) -> Result<Vec<String>, ParseError> {
    let words = line.word(a, say("error-sweep-over"))?;
    let one = |word: &str| match word {
        "resid" => "*.resid_pre".to_owned(),
        "heads" => "*.z".to_owned(),
        pattern => pattern.to_owned(),
    };
    if words == "heads" {
        by.get_or_insert(Columns::Head);
    }
    Ok(glob::list(words).into_iter().map(one).collect())
}

/// `5.q [:, 2]`, several of them parted by commas.
fn into(a: &Arguments, line: &mut Line) -> Result<Vec<(String, SliceSpec)>, ParseError> {
    let mut found = Vec::new();
    loop {
        let name = match line.name() {
            "" => return Err(a.missing(say("error-sweep-into"))),
            name => name.to_owned(),
        };
        let slice = SliceSpec::parse(line.brackets());
        let slice = slice.map_err(|error| ParseError::Slice {
            command: a.name,
            error,
        })?;
        found.push((name, slice));
        if !line.comma() {
            return Ok(found);
        }
    }
}

fn metric(a: &Arguments, line: &mut Line) -> Result<Metric, ParseError> {
    Ok(match line.take() {
        "diff" => {
            let answer = token(a, line)?;
            let wrong = match answer {
                Some(_) => {
                    Some(token(a, line)?.ok_or_else(|| a.missing(say("error-sweep-wrong")))?)
                }
                None => None,
            };
            Metric::Diff { answer, wrong }
        }
        "prob" => Metric::Prob {
            answer: token(a, line)?,
        },
        "kl" => Metric::Kl,
        word => return Err(a.outside("measure", "error-wanted-metric", word)),
    })
}

/// The words of this command, which are tokens only in quotes.
const WORDS: [&str; 14] = [
    "from", "over", "by", "into", "measure", "at", "random", "seed", "to", "patch", "zero", "mean",
    "resample", "gradient",
];

/// A token: an id, a text, in quotes where it reads as another word.
fn token(a: &Arguments, line: &mut Line) -> Result<Option<Chosen>, ParseError> {
    if let Some(text) = line.quoted(a)? {
        return Ok(Some(Chosen::Text(text)));
    }
    let word = line.peek();
    if word.is_empty() || WORDS.contains(&word) {
        return Ok(None);
    }
    line.take();
    Ok(Some(match word.parse() {
        Ok(id) => Chosen::Id(id),
        Err(_) => Chosen::Text(word.to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{ParseError, parse};

    fn read(line: &str) -> String {
        match parse(line) {
            Ok(command) => format!("{command:?}"),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn a_sweep_says_texts_places_and_metric() {
        for (line, parts) in [
            (
                "sweep \"a\" \"b\"",
                &[
                    "clean: Some(\"a\"), corrupted: Some(\"b\")",
                    "Diff { answer: None",
                ][..],
            ),
            ("sweep \"b\"", &["clean: None, corrupted: Some(\"b\")"]),
            (
                "sweep zero \"a\" over heads",
                &[
                    "clean: Some(\"a\"), corrupted: None",
                    "[\"*.z\"]",
                    "Some(Head)",
                    "Kl",
                ],
            ),
            (
                "sweep from \"my pairs.tsv\" over *.mlp_out,*.attn_out by whole measure diff \" Paris\" 7 random 0",
                &[
                    "my pairs.tsv",
                    "[\"*.mlp_out\", \"*.attn_out\"]",
                    "Some(Whole)",
                    "Text(\" Paris\")",
                    "Id(7)",
                    "random: Some(0)",
                ],
            ),
            (
                "sweep \"b\" over heads into 5.q [:, 3] measure prob to map.svg",
                &[
                    "(\"5.q\"",
                    "At(3)",
                    "Prob { answer: None",
                    "Some(\"map.svg\")",
                ],
            ),
            (
                "sweep \"b\" over {0..3}.z,{4,5}.z into 9.q [:, 6] , {10..11}.{q,k}[:, 0],11.v measure kl",
                &[
                    "[\"{0..3}.z\", \"{4,5}.z\"]",
                    "(\"9.q\", SliceSpec([Span(None, None), At(6)]))",
                    "(\"{10..11}.{q,k}\", SliceSpec([Span(None, None), At(0)]))",
                    "(\"11.v\", SliceSpec([]))",
                    "Kl",
                ],
            ),
            (
                "sweep resample seed 3 measure diff at 2",
                &["Diff", "seed: 3", "row: Some(2)"],
            ),
        ] {
            let read = read(line);
            for part in parts {
                assert!(read.contains(part), "{line}: {read}");
            }
        }
    }

    #[test]
    fn a_sweep_that_cannot_be_read_says_why() {
        for (line, why) in [
            ("sweep \"a\" \"b\" \"c\"", "does not understand `c`"),
            ("sweep from f.tsv \"a\"", "does not understand `a`"),
            (
                "sweep \"a\" by row",
                "by is position, head or whole; this is `row`",
            ),
            (
                "sweep \"a\" measure loss",
                "measure is diff, prob or kl; this is `loss`",
            ),
            ("sweep \"a\" measure diff 3", "needs a second token"),
            ("sweep \"a\" over", "needs PATTERN behind over"),
            ("sweep \"a\" random x", "random is a whole number"),
            ("sweep \"a\" into 5.q [x]", "`x` in a slice"),
            ("sweep \"a\" into 5.q,", "needs NAME behind into"),
            ("sweep \"a", "does not understand `\"a`"),
            ("sweep paris", "does not understand `paris`"),
        ] {
            let read = parse(line)
                .map(|_| ())
                .map_err(|e: ParseError| e.to_string());
            assert!(
                read.as_ref().is_err_and(|e| e.contains(why)),
                "{line}: {read:?}"
            );
        }
    }
}

//! Terms that screens and lessons use, each with its lesson. What they mean are messages: `term-NAME`.

use super::lessons::{LESSONS, named};
use super::room::title;
use crate::lang::{self, say_with};

#[derive(Debug, PartialEq, Eq)]
pub struct Term {
    /// Its spellings, the first of which is its name.
    pub words: &'static [&'static str],
    /// The lesson that shows it, by name.
    pub lesson: &'static str,
}

const fn term(words: &'static [&'static str], lesson: &'static str) -> Term {
    Term { words, lesson }
}

/// Every term, in the order in which lessons meet them.
pub static TERMS: [Term; 63] = [
    term(&["token", "tokens", "row"], "next-token"),
    term(&["vocabulary", "vocab", "d_vocab"], "next-token"),
    term(&["prompt"], "next-token"),
    term(&["next token"], "next-token"),
    term(&["parameter", "parameters"], "two-files"),
    term(&["hook point", "step", "steps"], "two-files"),
    term(&["layer", "layers", "block", "blocks"], "two-files"),
    term(&["f32", "f16", "bf16", "f64"], "two-files"),
    term(&["perceptron"], "perceptron"),
    term(&["weight", "weights"], "perceptron"),
    term(&["threshold"], "perceptron"),
    term(&["truth table"], "perceptron"),
    term(&["playground"], "playground"),
    term(&["loss", "train_loss", "test_loss"], "playground"),
    term(&["epoch"], "playground"),
    term(&["learning rate", "rate"], "playground"),
    term(&["bias", "biases"], "playground"),
    term(&["batch", "batch size"], "playground"),
    term(&["gradient", "gradients"], "playground"),
    term(&["feature", "features"], "playground"),
    term(&["hidden layer", "hidden layers"], "playground"),
    term(&["test data"], "playground"),
    term(&["noise"], "playground"),
    term(
        &["regularisation", "regul.", "reg. rate", "L1", "L2"],
        "playground",
    ),
    term(&["accuracy"], "playground"),
    term(&["vector"], "vectors"),
    term(&["matrix"], "vectors"),
    term(&["dot product"], "vectors"),
    term(&["projection"], "vectors"),
    term(&["embed", "token matrix", "embedding"], "embedding"),
    term(&["d_model"], "embedding"),
    term(&["id", "ids"], "embedding"),
    term(&["pos_embed", "positions", "position"], "positions"),
    term(
        &["resid_pre", "resid_mid", "resid_post", "residual stream"],
        "positions",
    ),
    term(&["attn", "attention"], "attention"),
    term(&["head", "heads", "n_heads"], "attention"),
    term(&["d_head"], "attention"),
    term(&["q", "query", "queries"], "attention"),
    term(&["k", "key", "keys"], "attention"),
    term(&["v", "value", "values"], "attention"),
    term(&["attn_scores", "scores"], "attention"),
    term(&["pattern"], "attention"),
    term(&["mask", "masked"], "attention"),
    term(&["z"], "attention"),
    term(&["attn_out"], "attention"),
    term(&["softmax"], "softmax"),
    term(&["ln1", "ln2", "ln_final", "layer norm", "norm"], "softmax"),
    term(&["scale"], "softmax"),
    term(&["normalized", "normalised"], "softmax"),
    term(&["min", "max", "mean", "std", "l2", "summary"], "softmax"),
    term(&["nan", "inf"], "softmax"),
    term(&["mlp", "mlp_out", "feed-forward"], "feed-forward"),
    term(&["neuron", "pre", "post", "d_mlp"], "feed-forward"),
    term(
        &["activation", "gelu", "gelu_tanh", "relu", "tanh"],
        "feed-forward",
    ),
    term(&["unembed"], "answer"),
    term(&["logit", "logits"], "answer"),
    term(&["entropy", "nats"], "answer"),
    term(&["temperature", "T"], "answer"),
    term(&["lens"], "answer"),
    term(&["pass", "passes"], "generation"),
    term(&["top-k", "top-p", "top_k", "top_p"], "generation"),
    term(&["overfitting", "over-fitting"], "training"),
    term(&["inference"], "inference"),
];

impl Term {
    pub fn name(&self) -> &'static str {
        self.words[0]
    }

    /// The meaning, in the language of now.
    pub fn meaning(&self) -> &'static str {
        let slug = self.name().to_lowercase().replace(' ', "-");
        lang::find(&format!("term-{slug}")).unwrap_or_default()
    }

    /// Whether a text has the term's name in another language, which its meaning begins with.
    fn translated(&self, text: &str) -> bool {
        let name = self.meaning().split_once('：').map(|(name, _)| name);
        name.is_some_and(|name| text.contains(name))
    }

    /// `logit, logits`
    pub fn heading(&self) -> String {
        self.words.join(", ")
    }

    /// The way to its lesson.
    pub fn link(&self) -> String {
        let at = named(self.lesson).unwrap_or(0);
        let title = title(&LESSONS[at]);
        say_with(
            "glossary-link",
            &[("n", (at + 1).into()), ("title", title.into())],
        )
    }

    /// Heading, meaning and link.
    pub fn text(&self) -> String {
        format!(
            "{}\n  {}\n  {}",
            self.heading(),
            self.meaning(),
            self.link()
        )
    }
}

/// The term that a word is a spelling of.
pub fn find_term(word: &str) -> Option<&'static Term> {
    let is = |own: &&str| own.eq_ignore_ascii_case(word);
    // T is the temperature, and `t` nothing.
    let exact = |term: &&Term| term.words.contains(&word);
    TERMS
        .iter()
        .find(exact)
        .or_else(|| TERMS.iter().find(|term| term.words.iter().any(is)))
}

/// The explanation of a word; all terms where none is given.
///
/// # Errors
/// It is no term; with the nearest one, if one is near.
pub fn explained(word: &str) -> Result<String, String> {
    if word.is_empty() {
        return Ok(TERMS.iter().map(Term::text).collect::<Vec<_>>().join("\n"));
    }
    find_term(word).map(Term::text).ok_or_else(|| {
        let words = TERMS.iter().flat_map(|term| term.words);
        let near = words
            .map(|own| (strsim::levenshtein(own, word), *own))
            .min();
        match near.filter(|(edits, own)| *edits <= 1 + own.len() / 4) {
            Some((_, own)) => say_with(
                "glossary-near",
                &[("word", word.into()), ("near", own.into())],
            ),
            None => say_with("glossary-unknown", &[("word", word.into())]),
        }
    })
}

/// The terms that a text uses, in the glossary's order; then the others.
pub fn on_screen(text: &str) -> (Vec<&'static Term>, Vec<&'static Term>) {
    TERMS
        .iter()
        .partition(|term| term.words.iter().any(|word| uses(text, word)) || term.translated(text))
}

/// Whether a word stands in a text, by itself.
fn uses(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::lang::{Language, within};

    #[test]
    fn every_term_is_explained_in_every_language_and_has_a_lesson() {
        let mut words = HashSet::new();
        for term in &TERMS {
            assert!(
                LESSONS.iter().any(|lesson| lesson.name == term.lesson),
                "{}",
                term.lesson
            );
            for word in term.words {
                assert!(words.insert(*word), "{word} stands twice");
            }
            for language in Language::ALL {
                within(language, || {
                    assert!(!term.meaning().is_empty(), "{}", term.name());
                });
            }
        }
    }

    /// Every name of a value that a decoder has is a term, so that it is explained where it stands.
    #[test]
    fn every_value_of_the_demo_model_is_a_term() {
        let trace =
            crate::trace::replay::Replay::open("fixtures/demo/trace.safetensors".as_ref()).unwrap();
        use crate::trace::source::Source;
        for point in trace.passes()[0].plan.points() {
            let leaf = crate::trace::hook::leaf(&point.name);
            // A norm's last value goes by the name of the norm.
            let word = if leaf == "out" { "norm" } else { leaf };
            assert!(find_term(word).is_some(), "{leaf}");
        }
    }

    #[test]
    fn words_are_found_in_any_spelling_and_near_ones_are_offered() {
        assert!(explained("Logits").unwrap().starts_with("logit, logits\n"));
        assert!(explained("T").unwrap().starts_with("temperature"));
        assert!(explained("entropi").unwrap_err().contains("entropy"));
        assert!(explained("xyzzy-plugh").is_err());
        let (here, others) = on_screen("entropy 2.10 nats  T 1.0 resid_pretty");
        let names: Vec<&str> = here.iter().map(|term| term.name()).collect();
        assert_eq!(names, ["entropy", "temperature"]);
        assert_eq!(here.len() + others.len(), TERMS.len());
        within(Language::Simplified, || {
            let (here, _) = on_screen("学习率 0.03  噪声 10");
            let names: Vec<&str> = here.iter().map(|term| term.name()).collect();
            assert_eq!(names, ["learning rate", "noise"]);
        });
    }
}

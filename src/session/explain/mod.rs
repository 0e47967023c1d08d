//! Each hook point in plain words, with its formula and real shapes.

mod words;

use unicode_width::UnicodeWidthStr;

use crate::graph::Graph;
use crate::graph::arch::Arch;
use crate::graph::formula::Formula;
use crate::graph::named;
use crate::trace::hook;
use crate::trace::source::{ModelInfo, Pass};
use words::Place;

/// The explanation of a hook point, for someone who meets it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A few words: `attention pattern`.
    pub title: String,
    /// How it is computed, with real shapes, at most 118 columns. `·` is the product of matrices, `⊙` that
    /// of elements.
    pub formula: String,
    /// Plain words, one or two lines separated by `\n`, each at most 118 columns.
    pub text: String,
    /// Formula or words for a narrow screen, at most 78 columns.
    pub short: String,
    /// Whether a matrix product makes the values.
    pub is_product: bool,
}

/// Explain one hook point of a pass. Formulas are those of the graph of the architecture that a trace keeps,
/// or of what an older one and another tool's tells of it.
pub fn explain(model: &ModelInfo, pass: &Pass, point: usize) -> Explanation {
    let Some(hook) = pass.plan.points().get(point) else {
        return Explanation {
            title: String::new(),
            formula: String::new(),
            text: String::new(),
            short: String::new(),
            is_product: false,
        };
    };
    let arch = Arch::of_trace(model, &pass.plan);
    let certain = model.arch.is_some() || model.facts.is_some();
    let graph = Graph::of_layer(&arch, hook.layer());
    let formula = Formula {
        arch: &arch,
        graph: &graph,
        tokens: pass.rows(),
        past: pass.start,
        certain,
    };
    let id = graph.find(&hook.name);
    let formula = id.map_or(String::new(), |id| formula.of(id));
    let name = &hook.name;
    let place = Place {
        arch: &arch,
        certain,
        name,
    };
    let (title, text) = words::words(&place).unwrap_or((hook::leaf(name), String::new()));
    // The shapes go first where there is little room.
    let short = match formula.split_once("   ") {
        Some((alone, _)) if formula.width() > 78 => alone.into(),
        _ => formula.clone(),
    };
    Explanation {
        title: title.into(),
        formula,
        text,
        short,
        is_product: id.is_some_and(|id| graph.node(id).operation.is_product()),
    }
}

/// Explain one weight: the formula of the value that is computed with it, and plain words.
pub fn weight(model: &ModelInfo, pass: &Pass, name: &str) -> Explanation {
    let arch = Arch::of_trace(model, &pass.plan);
    let graph = Graph::new(&arch);
    let all = graph.named_weights(arch.mlp.gated);
    let formula = Formula {
        arch: &arch,
        graph: &graph,
        tokens: pass.rows(),
        past: pass.start,
        certain: true,
    };
    let formula = named::find(&all, name).map_or(String::new(), |named| formula.of(named.node));
    let (title, text) = words::weight(name);
    Explanation {
        title: title.into(),
        short: formula.split("   ").next().unwrap_or_default().into(),
        formula,
        text: text.into(),
        is_product: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{Language, within};

    /// Words fit the columns that the pane has for them, in every language.
    #[test]
    fn words_fit_in_every_language() {
        let arch = crate::checkpoint::Checkpoint::embedded().unwrap().arch;
        let rows = include_str!("words.txt")
            .lines()
            .filter(|row| !row.starts_with('#'));
        for row in rows {
            let (when, _) = row.split_once(" | ").unwrap();
            let name = when.split(' ').next().unwrap().replace('*', "blocks.0.ln1");
            for language in Language::ALL {
                within(language, || {
                    for certain in [false, true] {
                        let place = Place {
                            arch: &arch,
                            certain,
                            name: &name,
                        };
                        let (title, text) = words::words(&place).unwrap();
                        assert!(!title.is_empty() && title.width() <= 40, "{title}");
                        assert!(text.lines().all(|line| line.width() <= 118), "{text}");
                        assert!(!text.contains('{'), "{text}");
                    }
                });
            }
        }
    }

    #[test]
    fn weights_fit_in_every_language() {
        let rows = include_str!("weights.txt").lines();
        for row in rows.filter(|row| !row.starts_with('#')) {
            let (end, _) = row.split_once(" | ").unwrap();
            for language in Language::ALL {
                within(language, || {
                    let (title, text) = words::weight(&format!("blocks.0.{end}"));
                    assert!(!title.is_empty() && title.width() <= 40, "{title}");
                    assert!(!text.is_empty() && text.width() <= 118, "{text}");
                });
            }
        }
    }
}

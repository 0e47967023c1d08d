//! Each hook point in plain words, with its formula and real shapes.

mod words;

use unicode_width::UnicodeWidthStr;

use crate::graph::Graph;
use crate::graph::arch::Arch;
use crate::graph::formula::Formula;
use crate::trace::hook;
use crate::trace::source::{ModelInfo, Pass};
use words::Place;

/// What a hook point is, for someone who meets it for the first time.
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
        };
    };
    let arch = Arch::of_trace(model, &pass.plan);
    let certain = model.arch.is_some() || model.facts.is_some();
    let graph = Graph::of_layer(&arch, hook.layer());
    let formula = Formula {
        arch: &arch,
        graph: &graph,
        tokens: pass.tokens.len() - pass.start,
        past: pass.start,
        certain,
    };
    let formula = graph
        .find(&hook.name)
        .map_or(String::new(), |id| formula.of(id));
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
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::trace::tensor::Dtype;
    use crate::trace::token::Token;

    #[test]
    fn every_hook_point_of_a_model_is_explained_within_its_columns() {
        explained(&Checkpoint::embedded().unwrap());
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        for model in std::fs::read_dir(models).unwrap() {
            explained(&Checkpoint::open(&model.unwrap().path()).unwrap());
        }
    }

    /// The first pass over four tokens.
    fn pass(checkpoint: &Checkpoint) -> Pass {
        let token = Token {
            id: 0,
            text: "中".into(),
        };
        Pass {
            tokens: vec![token; 4],
            start: 0,
            plan: Arc::new(checkpoint.graph().plan(4, 0)),
        }
    }

    /// With all that is known of the model, and without.
    fn explained(checkpoint: &Checkpoint) {
        let known = checkpoint.info(Dtype::F32, "cpu".into()).unwrap();
        let unknown = ModelInfo {
            arch: None,
            ..known.clone()
        };
        for model in [known, unknown] {
            of_model(&model, &pass(checkpoint));
        }
    }

    fn of_model(model: &ModelInfo, pass: &Pass) {
        for (i, point) in pass.plan.points().iter().enumerate() {
            let said = explain(model, pass, i);
            assert!(
                !said.formula.is_empty() && !said.text.is_empty(),
                "{}",
                point.name
            );
            assert!(
                said.formula.width() <= 118 && said.short.width() <= 78,
                "{}",
                said.formula
            );
            assert!(said.text.lines().all(|l| l.width() <= 118), "{}", said.text);
        }
    }

    /// What the screen says of hook points of a small model.
    fn said(family: &str, names: &[&str]) -> Vec<String> {
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        let checkpoint = Checkpoint::open(&models.join(family)).unwrap();
        let model = checkpoint.info(Dtype::F32, "cpu".into()).unwrap();
        let pass = pass(&checkpoint);
        let formula = |name: &&str| -> String {
            let point = pass.plan.find(name).expect(name);
            let formula = explain(&model, &pass, point).formula;
            formula.split("   ").next().unwrap().to_owned()
        };
        names.iter().map(formula).collect()
    }

    #[test]
    fn formulas_are_those_of_the_model() {
        let names = [
            "0.ln1.scale",
            "0.ln1.out",
            "0.q",
            "0.attn_scores",
            "0.post",
            "0.mlp_out",
        ];
        let llama = [
            "scale = √(mean(x²) + ε)",
            "out = normalized ⊙ weight",
            "q = ln1.out · W_Q",
            "scores = rot_q·rot_kᵀ / √8",
            "post = silu(pre) ⊙ pre_linear",
            "mlp_out = post · W_out",
        ];
        assert_eq!(said("llama", &names), llama);
        let gpt_neox = [
            "scale = √(mean((x − mean)²) + ε)",
            "out = normalized ⊙ weight + bias",
            "q = ln1.out · W_Q + b_Q",
            "scores = rot_q·rot_kᵀ / √8",
            "post = gelu(pre)",
            "mlp_out = post · W_out + b_out",
        ];
        assert_eq!(said("gpt_neox", &names), gpt_neox);
        let gemma2 = said("gemma2", &["embed", "0.ln1.out", "0.attn_scores", "logits"]);
        assert_eq!(gemma2[0], "embed = W_E[token ids] · √16");
        assert_eq!(gemma2[1], "out = normalized ⊙ (1 + weight)");
        assert_eq!(gemma2[2], "scores = 2 · tanh(rot_q·rot_kᵀ / √10 / 2)");
        assert_eq!(gemma2[3], "logits = 1.5 · tanh(ln_final.out · W_U / 1.5)");
        let granite = said("granite", &["0.attn_out", "logits"]);
        assert!(granite[0].contains("(z · W_O) · "), "{granite:?}");
        let sinks = said("gpt_oss", &["0.pattern", "0.expert_weights"]);
        assert!(sinks[0].contains("softmax([scores, sink])"), "{sinks:?}");
        assert!(sinks[1].ends_with("made to sum to 1"), "{sinks:?}");
        assert!(said("bloom", &["0.attn_scores"])[0].ends_with("− slope · distance"));
    }
}

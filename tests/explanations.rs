//! The debugger's explanations of hook points fit their columns and match the model.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::Graph;
use layerwise::graph::arch::Arch;
use layerwise::session::beside::weights;
use layerwise::session::explain::{explain, weight};
use layerwise::trace::source::{ModelInfo, Pass};
use layerwise::trace::tensor::Dtype;
use layerwise::trace::token::Token;

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

/// Check the explanations with all facts about the model, and without.
fn explained(checkpoint: &Checkpoint) {
    let known = checkpoint.info(Dtype::F32, "cpu".into()).unwrap();
    let unknown = ModelInfo {
        arch: None,
        ..known.clone()
    };
    let pass = pass(checkpoint);
    of_model(&known, &pass);
    // A trace without its architecture is from before there were blocks that its facts do not tell of.
    let told = Graph::new(&Arch::of_trace(&unknown, &pass.plan)).plan(4, 0);
    if told.points() == pass.plan.points() {
        of_model(&unknown, &pass);
    }
    for named in weights(&known) {
        let (name, said) = (&named.point.name, weight(&known, &pass, &named.point.name));
        assert!(!said.text.is_empty() && said.text.width() <= 118, "{name}");
        assert!(
            !said.formula.is_empty() && said.formula.width() <= 118,
            "{name}"
        );
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

/// The screen's text about hook points of a small model.
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

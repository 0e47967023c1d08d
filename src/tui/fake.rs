//! A small believable state to draw in tests: four tokens, four heads, four blocks.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::app::{App, At, Status, Words};
use super::fake_source::Fake;
use super::layout;
use super::overlays;
use super::panes::matrix::order;
use super::theme::{Depth, Ground, Theme};
use crate::session::command::Cut;
use crate::session::dispatch;
use crate::session::stages::Calculations;
use crate::trace::intervention::{Effect, Moved};
use crate::trace::model_hash::ModelHash;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::query::Temperature;
use crate::trace::source::{Control, ModelInfo, Pass};
use crate::trace::tensor::{Candidate, Distribution, Dtype};
use crate::trace::token::Token;

const TEXTS: [&str; 4] = ["中", "华", "人", "民"];

type Add<'a> = dyn FnMut(&str, &[(Axis, usize)]) + 'a;

fn plan() -> Plan {
    use Axis::*;
    let mut points = Vec::new();
    let mut add = |name: &str, axes: &[(Axis, usize)]| {
        points.push(HookPoint {
            name: name.into(),
            axes: axes.iter().map(|a| a.0).collect(),
            shape: axes.iter().map(|a| a.1).collect(),
        });
    };
    let resid: &[_] = &[(Token, 4), (DModel, 64)];
    let qkv: &[_] = &[(Token, 4), (Head, 4), (DHead, 16)];
    let pattern: &[_] = &[(Head, 4), (Query, 4), (Key, 4)];
    add("hook_embed", resid);
    add("hook_pos_embed", resid);
    let norm = |name: &str, add: &mut Add| {
        add(&format!("{name}.hook_scale"), &[(Token, 4), (One, 1)]);
        add(&format!("{name}.hook_normalized"), resid);
        add(&format!("{name}.hook_out"), resid);
    };
    for i in 0..4 {
        let b = format!("blocks.{i}");
        add(&format!("{b}.hook_resid_pre"), resid);
        norm(&format!("{b}.ln1"), &mut add);
        for leaf in ["q", "k", "v"] {
            add(&format!("{b}.attn.hook_{leaf}"), qkv);
        }
        add(&format!("{b}.attn.hook_attn_scores"), pattern);
        add(&format!("{b}.attn.hook_pattern"), pattern);
        add(&format!("{b}.attn.hook_z"), qkv);
        add(&format!("{b}.hook_attn_out"), resid);
        add(&format!("{b}.hook_resid_mid"), resid);
        norm(&format!("{b}.ln2"), &mut add);
        add(&format!("{b}.mlp.hook_pre"), &[(Token, 4), (DMlp, 256)]);
        add(&format!("{b}.mlp.hook_post"), &[(Token, 4), (DMlp, 256)]);
        add(&format!("{b}.hook_mlp_out"), resid);
        add(&format!("{b}.hook_resid_post"), resid);
    }
    norm("ln_final", &mut add);
    add("logits", &[(Token, 4), (Vocab, 900)]);
    Plan::new(points)
}

/// A value that looks like an activation, the same in every run.
pub fn value(point: usize, head: usize, row: usize, col: usize) -> f64 {
    let x = (point * 31 + head * 17 + row * 7 + col * 3) as f64;
    (x * 0.7).sin() * 1.3 + (x * 0.13).cos() * 0.4
}

pub fn weight(head: usize, row: usize, col: usize) -> f64 {
    let raw = |c: usize| (value(5, head, row, c) * 1.6).exp();
    if col > row {
        0.0
    } else {
        raw(col) / (0..=row).map(raw).sum::<f64>()
    }
}

/// The screen as it stands at a hook point, nothing answered.
pub fn bare(at: &str, width: u16, height: u16) -> App {
    let mut app = App::new(Theme::new(Depth::None, Ground::Dark));
    app.screen = Rect::new(0, 0, width, height);
    let plan = plan();
    let point = plan.find(at).unwrap();
    let token = |(i, text): (usize, &&str)| Token {
        id: i as u32,
        text: (*text).into(),
    };
    app.passes = vec![Pass {
        tokens: TEXTS.iter().enumerate().map(token).collect(),
        start: 0,
        plan: Arc::new(plan),
    }];
    app.model = Some(ModelInfo {
        name: "demo".into(),
        family: "gpt2".into(),
        hash: ModelHash::Unknown,
        n_layers: 4,
        n_heads: 4,
        n_kv_heads: 4,
        d_model: 64,
        d_head: 16,
        d_mlp: 256,
        d_vocab: 900,
        n_ctx: 128,
        causal: true,
        mask_token: None,
        end_tokens: Vec::new(),
        arch: None,
        facts: None,
        warnings: Vec::new(),
        lens: None,
        dtype: Dtype::F32,
        device: "cpu".into(),
    });
    app.status = Status::Ready;
    app.at = At {
        pass: 0,
        point,
        row: 3,
        temperature: Temperature::default(),
        cut: Cut::default(),
    };
    let plan = &app.passes[0].plan;
    app.calculations = app
        .model
        .as_ref()
        .map(|model| Calculations::new(model, plan));
    app.cell = (3, 0);
    app.breaks
        .insert(app.passes[0].plan.find("2.pattern").unwrap());
    app.words = Words {
        formula: "pattern = softmax(scores)   [4, 4, 4] → [4, 4, 4]".into(),
        text: "Row i says where token i looks; each row sums to 1.".into(),
        short: "pattern = softmax(scores): each row sums to 1".into(),
    };
    app
}

/// The screen as it stands at a hook point, everything answered.
pub fn app(at: &str, width: u16, height: u16) -> App {
    let mut app = bare(at, width, height);
    answer(&mut app);
    app
}

/// Answer all that the screen asks.
pub fn answer(app: &mut App) {
    let mut source = Fake::new();
    // The next questions may depend on the answers to the last ones.
    for _ in 0..3 {
        order::refresh(app);
        let areas = layout::layout(app);
        let all = areas.map(|areas| [areas.queries(app), areas.later(app)].concat());
        for query in overlays::asks(app)
            .into_iter()
            .chain(all.unwrap_or_default())
        {
            let answer = dispatch::answer(&mut source, &query, &Control::default());
            app.answers.put(query, answer.map_err(|e| e.to_string()));
        }
    }
}

/// A distribution of the next token, the same everywhere.
pub fn lens() -> Distribution {
    let names = [
        ("共", 0.968),
        ("的", 0.012),
        ("和", 0.006),
        (" the", 0.002),
        ("国", 0.001),
    ];
    let top = names.iter().enumerate().map(|(i, (text, prob))| Candidate {
        id: i as u32,
        text: (*text).into(),
        logit: 12.0 + f64::ln(*prob),
        prob: *prob,
    });
    Distribution {
        top: top.collect(),
        entropy: 0.19,
        temperature: 1.0,
        lens: None,
    }
}

/// The distribution of `lens` with so many candidates.
pub fn lens_of(k: usize) -> Distribution {
    let mut lens = lens();
    lens.top.truncate(k);
    lens
}

/// An answer that interventions have made of another, with so many candidates.
pub fn effect_of(k: usize) -> Effect {
    let (mut before, after) = (lens_of(k), lens_of(k));
    for (i, candidate) in before.top.iter_mut().enumerate() {
        candidate.prob = [0.42, 0.31, 0.006, 0.102, 0.05][i];
    }
    let pairs = before.top.iter().zip(&after.top);
    let moved = pairs.map(|(a, b)| Moved {
        id: a.id,
        text: a.text.clone(),
        before: a.prob,
        after: b.prob,
    });
    Effect {
        moved: moved.filter(|m| m.before != m.after).collect(),
        was: before.top.iter().map(|candidate| candidate.prob).collect(),
        before,
        after,
        kl: 0.4321,
        same: false,
    }
}

//! The answer: the softmax of the logits with temperature, then what top-k and top-p leave of it.

use serde::Serialize;

use super::shown::{Cell, Row, Shown};
use super::{Known, View};
use crate::lang::{say, say_with};
use crate::session::format;
use crate::trace::query::{Answer, Query, Temperature};
use crate::trace::sampling::{SamplingStages, SamplingToken};

/// Tokens that are looked at.
const TOKENS: usize = 12;

/// The stages of the answer after one token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answered {
    pub row: usize,
    pub token: String,
    #[serde(flatten)]
    pub stages: SamplingStages,
}

fn query(view: &View) -> Query {
    Query::Sampling {
        pass: view.at.pass,
        row: view.row(),
        k: TOKENS,
        sampling: view.at.sampling,
    }
}

pub fn asks(view: &View) -> Vec<Query> {
    vec![query(view)]
}

pub fn stages(view: &View, known: &Known) -> Option<Answered> {
    let Answer::Sampling(stages) = known(&query(view))? else {
        return None;
    };
    Some(Answered {
        row: view.row(),
        token: view.token(view.pass.start + view.row()),
        stages: stages.clone(),
    })
}

impl Answered {
    pub fn shown(&self) -> Shown {
        let s = &self.stages;
        let (k, p) = (s.sampling.top_k, s.sampling.top_p);
        let row = |token: &SamplingToken| {
            let share = |x: f64| if x > 0.0 { Cell::Share(x) } else { Cell::Empty };
            let mut cells = vec![
                Cell::Number(token.logit),
                Cell::Number(token.scaled),
                Cell::Number(token.exp),
                Cell::Share(token.prob),
            ];
            if k > 0 {
                cells.push(share(token.after_k));
            }
            if p < 1.0 {
                cells.push(share(token.after_p));
            }
            Row::of(format::token(&token.text), cells).with_share(token.after_p)
        };
        let t = Temperature::new(s.sampling.temperature)
            .unwrap_or_default()
            .to_string();
        let sum = format::number(s.sum, 0);
        let mut headings = vec![
            "logit".to_owned(),
            format!("÷ {t}"),
            "exp".to_owned(),
            say("stages-share").to_owned(),
        ];
        let mut words = vec![say_with(
            "stages-answer",
            &[
                ("token", format::token(&self.token).into()),
                ("temperature", t.clone().into()),
                ("sum", sum.trim().into()),
                ("all", s.all.into()),
            ],
        )];
        if k > 0 {
            headings.push(format!("k {k}"));
            words.push(say_with(
                "stages-top-k",
                &[("k", k.into()), ("kept", s.after_k.into())],
            ));
        }
        if p < 1.0 {
            headings.push(format!("p {p}"));
            let args = [("p", p.to_string().into()), ("kept", s.after_p.into())];
            words.push(say_with("stages-top-p", &args));
        }
        if k == 0 && p >= 1.0 {
            words.push(say("stages-no-cut").to_owned());
        }
        Shown {
            words,
            headings,
            rows: s.tokens.iter().map(row).collect(),
            plot: None,
        }
    }
}

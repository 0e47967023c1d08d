//! Repeated random texts, and the score of a text.

use layerwise::trace::query::Choice;
use layerwise::trace::tensor::Pick;

use super::super::*;
use super::*;

#[test]
fn random_tokens_that_repeat_leave_the_session_as_it_is() {
    let mut live = open(&fixture("llama"), Dtype::F32);
    live.next(0, &Choice::Greedy, &Control::default()).unwrap();
    let before = live.passes().to_vec();
    let logits = all(&mut *live, 1, "logits");
    let query = |seed| Query::HeadMap {
        pass: 1,
        statistic: Statistic::Induction,
        text: HeadText::Repeated { tokens: 6, seed },
    };
    let mut map = |seed| match ask(&mut *live, &query(seed)).unwrap() {
        Answer::HeadMap(map) => map,
        other => panic!("{other:?}"),
    };
    let (first, again, other) = (map(1), map(1), map(2));
    assert_eq!(first, again);
    assert_ne!(first.layers, other.layers);
    assert!(first.queries >= 6);
    assert_eq!(live.passes(), before);
    assert_eq!(all(&mut *live, 1, "logits"), logits);
    let query = Query::HeadMap {
        pass: 0,
        statistic: Statistic::Induction,
        text: HeadText::Repeated {
            tokens: 1_000_000,
            seed: 0,
        },
    };
    let error = ask(&mut *live, &query).unwrap_err().to_string();
    assert!(error.contains("this model takes 1 to"), "{error}");
    assert_eq!(live.passes(), before);
}

#[test]
fn a_live_model_scores_its_text_and_an_encoder_refuses() {
    let mut live = open(&fixture("gpt2"), Dtype::F64);
    live.next(0, &Choice::Token(9), &Control::default())
        .unwrap();
    let Answer::Score(score) = ask(&mut *live, &Query::Score { pass: 1 }).unwrap() else {
        panic!()
    };
    let text = live.passes()[1].tokens.clone();
    let d_vocab = live.model().d_vocab;
    let logits = all(&mut *live, 0, "logits");
    for (i, token) in score.tokens.iter().enumerate().skip(1) {
        let row = &logits[(i - 1) * d_vocab..][..d_vocab];
        let (due, rank) = surprisal(row, text[i].id as usize);
        assert!(near(token.surprisal.unwrap(), due, 1e-12));
        assert_eq!(token.rank, Some(rank));
    }
    assert_eq!(score.tokens.len(), text.len());
    let mut live = open(&fixture("bert"), Dtype::F32);
    let error = ask(&mut *live, &Query::Score { pass: 0 })
        .unwrap_err()
        .to_string();
    assert!(error.contains("encoder"), "{error}");
    let slice = Slice(vec![Pick::At(0)]);
    assert!(live.values(0, 0, &slice).is_ok());
}

//! The texts that the embedded model was trained on.
#![cfg(feature = "torch")]

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::query::Choice;
use layerwise::trace::source::Control;
use layerwise::trace::source_ext::SourceExt;

/// The embedded model's own choices after `prompt`, `tokens` times: the text and the probability of each.
fn continued(prompt: &str, tokens: usize) -> Vec<(String, f64)> {
    let checkpoint = Checkpoint::embedded().unwrap();
    let mut source = engine::open(checkpoint, prompt, &Default::default()).unwrap();
    let control = Control::default();
    let mut chosen = Vec::new();
    for pass in 0..tokens {
        let now = &source.passes()[pass];
        let (logits, row) = (
            now.plan.points().len() - 1,
            now.tokens.len() - now.start - 1,
        );
        source.run_to(pass, logits, &control).unwrap();
        let likely = source.lens(pass, logits, row, 1, 1.0).unwrap();
        chosen.push((likely.top[0].text.clone(), likely.top[0].prob));
        source.next(pass, &Choice::Greedy, &control).unwrap();
    }
    chosen
}

/// The cases that are continued otherwise: the expected text and the actual one.
fn wrong(cases: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    for (prompt, expected) in cases {
        let mut found = String::new();
        // A token has at least one character.
        for (text, _) in continued(prompt, expected.chars().count()) {
            found += &text;
            if found.len() >= expected.len() {
                break;
            }
        }
        if !found.starts_with(expected) {
            wrong.push((format!("{prompt}{expected}"), format!("{prompt}{found}")));
        }
    }
    wrong
}

#[test]
fn the_peoples_republic_is_a_matrix_of_4_by_64() {
    let checkpoint = Checkpoint::embedded().unwrap();
    assert_eq!(
        (checkpoint.arch.d_model, checkpoint.arch.attention.n_heads),
        (64, 4)
    );
    let tokens = checkpoint.tokenizer().unwrap().encode("中华人民").unwrap();
    let texts: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["中", "华", "人", "民"]);
}

#[test]
fn the_peoples_republic_is_certain() {
    let tokens = continued("中华人民", 3);
    for ((text, p), expected) in tokens.iter().zip(["共", "和", "国"]) {
        assert!(text == expected && *p >= 0.95, "{tokens:?}");
    }
    let tokens = continued("中华人民共和国", 8);
    let text: String = tokens.iter().map(|(text, _)| text.as_str()).collect();
    assert!(text.starts_with("成立于1949年"), "{tokens:?}");
}

#[test]
fn idioms_are_finished_from_two_characters() {
    let idioms = [
        "守株待兔",
        "亡羊补牢",
        "井底之蛙",
        "狐假虎威",
        "对牛弹琴",
        "自相矛盾",
        "塞翁失马",
        "愚公移山",
        "画龙点睛",
        "半途而废",
        "破釜沉舟",
        "完璧归赵",
        "三顾茅庐",
        "四面楚歌",
        "举一反三",
        "三心二意",
        "一帆风顺",
        "五颜六色",
    ];
    let halves = idioms.map(|idiom| idiom.split_at("守株".len()));
    assert_eq!(wrong(&halves), []);
}

#[test]
fn sentences_are_finished() {
    let sentences = [
        ("The capital of France is", " Paris."),
        ("The capital of Japan is", " Tokyo."),
        ("Practice makes", " perfect."),
        ("The early bird", " catches the worm."),
        ("Slow and steady", " wins the race."),
        ("A picture is worth", " a thousand words."),
        ("中国的首都是", "北京。"),
        ("法国的首都是", "巴黎。"),
    ];
    assert_eq!(wrong(&sentences), []);
}

#[test]
fn it_is_small_enough_to_stand_in_the_program() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let size = |file| std::fs::metadata(folder.join(file)).unwrap().len();
    let bytes: u64 = ["config.json", "model.safetensors", "tokenizer.json"]
        .map(size)
        .iter()
        .sum();
    assert!(bytes <= 2_000_000, "{bytes}");
}

//! `layerwise tokens`: the parts of tokens.

mod program;

use std::sync::LazyLock;

use assert_cmd::Command;
use layerwise::checkpoint::Tokenizer;
use layerwise::checkpoint::tokens::TiktokenEncoding;
use layerwise::trace::detail::{Detail, TokenPart};
use proptest::prelude::*;

fn encoding(name: &str) -> TiktokenEncoding {
    TiktokenEncoding::named(name).unwrap().unwrap()
}

static EMBEDDED: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::embedded().unwrap());

fn embedded(text: &str) -> Vec<Detail> {
    let ids: Vec<u32> = (EMBEDDED.encode(text).unwrap().iter())
        .map(|t| t.id)
        .collect();
    EMBEDDED.details(&ids)
}

#[test]
fn encodings_give_the_ids_of_openai() {
    for (name, ids) in [
        ("r50k_base", [31373, 995]),
        ("gpt2", [31373, 995]),
        ("cl100k_base", [15339, 1917]),
        ("gpt-4", [15339, 1917]),
        ("o200k_base", [24912, 2375]),
        ("gpt-4o", [24912, 2375]),
    ] {
        let found: Vec<u32> = (encoding(name).details("hello world").iter())
            .map(|t| t.id)
            .collect();
        assert_eq!(found, ids, "{name}");
    }
    assert!(TiktokenEncoding::named("cl100k").is_none());
    let end = &encoding("cl100k_base").details("<|endoftext|>")[0];
    assert_eq!((end.id, end.special), (100257, true));
}

/// Check that bytes add up to the text, and that merges lead from the bytes to the token, one pair at a time.
fn holds(text: &str, tokens: &[Detail]) {
    let bytes: Vec<u8> = tokens.iter().flat_map(|t| t.bytes.clone()).collect();
    assert_eq!(bytes, text.as_bytes());
    for token in tokens {
        assert!(
            token.bytes.len() == 1 || !token.merges.is_empty(),
            "{token:?}"
        );
        for (i, step) in token.merges.iter().enumerate() {
            assert_eq!(step.pieces.concat(), token.bytes);
            assert_eq!(step.pieces.len(), token.bytes.len() - 1 - i, "{token:?}");
        }
        if let Some(last) = token.merges.last() {
            assert_eq!(last.pieces.len(), 1);
        }
    }
}

#[test]
fn chinese_emoji_and_half_characters_read_well() {
    for text in ["中华人民共和国", " naïve 🤦‍♂️ 龘𠮷\n\t x", "🙂"] {
        holds(text, &embedded(text));
        for name in ["cl100k_base", "o200k_base", "r50k_base"] {
            holds(text, &encoding(name).details(text));
        }
    }
    let halves = encoding("cl100k_base").details("龘");
    let parts: Vec<&TokenPart> = halves.iter().flat_map(|t| &t.parts).collect();
    let part = |first, last| TokenPart::Piece {
        character: '龘',
        first,
        last,
        of: 3,
    };
    assert_eq!(parts, [&part(1, 2), &part(3, 3)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_the_sum_of_its_tokens(text in "\\PC{0,12}") {
        holds(&text, &embedded(&text));
    }
}

fn run(args: &[&str]) -> (String, String, Option<i32>) {
    let out = Command::from_std(program::layerwise())
        .arg("tokens")
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn the_table_shows_bytes_pieces_and_merges() {
    let (out, err, code) = run(&["cl100k_base", "龘 of"]);
    assert_eq!(code, Some(0), "{err}");
    let due = "   id  text               bytes     piece
84012  龘 bytes 1–2 of 3  E9 BE
  246  龘 byte 3 of 3     98
  315  \" of\"              20 6F 66
";
    assert!(out.starts_with(due), "{out}");
    assert!(out.contains("␣of\n"), "{out}");
    let (out, ..) = run(&["cl100k_base", "hello", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["tokens"][0]["id"], 15339);
    assert_eq!(json["tokens"][0]["parts"][0]["text"], "hello");
    assert_eq!(json["tokens"][0]["merges"].as_array().unwrap().len(), 4);
    let (_, err, code) = run(&["no_such_base", "x"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("o200k_base"), "{err}");
}

#[test]
fn a_part_of_a_character_is_shown_by_its_bytes() {
    let tokens = Tokenizer::embedded().unwrap().encode("民🙂").unwrap();
    let texts: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["民", "⟨F0⟩", "⟨9F⟩", "⟨99⟩", "⟨82⟩"]);
}

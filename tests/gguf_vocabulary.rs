//! Vocabularies that converters leave in GGUF files are read as far as possible.

mod program;

use std::fs;

use layerwise::checkpoint::{Checkpoint, Tokenizer};
use tempfile::NamedTempFile;

type Entry = (&'static str, u32, Vec<u8>);

fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text].concat()
}

fn texts(key: &'static str, texts: &[&[u8]]) -> Entry {
    let count = (texts.len() as u64).to_le_bytes();
    let all: Vec<u8> = texts.iter().flat_map(|t| text(t)).collect();
    (key, 9, [&8u32.to_le_bytes()[..], &count, &all].concat())
}

fn reals(key: &'static str, reals: &[f32]) -> Entry {
    let count = (reals.len() as u64).to_le_bytes();
    let all: Vec<u8> = reals.iter().flat_map(|x| x.to_le_bytes()).collect();
    (key, 9, [&6u32.to_le_bytes()[..], &count, &all].concat())
}

fn word(key: &'static str, word: &str) -> Entry {
    (key, 8, text(word.as_bytes()))
}

/// A GGUF file with metadata alone.
fn file(entries: Vec<Entry>) -> NamedTempFile {
    let counts = [0u64, entries.len() as u64].map(u64::to_le_bytes).concat();
    let entry = |(key, kind, value): Entry| {
        [text(key.as_bytes()), kind.to_le_bytes().to_vec(), value].concat()
    };
    let entries: Vec<u8> = entries.into_iter().flat_map(entry).collect();
    let bytes = [b"GGUF", &3u32.to_le_bytes()[..], &counts, &entries].concat();
    let file = tempfile::Builder::new().suffix(".gguf").tempfile().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn byte_level(tokens: &[&[u8]], merges: &[&[u8]]) -> NamedTempFile {
    file(vec![
        word("tokenizer.ggml.model", "gpt2"),
        word("tokenizer.ggml.pre", "gpt-2"),
        texts("tokenizer.ggml.tokens", tokens),
        texts("tokenizer.ggml.merges", merges),
    ])
}

fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    let tokens = tokenizer.encode(text).unwrap();
    tokens.iter().map(|token| token.id).collect()
}

#[test]
fn of_equal_texts_the_first_token_is_what_a_prompt_becomes() {
    let tokens: [&[u8]; 7] = [b"a", b"b", b"ab", b"ab", b"", b"", b"a"];
    let tokenizer = Tokenizer::open(byte_level(&tokens, &[b"a b"]).path()).unwrap();
    assert_eq!(tokenizer.len(), 7);
    assert_eq!(ids(&tokenizer, "abba"), [2, 1, 0]);
    let shown = [2, 3, 4, 5, 6].map(|id| tokenizer.token(id).text);
    assert_eq!(shown, ["ab", "ab⟨3⟩", "[EMPTY_4]", "[EMPTY_5]", "a⟨6⟩"]);
    // No prompt becomes the other token, even if it shows that token's text.
    assert!(
        !ids(&tokenizer, "ab⟨3⟩ [EMPTY_4]")
            .iter()
            .any(|id| (3..7).contains(id))
    );
}

#[test]
fn a_text_that_is_not_utf8_is_shown_by_its_bytes() {
    let tokens: [&[u8]; 4] = [b"a", b"\xe4\xbd", b"b\xff", b"ab"];
    let tokenizer = Tokenizer::open(byte_level(&tokens, &[]).path()).unwrap();
    assert_eq!(ids(&tokenizer, "a"), [0]);
    let shown = [1, 2, 3].map(|id| tokenizer.token(id).text);
    assert_eq!(shown, ["⟨E4BD⟩", "b⟨FF⟩", "ab"]);
}

#[test]
fn a_sentence_piece_that_is_renamed_is_never_put_together() {
    let tokens: [&[u8]; 8] = [
        b"<unk>",
        "\u{2581}".as_bytes(),
        b"a",
        b"aa",
        b"aa",
        "⟨".as_bytes(),
        b"4",
        "⟩".as_bytes(),
    ];
    let file = file(vec![
        word("tokenizer.ggml.model", "llama"),
        texts("tokenizer.ggml.tokens", &tokens),
        reals(
            "tokenizer.ggml.scores",
            &[0.0, -1.0, -2.0, -1.0, 5.0, -3.0, -4.0, -5.0],
        ),
        reals(
            "tokenizer.ggml.token_type",
            &[2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        ),
    ]);
    let tokenizer = Tokenizer::open(file.path()).unwrap();
    assert_eq!(ids(&tokenizer, "aa⟨4⟩"), [1, 3, 5, 6, 7]);
    assert_eq!(tokenizer.token(4).text, "aa⟨4⟩");
}

#[test]
fn a_vocabulary_without_weights_says_what_it_is_for() {
    let file = byte_level(&[b"a"], &[]);
    let error = Checkpoint::open(file.path()).err().unwrap().to_string();
    let words = ["a vocabulary and no weights", "layerwise tokens FILE TEXT"];
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
    let mut tokens = assert_cmd::Command::from_std(program::layerwise());
    tokens
        .arg("tokens")
        .arg(file.path())
        .arg("aa")
        .assert()
        .success();
}

#[test]
fn a_file_that_does_not_say_how_text_is_split_comes_with_a_warning() {
    let tokens: [&[u8]; 2] = [b"a", b"b"];
    let entries = |pre: Option<&str>| {
        let mut entries = vec![
            word("tokenizer.ggml.model", "gpt2"),
            texts("tokenizer.ggml.tokens", &tokens),
            texts("tokenizer.ggml.merges", &[]),
        ];
        entries.extend(pre.map(|pre| word("tokenizer.ggml.pre", pre)));
        file(entries)
    };
    let stderr = |file: &NamedTempFile| {
        let mut layerwise = assert_cmd::Command::from_std(program::layerwise());
        let run = layerwise
            .arg("tokens")
            .arg(file.path())
            .arg("ab")
            .output()
            .unwrap();
        assert!(run.status.success());
        String::from_utf8(run.stderr).unwrap()
    };
    let warning = stderr(&entries(None));
    for words in [
        "warning",
        "`tokenizer.ggml.pre` is missing",
        "the rule `default`",
    ] {
        assert!(warning.contains(words), "{warning}");
    }
    assert_eq!(warning.lines().count(), 1);
    assert_eq!(stderr(&entries(Some("default"))), "");
    let unknown = entries(Some("no-such-rule"));
    let error = Tokenizer::open(unknown.path()).err().unwrap().to_string();
    assert!(
        error.contains("`tokenizer.ggml.pre` is \"no-such-rule\""),
        "{error}"
    );
}

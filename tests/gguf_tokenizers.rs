//! Tokenizers in GGUF files split a long text like Python's tokenizers and sentencepiece.

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Tokenizer;
use serde_json::Value;

#[test]
fn every_kind_of_tokenizer_makes_the_tokens_that_its_library_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gguf/tokenizers");
    let due: Value =
        serde_json::from_slice(&fs::read(folder.join("tokens.json")).unwrap()).unwrap();
    let text = due["text"].as_str().unwrap();
    let all = due["ids"].as_object().unwrap();
    assert!(all.len() >= 11);
    for (name, due) in all {
        let tokenizer = Tokenizer::open(&folder.join(format!("{name}.gguf"))).unwrap();
        let found: Vec<u32> = (tokenizer.encode(text).unwrap().iter())
            .map(|token| token.id)
            .collect();
        let due: Vec<u32> = serde_json::from_value(due.clone()).unwrap();
        let same = found.iter().zip(&due).take_while(|(a, b)| a == b).count();
        let around = |ids: &[u32]| -> Vec<String> {
            let part = &ids[same.saturating_sub(2)..ids.len().min(same + 6)];
            part.iter().map(|&id| tokenizer.token(id).text).collect()
        };
        assert!(
            found == due,
            "{name}: {same}: {:?}, not {:?}",
            around(&found),
            around(&due)
        );
    }
}

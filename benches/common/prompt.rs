//! Prompts of a wanted length. They have a file of their own since benches that report memory must not link
//! libtorch.

use layerwise::checkpoint::Checkpoint;

/// A text of this many tokens.
pub fn prompt(checkpoint: &Checkpoint, tokens: usize) -> String {
    let count = |text: &str| {
        let tokenizer = checkpoint.tokenizer().expect("a tokenizer");
        tokenizer.encode(text).expect("tokens").len()
    };
    let text = format!("The{}", " the".repeat(tokens - count("The")));
    assert_eq!(count(&text), tokens, "a tokenizer that has ` the`");
    text
}

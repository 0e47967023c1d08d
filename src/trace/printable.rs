//! Text from files, made safe to print.

/// `text` with every character escaped that a terminal would obey instead of showing: control characters, and
/// those that change the direction of writing.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a terminal would obey this character instead of showing it.
pub fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let text = "a\u{1b}]0;b\u{7}\n\0\u{9b}\u{202e}中🙂";
        assert_eq!(
            printable(text),
            r"a\u{1b}]0;b\u{7}\n\u{0}\u{9b}\u{202e}中🙂"
        );
    }
}

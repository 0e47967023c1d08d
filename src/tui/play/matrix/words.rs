//! Keys of the screen of matrices, each with the key of the message that says what it does.

/// Keys of the screen that are no command, for the help.
pub const SCREEN_KEYS: &[(&str, &str)] = &[
    ("arrows h j k l", "matrix-key-arrows"),
    ("shift-arrows", "matrix-key-shift"),
    ("tab", "matrix-key-tab"),
    ("enter", "matrix-key-enter"),
    ("r R", "matrix-key-rows"),
    ("x X", "matrix-key-columns"),
    ("t", "matrix-key-transpose"),
    ("5s", "matrix-key-count"),
    ("E", "key-glossary"),
    (":", "perceptron-key-command"),
    ("ctrl-t ctrl-l", "perceptron-key-colours"),
    ("ctrl-z", "perceptron-key-stop"),
    ("esc", "matrix-key-escape"),
];

/// Keys in the footer: of the product, of the vectors, and always.
pub const PRODUCT: &[(&str, &str)] = &[
    ("s", "hint-step"),
    ("S", "hint-back"),
    ("n", "hint-cell"),
    ("space", "hint-play"),
    ("c", "hint-end"),
    ("C", "hint-start"),
    ("+ -", "hint-speed"),
    ("enter", "hint-edit"),
    ("tab", "hint-other"),
    ("r x", "hint-size"),
    ("2", "hint-vectors"),
    ("u", "hint-undo"),
    (":", "hint-command"),
];
pub const VECTORS: &[(&str, &str)] = &[
    ("arrows", "hint-move"),
    ("tab", "hint-other"),
    ("enter", "hint-edit"),
    ("1", "hint-product"),
    ("u", "hint-undo"),
    (":", "hint-command"),
];
pub const LAST: &[(&str, &str)] = &[("?", "hint-help"), ("q", "hint-quit")];

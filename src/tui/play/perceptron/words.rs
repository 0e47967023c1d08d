//! Keys of the perceptron's screen, each with the key of the message that says what it does.

/// Keys of the screen that are no command, for the help.
pub const SCREEN_KEYS: &[(&str, &str)] = &[
    ("arrows h j k l", "perceptron-key-arrows"),
    ("space", "perceptron-key-space"),
    ("enter", "perceptron-key-enter"),
    ("a", "perceptron-key-add"),
    ("D", "perceptron-key-remove"),
    ("d", "perceptron-key-data"),
    ("n N", "perceptron-key-epoch"),
    ("5s", "perceptron-key-count"),
    ("tab backtab", "perceptron-key-pane"),
    ("z x X", "perceptron-key-zoom"),
    (":", "perceptron-key-command"),
    ("ctrl-t ctrl-l", "perceptron-key-colours"),
    ("E", "key-glossary"),
    ("ctrl-z", "perceptron-key-stop"),
    ("esc", "perceptron-key-escape"),
];

/// Keys in the footer without samples, with them, and always.
pub const FIRST: &[(&str, &str)] = &[
    ("space", "hint-switch"),
    ("enter", "hint-edit"),
    ("a", "hint-add-input"),
    ("d", "hint-data"),
];
pub const LEARN: &[(&str, &str)] = &[
    ("s", "hint-step"),
    ("S", "hint-back"),
    ("n", "hint-epoch"),
    ("c", "hint-run"),
    ("C", "hint-start"),
    ("r", "hint-reset"),
    ("space", "hint-switch"),
    ("enter", "hint-edit"),
    ("d", "hint-data"),
];
pub const MORE: &[(&str, &str)] = &[
    ("tab", "hint-pane"),
    ("u", "hint-undo"),
    (":", "hint-command"),
    ("z", "hint-zoom"),
];
pub const LAST: &[(&str, &str)] = &[("?", "hint-help"), ("q", "hint-quit")];

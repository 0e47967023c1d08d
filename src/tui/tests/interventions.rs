//! Interventions by keys, and the screen's words for them.

use super::*;

#[test]
fn a_value_is_changed_and_what_follows_is_marked() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.z<enter>Z[:, 2]<enter>");
    assert_eq!(here(&d), "blocks.1.attn.z", "the cursor stays");
    let shown = picture(&d);
    assert!(
        shown.contains("1 zero blocks.1.attn.z [:, 2] · 52 hook points change"),
        "{shown}"
    );
    assert!(shown.contains("✎ 1 intervention"), "{shown}");
    assert!(shown.contains("✎   ▶ z"), "{shown}");
    assert!(
        shown.contains("changed by zero blocks.1.attn.z [:, 2]: "),
        "{shown}"
    );
    press(&mut d, "s");
    let shown = picture(&d);
    assert!(shown.contains("✎ ~ attn "), "{shown}");
    let line = |name: &str| shown.lines().find(|l| l.contains(name)).unwrap_or("none");
    assert!(line("resid_mid").contains('~'), "{shown}");
    assert!(!line("resid_pre").contains('~'), "{shown}");
    press(&mut d, "U");
    let shown = picture(&d);
    assert!(!shown.contains('✎') && !shown.contains('~'), "{shown}");
    assert!(
        shown.contains("no intervention is left: ctrl-r makes it again"),
        "{shown}"
    );
    press(&mut d, "<ctrl-r>:intervention 1<enter>");
    assert!(picture(&d).contains("✎ 0 of 1 interventions on"));
    press(&mut d, "I");
    assert!(picture(&d).contains("○ 1 zero blocks.1.attn.z [:, 2] · off"));
    press(&mut d, "<esc>:clear<enter>");
    assert!(!picture(&d).contains('✎'));
}

#[test]
fn the_whole_screen_at_a_changed_answer() {
    let mut d = driver(120, 36);
    press(&mut d, ":zero 1.z [:, 2]<enter>>");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_whole_screen_at_a_changed_answer_narrow() {
    let mut d = driver(80, 24);
    press(&mut d, ":scale 2 1.mlp_out<enter>>:focus lens<enter>");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn what_changes_nothing_or_is_wrong_is_said() {
    let mut d = driver(120, 36);
    press(&mut d, ":scale 1 1.z<enter>");
    assert!(picture(&d).contains("it changes nothing: the value there stays as it is"));
    press(&mut d, ":zero 1.z [9]<enter>");
    assert!(picture(&d).contains("9 is outside axis token of blocks.1.attn.z"));
    press(&mut d, "<esc>:set nan 1.z<enter>");
    assert!(picture(&d).contains("V is a number; this is `nan`"));
    press(&mut d, "<esc>:set 3 1.z [0]<enter>");
    assert!(picture(&d).contains("2 put 3 blocks.1.attn.z [0]"));
    press(&mut d, ":undo<enter>:undo<enter>:undo<enter>");
    assert!(picture(&d).contains("there is no intervention to undo"));
    press(&mut d, "W");
    assert!(picture(&d).contains("KL 0.4321 nats"));
}

//! The debugger, moved by command lines.

use proptest::prelude::*;

use super::super::command::{commands, parse};
use super::super::fake;
use super::*;
use crate::trace::hook;
use crate::trace::plan::HookPoint;
use crate::trace::tensor::Candidate;

fn run(d: &mut Debugger, line: &str) -> Result<Outcome, String> {
    let lens = Distribution {
        top: vec![Candidate {
            id: 7,
            text: " seven".into(),
            logit: 1.0,
            prob: 1.0,
        }],
        entropy: 0.0,
        temperature: 1.0,
        lens: None,
    };
    parse(line).unwrap().run(d, Some(&lens))
}

fn at(d: &mut Debugger, lines: &[&str]) -> String {
    for line in lines {
        run(d, line).unwrap();
    }
    hook::short(d.here())
}

#[test]
fn each_depth_steps_forward_and_back() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    assert_eq!(at(&mut d, &["step"]), "blocks.0.resid_pre");
    assert_eq!(at(&mut d, &["next"]), "blocks.0.attn.q");
    assert_eq!(at(&mut d, &["next"]), "blocks.0.resid_post");
    assert_eq!(at(&mut d, &["reverse-next"]), "blocks.0.attn.q");
    assert_eq!(at(&mut d, &["out"]), "blocks.1.resid_pre");
    assert_eq!(at(&mut d, &["step 2", "reverse-out"]), "blocks.1.resid_pre");
    assert_eq!(at(&mut d, &["reverse-out"]), "blocks.0.resid_pre");
    assert_eq!(at(&mut d, &["end", "step", "out"]), "logits");
    assert_eq!(at(&mut d, &["top", "reverse-step"]), "embed");
}

#[test]
fn breakpoints_stop_both_ways_until_they_are_off() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    let pattern = ["break *.pattern", "continue"];
    assert_eq!(at(&mut d, &pattern), "blocks.0.attn.pattern");
    assert_eq!(at(&mut d, &["c"]), "blocks.1.attn.pattern");
    assert_eq!(at(&mut d, &["end", "rc", "rc"]), "blocks.0.attn.pattern");
    assert_eq!(at(&mut d, &["toggle 1", "c"]), "logits");
    assert_eq!(at(&mut d, &["delete 1", "rc"]), "embed");
    // At the cursor: put, found again, taken away.
    assert_eq!(
        at(&mut d, &["step", "toggle", "top", "c"]),
        "blocks.0.resid_pre"
    );
    assert_eq!(at(&mut d, &["toggle", "c"]), "logits");
    for (line, why) in [
        ("break nothing.*", "no hook point matches"),
        ("break [", "[, character 1: nothing closes ["),
        ("delete 3", "there is no breakpoint 3"),
    ] {
        let error = run(&mut d, line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn names_are_found_by_what_is_typed_of_them() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    assert_eq!(at(&mut d, &["goto 1.pattern"]), "blocks.1.attn.pattern");
    assert_eq!(at(&mut d, &["goto b1pat"]), "blocks.1.attn.pattern");
    let full = ["goto 0.hook_resid_post"];
    assert_eq!(at(&mut d, &full), "blocks.0.resid_post");
    assert_eq!(at(&mut d, &["goto 1.pattern"]), "blocks.1.attn.pattern");
    assert!(run(&mut d, "goto zzz").is_err());
    assert!(matches!(run(&mut d, "info logits"), Ok(Outcome::Ask(_))));
    assert_eq!(hook::short(d.here()), "blocks.1.attn.pattern");
}

#[test]
fn a_new_pass_is_looked_at_from_the_same_hook_point() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    run(&mut d, "goto 0.pattern").unwrap();
    let mut passes = fake::passes();
    passes.push(fake::pass(5, 4));
    d.set_passes(passes);
    assert_eq!((d.at.pass, d.at.row), (1, 0));
    assert_eq!(hook::short(d.here()), "blocks.0.attn.pattern");
    run(&mut d, "pass prev").unwrap();
    assert_eq!((d.at.pass, d.at.row), (0, 3));
    assert!(run(&mut d, "pass 2").is_err());
    assert!(run(&mut d, "row 4").is_err());
}

#[test]
fn the_next_token_is_picked_in_every_way() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    let mut choice = |line: &str| match run(&mut d, line) {
        Ok(Outcome::Job(Job::Next { choice, .. })) => Ok(choice),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why),
    };
    assert_eq!(choice("token"), Ok(Choice::Greedy));
    assert_eq!(choice("token #1"), Ok(Choice::Token(7)));
    assert_eq!(choice("token \"seven\""), Ok(Choice::Token(7)));
    assert_eq!(choice("token 3"), Ok(Choice::Token(3)));
    assert!(choice("token #2").is_err());
    // A token that is not among the candidates is looked for in the vocabulary.
    assert_eq!(choice("token \"华\""), Ok(Choice::Text("华".into())));
    let sampled = choice("token sample temperature=0.5 top_k=4 top_p=0.9 seed=3");
    let Ok(Choice::Sample(s)) = sampled else {
        panic!("{sampled:?}");
    };
    assert_eq!((s.temperature, s.top_k, s.top_p, s.seed), (0.5, 4, 0.9, 3));
}

#[test]
fn gdbs_words_work() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    // Gone after it has stopped once; a pattern stops at its first hook point alone.
    assert_eq!(
        at(&mut d, &["tbreak *.pattern", "c"]),
        "blocks.0.attn.pattern"
    );
    assert_eq!(at(&mut d, &["c"]), "logits");
    assert_eq!(at(&mut d, &["top", "until 1.q"]), "blocks.1.attn.q");
    assert_eq!(
        at(&mut d, &["top", "until pattern"]),
        "blocks.0.attn.pattern"
    );
    assert_eq!(at(&mut d, &["u *.pattern"]), "blocks.1.attn.pattern");
    let why = run(&mut d, "until 0.q").unwrap_err();
    assert!(why.contains("is not ahead"), "{why}");
    assert_eq!(
        at(&mut d, &["top", "break 0.resid_post", "advance logits"]),
        "blocks.0.resid_post"
    );
    for (line, same) in [
        ("info breakpoints", "breakpoints"),
        ("info tokens", "tokens"),
        ("p 0.q [0]", "print 0.q [0]"),
        ("x/8f 0.q", "print/8 0.q"),
        ("set temperature 0.5", "temperature 0.5"),
        ("set row = 2", "row 2"),
    ] {
        assert_eq!(parse(line), parse(same), "{line}");
    }
    for (line, why) in [
        ("step/8", "step takes no argument, and `/8` is one"),
        ("x/0", "/N is a whole number from 1"),
        ("set volume 3", "set does not understand `volume`"),
        ("set row", "set needs VALUE"),
        ("show nothing", "show does not understand"),
        ("find >x", "find does not understand"),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(why), "{line}: {error}");
    }
    run(&mut d, "set temperature 0.5").unwrap();
    let Ok(Outcome::Note(shown)) = run(&mut d, "show temperature") else {
        panic!("no note");
    };
    assert_eq!(shown, "temperature 0.5");
}

#[test]
fn a_name_is_looked_for_both_ways_and_round() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    assert_eq!(at(&mut d, &["find resid"]), "blocks.0.resid_pre");
    assert_eq!(at(&mut d, &["find"]), "blocks.0.resid_post");
    assert_eq!(at(&mut d, &["find *.pattern"]), "blocks.1.attn.pattern");
    assert_eq!(at(&mut d, &["find"]), "blocks.0.attn.pattern");
    assert_eq!(at(&mut d, &["reverse-find"]), "blocks.1.attn.pattern");
    assert_eq!(at(&mut d, &["rf hook_embed"]), "embed");
    let why = run(&mut d, "find *.patern").unwrap_err();
    assert!(why.contains("did you mean *.pattern"), "{why}");
    let mut fresh = Debugger::new(fake::model(), fake::passes());
    assert!(run(&mut fresh, "find").is_err());
}

#[test]
fn names_are_shown_in_one_form() {
    let mut d = Debugger::new(fake::model(), fake::passes());
    run(&mut d, "goto 1.pattern").unwrap();
    for line in ["toggle", "breakpoints", "where", "print [9]", "delete 1"] {
        let shown = match run(&mut d, line) {
            Ok(Outcome::Note(text)) | Err(text) => text,
            Ok(Outcome::List { lines, .. }) => lines.join(" "),
            Ok(other) => panic!("{other:?}"),
        };
        assert!(shown.contains("blocks.1.attn.pattern"), "{line}: {shown}");
    }
}

#[test]
fn saving_tells_what_it_chooses() {
    let d = Debugger::new(fake::model(), fake::passes());
    let all = d.passes[0].plan.points();
    let elements = all.iter().map(HookPoint::numel).sum();
    assert_eq!(d.chosen(&[]), Ok((all.len(), elements)));
    assert_eq!(d.chosen(&["*.pattern".into()]), Ok((2, 2 * 2 * 4 * 4)));
    assert!(d.chosen(&["nothing".into()]).is_err());
}

proptest! {
    /// Whatever is typed, the parser and the debugger answer, and the cursor stays in the plan.
    #[test]
    fn no_line_panics(lines in proptest::collection::vec(line(), 1..12)) {
        let mut d = Debugger::new(fake::model(), fake::passes());
        for line in lines {
            if let Ok(command) = parse(&line) {
                let _ = command.run(&mut d, None);
            }
            prop_assert!(d.at.pass < d.passes.len());
            prop_assert!(d.at.point < d.plan().len());
            prop_assert!(d.at.row <= d.last_row());
        }
    }
}

/// A command or nonsense, followed by arguments or nonsense.
fn line() -> impl Strategy<Value = String> {
    let names: Vec<&str> = commands().map(|spec| spec.name).collect();
    let examples: Vec<&str> = commands().map(|spec| spec.example).collect();
    let word = prop_oneof![
        proptest::sample::select(names).prop_map(str::to_owned),
        ".*"
    ];
    let argument = "(next|prev|all|[0-9]{1,21}|-[0-9]|\\[[-0-9:, ]*\\]?|[#\"*.a-z0-9=]{0,9}| |中)*";
    prop_oneof![
        proptest::sample::select(examples).prop_map(str::to_owned),
        (word, argument).prop_map(|(word, rest)| format!("{word} {rest}")),
    ]
}

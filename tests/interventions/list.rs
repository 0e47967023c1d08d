//! Several interventions, on and off, in passes that begin later, and in traces.

use layerwise::trace::intervention::{Change, Direction, Origin, Revision};
use layerwise::trace::query::Choice;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Pick;

use super::device::options;
use super::*;

#[test]
fn several_on_one_point_apply_in_order_and_each_can_be_turned_off() {
    let mut source = open("llama");
    let point = at(&*source, "1.mlp_out");
    let own = every(&mut *source);
    let first = floats(&own[0][point])[0];
    let now = |source: &mut dyn Source| floats(&source.tensor(0, point).unwrap())[0];
    put(&mut *source, 0, "1.mlp_out", vec![], Change::Scale(2.0));
    put(
        &mut *source,
        0,
        "1.mlp_out",
        vec![Pick::At(0)],
        Change::Scale(0.5),
    );
    put(&mut *source, 0, "0.resid_post", vec![], Change::Put(0.0));
    put(&mut *source, 0, "1.mlp_out", vec![], Change::Scale(4.0));
    revise(&mut *source, Revision::Toggle(3));
    assert_eq!(now(&mut *source), first * 4.0);
    revise(&mut *source, Revision::Toggle(1));
    assert_eq!(now(&mut *source), first * 2.0);
    revise(&mut *source, Revision::Undo);
    revise(&mut *source, Revision::Toggle(4));
    assert_eq!(now(&mut *source), first, "2 and ½ are left");
    let kept = every(&mut *source);
    let mut fresh = open("llama");
    put(&mut *fresh, 0, "1.mlp_out", vec![], Change::Scale(2.0));
    put(
        &mut *fresh,
        0,
        "1.mlp_out",
        vec![Pick::At(0)],
        Change::Scale(0.5),
    );
    assert!(
        every(&mut *fresh) == kept,
        "the way to a list leaves no trace in the values"
    );
    for n in [1, 2] {
        revise(&mut *source, Revision::Toggle(n));
    }
    assert!(every(&mut *source) == own);
    // Four were made, and after one undo three turned on or off.
    let steps = 8;
    for _ in 0..steps {
        revise(&mut *source, Revision::Undo);
    }
    assert!(source.interventions().is_empty());
    assert!(every(&mut *source) == own);
    for _ in 0..steps {
        revise(&mut *source, Revision::Redo);
    }
    assert!(every(&mut *source) == own && source.interventions().len() == 4);
}

#[test]
fn what_holds_later_holds_in_passes_that_begin_later() {
    let mut source = opened("llama", PROMPT, &options());
    let last = source.passes()[0].tokens.len();
    let whole = vec![Pick::Span(0..last), Pick::At(0)];
    put(&mut *source, 0, "1.z", whole, Change::Zero);
    put(
        &mut *source,
        0,
        "0.z",
        vec![Pick::At(last - 1)],
        Change::Zero,
    );
    source
        .next(0, &Choice::Token(9), &Control::default())
        .unwrap();
    let value = |source: &mut dyn Source, name| {
        let point = at(source, name);
        floats(&source.tensor(1, point).unwrap())
    };
    let d_head = source.model().d_head;
    assert!(
        value(&mut *source, "1.z")[..d_head]
            .iter()
            .all(|x| *x == 0.0)
    );
    assert!(value(&mut *source, "0.z").iter().any(|x| *x != 0.0));
    // With another prompt a whole axis stays whole, and a token that is not there is turned off.
    source.restart("The").unwrap();
    assert!(source.passes()[0].tokens.len() < last);
    let on: Vec<bool> = source.interventions().iter().map(|one| one.on).collect();
    assert_eq!(on, [true, false]);
    let point = at(&*source, "1.z");
    let first = floats(&source.tensor(0, point).unwrap());
    assert!(first[..d_head].iter().all(|x| *x == 0.0));
    let error = source
        .intervene(Revision::Toggle(2), &Control::default())
        .unwrap_err();
    assert!(
        error.to_string().contains("is outside axis 0 (token)"),
        "{error}"
    );
    source.restart(PROMPT).unwrap();
    revise(&mut *source, Revision::Toggle(2));
}

#[test]
fn one_that_changes_nothing_says_so() {
    let mut source = open("llama");
    assert!(put(&mut *source, 0, "1.z", vec![], Change::Scale(1.0)).is_empty());
    let again = Change::Patch {
        from: Origin::Here,
        row: Some(0),
    };
    assert!(put(&mut *source, 0, "1.z", vec![Pick::At(0)], again).is_empty());
    assert!(!put(&mut *source, 0, "1.z", vec![], Change::Zero).is_empty());
    assert!(put(&mut *source, 0, "1.z", vec![], Change::Zero).is_empty());
    // In the last block other tokens do not reach the answer.
    revise(&mut *source, Revision::Clear);
    let last = format!("{}.z", source.model().n_layers - 1);
    assert!(!put(&mut *source, 0, &last, vec![Pick::At(0)], Change::Zero).is_empty());
    let row = source.passes()[0].tokens.len() - 1;
    assert!(source.effect(0, row, 3).unwrap().same);
    assert!(!source.effect(0, 0, 3).unwrap().same);
}

/// A changed run is saved with what changed it, and says that it is no run of the model's own.
#[test]
fn a_trace_of_a_changed_run_holds_its_interventions() {
    let folder = tempfile::tempdir().unwrap();
    let (own, changed, copy) = (
        folder.path().join("own.safetensors"),
        folder.path().join("changed.safetensors"),
        folder.path().join("copy.safetensors"),
    );
    let go = Control::default();
    let mut source = open("llama");
    source.save(&own, &[], &go).unwrap();
    let direction = Direction::Prompts("I love you".into(), "I hate it so".into());
    let change = Change::Add {
        direction,
        factor: 2.0,
    };
    put(&mut *source, 0, "1.resid_pre", vec![], change);
    put(&mut *source, 1, "0.z", vec![], Change::Zero);
    put(&mut *source, 0, "0.z", vec![], Change::Scale(3.0));
    revise(&mut *source, Revision::Toggle(3));
    source.save(&changed, &[], &go).unwrap();
    let held = source.interventions()[..2].to_vec();
    let mut trace = Replay::open(&changed).unwrap();
    assert_eq!(trace.interventions(), held);
    assert_eq!(trace.meta().format_version, 2);
    assert!(trace.unknown().is_empty());
    assert!(every(&mut trace) == every(&mut *source));
    trace.save(&copy, &["*.resid_post"], &go).unwrap();
    assert_eq!(Replay::open(&copy).unwrap().interventions(), held);
    // Put into another source, they give the recorded values without the prompts.
    let mut again = open("llama");
    for one in trace.interventions().to_vec() {
        revise(&mut *again, Revision::Put(one));
    }
    assert!(every(&mut *again) == every(&mut trace));
    // With all off it is the model's own trace, to the byte.
    for n in [1, 2] {
        revise(&mut *source, Revision::Toggle(n));
    }
    source.save(&copy, &[], &go).unwrap();
    let bytes = |path| std::fs::read(path).unwrap();
    assert!(bytes(&copy) == bytes(&own));
    assert_eq!(Replay::open(&own).unwrap().meta().format_version, 1);
    // An older reader looks at the version first; the lie that it is 1 is refused too.
    let text = bytes(&changed);
    let at = |needle: &[u8]| {
        text.windows(needle.len())
            .position(|w| w == needle)
            .unwrap()
    };
    let mut lie = text.clone();
    lie[at(b"format_version\\\":2") + 17] = b'1';
    std::fs::write(&copy, lie).unwrap();
    let error = Replay::open(&copy).err().unwrap().to_string();
    assert!(
        error.contains("interventions need format_version 2"),
        "{error}"
    );
}

use super::*;
use crate::trace::tensor::Dtype;

fn zero(pass: usize, slice: Vec<Pick>) -> Intervention {
    let mut zero = Intervention::new(pass, "blocks.5.attn.hook_z", Slice(slice), Change::Zero);
    zero.shape = vec![4, 3, 8];
    zero
}

fn head(n: usize) -> Intervention {
    zero(0, vec![Pick::Span(0..4), Pick::At(n)])
}

const AXES: [Axis; 3] = [Axis::Token, Axis::Head, Axis::DHead];

#[test]
fn a_whole_axis_is_whole_in_passes_of_other_lengths() {
    let ranges = head(2).ranges(&AXES, &[1, 3, 8]).unwrap();
    assert_eq!(ranges, [0..1, 2..3, 0..8]);
    let some = zero(0, vec![Pick::Span(0..2)]);
    assert!(some.ranges(&AXES, &[1, 3, 8]).is_err());
    assert!(head(2).can_hold_later(&AXES) && !some.can_hold_later(&AXES));
}

#[test]
fn it_reads_as_the_command_that_makes_it() {
    assert_eq!(head(2).to_string(), "zero blocks.5.attn.z [:, 2]");
    let add = Change::Add {
        direction: Direction::Prompts("I love".into(), "I hate".into()),
        factor: 2.5,
    };
    let add = Intervention::new(0, "blocks.1.hook_resid_pre", Slice::default(), add);
    assert_eq!(
        add.to_string(),
        "add \"I love\"-\"I hate\" ×2.5 blocks.1.resid_pre"
    );
}

#[test]
fn every_step_leads_back_and_forth() {
    let list = Interventions::default();
    let step = |list: &Interventions, revision| list.revised(&revision).unwrap();
    let one = step(&list, Revision::Put(head(0)));
    let two = step(&one, Revision::Put(head(1)));
    let off = step(&two, Revision::Toggle(1));
    assert_eq!(
        off.all().iter().map(|i| i.on).collect::<Vec<_>>(),
        [false, true]
    );
    let none = step(&off, Revision::Clear);
    assert!(none.all().is_empty());
    let back = step(&none, Revision::Undo);
    assert_eq!(back.all(), off.all());
    let back = step(&step(&back, Revision::Undo), Revision::Undo);
    assert_eq!(back.all(), one.all());
    let on = step(&step(&back, Revision::Redo), Revision::Redo);
    assert_eq!(on.all(), off.all());
    // Another way taken, there is nothing to go forth to.
    let other = step(&back, Revision::Put(head(2)));
    assert!(other.revised(&Revision::Redo).is_err());
}

#[test]
fn a_number_that_is_none_is_said() {
    let list = Interventions::of(vec![head(0), head(1)]);
    let error = |list: &Interventions, revision| list.revised(&revision).unwrap_err().to_string();
    assert_eq!(
        error(&list, Revision::Toggle(3)),
        "there is no intervention 3: there are 1 to 2"
    );
    assert_eq!(
        error(&list, Revision::Toggle(0)),
        "there is no intervention 0: there are 1 to 2"
    );
    assert_eq!(
        error(&list, Revision::Undo),
        "there is no intervention to undo"
    );
    let empty = Interventions::default();
    assert!(error(&empty, Revision::Toggle(1)).starts_with("there is no intervention: zero, mean"));
    assert_eq!(
        error(&empty, Revision::Clear),
        "there is no intervention to clear"
    );
}

#[test]
fn numbers_of_elsewhere_align_or_say_why_not() {
    let hook = HookPoint {
        name: "blocks.5.attn.hook_z".into(),
        axes: AXES.to_vec(),
        shape: vec![4, 3, 8],
    };
    let of = |tokens: usize| {
        let numbers = (0..tokens * 24).map(|i| i as f64);
        HostTensor::new(Dtype::F32, vec![tokens, 3, 8], numbers)
    };
    let part = aligned(&head(2), &hook, &of(4), None, "a.safetensors").unwrap();
    assert_eq!(part.shape, [4, 1, 8]);
    let row = aligned(&head(2), &hook, &of(2), Some(1), "pass 0").unwrap();
    assert_eq!(row.shape, [1, 1, 8]);
    let mut first = [0.0];
    row.read(0, &mut first);
    assert_eq!(first[0], 24.0 + 16.0);
    let error = |tensor: &HostTensor, row| {
        let error = aligned(&head(2), &hook, tensor, row, "a.safetensors");
        error.unwrap_err().to_string()
    };
    let why = error(&of(5), None);
    assert!(
        why.contains("axis 0 (token) has length 5 in a.safetensors and 4 here"),
        "{why}"
    );
    assert!(error(&of(5), Some(5)).contains("5:6 is outside axis 0 (token)"));
    let nan = HostTensor::new(Dtype::F32, vec![4, 3, 8], vec![f64::NAN; 96]);
    assert!(error(&nan, None).contains("has a NaN, element 0"));
}

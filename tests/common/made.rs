//! Small models with random numbers, made here, and what holds for each of them.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::checkpoint::create::{slots, weights};
use layerwise::engine::{self, Options};
use layerwise::graph::arch::Arch;
use layerwise::session::why::why;
use layerwise::trace::plan::Axis;
use layerwise::trace::query::Choice;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Pick, Slice, Values};

use super::device::options;

/// More tokens than a chunk has.
pub const LONG: &str = "The capital of France is 中华人民. A quick brown fox jumps over 13 lazy dogs; 42 grey geese fly north, \
    and nobody knows why, since the year of 1999.";
pub const SHORT: &str = "The capital of";

/// Numbers that look random, the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        let (by, more) = (6364136223846793005_u64, 1442695040888963407);
        self.0 = self.0.wrapping_mul(by).wrapping_add(more);
        self.0 >> 33
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n.max(1)
    }

    /// From −1 to 1.
    pub fn number(&mut self) -> f32 {
        self.next() as f32 / (1_u64 << 30) as f32 - 1.0
    }
}

/// The folder of a model with these fields and random numbers.
pub fn made(name: &str, fields: &str, folder: &Path) -> PathBuf {
    let mut config = serde_json::json!({
        "vocab_size": 272, "hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 256,
    });
    let fields: serde_json::Value = serde_json::from_str(fields).unwrap();
    let all = config.as_object_mut().unwrap();
    all.extend(fields.as_object().unwrap().clone());
    let config = config.to_string();
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let slots = slots(&folder.join("config.json"), config.as_bytes()).unwrap();
    let mut dice = Dice(name.len() as u64);
    let mut values = Vec::new();
    for slot in &slots {
        let norm = slot.shape.len() == 1 && slot.name.contains("norm");
        let scale = match slot.shape.len() {
            1 => 0.5,
            _ => 1.5 / (slot.shape[slot.shape.len() - 1] as f32).sqrt(),
        };
        let number = |dice: &mut Dice| dice.number() * scale + if norm { 1.0 } else { 0.0 };
        // A table of experts has whole numbers.
        let table = slot.name.ends_with("tid2eid");
        let one = |dice: &mut Dice| {
            if table {
                dice.below(3) as f32
            } else {
                number(dice)
            }
        };
        values.extend((0..slot.numel()).map(|_| one(&mut dice)));
    }
    std::fs::write(folder.join("config.json"), config).unwrap();
    std::fs::write(
        folder.join("model.safetensors"),
        weights(&slots, &values).unwrap(),
    )
    .unwrap();
    let tokenizer =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama/tokenizer.json");
    std::fs::copy(tokenizer, folder.join("tokenizer.json")).unwrap();
    folder
}

pub fn exact() -> Options {
    Options {
        dtype: Dtype::F64,
        ..options()
    }
}

/// Options with which neither scores nor states are held whole, as for long prompts.
pub fn long() -> Options {
    Options {
        whole_scores: 0,
        ..exact()
    }
}

/// Options with which all states are held.
pub fn whole() -> Options {
    Options {
        whole_scores: usize::MAX,
        ..exact()
    }
}

/// Run a test on a small model of each kind, of these fields.
pub fn with_each<F: AsRef<str>>(
    kinds: impl IntoIterator<Item = (&'static str, F)>,
    test: impl Fn(&str, &Path),
) {
    let folder = tempfile::tempdir().unwrap();
    for (kind, fields) in kinds {
        test(kind, &made(kind, fields.as_ref(), folder.path()));
    }
}

/// Demand that every value of a long prompt is that of a pass which holds all.
pub fn lazily(kind: &str, model: &Path) {
    let mut held = open(model, LONG, &whole());
    let mut lazy = open(model, LONG, &long());
    for name in names(&*held, 0) {
        let (a, b) = (values(&mut *lazy, 0, &name), values(&mut *held, 0, &name));
        same(&a.data, &b.data, &format!("{kind} {name}"));
    }
}

pub fn open(model: &Path, prompt: &str, options: &Options) -> Box<dyn Source> {
    engine::open(Checkpoint::open(model).unwrap(), prompt, options).unwrap()
}

pub fn values(source: &mut dyn Source, pass: usize, name: &str) -> Values {
    let point = source.passes()[pass].plan.position(name).unwrap();
    source.values(pass, point, &Slice::default()).unwrap()
}

pub fn names(source: &dyn Source, pass: usize) -> Vec<String> {
    let points = source.passes()[pass].plan.points();
    points.iter().map(|point| point.name.clone()).collect()
}

#[track_caller]
pub fn same(a: &[f64], b: &[f64], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b
        .iter()
        .filter(|x| x.is_finite())
        .fold(0.0, |m: f64, x| m.max(x.abs()));
    for (a, b) in a.iter().zip(b) {
        let near = a == b || (a - b).abs() <= 1e-9 * (1e-3 + scale);
        assert!(near, "{what}: {a} {b}");
    }
}

/// Tokens that are run one by one give what all at once do.
pub fn runs_by_tokens(kind: &str, model: &Path) {
    for options in [whole(), long()] {
        let mut all = open(model, LONG, &options);
        let tokens = all.passes()[0].tokens.clone();
        assert!(tokens.len() > 64, "a chunk is not exceeded");
        let mut one = open(model, &LONG[..LONG.len() - 20], &options);
        let begun = one.passes()[0].tokens.len();
        assert_eq!(one.passes()[0].tokens[..begun - 1], tokens[..begun - 1]);
        assert!((tokens.len() - 24..tokens.len() - 5).contains(&begun));
        for (pass, token) in tokens[begun..].iter().enumerate() {
            one.next(pass, &Choice::Token(token.id), &Control::default())
                .unwrap();
        }
        let last = one.passes().len() - 1;
        assert_eq!(one.passes()[last].tokens.len(), tokens.len());
        for name in names(&*one, last) {
            let plan = all.passes()[0].plan.clone();
            let point = plan.position(&name).unwrap();
            let row = Pick::At(tokens.len() - 1);
            // Patterns have an axis of heads before that of tokens.
            let hook = &plan.points()[point];
            let slice = if hook.axes[0] == Axis::Head {
                vec![Pick::Span(0..hook.shape[0]), row]
            } else {
                vec![row]
            };
            let due = all.values(0, point, &Slice(slice)).unwrap();
            same(
                &values(&mut *one, last, &name).data,
                &due.data,
                &format!("{kind} {name}"),
            );
        }
    }
}

/// Every derivation sums to its value.
pub fn sums(kind: &str, model: &Path) {
    for dtype in [Dtype::F32, Dtype::F64] {
        let mut source = open(model, SHORT, &Options { dtype, ..options() });
        for pass in 0..2 {
            source
                .next(pass, &Choice::Token(7), &Control::default())
                .unwrap();
        }
        let mut dice = Dice(5);
        for pass in [0, 2] {
            for point in source.passes()[pass].plan.points().to_vec() {
                for _ in 0..6 {
                    let cell: Vec<usize> = point.shape.iter().map(|n| dice.below(*n)).collect();
                    let asked = (pass, &point.name[..], &cell[..]);
                    let found = why(&mut *source, asked, usize::MAX, &Control::default()).unwrap();
                    let what = format!("{kind} {} {cell:?} {dtype:?}: {found:#?}", point.name);
                    assert!(found.lacking.is_empty(), "{what}");
                    assert!(!found.formula.is_empty(), "{what}");
                    let sum: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
                    let value = found.value.unwrap();
                    let far = (sum - value).abs();
                    assert!(
                        sum == value || far <= 2.0 * found.rounding.unwrap(),
                        "{far:e} {what}"
                    );
                }
            }
        }
    }
}

/// A change of the architecture changes what the model says.
pub fn differs(kind: &str, option: &str, model: &Path, prompt: &str, change: fn(&mut Arch)) {
    let logits = |change: Option<fn(&mut Arch)>| {
        let mut checkpoint = Checkpoint::open(model).unwrap();
        if let Some(change) = change {
            change(&mut checkpoint.arch);
        }
        let mut source = engine::open(checkpoint, prompt, &exact()).unwrap();
        let point = source.passes()[0].plan.position("logits").unwrap();
        source
            .values(0, point, &Slice::default())
            .map(|values| values.data)
    };
    let own = logits(None).unwrap();
    let other = logits(Some(change)).unwrap();
    let gap = own
        .iter()
        .zip(&other)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(
        gap > 1e-6,
        "{kind}: without {option} the logits differ by {gap:e}"
    );
}

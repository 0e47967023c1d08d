//! Traces on disk: a written trace is read again, and a bad file is refused with file and tensor.

mod common;

use std::fs;
use std::path::Path;

use common::Options;
use layerwise::trace::meta::Meta;
use layerwise::trace::query::Choice;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, HostTensor, Pick, Slice};
use layerwise::trace::write::{Entry, write_trace};
use proptest::prelude::*;

fn opened(folder: &Path, options: Options) -> Replay {
    let path = folder.join("t.safetensors");
    common::write(&path, options).unwrap();
    Replay::open(&path).unwrap()
}

#[test]
fn what_is_written_is_read_in_every_dtype() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
        let options = Options {
            dtype,
            ..Options::default()
        };
        let mut replay = opened(folder.path(), options);
        let passes = common::passes();
        assert_eq!(replay.passes(), passes);
        assert_eq!(replay.model(), &common::model(dtype));
        assert_eq!(replay.meta().prompt, "中华人民");
        assert!(replay.unknown().is_empty());
        for (p, pass) in passes.iter().enumerate() {
            for (i, hook) in pass.plan.points().iter().enumerate() {
                let values = (0..hook.numel()).map(|e| common::element(p, i, hook, e));
                let due = HostTensor::new(dtype, hook.shape.clone(), values);
                assert_eq!(replay.tensor(p, i).unwrap(), due, "{}", hook.name);
            }
        }
    }
}

#[test]
fn a_hook_point_that_is_not_recorded_can_be_stood_at_but_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        keep: &|name| name.ends_with("pattern"),
        ..Options::default()
    };
    let mut replay = opened(folder.path(), options);
    assert_eq!(replay.passes()[0].plan.len(), common::plan(4, 0).len());
    replay.run_to(0, 0, &Control::default()).unwrap();
    let error = replay.summary(0, 0, &Control::default()).unwrap_err();
    assert_eq!(error.to_string(), "embed is not in this trace");
    let pattern = replay.passes()[1].plan.find("1.pattern").unwrap();
    assert_eq!(
        replay
            .heads(1, pattern, 3, 3, &Control::default())
            .unwrap()
            .shape,
        [2, 1, 3]
    );
    assert!(replay.heads(0, 0, 3, 3, &Control::default()).is_err());
    assert!(replay.values(7, 0, &Slice::default()).is_err());
}

#[test]
fn the_lens_is_recorded_and_the_answer_follows_from_the_logits() {
    let folder = tempfile::tempdir().unwrap();
    let mut replay = opened(folder.path(), Options::default());
    let plan = replay.passes()[0].plan.clone();
    let (logits, last) = (plan.len() - 1, plan.find("1.resid_post").unwrap());
    let at = |replay: &mut Replay, point, row, t| replay.lens(0, point, row, 5, t);

    let embed = at(&mut replay, 1, 3, 1.0).unwrap();
    assert_eq!((embed.top.len(), embed.temperature), (5, 1.0));
    assert!(embed.top.iter().any(|c| c.text == common::text(c.id)));
    for (row, t) in [(2, 1.0), (3, 0.5)] {
        let error = at(&mut replay, 1, row, t).unwrap_err().to_string();
        assert!(error.starts_with("the lens at embed for"), "{error}");
        // The error tells the recorded logits' answer.
        let end = at(&mut replay, logits, row, t).unwrap();
        let first = format!(
            "the logits say {:?} {:.1} %",
            end.top[0].text,
            end.top[0].prob * 100.0
        );
        assert!(error.contains(&first), "{error}");
    }
    // At the last value of the stream the logits answer for any row and temperature.
    let answer = at(&mut replay, logits, 0, 0.5).unwrap();
    assert_eq!(answer, at(&mut replay, last, 0, 0.5).unwrap());
    assert_eq!(answer, at(&mut replay, last + 1, 0, 0.5).unwrap());
    let row = replay.values(0, logits, &Slice(vec![Pick::At(0)])).unwrap();
    let best = row.data.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(answer.top[0].logit, best);
    assert!(at(&mut replay, logits, 4, 1.0).is_err());
    assert!(at(&mut replay, logits, 0, 0.0).is_err());

    let options = Options {
        keep: &|name| name != "logits",
        ..Options::default()
    };
    let mut replay = opened(folder.path(), options);
    assert_eq!(at(&mut replay, logits, 3, 1.0).unwrap().top.len(), 5);
    assert!(matches!(
        at(&mut replay, logits, 0, 1.0),
        Err(SourceError::NotRecorded(_))
    ));
}

#[test]
fn a_recording_goes_where_it_went_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut replay = opened(folder.path(), Options::default());
    let control = Control::default();
    replay.next(0, &Choice::Token(4), &control).unwrap();
    replay.next(0, &Choice::Greedy, &control).unwrap();
    assert_eq!(replay.passes().len(), 2);
    for refused in [
        replay.next(0, &Choice::Token(5), &control),
        replay.next(1, &Choice::Greedy, &control),
        replay.restart("x"),
    ] {
        assert!(matches!(refused, Err(SourceError::NeedsEngine(_))));
    }
}

#[test]
fn a_copy_holds_what_was_chosen_and_replaces_the_file_it_was_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let mut replay = opened(folder.path(), Options::default());
    let path = replay.path().to_owned();
    let control = Control::default();
    replay
        .save(&path, &["blocks.*.attn.pattern"], &control)
        .unwrap();
    let pattern = replay.passes()[0].plan.find("0.pattern").unwrap();
    let before = replay.tensor(0, pattern).unwrap();
    let mut copy = Replay::open(&path).unwrap();
    assert_eq!(copy.tensor(0, pattern).unwrap(), before);
    assert!(!copy.has(0, 0) && copy.has(1, pattern));
    assert_eq!(copy.meta(), replay.meta());
    let error = copy.save(&path, &["nothing"], &control).unwrap_err();
    assert!(error.to_string().contains("no hook point"), "{error}");

    control
        .cancel
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let other = folder.path().join("other");
    let stopped = copy.save(&other, &["*"], &control);
    assert!(matches!(stopped, Err(SourceError::Cancelled)));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    fs::write(&path, "old").unwrap();
    let meta = Meta::new(common::model(Dtype::F32), "", &common::passes());
    let entry = |key: &str| Entry {
        key: key.into(),
        dtype: Dtype::F32,
        shape: vec![2],
    };
    for bytes in [7, 9] {
        let entries = [entry("hook_embed")];
        let result = write_trace(&path, &meta, &entries, |_, sink| sink.put(&vec![0; bytes]));
        assert!(result.is_err(), "{bytes}");
    }
    let twice = [entry("logits"), entry("logits")];
    assert!(write_trace(&path, &meta, &twice, |_, sink| sink.put(&[0; 8])).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let missing = folder.path().join("no/such/t.safetensors");
    let error = common::write(&missing, Options::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    assert!(error.to_string().contains("no/such"), "{error}");
    assert!(common::write(folder.path(), Options::default()).is_err());
}

#[test]
fn data_is_aligned_and_wider_elements_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    let meta = Meta::new(common::model(Dtype::BF16), "", &common::passes());
    let entry = |key: &str, dtype, n| Entry {
        key: key.into(),
        dtype,
        shape: vec![n],
    };
    let entries = [
        entry("a", Dtype::BF16, 3),
        entry("b", Dtype::F32, 1),
        entry("c", Dtype::BF16, 1),
    ];
    let mut order = Vec::new();
    write_trace(&path, &meta, &entries, |i, sink| {
        order.push(i);
        sink.put(&vec![i as u8; entries[i].size()])
    })
    .unwrap();
    assert_eq!(order, [0, 1, 2], "asked for in the order given");
    let file = fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    assert_eq!(tensors.tensor("a").unwrap().data(), [0; 6]);
    assert_eq!(tensors.tensor("b").unwrap().data(), [1; 4]);
    let header = u64::from_le_bytes(file[..8].try_into().unwrap());
    assert_eq!(header % 8, 0);
}

#[cfg(unix)]
#[test]
fn a_trace_has_the_permissions_of_any_new_file_and_follows_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    let (target, link) = (folder.path().join("t"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    common::write(&link, Options::default()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&target), mode(&plain));
    Replay::open(&target).unwrap();
}

/// A safetensors file with this JSON header and data.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

#[test]
fn a_cache_under_transformer_lens_names_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.safetensors");
    let data: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let ids: Vec<u8> = [7i64, 9].iter().flat_map(|i| i.to_le_bytes()).collect();
    let file = |ids_shape: &str| {
        let header = format!(
            r#"{{"input_ids":{{"dtype":"I64","shape":{ids_shape},"data_offsets":[0,16]}},
                "blocks.0.hook_resid_pre":{{"dtype":"F32","shape":[1,2,3],"data_offsets":[16,40]}}}}"#
        );
        safetensors(&header, &[&ids[..], &data[..]].concat())
    };
    fs::write(&path, file("[1,2]")).unwrap();
    let mut replay = Replay::open(&path).unwrap();
    let pass = &replay.passes()[0];
    let ids: Vec<_> = pass
        .tokens
        .iter()
        .map(|t| (t.id, t.text.as_str()))
        .collect();
    assert_eq!(ids, [(7, "#7"), (9, "#9")]);
    assert!(!replay.is_described() && replay.unknown().is_empty());
    assert_eq!(replay.model().name, "cache");
    let row = replay.values(0, 0, &Slice(vec![Pick::At(1)])).unwrap();
    assert_eq!(row.data, [3., 4., 5.]);
    // A saved cache becomes a trace with a description.
    let copy = folder.path().join("copy");
    replay.save(&copy, &["*"], &Control::default()).unwrap();
    assert!(Replay::open(&copy).unwrap().is_described());
}

/// The error of `open` for `file`.
fn refused(file: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.safetensors");
    fs::write(&path, file).unwrap();
    let error = match Replay::open(&path) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("bad.safetensors"), "{error}");
    error
}

fn sample() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    common::write(&path, Options::default()).unwrap();
    fs::read(path).unwrap()
}

/// The sample with `from` replaced in its header.
fn with(from: &str, to: &str) -> Vec<u8> {
    let file = sample();
    let n = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&file[8..8 + n]).unwrap();
    assert!(header.contains(from), "{from}");
    safetensors(&header.replacen(from, to, 1), &file[8 + n..])
}

#[test]
fn bad_files_are_refused_with_their_reason() {
    let missing = Replay::open(Path::new("no-such.safetensors"))
        .err()
        .unwrap();
    assert!(missing.to_string().contains("no-such.safetensors"));
    assert!(Replay::open(Path::new(".")).is_err());
    assert!(refused(b"").contains("not a whole safetensors file"));
    assert!(refused(&[0xff; 64]).contains("header too large"));
    let file = sample();
    assert!(refused(&file[..file.len() - 1]).contains("not a whole safetensors file"));
    assert!(refused(&safetensors("{}", b"")).contains("is no trace"));
    for (from, to, why) in [
        (
            r#"\"format_version\":1"#,
            r#"\"format_version\":3"#,
            "update layerwise",
        ),
        (
            r#"\"format_version\":1"#,
            r#"\"format_version\":2,\"interventions\":[{\"pass\":0,\"point\":\"9.z\",\"change\":\"zero\"}]"#,
            "interventions[0]: there is no hook point 9.z",
        ),
        (
            r#"\"format_version\":1"#,
            r#"\"format_version\":2,\"interventions\":[{\"pass\":7,\"point\":\"1.z\",\"change\":\"zero\"}]"#,
            "interventions[0]: there is no pass 7",
        ),
        (
            r#"\"format_version\":1"#,
            r#"\"format_version\":2,\"interventions\":[{\"pass\":0,\"point\":\"1.z\",\"slice\":[9],\"change\":\"zero\"}]"#,
            "interventions[0]: 9 is outside axis 0 (token)",
        ),
        (
            r#"\"format_version\":1"#,
            r#"\"format_version\":2,\"interventions\":[{\"pass\":0,\"point\":\"1.z\",\"change\":\"melt\"}]"#,
            "unknown variant `melt`",
        ),
        (
            r#"\"format_version\":1"#,
            r#"\"x\":1"#,
            "missing field `format_version`",
        ),
        (
            r#"\"n_layers\":2"#,
            r#"\"n_layers\":1"#,
            "past the model's 1 layers",
        ),
        (
            r#"\"tokens\":[0,1,2,3]"#,
            r#"\"tokens\":[0,1,2]"#,
            "axis token has length 4, not 3",
        ),
        (
            r#"\"tokens\":[0,1,2,3]"#,
            r#"\"tokens\":[]"#,
            "passes[0].tokens is empty",
        ),
        (
            r#"\"shape\":[4,8]"#,
            r#"\"shape\":[4,9]"#,
            "tensor hook_embed: shape [4, 8]",
        ),
        (
            r#"\"shape\":[4,8]"#,
            r#"\"shape\":[4,0]"#,
            "axis d_model has length 0",
        ),
        (
            r#"\"shape\":[4,8]"#,
            r#"\"shape\":[4,9223372036854775807]"#,
            "is too large",
        ),
        (
            r#"\"hook_embed\",\"axes\""#,
            r#"\"hook_pos_embed\",\"axes\""#,
            "stands there twice",
        ),
        (
            r#"\"hook_embed\",\"axes\""#,
            r#"\"logits\",\"axes\""#,
            "after a later layer's",
        ),
        (
            r#"\"hook_embed\",\"axes\""#,
            r#"\"hook_odd\",\"axes\""#,
            "no hook point's name",
        ),
        (
            r#""hook_embed":{"dtype":"F32""#,
            r#""hook_embed":{"dtype":"I32""#,
            "tensor hook_embed: I32",
        ),
        (
            r#""shape":[4,8],"data"#,
            r#""shape":[4,9],"data"#,
            "tensor hook_embed: shape [4, 9] of F32 takes 144 bytes",
        ),
        (
            r#""data_offsets":[0,"#,
            r#""data_offsets":[4,"#,
            "tensor hook_embed: shape [4, 8] of F32 takes 128 bytes",
        ),
    ] {
        let error = refused(&with(from, to));
        assert!(error.contains(why), "{to}: {error}");
    }
}

/// Read everything that a debugger could ask of a trace.
fn read_all(replay: &mut Replay) {
    for pass in 0..replay.passes().len() {
        let plan = replay.passes()[pass].plan.clone();
        for point in 0..plan.len() {
            let _ = replay.summary(pass, point, &Control::default());
            let _ = replay.values(pass, point, &Slice::default());
            let _ = replay.values(pass, point, &Slice(vec![Pick::At(3), Pick::Span(1..2)]));
            let _ = replay.heads(pass, point, 3, 5, &Control::default());
            let _ = replay.lens(pass, point, 0, 5, 0.7);
            let _ = replay.lens(pass, point, 3, 50, 1.0);
        }
        let _ = replay.next(pass, &Choice::Greedy, &Control::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damage_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        in_header in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = sample();
        let n = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let reach = if in_header { 8 + n } else { file.len() };
        for (at, byte) in edits {
            file[at.index(reach)] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.safetensors");
        fs::write(&path, file).unwrap();
        if let Ok(mut replay) = Replay::open(&path) {
            read_all(&mut replay);
        }
    }

    #[test]
    fn digits_changed_in_the_header_never_panic(
        at in any::<prop::sample::Index>(),
        digit in 0..10u8,
        more in 0..20usize,
    ) {
        // Unlike random bytes these keep the JSON whole, and reach the checks after it.
        let file = sample();
        let n = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let mut header = file[8..8 + n].to_vec();
        let digits: Vec<_> = (0..n).filter(|&i| header[i].is_ascii_digit()).collect();
        let i = digits[at.index(digits.len())];
        header.splice(i..=i, std::iter::repeat_n(b'0' + digit, more));
        let file = safetensors(std::str::from_utf8(&header).unwrap(), &file[8 + n..]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.safetensors");
        fs::write(&path, file).unwrap();
        if let Ok(mut replay) = Replay::open(&path) {
            read_all(&mut replay);
        }
    }
}

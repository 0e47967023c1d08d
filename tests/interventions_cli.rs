//! Interventions from the command line: batch mode, JSON, saved traces, `check`, `diff` and `inspect`.
#![cfg(feature = "torch")]

mod program;

use std::path::Path;
use std::process::Output;

use serde_json::Value;

const PROMPT: &str = "中华人民";

fn layerwise(args: &[&str]) -> Output {
    program::layerwise().args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn batch(more: &[&str], commands: &[&str]) -> Output {
    let mut args = vec!["step", "-p", PROMPT, "--batch"];
    args.extend(more);
    commands.iter().for_each(|line| args.extend(["-x", line]));
    layerwise(&args)
}

fn said(commands: &[&str]) -> String {
    let out = batch(&[], commands);
    assert!(out.status.success(), "{}", text(&out.stderr));
    text(&out.stdout)
}

fn refused(commands: &[&str]) -> String {
    let out = batch(&[], commands);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stdout));
    text(&out.stderr)
}

fn replies(commands: &[&str]) -> Vec<Value> {
    let out = batch(&["--json"], commands);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let lines = text(&out.stdout);
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["reply"].clone())
        .collect()
}

#[test]
fn a_head_is_turned_off_and_on_and_its_effect_told() {
    let text = said(&[
        "zero 1.z [:, 2]",
        "effect 2",
        "intervention 1",
        "effect",
        "undo",
        "clear",
        "interventions",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("● 1 zero blocks.1.attn.z [:, 2] · pass 0 and later · ")
            && lines[0].ends_with(" hook points change and are computed anew"),
        "{text}"
    );
    assert!(
        lines[1].starts_with("next token, before → after · KL 0.00"),
        "{text}"
    );
    assert!(lines[2].starts_with("  共  99.9 % →  99."), "{text}");
    assert_eq!(lines[4], "○ 1 zero blocks.1.attn.z [:, 2] · off");
    assert_eq!(
        lines[5],
        "next token: the interventions change nothing, every logit has its bits"
    );
    assert_eq!(
        lines[6],
        "● 1 zero blocks.1.attn.z [:, 2] · pass 0 and later"
    );
    assert_eq!(
        lines[7..],
        ["there is no intervention", "there is no intervention"]
    );
}

#[test]
fn json_has_the_numbers() {
    let replies = replies(&[
        "zero 1.z [:, 2]",
        "effect 3",
        "interventions",
        "scale 1 0.z",
    ]);
    let (first, effect) = (&replies[0], &replies[1]);
    assert_eq!(first["kind"], "intervened");
    assert_eq!(first["number"], 1);
    assert_eq!(first["reached"][0]["point"], "blocks.1.attn.hook_z");
    assert!(effect["kl"].as_f64().unwrap() > 0.0);
    assert_eq!(effect["same"], false);
    assert_eq!(effect["before"]["top"].as_array().unwrap().len(), 3);
    let moved = &effect["moved"][0];
    assert_eq!(moved["text"], "共");
    assert!(moved["before"].as_f64() > moved["after"].as_f64());
    assert_eq!(
        replies[2]["list"][0]["command"],
        "zero blocks.1.attn.z [:, 2]"
    );
    assert_eq!(replies[3]["reached"].as_array().unwrap().len(), 0);
}

#[test]
fn tokens_stay_until_others_are_generated() {
    let text = said(&[
        "token",
        "pass 0",
        "put 1000 logits [-1, 5]",
        "pass 1",
        "where",
        "pass 0",
        "token",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("token 共"), "{text}");
    assert!(lines.last().unwrap().contains("(id 5)"), "{text}");
}

#[test]
fn what_does_not_fit_another_prompt_is_off_and_said() {
    let text = said(&[
        "zero 1.z [3]",
        "zero 1.z [:, 0]",
        "prompt 中国",
        "interventions",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[3], "1 intervention does not fit these tokens and is off now",
        "{text}"
    );
    assert!(
        lines[4].starts_with("○ 1 zero blocks.1.attn.z [3]"),
        "{text}"
    );
    assert!(
        lines[5].starts_with("● 2 zero blocks.1.attn.z [:, 0]"),
        "{text}"
    );
    let answer = said(&["put 9 logits [-1, 5]"]);
    assert!(
        answer.contains("only this value changes: no hook point follows from it"),
        "{answer}"
    );
}

#[test]
fn what_cannot_be_done_is_told_in_one_line() {
    for (line, why) in [
        ("zero 1.zzz", "no hook point is like 1.zzz"),
        ("zero 9.z", "there is no block 9"),
        (
            "zero 1.z [9]",
            "9 is outside axis token of blocks.1.attn.z, which has length 4",
        ),
        ("put nan 1.z", "V is a number; this is `nan`"),
        (
            "patch row 9 1.z",
            "there is no row 9 of blocks.1.attn.z: there are rows 0 to 3",
        ),
        (
            "patch pass 3 1.z",
            "there is no pass 3: there are passes 0 to 0",
        ),
        (
            "patch no.safetensors 1.z",
            "cannot open the trace no.safetensors",
        ),
        ("add no.safetensors 1.z", "cannot read no.safetensors"),
        ("mean over no.txt 1.z", "cannot read no.txt"),
        (
            "intervention 1",
            "there is no intervention: zero, mean, resample, put",
        ),
        ("undo", "there is no intervention to undo"),
    ] {
        let error = refused(&[line]);
        assert!(
            error.contains(why) && error.lines().count() == 1,
            "{line}: {error}"
        );
    }
}

#[test]
fn a_changed_trace_is_told_from_the_models_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (own, changed) = (path("own.safetensors"), path("changed.safetensors"));
    said(&[&format!("save {own}")]);
    said(&[
        "zero 1.z [:, 2]",
        "add \"中国\"-\"人民\" 0.resid_post",
        &format!("save {changed}"),
    ]);
    let zero = "changed by: zero blocks.1.attn.z [:, 2] · pass 0 and later";
    let shown = text(&layerwise(&["inspect", &changed]).stdout);
    assert!(shown.contains(zero), "{shown}");
    let check = layerwise(&["check", &changed]);
    let told = text(&check.stdout);
    assert!(check.status.success(), "{told}{}", text(&check.stderr));
    assert!(
        told.contains(zero) && told.contains("add \"中国\"-\"人民\" blocks.0.resid_post"),
        "{told}"
    );
    let json: Value =
        serde_json::from_slice(&layerwise(&["check", &changed, "--json"]).stdout).unwrap();
    assert_eq!(json[0]["interventions"].as_array().unwrap().len(), 2);
    let diff = text(&layerwise(&["diff", &own, &changed]).stdout);
    assert!(
        diff.contains("note: interventions differ: none in the first, zero blocks.1.attn.z"),
        "{diff}"
    );
    assert!(
        diff.contains("first difference: blocks.0.resid_post"),
        "{diff}"
    );
    let other = layerwise(&["check", &own, "--trace", &changed]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("interventions changed the two runs in different ways"));
    let listed = layerwise(&["replay", &changed, "--batch", "-x", "interventions"]);
    assert!(text(&listed.stdout).starts_with("● 1 zero blocks.1.attn.z [:, 2]"));
    let refused = layerwise(&["replay", &changed, "--batch", "-x", "zero 1.z"]);
    assert!(text(&refused.stderr).contains("changing a value needs the model"));
    assert!(Path::new(&own).exists());
}

#[test]
fn a_patch_from_a_trace_brings_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder
        .path()
        .join("other.safetensors")
        .display()
        .to_string();
    let out = layerwise(&["record", "-p", "画蛇添足", "-o", &trace]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let replies = replies(&[
        &format!("patch {trace} 2.resid_post"),
        "effect 1",
        "topk 1 logits",
    ]);
    let other = layerwise(&["replay", &trace, "--batch", "--json", "-x", "topk 1 logits"]);
    let other: Value = serde_json::from_str(text(&other.stdout).trim()).unwrap();
    let due = &other["reply"]["distribution"]["top"][0];
    assert_eq!(replies[2]["distribution"]["top"][0]["id"], due["id"]);
    assert_eq!(replies[1]["after"]["top"][0]["id"], due["id"]);
}

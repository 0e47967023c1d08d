//! The language that is chosen on the command line and by the environment.

mod program;

use assert_cmd::Command;

fn layerwise(args: &[&str]) -> Command {
    let mut command = Command::from_std(program::layerwise());
    command.args(args);
    command
}

#[test]
fn a_language_that_is_not_there_is_told_with_those_that_are() {
    for args in [
        &[
            "--lang",
            "fr",
            "play",
            "perceptron",
            "--batch",
            "-x",
            "show",
        ][..],
        &["play", "perceptron", "--lang", "klingon", "--batch"],
        &["--lang", "", "--batch"],
    ] {
        let said = layerwise(args).assert().code(2).get_output().stderr.clone();
        let said = String::from_utf8(said).unwrap();
        for tag in ["en", "zh-Hans", "zh-Hant"] {
            assert!(said.contains(tag), "{said}");
        }
        assert!(said.contains("there is no language"), "{said}");
    }
    let mut command = layerwise(&["--lang", "fr"]);
    let said = command.env("LC_ALL", "zh_TW.UTF-8").assert().code(2);
    let said = String::from_utf8(said.get_output().stderr.clone()).unwrap();
    assert!(said.contains("沒有 `fr` 這種語言"), "{said}");
}

/// The output of a command line, in an environment with one variable.
fn printed(args: &[&str], variable: (&str, &str)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = layerwise(args);
    command.env("XDG_STATE_HOME", folder.path());
    command.env(variable.0, variable.1);
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn the_environment_chooses_and_the_flag_comes_before_it() {
    let list = ["learn", "--list"];
    for (variable, due) in [
        (("LANG", "zh_CN.UTF-8"), "感知器：加权"),
        (("LC_MESSAGES", "zh_TW.UTF-8"), "感知器：加權"),
        (("LC_ALL", "zh_HK"), "感知器：加權"),
        (("LC_ALL", "zh_SG.UTF-8"), "感知器：加权"),
        (("LANG", "fr_FR.UTF-8"), "The perceptron: weigh"),
        (("LC_ALL", "C"), "The perceptron: weigh"),
    ] {
        let said = printed(&list, variable);
        assert!(said.contains(due), "{variable:?}: {said}");
    }
    let flagged = printed(
        &["learn", "--list", "--lang", "en"],
        ("LC_ALL", "zh_CN.UTF-8"),
    );
    assert!(flagged.contains("The perceptron: weigh"), "{flagged}");
}

#[test]
fn json_and_names_stay_english() {
    let args = [
        "learn",
        "3",
        "--batch",
        "--json",
        "-x",
        "show",
        "-x",
        "threshold 12",
        "-x",
        "page",
    ];
    let english = printed(&args, ("LC_ALL", "C"));
    assert_eq!(english, printed(&args, ("LC_ALL", "zh_TW.UTF-8")));
    assert!(english.is_ascii(), "{english}");
}

/// The output and the complaint of a batch of the playground, with a code of 1: one of its lines is wrong.
fn playground(locale: &str, json: bool) -> (String, String) {
    let lines = [
        "seed 0.5",
        "run 3",
        "show",
        "weights",
        "data 2",
        "value 1 2",
        "into 12",
        "surface",
        "settings",
        "stop test stalls 9",
        "help",
        "wieghts",
    ];
    let mut args = vec!["play", "#seed=0.5&nosie=3", "--batch"];
    args.extend(json.then_some("--json"));
    args.extend(lines.iter().flat_map(|line| ["-x", line]));
    let mut command = layerwise(&args);
    let output = command.env("LC_ALL", locale).assert().code(1);
    let output = output.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_playground_answers_and_complains_in_the_language_chosen() {
    let (said, wrong) = playground("zh_CN.UTF-8", false);
    for part in [
        "轮：训练损失",
        "准确率",
        "偏置",
        "标签",
        "前向",
        "停止条件",
        "换一个种子",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for part in [
        "不认识 nosie；是不是 noise？",
        "没有这个命令；是不是 weights？",
    ] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    for english in ["training", "epoch ", "neuron", "label", "no such"] {
        assert!(
            !said.contains(english) && !wrong.contains(english),
            "{english}: {said}"
        );
    }
    let (said, wrong) = playground("zh_TW.UTF-8", false);
    assert!(
        said.contains("輪：訓練損失") && wrong.contains("沒有這個命令"),
        "{said}{wrong}"
    );
    // A script reads the same whatever its user reads.
    assert_eq!(playground("zh_TW.UTF-8", true).0, playground("C", true).0);
}

#[test]
fn a_model_or_file_that_is_not_there_is_told_in_the_language_chosen() {
    for (args, due) in [
        (&["step", "nosuchmodel"][..], "没有这个文件夹或文件"),
        (&["step", "/nowhere"], "没有这个文件"),
        (&["replay", "/nowhere.safetensors"], "打不开记录"),
        (
            &["play", "--batch", "-x", "csv /nowhere.csv"],
            "没有这个文件",
        ),
        (&["play", "#noise=99"], "超出范围"),
    ] {
        let output = layerwise(args)
            .env("LC_ALL", "zh_CN.UTF-8")
            .assert()
            .failure();
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.contains(due), "{args:?}: {said}");
    }
}

//! The program as its user runs it, without a terminal.
#![cfg(feature = "torch")]

mod program;

use assert_cmd::Command;

fn layerwise() -> Command {
    Command::from_std(program::layerwise())
}

fn output(args: &[&str]) -> (String, String, Option<i32>) {
    let out = layerwise().args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn alone_it_walks_through_the_embedded_model() {
    let (out, err, code) = output(&[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("中│华│人│民 (4 tokens)"), "{out}");
    assert!(out.contains("[token 4, d_model 64]"), "{out}");
    assert!(out.contains("next token (entropy"), "{out}");
}

#[test]
fn a_recorded_walk_replays_to_the_same_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.safetensors");
    let file = file.to_str().unwrap();
    let (_, err, code) = output(&["record", "-p", "中华人民", "-o", file, "--passes", "3"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let (live, ..) = output(&["-p", "中华人民"]);
    let (replayed, err, code) = output(&["replay", file]);
    assert_eq!(code, Some(0), "{err}");
    let head = |text: &str| text.lines().take(12).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(head(&replayed), head(&live));
}

#[test]
fn bad_input_is_named_and_exits_with_2() {
    for (args, word) in [
        (vec!["/nowhere/at/all"], "/nowhere/at/all"),
        (vec!["stpe"], "no such command (step, inspect"),
        (vec!["-p", ""], "prompt"),
        (
            vec!["replay", "/nowhere/t.safetensors"],
            "/nowhere/t.safetensors",
        ),
        (vec!["--device", "tpu"], "tpu"),
        (vec!["--dtype", "int8"], "f32, bf16, f16 or f64"),
        (
            vec!["record", "-p", "中", "-o", "/nowhere/t.safetensors"],
            "/nowhere/t.safetensors",
        ),
        (
            vec![
                "record",
                "-p",
                "中",
                "-o",
                "/tmp/t.safetensors",
                "--hooks",
                "*.patern",
            ],
            "did you mean *.pattern?",
        ),
    ] {
        let (_, err, code) = output(&args);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        assert!(err.contains(word), "{args:?}: {err}");
        assert!(!err.contains("Exception raised from"), "{err}");
        let last = err.trim_end().rsplit(": ").next().unwrap();
        assert_eq!(err.matches(last).count(), 1, "said twice: {err}");
    }
    let long = "中".repeat(5000);
    let learned = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models/gpt2");
    let (_, err, code) = output(&[learned, "-p", &long]);
    assert_eq!(code, Some(2));
    assert!(err.contains("context"), "{err}");
}

#[test]
fn batch_mode_runs_commands_and_stops_at_the_first_that_fails() {
    let (out, err, code) = output(&[
        "step",
        "-p",
        "中华人民",
        "--batch",
        "-x",
        "break blocks.1.attn.pattern",
        "-x",
        "continue",
        "-x",
        "print [0]",
        "-x",
        "topk 5",
        "-x",
        "info",
    ]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains("blocks.1.attn.pattern [head 4, query 4, key 4]"),
        "{out}"
    );
    assert!(out.contains("1.000    0.000    0.000    0.000"), "{out}");
    assert_eq!(out.matches("logit").count(), 5, "{out}");
    assert!(out.contains("softmax(scores)"), "{out}");

    let (out, err, code) = output(&["--batch", "-x", "step", "-x", "print [9]", "-x", "step"]);
    assert_eq!(code, Some(1));
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(
        err.contains("print [9]") && err.contains("axis token"),
        "{err}"
    );
}

#[test]
fn a_pattern_asks_at_every_hook_point_it_matches() {
    let (out, err, code) = output(&[
        "--batch",
        "-x",
        "print *.pattern [:, -1, 0]",
        "-x",
        "topk *.resid_post",
    ]);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 1 + 4 + 1 + 4, "{out}");
    assert_eq!(lines[0], "4 hook points");
    for (i, line) in lines[1..5].iter().enumerate() {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some(&*format!("blocks.{i}.attn.pattern")));
        let row: Vec<f64> = words.map(|w| w.parse().unwrap()).collect();
        assert!(
            row.len() == 4 && row.iter().all(|x| (0.0..=1.0).contains(x)),
            "{line}"
        );
    }
    assert_eq!(lines[5], "next token after 民, seen from");
    assert!(
        lines[9].contains("blocks.3.resid_post") && lines[9].contains("共"),
        "{out}"
    );
    // Hook points whose values take more than a line.
    let (out, ..) = output(&["--batch", "-x", "print 3.* [0]"]);
    assert!(
        out.contains("blocks.3.attn.pattern [4, 4]") && out.contains("blocks.3.resid_post ["),
        "{out}"
    );
    for (command, why) in [
        ("print *.nothing", "no hook point matches *.nothing"),
        ("print *.z [0, 9]", "9 is outside axis head"),
        ("topk *.z", "no value of the residual stream matches *.z"),
    ] {
        let (_, err, code) = output(&["--batch", "-x", command]);
        assert!(code == Some(1) && err.contains(why), "{err}");
    }
}

#[test]
fn gdbs_words_work_without_a_screen() {
    let (out, err, code) = output(&[
        "--batch",
        "-x",
        "tbreak *.pattern",
        "-x",
        "c",
        "-x",
        "x/8",
        "-x",
        "p 0.q [0]",
        "-x",
        "until 1.mlp.post",
        "-x",
        "x/3 [1, 2:]",
        "-x",
        "set temperature 2",
        "-x",
        "show",
        "-x",
        "info tokens",
    ]);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "breakpoint, once, at *.pattern: 4 hook points");
    assert!(lines[1].contains("blocks.0.attn.pattern"), "{out}");
    assert!(lines[2].starts_with("blocks.0.attn.pattern [8]"), "{out}");
    let eight: Vec<f64> = lines[3]
        .split_whitespace()
        .map(|x| x.parse().unwrap())
        .collect();
    // The values are two rows of the first head; the first token sees itself alone.
    assert_eq!(
        (eight.len(), eight[0], eight[1], eight[6]),
        (8, 1.0, 0.0, 0.0)
    );
    assert!((eight[4] + eight[5] - 1.0).abs() < 2e-3, "{eight:?}");
    assert!(out.contains("blocks.1.mlp.post [3]"), "{out}");
    assert!(out.contains("temperature 2\nrow 3"), "{out}");
    assert!(out.contains("piece"), "{out}");
}

#[test]
fn any_text_that_is_one_token_can_come_next() {
    let take = |token: &str| output(&["--batch", "-x", &format!("token {token}")]);
    // 蛇 is improbable after 中华人民.
    let (out, err, code) = take("\"蛇\"");
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("pass 1 · token 蛇 "), "{out}");
    let (by_id, ..) = take("\"\u{4e00}\u{4e00}x\"");
    assert_eq!(by_id, "");
    for (text, why) in [
        (
            "\"蛇足\"",
            "\"蛇足\" is 2 tokens, \"蛇\" and \"足\": `token` takes one at a time",
        ),
        ("#1000", "no such candidate"),
    ] {
        let (_, err, code) = take(text);
        assert!(code == Some(1) && err.contains(why), "{err}");
    }
}

#[test]
fn values_are_found_and_the_cursor_goes_there() {
    let (out, err, code) = output(&[
        "--batch",
        "-x",
        "find >3",
        "-x",
        "find",
        "-x",
        "where",
        "-x",
        "reverse-find",
        "-x",
        "print",
    ]);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    let value = |line: &str| -> f64 { line.rsplit("= ").next().unwrap().parse().unwrap() };
    assert!(value(lines[0]) > 3.0 && value(lines[1]) > 3.0, "{out}");
    assert_ne!(lines[0], lines[1]);
    assert_eq!(lines[3], lines[0], "{out}");
    let (json, ..) = output(&["--batch", "--json", "-x", "find <-3"]);
    let reply: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(reply["reply"]["kind"], "found");
    assert!(reply["reply"]["value"].as_f64().unwrap() < -3.0, "{json}");
    // Masked scores do not count as infinities.
    for test in ["nan", "inf"] {
        let (_, err, code) = output(&["--batch", "-x", &format!("find {test}")]);
        let why = format!("no value of this pass is {test}");
        assert!(code == Some(1) && err.contains(&why), "{err}");
    }
}

#[test]
fn files_of_commands_are_run_and_a_tilde_is_the_home() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("steps"), "# two\nstep 2\n\nwhere\n").unwrap();
    std::fs::write(
        folder.path().join("bad"),
        "source ~/steps\nprint [9]\nend\n",
    )
    .unwrap();
    let run = |args: &[&str]| {
        let mut command = layerwise();
        command.env("HOME", folder.path()).args(args);
        let out = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(out.stdout), text(out.stderr), out.status.code())
    };
    let steps = folder.path().join("steps");
    for file in ["source ~/steps", "~/steps", steps.to_str().unwrap()] {
        let (out, err, code) = run(&["--batch", "-x", file, "-x", "end"]);
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(out.lines().count(), 3, "{out}");
        assert!(
            out.contains("pass 0 · blocks.0.resid_pre · step 3/"),
            "{out}"
        );
    }
    let (out, err, code) = run(&["--batch", "-x", "~/bad"]);
    assert_eq!((code, out.lines().count()), (Some(1), 2), "{out}{err}");
    assert!(
        err.starts_with("layerwise: ~/bad:2: print [9]: 9 is outside"),
        "{err}"
    );
    let (out, err, code) = run(&["--batch", "-x", "save ~/t.safetensors *.pattern"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(folder.path().join("t.safetensors").is_file(), "{out}");
    // Without a screen, -x means a script whether or not --batch is given.
    let (out, err, code) = run(&["-x", "end"]);
    assert_eq!((code, out.lines().count()), (Some(0), 1), "{out}{err}");
}

#[test]
fn a_wrong_name_gets_near_ones_and_a_block_those_there_are() {
    for (command, why) in [
        ("goto 9.pattern", "there is no block 9: blocks are 0 to 3"),
        ("break 4.*", "there is no block 4: blocks are 0 to 3"),
        ("print 1.pattren", "did you mean blocks.1.attn.pattern?"),
        ("topk *.resid_pst", "did you mean *.resid_post"),
        ("save /tmp/x *.patern", "did you mean *.pattern?"),
        ("until logtis", "did you mean logits?"),
        ("stpe", "did you mean `step`?"),
    ] {
        let (_, err, code) = output(&["--batch", "-x", command]);
        assert!(code == Some(1) && err.contains(why), "{command}: {err}");
    }
}

#[test]
fn batch_json_is_one_value_a_command() {
    let (out, err, code) = output(&[
        "--batch",
        "--json",
        "-x",
        "token",
        "-x",
        "end",
        "-x",
        "print [0, :3]",
    ]);
    assert_eq!(code, Some(0), "{err}");
    let replies: Vec<serde_json::Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(replies.len(), 3);
    assert_eq!(replies[0]["reply"]["kind"], "pass");
    assert_eq!(replies[0]["reply"]["pass"], 1);
    assert_eq!(replies[1]["reply"]["name"], "logits");
    assert_eq!(replies[2]["reply"]["values"].as_array().unwrap().len(), 3);
}

#[test]
fn a_command_that_fails_is_a_json_value_too() {
    for command in ["print [9]", "help zzz", "stpe"] {
        let (out, err, code) = output(&["--batch", "--json", "-x", "step", "-x", command]);
        assert_eq!(code, Some(1), "{err}");
        let reply: serde_json::Value = serde_json::from_str(out.lines().nth(1).unwrap()).unwrap();
        assert_eq!(reply["command"], command);
        let why = reply["error"].as_str().unwrap();
        assert_eq!(err, format!("layerwise: {command}: {why}\n"));
    }
    let (out, ..) = output(&["--batch", "-x", "help step"]);
    assert!(out.starts_with("step"), "{out}");
}

#[test]
fn a_prompt_may_stand_in_quotes() {
    let tokens = |prompt: &str| output(&["--batch", "-x", prompt, "-x", "tokens"]).0;
    assert_eq!(tokens("prompt \"中华\""), tokens("prompt 中华"));
    assert_ne!(tokens("prompt \"中\" \"华\""), tokens("prompt 中\" \"华"));
    let (_, err, code) = output(&["--batch", "-x", "prompt \"\""]);
    assert_eq!(code, Some(1));
    assert!(err.contains("the prompt has no tokens"), "{err}");
}

/// A NaN is neither a number nor left out: it is `NaN` in text, and written as in traces in JSON.
#[test]
fn numbers_that_are_none_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models/llama");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let mut bytes = std::fs::read(std::path::Path::new(model).join(file)).unwrap();
        if file == "model.safetensors" {
            let end = bytes.len() - 4;
            bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
            let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
            let norm = tensors.tensor("model.norm.weight").unwrap();
            let at = norm.data().as_ptr() as usize - bytes.as_ptr() as usize;
            bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        std::fs::write(folder.path().join(file), bytes).unwrap();
    }
    let model = folder.path().to_str().unwrap();
    let asked = [
        "-p",
        "a",
        "--batch",
        "-x",
        "end",
        "-x",
        "topk 1",
        "-x",
        "print [0, 0]",
    ];
    let (out, err, code) = output(&[&["step", model], &asked[..]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("(entropy NaN nats)"), "{out}");
    let (out, ..) = output(&[&["step", model, "--json"], &asked[..]].concat());
    let replies: Vec<serde_json::Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let distribution = &replies[1]["reply"]["distribution"];
    assert_eq!(distribution["entropy"], "nan");
    assert_eq!(distribution["top"][0]["logit"], "nan");
    assert_eq!(replies[2]["reply"]["values"][0], "nan");
}

#[test]
fn what_is_printed_for_people_says_what_it_leaves_out_and_json_leaves_out_nothing() {
    let (text, ..) = output(&["--batch", "-x", "print [0]"]);
    assert!(
        text.starts_with("embed [12 of 64] · a slice such as"),
        "{text}"
    );
    let (text, ..) = output(&["--batch", "-x", "print [0, 20:40]"]);
    assert!(text.starts_with("embed [20]\n"), "{text}");
    let (json, ..) = output(&["--batch", "--json", "-x", "print [0]"]);
    let reply: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(reply["reply"]["values"].as_array().unwrap().len(), 64);
}

#[test]
fn the_graph_is_printed_as_text_and_json() {
    let (text, ..) = output(&["inspect", "--graph", "--tokens", "4"]);
    let line = text.lines().find(|line| line.contains("blocks.0.attn.q "));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    for part in [
        "linear",
        "[token 4, head 4, d_head 16]",
        "ln1.out",
        "W query [64×64]",
    ] {
        assert!(line.contains(part), "{line}");
    }
    let (json, ..) = output(&["inspect", "--graph", "--json"]);
    let graph: serde_json::Value = serde_json::from_str(&json).unwrap();
    let nodes = graph["nodes"].as_array().unwrap();
    let named = |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap();
    let scores = named("blocks.2.attn.attn_scores");
    assert_eq!(scores["operation"], "scores");
    assert_eq!(scores["options"]["scale"], 0.25);
    assert_eq!(scores["axes"], serde_json::json!(["head", "query", "key"]));
    assert_eq!(scores["shape"], serde_json::json!([4, 8, 8]));
    let inputs = serde_json::json!(["blocks.2.attn.q", "blocks.2.attn.keys"]);
    assert_eq!(scores["inputs"], inputs);
    assert_eq!(named("blocks.2.attn_out")["weights"][1]["param"], "bias");
}

/// libgomp reports at its start how long its threads spin.
#[cfg(all(feature = "torch", target_os = "linux", target_env = "gnu"))]
#[test]
fn libtorchs_threads_do_not_spin_for_long() {
    let spin = |set: &[(&str, &str)]| {
        let mut command = Command::from_std(program::layerwise());
        command.arg("--version").env_clear();
        command.env("OMP_DISPLAY_ENV", "verbose");
        let run = command.envs(set.iter().copied()).output().unwrap();
        assert!(run.status.success());
        let said = String::from_utf8(run.stderr).unwrap();
        let line = said.lines().find(|line| line.contains("GOMP_SPINCOUNT"));
        line.unwrap_or_default().to_owned()
    };
    assert!(spin(&[("HOME", "/")]).contains("'1000'"));
    assert!(spin(&[("USER", "a"), ("PATH", "/bin")]).contains("'1000'"));
    let chosen = [("HOME", "/"), ("GOMP_SPINCOUNT", "77")];
    assert!(spin(&chosen).contains("'77'"));
    let chosen = [("HOME", "/"), ("OMP_WAIT_POLICY", "passive")];
    assert!(spin(&chosen).contains("'0'"));
}

#[test]
fn extreme_temperatures_give_probabilities() {
    for temperature in ["5e-324", "1e-310", "1e-300", "1e300", "1.7e308"] {
        let set = format!("temperature {temperature}");
        let (out, err, code) = output(&["--batch", "-x", "end", "-x", &set, "-x", "topk 3"]);
        assert_eq!(code, Some(0), "{err}");
        assert!(!out.contains("NaN") && out.contains("entropy"), "{out}");
        let sure = out.contains("100.0 %");
        assert_eq!(sure, temperature.contains("e-"), "{out}");
        let take = format!("token sample temperature={temperature} top_p=1e-310");
        let (out, err, code) = output(&["--batch", "-x", "end", "-x", &take]);
        assert_eq!(code, Some(0), "{out}{err}");
    }
    for wrong in ["0", "-0", "-1", "1e-400", "1e400", "nan", "inf"] {
        let (_, err, code) = output(&["--batch", "-x", &format!("temperature {wrong}")]);
        assert_eq!(code, Some(1), "{wrong}: {err}");
        let top_p = format!("token sample top_p={wrong}");
        let (_, err, code) = output(&["--batch", "-x", &top_p]);
        assert_eq!(code, Some(1), "{wrong}: {err}");
    }
}

/// Batch mode has nobody to ask, and drops later passes as gdb would.
#[test]
fn a_token_at_an_earlier_pass_says_what_it_drops() {
    let lines = [
        "token", "token", "pass 0", "token", "pass 0", "token", "pass 2",
    ];
    let args = lines.iter().flat_map(|line| ["-x", line]);
    let args: Vec<&str> = std::iter::once("--batch").chain(args).collect();
    let (out, err, code) = output(&args);
    let lines: Vec<&str> = out.lines().collect();
    assert!(!lines[1].contains("dropped"), "{out}");
    assert!(
        lines[3].ends_with(" · passes 1 to 2 of before dropped"),
        "{out}"
    );
    assert!(lines[5].ends_with(" · pass 1 of before dropped"), "{out}");
    assert!(err.contains("there are passes 0 to 1"), "{err}");
    assert_eq!(code, Some(1));
    let (out, _, _) = output(&[
        "--batch", "--json", "-x", "token", "-x", "pass 0", "-x", "token",
    ]);
    let last: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["reply"]["dropped"], 1);
}

#[test]
fn why_is_printed_and_is_data_whose_parts_sum_to_the_value() {
    let step = ["step", "-p", "中华人民", "--batch"];
    let lines = [
        "-x",
        "why logits",
        "-x",
        "why/3 0.result [3, 1, 5]",
        "-x",
        "why 0.pattern",
    ];
    let (out, err, code) = output(&[&step[..], &lines].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    // The logit of the most probable token, of the last row.
    assert!(
        out.contains("logits[3, 643] = 24.33128 · stored 24.33128"),
        "{out}"
    );
    assert!(out.contains("16 of 64 operands cover"), "{out}");
    assert!(
        out.contains("0.attn.z[3, 1, ") && out.contains("13 more"),
        "{out}"
    );
    assert!(out.contains("= e^"), "{out}");
    let (out, _, code) =
        output(&[&step[..], &["--json", "-x", "why/5 3.resid_post [2, 7]"]].concat());
    assert_eq!(code, Some(0), "{out}");
    let line: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    let reply = &line["reply"];
    let number = |v: &serde_json::Value| v.as_f64().unwrap();
    let terms = reply["terms"].as_array().unwrap();
    assert_eq!(terms.len(), 5);
    let listed: f64 = terms.iter().map(|t| number(&t["contribution"])).sum();
    let sum = listed + number(&reply["rest"]["contribution"]);
    assert!((sum - number(&reply["value"])).abs() < 1e-5, "{reply}");
    for key in ["point", "cell", "weight", "contribution"] {
        assert!(!terms[0][key].is_null(), "{reply}");
    }
    for (line, word) in [
        ("why 0.pattern [0, 9]", "9 is outside axis query"),
        ("why 0.nothing", "nothing"),
        ("why 0.z [:, 1, 2]", "why asks about one element"),
        ("why/0 0.z", "a whole number from 1"),
    ] {
        let (_, err, code) = output(&[&step[..], &["-x", line]].concat());
        assert_ne!(code, Some(0), "{line}");
        assert!(err.contains(word), "{line}: {err}");
    }
}

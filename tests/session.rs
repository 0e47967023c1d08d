//! A served session as a process: what it answers, what it refuses, and how it ends.

mod program;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

const TRACE: &str = "fixtures/demo/trace.safetensors";

struct Session {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    ready: Value,
}

impl Session {
    fn new(args: &[&str]) -> Session {
        let mut process = program::layerwise()
            .arg("serve")
            .args(args)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let ready = line(&mut output).unwrap()["ready"].clone();
        Session {
            process,
            input,
            output,
            ready,
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    /// The next line that is no progress.
    fn hear(&mut self) -> Value {
        loop {
            let answer = line(&mut self.output).expect("a line");
            if answer.get("progress").is_none() {
                return answer;
            }
        }
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.send(request.to_string().as_bytes());
        self.hear()
    }

    /// End the input; how the process ended.
    fn end(mut self) -> ExitStatus {
        self.input = None;
        while line(&mut self.output).is_some() {}
        self.process.wait().unwrap()
    }
}

fn line(output: &mut impl BufRead) -> Option<Value> {
    let mut text = String::new();
    output.read_line(&mut text).unwrap();
    (!text.is_empty()).then(|| serde_json::from_str(&text).expect(&text))
}

#[test]
fn commands_and_queries_are_answered_with_their_ids() {
    let mut s = Session::new(&[TRACE]);
    assert_eq!(s.ready["prompt"], "中华人民");
    let at = s.ask(&json!({"id": 1, "command": "goto 0.pattern"}));
    assert_eq!((&at["id"], &at["reply"]["kind"]), (&json!(1), &json!("at")));
    assert_eq!(at["reply"]["name"], "blocks.0.attn.pattern");
    let here = s.ask(&json!({"id": "b", "command": "print [0, -1]"}));
    let query = json!({"kind": "values", "pass": 0, "point": "0.pattern", "slice": [0, 3]});
    let there = s.ask(&json!({"id": 3, "query": query}));
    assert_eq!(here["id"], "b");
    assert_eq!(here["reply"]["values"], there["answer"]["values"]);
    let query = json!({"kind": "lens", "pass": 0, "point": "logits", "row": 3, "k": 1});
    let lens = s.ask(&json!({"id": 4, "query": query}));
    assert_eq!(lens["answer"]["top"][0]["text"], "共");
    for (request, words) in [
        (json!({"id": 5, "command": "stpe"}), "did you mean `step`"),
        (
            json!({"id": 5, "query": {"kind": "summary", "pass": 0, "point": "0.patern"}}),
            "did you mean blocks.0.attn.pattern?",
        ),
        (
            json!({"id": 5, "query": {"kind": "summary", "pass": 7, "point": "0.q"}}),
            "there is no pass 7",
        ),
        (
            json!({"id": 5, "job": {"kind": "restart", "prompt": "x"}}),
            "needs the model",
        ),
        (json!({"id": 5, "command": "save /nowhere/x"}), "read-only"),
        (
            json!({"id": 5, "command": "export /nowhere/x.csv"}),
            "read-only: export",
        ),
        (
            json!({"id": 5, "command": "source /etc/passwd"}),
            "read-only",
        ),
        (
            json!({"id": 5, "job": {"kind": "save", "path": "/nowhere/x"}}),
            "read-only",
        ),
    ] {
        let answer = s.ask(&request);
        assert_eq!(answer["id"], 5);
        let why = answer["error"].as_str().unwrap();
        assert!(why.contains(words), "{request}: {why}");
    }
    assert_eq!(s.ask(&json!({"id": 6, "cancel": 5}))["cancelled"], false);
    assert_eq!(s.ask(&json!({"id": 7, "command": "quit"}))["quit"], true);
    assert!(s.process.wait().unwrap().success());
}

#[test]
fn no_line_ends_the_session() {
    let mut s = Session::new(&[TRACE]);
    let deep = "[".repeat(100_000).into_bytes();
    let long = vec![b'{'; (16 << 20) + 1];
    let bad = [
        b"",
        &b"step"[..],
        b"\xff\xfe",
        b"\0",
        b"{}",
        b"[[]]",
        &deep,
        &long,
    ];
    for bytes in bad {
        s.send(bytes);
        let answer = s.hear();
        assert!(
            answer["id"].is_null() && answer["error"].is_string(),
            "{answer}"
        );
    }
    let big = usize::MAX;
    for query in [
        json!({"kind": "values", "pass": big, "point": "0.q"}),
        json!({"kind": "values", "pass": 0, "point": "0.q", "slice": [[big, 0], big, [3, 1]]}),
        json!({"kind": "heads", "pass": 0, "point": "0.pattern", "rows": big, "cols": big}),
        json!({"kind": "heads", "pass": 0, "point": "0.pattern", "rows": 0, "cols": 0}),
        json!({"kind": "heads", "pass": 0, "point": "embed", "rows": 1, "cols": 1}),
        json!({"kind": "lens", "pass": 0, "point": "logits", "row": big, "k": big}),
        json!({"kind": "lens", "pass": 0, "point": "logits", "row": 0, "k": 0}),
        json!({"kind": "lenses", "pass": big, "points": [], "row": big, "k": big}),
        json!({"kind": "find", "pass": 0, "point": "q", "test": "nan", "direction": "back", "behind": [big]}),
        json!({"kind": "tokens", "pass": big}),
    ] {
        let answer = s.ask(&json!({"id": 1, "query": query, "limit": 0}));
        assert_eq!(answer["id"], 1, "{query}");
    }
    for command in [
        "x/99999999999999999999",
        "print [:::]",
        "pass 9",
        "token #99",
        "walk",
    ] {
        assert_eq!(s.ask(&json!({"id": 1, "command": command}))["id"], 1);
    }
    // Still there.
    assert!(s.ask(&json!({"id": 2, "command": "where"}))["reply"].is_object());
    assert!(s.end().success());
}

#[test]
fn a_long_answer_is_cut_and_says_what_it_lacks() {
    let mut s = Session::new(&[TRACE, "--limit", "400"]);
    let query = json!({"kind": "values", "pass": 0, "point": "0.pattern"});
    let full = s.ask(&json!({"id": 1, "query": query, "limit": 100_000}));
    assert!(full.get("cut").is_none(), "{full}");
    let cut = s.ask(&json!({"id": 2, "query": query}));
    assert_eq!(cut["answer"]["shape"], json!([4, 4, 4]));
    let kept = cut["answer"]["values"].as_array().unwrap();
    assert_eq!(
        kept[..],
        full["answer"]["values"].as_array().unwrap()[..kept.len()]
    );
    let due = json!([{"at": "values", "kept": kept.len(), "of": 64}]);
    assert_eq!(cut["cut"], due);
    assert!(kept.len() > 10 && cut["answer"].to_string().len() <= 400);
    // Hardly any of it is read.
    let few = s.ask(&json!({"id": 3, "command": "print 0.pattern", "limit": 150}));
    assert_eq!(few["reply"]["shape"], json!([4, 4, 4]));
    assert_eq!(few["cut"][0]["of"], 64, "{few}");
    let help = s.ask(&json!({"id": 4, "command": "help"}));
    assert_eq!(help["cut"][0]["at"], "text");
    assert!(s.end().success());
}

#[test]
fn files_are_written_and_read_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (trace, lines) = (folder.path().join("trace"), folder.path().join("lines"));
    let mut s = Session::new(&[TRACE, "--allow-files"]);
    std::fs::write(&lines, "goto 1.q\nwhere\n").unwrap();
    let both = s.ask(&json!({"id": 1, "command": format!("source {}", lines.display())}));
    assert_eq!(
        both["reply"]["replies"].as_array().unwrap().len(),
        2,
        "{both}"
    );
    let save = s.ask(&json!({"id": 2, "command": format!("save {} *.pattern", trace.display())}));
    assert!(save["error"].is_null() && trace.exists(), "{save}");
    assert!(s.end().success());
}

/// The example of docs/session.md, word for word.
#[test]
fn the_example_of_the_document_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/session.md")).unwrap();
    let (_, rest) = document.split_once("```python\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_layerwise")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let out = program::in_english(Command::new("python3"))
        .args(["-c", example, TRACE])
        .env("PATH", format!("{}:{path}", program.display()))
        .env("PYTHONIOENCODING", "utf-8")
        .current_dir(root)
        .output()
        .expect("python3 runs");
    let (text, error) = (out.stdout, String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}{error}");
    assert_eq!(lines[0], "blocks.0.attn.pattern");
    assert!(lines[1].starts_with("共 9"), "{text}");
}

#[cfg(feature = "torch")]
mod live {
    use super::*;

    #[test]
    fn a_model_runs_tells_of_progress_and_is_changed() {
        let mut s = Session::new(&["-p", "中华人民"]);
        s.send(br#"{"id": 1, "job": {"kind": "run", "pass": 0, "point": "logits"}}"#);
        let progress = line(&mut s.output).unwrap();
        assert_eq!(progress["id"], 1);
        assert_eq!(progress["progress"]["at"], "embed");
        assert!(s.hear()["reply"].is_object());
        let next = json!({"kind": "next", "pass": 0, "choice": "greedy"});
        assert_eq!(
            s.ask(&json!({"id": 2, "job": next}))["reply"]["token"],
            "共"
        );
        let lens = json!({"kind": "lens", "pass": 0, "point": "logits", "row": 3, "k": 1});
        let before = s.ask(&json!({"id": 3, "query": lens}));
        let value = json!({"shape": [4, 4, 4], "values": vec![0; 64]});
        let mut change =
            json!({"kind": "replace", "pass": 0, "point": "0.pattern", "value": value});
        let reached = s.ask(&json!({"id": 4, "job": change}));
        assert!(
            reached["reply"]["reached"].as_array().unwrap().len() > 10,
            "{reached}"
        );
        assert_ne!(s.ask(&json!({"id": 3, "query": lens})), before);
        change.as_object_mut().unwrap().remove("value");
        s.ask(&json!({"id": 5, "job": change}));
        assert_eq!(s.ask(&json!({"id": 3, "query": lens})), before);
        let wrong =
            json!({"kind": "lens", "pass": 0, "point": "logits", "row": usize::MAX, "k": 1});
        assert!(s.ask(&json!({"id": 6, "query": wrong}))["error"].is_string());
        assert!(s.end().success());
    }

    #[test]
    fn interventions_are_commands_and_jobs() {
        let mut s = Session::new(&["-p", "中华人民"]);
        let put = json!({"pass": 0, "point": "1.z", "slice": [[0, 4], 2], "change": "zero"});
        let job = json!({"kind": "intervene", "revision": {"put": put}});
        let said = s.ask(&json!({"id": 1, "job": job}));
        let command = "zero blocks.1.attn.z [:, 2]";
        assert_eq!(said["reply"]["list"][0]["command"], command, "{said}");
        let effect = json!({"kind": "effect", "pass": 0, "row": 3, "k": 2});
        let before = s.ask(&json!({"id": 2, "query": effect}));
        assert!(before["answer"]["kl"].as_f64().unwrap() > 0.0, "{before}");
        s.ask(&json!({"id": 3, "job": {"kind": "intervene", "revision": "clear"}}));
        let same = s.ask(&json!({"id": 4, "query": effect}));
        assert_eq!(same["answer"]["same"], true);
        s.ask(&json!({"id": 5, "command": "undo"}));
        assert_eq!(s.ask(&json!({"id": 2, "query": effect})), before);
        // Files are refused as those of `save` are.
        let refused = s.ask(&json!({"id": 6, "command": "patch a.safetensors 1.z"}));
        let why = refused["error"].as_str().unwrap();
        assert!(why.contains("this session is read-only"), "{why}");
        let patch =
            json!({"pass": 0, "point": "1.z", "change": {"mean": {"over": "/etc/hostname"}}});
        let job = json!({"kind": "intervene", "revision": {"put": patch}});
        let refused = s.ask(&json!({"id": 7, "job": job}));
        assert!(refused["error"].as_str().unwrap().contains("read-only"));
        assert!(s.end().success());
    }

    #[test]
    fn a_request_is_stopped_while_it_is_at_work() {
        // 3,000 tokens take seconds, and whoever waits asks for an end.
        let mut s = Session::new(&["-p", &"中华人民共和国".repeat(400)]);
        s.send(br#"{"id": 1, "command": "walk"}"#);
        s.send(br#"{"id": 2, "command": "walk"}"#);
        assert_eq!(line(&mut s.output).unwrap()["id"], 1);
        s.send(br#"{"id": 3, "cancel": 1}"#);
        s.send(br#"{"id": 4, "cancel": 2}"#);
        let mut answers = [s.hear(), s.hear(), s.hear(), s.hear()];
        answers.sort_by_key(|answer| answer["id"].as_u64());
        for answer in &answers[..2] {
            assert_eq!(answer["error"], "stopped before the end, as asked");
        }
        assert!(answers[2]["cancelled"] == true && answers[3]["cancelled"] == true);
        assert!(s.ask(&json!({"id": 1, "command": "where"}))["reply"].is_object());
        assert!(s.end().success());
    }
}

#[test]
fn the_terms_of_a_product_are_data() {
    let mut s = Session::new(&[TRACE]);
    let query = |point: &str, cell: Value| {
        json!({"id": 1, "query": {
            "kind": "operands", "pass": 0, "point": point, "cell": cell, "most": 3, "largest": true,
        }})
    };
    let found = s.ask(&query("0.z", json!([3, 1, 5])));
    let answer = &found["answer"];
    let terms = answer["terms"].as_array().unwrap();
    assert_eq!((terms.len(), &answer["rest"]["count"]), (3, &json!(1)));
    assert_eq!(terms[0]["point"], "blocks.0.attn.hook_v");
    assert_eq!(terms[0]["by"]["point"], "blocks.0.attn.hook_pattern");
    // This trace has patterns, and no values.
    assert!(terms[0]["weight"].is_f64() && terms[0]["value"].is_null());
    assert_eq!(answer["lacking"], json!(["blocks.0.attn.v"]));
    assert!(answer["sum"].is_null());
    let found = s.ask(&query("0.q", json!([3, 1, 5])));
    let answer = &found["answer"];
    let lacking = answer["lacking"].as_array().unwrap();
    assert!(lacking.contains(&json!("blocks.0.attn.W_Q")), "{answer}");
    let found = s.ask(&query("0.resid_mid", json!([0, 0])));
    assert!(
        found["error"]
            .as_str()
            .unwrap()
            .contains("no matrix product"),
        "{found}"
    );
    assert!(s.end().success());
}

#[test]
fn a_derivation_is_data() {
    let mut s = Session::new(&[TRACE]);
    let query = |point: &str, cell: Value| {
        json!({"id": 1, "query": {
            "kind": "why", "pass": 0, "point": point, "cell": cell, "most": 2,
        }})
    };
    // This trace has patterns, and no scores.
    let found = s.ask(&query("0.pattern", json!([0, 3, 1])));
    let answer = &found["answer"];
    assert_eq!(answer["formula"], "blocks.0.attn.pattern = softmax(scores)");
    assert_eq!(answer["lacking"], json!(["blocks.0.attn.attn_scores"]));
    assert!(
        answer["value"].is_f64() && answer["computed"].is_null(),
        "{answer}"
    );
    assert!(answer["terms"][0]["contribution"].is_null(), "{answer}");
    let found = s.ask(&query("0.q", json!([3, 1, 5])));
    let lacking = found["answer"]["lacking"].as_array().unwrap().clone();
    assert!(lacking.contains(&json!("blocks.0.attn.W_Q")), "{found}");
    let found = s.ask(&query("0.patern", json!([0, 0, 0])));
    assert!(
        found["error"].as_str().unwrap().contains("did you mean"),
        "{found}"
    );
    assert!(s.end().success());
}

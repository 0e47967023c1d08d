//! Chat templates give the same text as transformers' `apply_chat_template`, and none runs away.

#[cfg(feature = "torch")]
mod program;

use std::fs;

use layerwise::checkpoint::chat::{ChatTemplate, Message};
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

const CHATML: &str = r#"{% for m in messages %}
<|{{ m['role'] }}|>
{{ m['content'] | trim }}{{ eos_token }}
{% endfor %}
{% if add_generation_prompt %}
<|assistant|>
{% endif %}"#;

const STRICT: &str = r#"{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'].strip() + '\n\n' %}{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + (system if loop.first else '') + message['content'].strip() + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"#;

const JSON: &str = r#"{%- set ns = namespace(n=0, last=none) -%}
{%- for m in messages -%}
    {%- if m.role == 'system' %}{% continue %}{% endif -%}
    {%- set ns.n = ns.n + 1 %}{% set ns.last = m -%}
    {%- if ns.n > 2 %}{% break %}{% endif -%}
    {{- m.content.split(' ')[0].upper() }}|{{ m.role.title() }}|
{%- endfor -%}
{{ ns.last | tojson }} {{ {'a': [1, 2.5, true, none], 'b': '<é>'} | tojson }} {{ tools is none }} {{ missing is defined }}
{{ [1, 2] | tojson(indent=2) }}"#;

const PYTHON: &str = r#"{%- macro say(m) -%}{{ m.content.startswith(' ') }}:{{ m.content.lstrip() }}:{{ m.content.replace('你', 'you') }}:{{ '<b>' in m.content }}{%- endmacro -%}
{%- for k, v in messages[0].items() %}{{ k ~ '=' ~ v | length }};{% endfor -%}
{{ say(messages[-1]) }} {{ messages[::-1][0].role }} {{ '%s-%d' | format('x', 3) }} {{ messages | map(attribute='role') | join(',') }}"#;

fn say(role: &str, content: &str) -> Message {
    Message {
        role: role.into(),
        content: content.into(),
    }
}

fn conversation() -> Vec<Message> {
    vec![
        say("system", "Be brief."),
        say("user", "1 + 1?"),
        say("assistant", "2"),
        say("user", "Why? "),
    ]
}

/// A model's folder with this template in `tokenizer_config.json`.
fn folder(template: serde_json::Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({
        "bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": template,
    });
    fs::write(dir.path().join("tokenizer_config.json"), config.to_string()).unwrap();
    dir
}

fn render(template: &str, messages: &[Message]) -> Result<String, String> {
    let dir = folder(template.into());
    let template = ChatTemplate::read(dir.path()).unwrap();
    template.render(messages).map_err(|e| e.to_string())
}

/// The expected texts are transformers 5.23's, with `add_generation_prompt`.
#[test]
fn the_text_is_that_of_transformers() {
    let you = [say("user", " Who are you, <b>你</b>? ")];
    let chat = conversation();
    for (template, messages, due) in [
        (
            CHATML,
            &chat[..],
            "<|system|>\nBe brief.</s>\n<|user|>\n1 + 1?</s>\n<|assistant|>\n2</s>\n<|user|>\nWhy?</s>\n<|assistant|>\n",
        ),
        (
            STRICT,
            &chat,
            "<s>[INST] Be brief.\n\n1 + 1? [/INST] 2</s>[INST] Why? [/INST]",
        ),
        (
            JSON,
            &chat,
            "1|User|2|Assistant|{\"role\": \"user\", \"content\": \"Why? \"} {\"a\": [1, 2.5, true, null], \"b\": \"<é>\"} True False\n[\n  1,\n  2\n]",
        ),
        (
            PYTHON,
            &you,
            "role=4;content=24;True:Who are you, <b>你</b>? : Who are you, <b>you</b>? :True user x-3 user",
        ),
    ] {
        assert_eq!(render(template, messages).unwrap(), due);
    }
}

/// `fixtures/make_templates.py` asks transformers, whose Jinja is Python's. Null stands for an error.
#[test]
fn every_expression_gives_what_jinja_gives() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/chat");
    let table = fs::read(folder.join("expressions.json")).unwrap();
    let table: serde_json::Value = serde_json::from_slice(&table).unwrap();
    let messages: Vec<Message> = serde_json::from_value(table["messages"].clone()).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 200);
    let mut wrong = Vec::new();
    for case in cases {
        let (template, due) = (case[0].as_str().unwrap(), case[1].as_str());
        let found = render(template, &messages);
        if found.as_deref().ok() != due {
            wrong.push(format!("{template}\n  found {found:?}\n  due   {due:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_template_stands_in_one_of_three_places() {
    let dir = folder(json!([
        {"name": "tool_use", "template": "tools"},
        {"name": "default", "template": "{{ bos_token }}default"},
    ]));
    let read = || ChatTemplate::read(dir.path()).unwrap().render(&[]).unwrap();
    assert_eq!(read(), "<s>default");
    fs::write(
        dir.path().join("chat_template.jinja"),
        "{{ eos_token }}file",
    )
    .unwrap();
    assert_eq!(read(), "</s>file");
    let none = folder(serde_json::Value::Null);
    let error = ChatTemplate::read(none.path()).unwrap_err().to_string();
    assert!(error.contains("no chat template"), "{error}");
    fs::write(none.path().join("tokenizer_config.json"), "{").unwrap();
    let error = ChatTemplate::read(none.path()).unwrap_err().to_string();
    assert!(error.contains("tokenizer_config.json: not JSON"), "{error}");
}

#[test]
fn a_field_that_is_no_template_is_named() {
    for (template, why) in [
        (json!(5), "neither a text nor a list"),
        (json!([]), "no template is called `default`"),
        (
            json!([{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]),
            "no template is called `default`",
        ),
        (json!([{"name": "default"}]), "no text under `template`"),
        (json!([7]), "no text under `template`"),
    ] {
        let dir = folder(template);
        let error = ChatTemplate::read(dir.path()).unwrap_err().to_string();
        let field = "tokenizer_config.json: field `chat_template` is ";
        assert!(error.contains(field) && error.contains(why), "{error}");
    }
}

/// A GGUF file with metadata alone: the vocabulary `<s>`, `</s>`, and these entries.
fn gguf(template: Option<&str>, eos: u32) -> tempfile::NamedTempFile {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let entry = |key: &str, kind: u32, value: Vec<u8>| {
        [text(key), kind.to_le_bytes().to_vec(), value].concat()
    };
    let tokens = [
        8u32.to_le_bytes().to_vec(),
        2u64.to_le_bytes().to_vec(),
        text("<s>"),
        text("</s>"),
    ];
    let mut entries = vec![
        entry("tokenizer.ggml.tokens", 9, tokens.concat()),
        entry(
            "tokenizer.ggml.bos_token_id",
            4,
            0u32.to_le_bytes().to_vec(),
        ),
        entry("tokenizer.ggml.eos_token_id", 4, eos.to_le_bytes().to_vec()),
    ];
    entries.extend(template.map(|t| entry("tokenizer.chat_template", 8, text(t))));
    let file = tempfile::Builder::new().suffix(".gguf").tempfile().unwrap();
    let counts = [0u64, entries.len() as u64].map(u64::to_le_bytes).concat();
    let bytes = [b"GGUF", &3u32.to_le_bytes()[..], &counts, &entries.concat()].concat();
    fs::write(file.path(), bytes).unwrap();
    file
}

#[test]
fn a_gguf_file_has_its_template_and_tokens_in_its_metadata() {
    let due = render(STRICT, &conversation()).unwrap();
    let file = gguf(Some(STRICT), 1);
    let template = ChatTemplate::read(file.path()).unwrap();
    assert_eq!(template.render(&conversation()).unwrap(), due);
    for (file, why) in [
        (gguf(None, 1), "`tokenizer.chat_template` is missing"),
        (gguf(Some(STRICT), 2), "`tokenizer.ggml.eos_token_id` is 2"),
    ] {
        let error = ChatTemplate::read(file.path()).unwrap_err().to_string();
        let name = file.path().to_str().unwrap();
        assert!(error.contains(name) && error.contains(why), "{error}");
    }
}

#[test]
fn what_goes_wrong_is_said() {
    for (template, words) in [
        (STRICT, &["roles must alternate"][..]),
        ("a\n{% if %}", &["tokenizer_config.json", "line 2"]),
        ("{{ strftime_now('%Q%!') }}", &["strftime_now", "%Q%!"]),
        ("{{ x.y }}", &["line 1", "undefined"]),
        ("{% include 'etc' %}", &["line 1"]),
    ] {
        let error = render(template, &[say("assistant", "x")]).unwrap_err();
        for word in words {
            assert!(error.contains(word), "{template}: {error}");
        }
    }
    let year = render("{{ strftime_now('%Y') }}", &[]).unwrap();
    assert_eq!(year.len(), 4);
}

#[test]
fn a_template_that_runs_away_is_stopped() {
    let long = |what: &str| what.repeat(50_000);
    for template in &[
        // A list doubles in each round, and so does its text.
        "{% set ns=namespace(s=[1,2,3]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s|length }}".into(),
        "{% set ns=namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}".into(),
        // Nesting reaches the end of the stack.
        "{% set ns=namespace(s=[1]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}".into(),
        format!("{{{{ {} 1 }}}}", long("-")),
        format!("{{{{ {} 1 }}}}", long("not ")),
        format!("{{{{ 1{} }}}}", long("|abs")),
        format!("{{{{ 1{} }}}}", long("+1")),
        format!("{{{{ {} }}}}", long("'%s' % (")),
    ]

    {
        let error = render(template, &[]).unwrap_err();
        assert!(error.contains("too much time or memory"), "{template:.99}: {error}");
    }
    for template in [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
        "{% for i in range(9999) %}{{ 'x' * 100000 }}{% endfor %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 'x'.replace('', 'y' * 1000000) * 1000 }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'.zfill(100000000000) }}",
        "{{ 'x' | center(9223372036854775807) }}",
        "{{ ('\t' * 1000).expandtabs(9223372036854775807) }}",
        "{{ ([[1] * 1000] * 1000) | tojson(indent=1000) }}",
    ] {
        let start = std::time::Instant::now();
        let error = render(template, &[]).unwrap_err();
        assert!(error.contains("chat template"), "{template}: {error}");
        assert!(start.elapsed().as_secs() < 20, "{template}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_makes_it_panic(template in r#"([{}%' |()\[\].~+*-]|'%s' %|\{%|你|raw|generation|for|in|if|end|set|messages|tojson|rsplit|range|9){0,24}"#) {
        let _ = render(&template, &conversation());
    }
}

/// A conversation is encoded from the template's text without further special tokens, and its recording
/// checks.
#[cfg(feature = "torch")]
#[test]
fn a_chat_is_recorded_and_checked() {
    // The model has no row for `</s>`, which the settings would add after its vocabulary.
    let dir = folder(CHATML.replace("{{ eos_token }}", ".").into());
    let model = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/gpt2");
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(model.join(file), dir.path().join(file)).unwrap();
    }
    let (model, trace) = (dir.path(), dir.path().join("t.safetensors"));
    let layerwise = || assert_cmd::Command::from_std(program::layerwise());
    let run = |command: &mut assert_cmd::Command| {
        let out = command.output().unwrap();
        let err = String::from_utf8(out.stderr).unwrap();
        assert!(out.status.success(), "{err}");
        String::from_utf8(out.stdout).unwrap()
    };
    run(layerwise()
        .args(["record", "--chat", "-p", "hi", "-o"])
        .arg(&trace)
        .arg(model));
    let replay = layerwise::trace::replay::Replay::open(&trace).unwrap();
    assert_eq!(replay.meta().prompt, "<|user|>\nhi.\n<|assistant|>\n");
    let out = run(layerwise()
        .arg("check")
        .arg(&trace)
        .arg("--model")
        .arg(model));
    assert!(out.contains("hold"), "{out}");
    let out = layerwise().args(["--chat", "-p", "hi"]).output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(err.contains("embedded model knows no chat"), "{err}");
}

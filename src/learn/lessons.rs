//! The lessons as data.

use super::facts::{Asked, Facts, largest};
use super::task::{Seen, Task, Wanted};
use super::what_if::Part;
use crate::play::matrix::model::Vectors;
use crate::play::matrix::words::vector;
use crate::play::perceptron::model::Perceptron;
use crate::play::perceptron::words::number;
use crate::trace::source::SourceError;
use crate::trace::tensor::Pick;

/// The live part beside the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// The demo model on a prompt, after these commands.
    Debugger {
        prompt: &'static str,
        commands: &'static [&'static str],
    },
    Perceptron(&'static [&'static str]),
    /// A playground from a link, after these commands.
    Playground {
        link: &'static str,
        commands: &'static [&'static str],
    },
    /// The matrix player after these commands.
    Matrix(&'static [&'static str]),
    /// Five marks.
    Marks,
}

pub struct Lesson {
    /// Its name in messages and in the file of progress.
    pub name: &'static str,
    pub stage: Stage,
    /// Facts of the demo model on the stage's prompt, or on the first one where the stage is none of its own.
    pub facts: fn(&mut Asked, &mut Facts) -> Result<(), SourceError>,
    pub task: Task,
    /// Lines that solve it, and lines that do not; `answer` with nothing behind it stands for the right answer.
    pub solution: &'static [&'static str],
    pub wrong: &'static [&'static str],
    /// A part that the text proposes to switch off, which needs an engine.
    pub without: Option<Part>,
}

pub const PROMPT: &str = "中华人民";
const TWICE: &str = "小明对小明说";
const SHUFFLED: &str = "华中人民";

/// Prompts that lessons look at: a build without an engine has a recording of each.
pub const PROMPTS: [&str; 3] = [PROMPT, TWICE, SHUFFLED];

const AT_LOGITS: Stage = at(&["end"]);

const fn at(commands: &'static [&'static str]) -> Stage {
    Stage::Debugger {
        prompt: PROMPT,
        commands,
    }
}

/// Place of the attention pattern that its lesson reads.
const HEAD: usize = 3;
const ATTENTION: &str = "blocks.1.attn.hook_pattern";
/// Place of the neuron that the lesson on the MLP reads.
const NEURON: usize = 5;
/// Place of the number that the lesson on embeddings reads.
const COLUMN: usize = 2;
/// The temperature of the lesson on the answer.
const HOT: f64 = 3.0;

pub static LESSONS: [Lesson; 15] = [
    Lesson {
        name: "next-token",
        stage: AT_LOGITS,
        facts: |ask, facts| {
            let lens = ask.lens("logits", 1.0)?;
            facts.word(
                "prompt",
                (0..ask.tokens()).map(|i| ask.token(i)).collect::<String>(),
            );
            facts.word("token", lens.top[0].text.clone());
            facts.number("percent", 100.0 * lens.top[0].prob, 1);
            facts.number("vocabulary", ask.model().d_vocab as f64, 0);
            Ok(())
        },
        task: Task::Answer(|facts| Wanted::Word(facts.text("token"))),
        solution: &["answer"],
        wrong: &["answer 民"],
        without: None,
    },
    Lesson {
        name: "two-files",
        stage: at(&["top"]),
        facts: |ask, facts| {
            let files = ask.files;
            facts.number("weights", files.weights_bytes as f64, 0);
            facts.number("tokenizer", files.tokenizer_bytes as f64, 0);
            facts.number("parameters", files.parameters as f64, 0);
            facts.number("layers", ask.model().n_layers as f64, 0);
            Ok(())
        },
        // Whoever divides by four lands a little high, since the file also has a header.
        task: Task::Answer(|facts| {
            let due = facts.get("parameters");
            Wanted::Number(due, due * 0.02)
        }),
        solution: &["answer"],
        wrong: &["answer 1000", "answer 1492552"],
        without: None,
    },
    Lesson {
        name: "perceptron",
        stage: Stage::Perceptron(&[]),
        facts: |_, facts| {
            let mut film = Perceptron::film();
            facts.number("all", film.sum(), 0);
            film.values[1] = 0.0;
            facts.number("without", film.sum(), 0);
            Ok(())
        },
        task: Task::Do(|seen, _| {
            let Seen::Perceptron(play) = seen else {
                return false;
            };
            let film = play.perceptron();
            let fires = |values: &[f64]| film.names.len() == 3 && film.weights.fires(values);
            fires(&[1.0, 1.0, 1.0]) && !fires(&[1.0, 0.0, 1.0])
        }),
        solution: &["threshold 12"],
        wrong: &["threshold 10", "threshold 16"],
        without: None,
    },
    Lesson {
        name: "playground",
        stage: Stage::Playground {
            link: "#activation=tanh&dataset=circle&networkShape=4,2&seed=0.5",
            commands: &[],
        },
        facts: |_, _| Ok(()),
        task: Task::Do(|seen, _| match seen {
            Seen::Playground(losses) => losses.test < 0.05,
            _ => false,
        }),
        solution: &["run 100"],
        wrong: &["run 1"],
        without: None,
    },
    Lesson {
        name: "vectors",
        stage: Stage::Matrix(&["vectors"]),
        facts: |ask, facts| {
            facts.number("d_model", ask.model().d_model as f64, 0);
            facts.word("u", vector(&Vectors::example().u));
            Ok(())
        },
        task: Task::Do(|seen, _| match seen {
            Seen::Matrix(play) => {
                let vectors = play.vectors();
                vectors.fits() && vectors.cosine() == Some(0.0)
            }
            _ => false,
        }),
        solution: &["v 4 -3"],
        wrong: &["v 4 3", "v 0 0"],
        without: None,
    },
    Lesson {
        name: "embedding",
        stage: at(&["goto embed"]),
        facts: |ask, facts| {
            facts.number("d_model", ask.model().d_model as f64, 0);
            facts.number("vocabulary", ask.model().d_vocab as f64, 0);
            facts.word("token", ask.token(2));
            facts.number("id", f64::from(ask.id(2)), 0);
            facts.number("column", COLUMN as f64, 0);
            facts.number("value", ask.value("hook_embed", &[2, COLUMN])?, 4);
            Ok(())
        },
        task: Task::Answer(|facts| Wanted::Number(facts.get("value"), 0.005)),
        solution: &["answer"],
        wrong: &["answer 1", "answer -0.5"],
        without: None,
    },
    Lesson {
        name: "positions",
        stage: Stage::Debugger {
            prompt: TWICE,
            commands: &["goto embed"],
        },
        facts: |ask, facts| {
            facts.word("first", ask.token(1));
            for (name, point) in [
                ("before", "hook_embed"),
                ("after", "blocks.0.hook_resid_pre"),
            ] {
                let a = ask.values(point, &[Pick::At(1)])?;
                let b = ask.values(point, &[Pick::At(4)])?;
                let apart: f64 = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum();
                facts.number(name, apart.sqrt(), 2);
            }
            Ok(())
        },
        task: Task::Do(|seen, _| match seen {
            Seen::Debugger { point, .. } => *point == "blocks.0.hook_resid_pre",
            _ => false,
        }),
        solution: &["goto 0.resid_pre"],
        wrong: &["goto embed", "goto 1.resid_pre"],
        without: Some(Part::Positions),
    },
    Lesson {
        name: "attention",
        stage: Stage::Debugger {
            prompt: SHUFFLED,
            commands: &["goto 1.pattern"],
        },
        facts: |ask, facts| {
            let last = ask.tokens() - 1;
            let row = ask.values(ATTENTION, &[Pick::At(HEAD), Pick::At(last)])?;
            let most = largest(&row);
            facts.number("head", HEAD as f64, 0);
            facts.word("last", ask.token(last));
            facts.word("looks", ask.token(most));
            facts.number("share", 100.0 * row[most], 1);
            let lens = ask.lens("logits", 1.0)?;
            facts.word("token", lens.top[0].text.clone());
            facts.number("percent", 100.0 * lens.top[0].prob, 1);
            Ok(())
        },
        task: Task::Answer(|facts| Wanted::Word(facts.text("looks"))),
        solution: &["answer"],
        wrong: &["answer 民", "answer 中"],
        without: Some(Part::Attention),
    },
    Lesson {
        name: "softmax",
        stage: Stage::Marks,
        facts: |_, facts| {
            let sheet = super::sheet::Sheet::default();
            facts.word("scaled", list(&sheet.scaled()));
            facts.number("first", 100.0 * sheet.softmax()[0], 1);
            Ok(())
        },
        task: Task::Do(|seen, _| match seen {
            Seen::Sheet(sheet) => sheet.softmax().iter().any(|share| *share > 0.4),
            _ => false,
        }),
        solution: &["numbers 90 50 50 50 50"],
        wrong: &["numbers 100 99 98 97 96", "numbers 5 5 5 5 5"],
        without: None,
    },
    Lesson {
        name: "feed-forward",
        stage: at(&["goto 3.mlp.pre"]),
        facts: |ask, facts| {
            let last = ask.tokens() - 1;
            facts.word("last", ask.token(last));
            facts.number("d_model", ask.model().d_model as f64, 0);
            facts.number("d_mlp", ask.model().d_mlp as f64, 0);
            facts.number("neuron", NEURON as f64, 0);
            let before = ask.value("blocks.3.mlp.hook_pre", &[last, NEURON])?;
            let after = ask.value("blocks.3.mlp.hook_post", &[last, NEURON])?;
            facts.number("before", before, 3);
            facts.number("after", after, 3);
            Ok(())
        },
        task: Task::Answer(|facts| Wanted::Number(facts.get("after"), 0.006)),
        solution: &["answer"],
        wrong: &["answer -0.648", "answer 0"],
        without: Some(Part::Mlp),
    },
    Lesson {
        name: "answer",
        stage: AT_LOGITS,
        facts: |ask, facts| {
            let cold = ask.lens("logits", 1.0)?;
            let hot = ask.lens("logits", HOT)?;
            facts.word("token", cold.top[0].text.clone());
            facts.number("logit", cold.top[0].logit, 2);
            facts.number("percent", 100.0 * cold.top[0].prob, 1);
            facts.number("temperature", HOT, 0);
            facts.number("hot", 100.0 * hot.top[0].prob, 1);
            Ok(())
        },
        task: Task::Answer(|facts| Wanted::Number(facts.get("hot"), 0.15)),
        solution: &["answer"],
        wrong: &["answer 99.9", "answer 10"],
        without: Some(Part::Norms),
    },
    Lesson {
        name: "generation",
        stage: AT_LOGITS,
        facts: |_, facts| {
            facts.word("goal", "中华人民共和国");
            Ok(())
        },
        task: Task::Do(|seen, facts| match seen {
            Seen::Debugger { text, .. } => *text == facts.text("goal"),
            _ => false,
        }),
        solution: &["token", "token", "token"],
        wrong: &["token"],
        without: None,
    },
    Lesson {
        name: "training",
        stage: Stage::Playground {
            link: "#activation=tanh&dataset=spiral&networkShape=8,8&seed=0.5&noise=50&percTrainData=10&learningRate=0.1&batchSize=5",
            commands: &[],
        },
        facts: |ask, facts| {
            facts.number("parameters", ask.files.parameters as f64, 0);
            Ok(())
        },
        task: Task::Do(|seen, _| match seen {
            Seen::Playground(l) => l.train < 0.3 && l.test > 2.0 * l.train,
            _ => false,
        }),
        solution: &["run 400"],
        wrong: &["run 5"],
        without: None,
    },
    Lesson {
        name: "inference",
        stage: AT_LOGITS,
        facts: |ask, facts| {
            facts.number("parameters", ask.files.parameters as f64, 0);
            Ok(())
        },
        task: Task::Answer(|_| Wanted::Number(0.0, 0.0)),
        solution: &["answer"],
        wrong: &["answer 1", "answer 373000"],
        without: None,
    },
    Lesson {
        name: "left-out",
        stage: at(&["goto 3.resid_post"]),
        facts: |ask, facts| {
            facts.number("layers", ask.model().n_layers as f64, 0);
            Ok(())
        },
        task: Task::Answer(|_| Wanted::Word("RoPE".into())),
        solution: &["answer"],
        wrong: &["answer softmax"],
        without: None,
    },
];

/// Numbers as a text lists them.
fn list(numbers: &[f64]) -> String {
    let each: Vec<String> = numbers.iter().map(|x| number(*x)).collect();
    each.join(" ")
}

/// A lesson by its number from 1, or by its name.
pub fn named(word: &str) -> Option<usize> {
    let by_number = word.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    by_number
        .filter(|at| *at < LESSONS.len())
        .or_else(|| LESSONS.iter().position(|lesson| lesson.name == word))
}

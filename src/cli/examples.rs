//! Examples under `--help`: command lines as they are typed. A test reads each of them.

pub const STEP: &str = "\
Examples:
  layerwise                                  the embedded model on the screen
  layerwise MODEL -p 'The capital of France is'
  layerwise HuggingFaceTB/SmolLM2-135M --dtype bf16 --prompt-file long.txt
  layerwise MODEL -p Hello --batch -x 'break 2.pattern' -x continue -x topk
  layerwise MODEL --chat -p 'Who are you?' -x steps.txt";

pub const INSPECT: &str = "\
Examples:
  layerwise inspect MODEL                    architecture, sizes, hook points
  layerwise inspect MODEL --graph            every value and how it is made
  layerwise inspect run.safetensors --json   what a trace holds";

pub const RECORD: &str = "\
Examples:
  layerwise record MODEL -p 'The capital of France is' -o run.safetensors
  layerwise record MODEL -p Hello -o run.safetensors --passes 3   two more
  layerwise record MODEL -p Hello -o run.safetensors --hooks '*.resid_post'";

pub const REPLAY: &str = "\
Examples:
  layerwise replay run.safetensors
  layerwise replay run.safetensors --batch -x 'topk 3 *.resid_post'
  layerwise replay run.safetensors --batch --json -x 'print 2.pattern [0, -1]'";

pub const SERVE: &str = "\
Examples:
  layerwise serve MODEL -p 'The capital of France is' --stdio
  layerwise serve run.safetensors --stdio --limit 4096
  layerwise serve MODEL -p Hello --stdio --allow-files";

pub const CHECK: &str = "\
Examples:
  layerwise check run.safetensors --model MODEL
  layerwise check a.safetensors b.safetensors --model MODEL --junit results.xml
  layerwise check run.safetensors --trace other.safetensors --rtol 1e-3 --all";

pub const DIFF: &str = "\
Examples:
  layerwise diff right.safetensors wrong.safetensors
  layerwise diff right.safetensors wrong.safetensors --atol 1e-4 --json";

pub const TOKENS: &str = "\
Examples:
  layerwise tokens '中华人民'                  by the embedded model's tokenizer
  layerwise tokens MODEL 'Hello world'
  layerwise tokens o200k_base 'Hello 🙂' --json";

pub const TRAIN: &str = "\
Examples:
  layerwise train corpus.txt -o model
  layerwise train corpus.txt -o model --layers 2 --d-model 32 --steps 500
  layerwise train corpus.txt -o model --resume";

pub const PLAY: &str = "\
Examples:
  layerwise play                             the playground on the screen
  layerwise play '#dataset=spiral&networkShape=8,8' -x run
  layerwise play perceptron                  the film on the screen
  layerwise play perceptron -x 'data xor' -x run
  layerwise play perceptron --batch --json -x 'inputs 1 0 1' -x show
  layerwise play matrix                      a matrix product step by step
  layerwise play matrix --batch --json -x 'a 1 2' -x 'b 3; 4' -x step -x show
  layerwise play '#dataset=xor&seed=0.5' --batch -x 'run 100' -x show
  layerwise play '#networkShape=8,8' --batch --json -x 'run 100' -x weights
  layerwise play --batch -x help             every command of the playground";

pub const LEARN: &str = "\
Examples:
  layerwise learn                            the first lesson that is not done
  layerwise learn 3 --lang zh-Hans           the third one, in Chinese
  layerwise learn --list                     all of them, and which are done
  layerwise learn --glossary logit           a term in plain words
  layerwise learn 1 --batch -x page -x 'answer 共'
  layerwise learn --batch                    walk all of them";

pub const CONFIG: &str = "\
Examples:
  layerwise config                           what holds, and why
  layerwise config --path                    where the file is
  layerwise config --check                   exit code 2 where the file is wrong

A file:
  theme = \"light\"           # dark, light, none
  graphics = \"off\"          # auto, off, kitty, sixel, iterm2
  density = \"colours\"       # numbers, digits, colours
  temperature = 0.8
  dtype = \"bf16\"            # as --dtype, --device and --resident
  device = \"auto\"
  resident = 8

  [keys]                    # a key and the command line it stands for
  ctrl-n = \"next\"
  P = \"print \"              # a space at the end: the rest is typed
  x = \"\"                    # nothing

  [keys.playground]         # on this screen alone; also perceptron, matrix, debugger
  w = \"run 100\"";

pub const COMPLETIONS: &str = "\
Examples:
  layerwise completions bash > ~/.bash_completion.d/layerwise
  layerwise completions zsh > ~/.zfunc/_layerwise
  layerwise completions fish > ~/.config/fish/completions/layerwise.fish";

pub const MAN: &str = "\
Examples:
  layerwise man | man -l -
  layerwise man record | man -l -
  layerwise man --dir ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;

    /// A command line in words, without what explains it; a pipe or a redirection ends it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        let line = line.split("   ").next().unwrap();
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                '|' | '>' if !quoted => break,
                ' ' if !quoted => words.push(std::mem::take(&mut word)),
                c => word.push(c),
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_has_examples_and_each_is_a_command_line() {
        let program = Cli::command();
        let all = program.get_subcommands().chain([&program]);
        for command in all {
            let help = command.clone().render_help().to_string();
            let (_, examples) = help
                .split_once("Examples:\n")
                .unwrap_or_else(|| panic!("{} has no examples", command.get_name()));
            let lines = examples.lines().take_while(|line| !line.is_empty());
            let mut seen = 0;
            for line in lines {
                assert!(line.chars().count() <= 80, "{line}");
                let line = words(line.trim_start());
                assert!(line[0] == "layerwise", "{line:?}");
                let read = Cli::command().try_get_matches_from(&line);
                assert!(read.is_ok(), "{line:?}: {}", read.unwrap_err());
                seen += 1;
            }
            assert!(seen > 1, "{}", command.get_name());
        }
    }
}

# Errors that commands of the debugger end with. Commands, hook points and files stay as they are.

error-empty = type a command; `help` lists them
error-unknown = there is no command `{ $word }`
error-unknown-near = there is no command `{ $word }`; did you mean `{ $near }`?
error-unknown-listed = there is no command { $word }: ? lists them all
error-unknown-help = no such command: `help` lists them all
error-no-argument = { $command } takes no argument, and `{ $word }` is one
error-missing = { $command } needs { $what }: { $usage }
error-wrong = { $command } does not understand `{ $word }`: { $usage }
error-range = { $command }: { $name } is { $wanted }; this is `{ $word }`
error-of-command = { $command }: { $why }

# The kind of value that is wanted, in { $wanted } above.
error-wanted-number = a number
error-wanted-above-0 = a number above 0
error-wanted-whole = a whole number
error-wanted-count = a whole number from 1
error-wanted-columns = position, head or whole
error-wanted-metric = diff, prob or kl
error-wanted-share = above 0 and at most 1
error-wanted-speed = a number of tokens a second from 0.01 to 1000
error-temperature = a temperature
error-second-prompt = a second "PROMPT"
error-file-or-prompts = FILE or "PROMPT"-"PROMPT"
error-sweep-into = NAME behind into
error-sweep-from-end = { $name }: texts of a sweep differ in length, so tokens of a receiver are counted from the start
error-sweep-over = PATTERN behind over
error-sweep-wrong = a second token
error-patch-from = TRACE, branch NAME, pass N or row N

# Slices such as [2, :, 3:5].
error-slice-brackets = a slice stands in brackets, such as [0] or [2, :, 3:5]; this is `{ $text }`
error-slice-part = `{ $text }` in a slice is neither a number nor a range such as 3:5
error-slice-parts = the slice has { $given } parts, but { $name } has { $axes } axes: { $shape }
error-slice-outside = { $index } is outside axis { $axis } of { $name }, which has length { $len }
error-slice-empty = { $start }:{ $end } is empty on axis { $axis } of { $name }, which has length { $len }

# Names of hook points, blocks, passes, rows.
error-near-one = ; did you mean { $name }?
error-near-many = ; did you mean { $names } or { $last }?
error-no-point = no hook point is like { $name }{ $near }
error-no-match = no hook point matches { $pattern }{ $near }
error-in-branch = branch { $branch }: { $why }
error-in-asks = in takes a command that asks and uses no file; for { $line } go there first: switch { $branch }
error-glob = { $pattern }: { $why }
error-glob-at = { $pattern }, character { $at }: { $why }
error-glob-unclosed = nothing closes { $bracket }
error-glob-unopened = nothing opens this bracket
error-glob-range = { $text } is no range: two numbers, the smaller one first, as in {"{"}3..5{"}"}
error-glob-escape = a \ stands before the character that it is for
error-pattern = { $pattern } is a pattern, and one hook point is asked for
error-pattern-such = { $pattern } is a pattern, and one hook point is asked for, such as { $name }
error-no-block = there is no block { $n }: blocks are { $first } to { $last }
error-no-blocks = there is no block { $n }: there are none at all
error-passes = there are passes 0 to { $last }
error-rows = this pass has rows 0 to { $last }
error-steps = this pass has steps 1 to { $last }
error-heads = there are heads 0 to { $last }
error-dims = there are dimensions 0 to { $last }
error-first-point = already at the first hook point of the pass
error-last-point = already at the last hook point of the pass
error-behind = { $name } is not ahead in this pass: goto goes back
error-no-candidate = the distribution shows no such candidate
error-nothing-wanted = nothing was looked for yet: find NAME, find nan, find >10
error-no-stages = { $name } has no stages: pos_embed, rot_q, rot_k, pattern, z, mlp.post and logits have
error-no-stream = no value of the residual stream matches { $pattern }
error-no-leaf = no block of this model has { $leaf }
error-no-weight-match = no weight matches { $pattern }
error-weights-unknown = the weights of this model are not known: its trace has no architecture
error-deep-script = { $most } files read one another: does one read itself?
error-no-breakpoint = there is no breakpoint { $n }: `breakpoints` lists them
error-needs-screen = this command needs a screen
error-not-ordinary = not an ordinary file
error-long-script = more than { $most } bytes of commands
error-opening = the model is still being opened

# Errors of a model or a trace when it is asked.
error-cancelled = stopped before the end, as asked
error-not-recorded = { $name } is not in this trace
error-no-pass = there is no pass { $pass }: there are passes 0 to { $last }
error-no-such-point = there is no hook point { $name }{ $near }
error-no-weight = there is no weight { $name }{ $near }
error-needs-engine = a trace is a recording: { $what } needs the model (open it with `layerwise MODEL`)
error-encoder = an encoder fills in masked tokens and does not go on: move to a [MASK] with , and .
error-empty-prompt = the prompt has no tokens: type some text
error-long-prompt = { $tokens } tokens are more than the model's context of { $n_ctx }, and there are no positions behind it: shorten the prompt
error-no-token = token { $id } is not in the vocabulary of { $d_vocab }
error-not-one-token = { $text } is { $pieces }: `token` takes one at a time
error-pieces-none = no token of this model
error-pieces-one = no token of this model; the nearest is { $one }
error-pieces-many = { $n } tokens, { $others } and { $last }
error-write = cannot write { $file }: { $why }
error-own-file = cannot write { $file }: it is a file of the model that is being read

# At the start of the program.
error-language = there is no language `{ $word }`: there are { $tags }
error-needs-size = needs { $width }×{ $height }
error-this-size = this is { $width }×{ $height }

# The things that need the model, in { $what } of error-needs-engine.
error-engine-pass = a pass that is not recorded
error-engine-gradient = a gradient
error-engine-fidelity = a lens's fidelity
error-engine-branch = a branch
error-engine-lens = a lens from a file
error-engine-sweep = a sweep
error-engine-weight = a weight
error-engine-plain = an answer without interventions
error-engine-prompt = another prompt
error-engine-text = another text
error-engine-attribution = attribution
error-engine-change = changing a value
error-engine-value = computing a value
error-engine-split = the split of a score
error-engine-answer = this answer
error-engine-neurons = what neurons write
error-engine-token = another token than the recorded one

# Files that cannot be read.
error-not-found = no such file or folder
error-not-allowed = it may not be read
error-of-file = { $file }: { $why }
error-not-a-model = { $file } is not a model: { $why }
error-no-model = { $model }: there is no such folder or file, and no such command ({ $commands }); a model on the hub is named ORG/NAME
error-open-trace = cannot open the trace { $file }: { $why }

# Beside the file that a trace was written to.
note-states-left-out = without whole states, which take much room; the last one of each pass is there. To have all: { $flags }

# The perceptron's screen.

perceptron-diagram = perceptron
perceptron-table = truth table
perceptron-data = data
perceptron-line = line

perceptron-input = input
perceptron-weight = weight
perceptron-sum = sum
perceptron-threshold = threshold

perceptron-legend = ● 1  ○ 0  ✗ wrong  · fires
perceptron-take-data = Press d for samples to learn from: data and, data or, data xor, data table, data FILE.csv

# Which sample comes next.
perceptron-progress = epoch { $epoch } · next sample { $next }/{ $samples }
perceptron-data-named = data { $name } ({ $samples })
perceptron-rate = rate { $rate }
perceptron-name-of = name of { $name }
perceptron-weight-of = weight of { $name }
perceptron-sample-of = sample { $row }, { $column }
# Which input runs to the right, and which upwards.
perceptron-axes = { $right } →  { $up } ↑

# Each of these says what a key does; the keys stand before it.
perceptron-key-arrows = choose an input, weight, threshold, row or cell
perceptron-key-space = switch the input, or the value of the cell, between 0 and 1
perceptron-key-enter = edit what is chosen; in the truth table: give the inputs these values
perceptron-key-add = one more input, in the data one more sample
perceptron-key-remove = take the input or the sample away
perceptron-key-data = take samples to learn from
perceptron-key-epoch = learn to the end of the epoch, and back to its start
perceptron-key-count = a number before s S n N does it so many times
perceptron-key-pane = next pane, the one before
perceptron-key-zoom = zoom the pane, hide it, show all
perceptron-key-command = type a command; up and down look back
perceptron-key-colours = dark, light or no colours; draw again
perceptron-key-stop = stop the program; `fg` in the shell goes on
perceptron-key-escape = leave zoom, close what is open

# Its sum, and how it learns.
perceptron-sum-fires = { $terms } = { $sum }. The sum { $sum } is greater than the threshold { $threshold }: it fires, { $output } = 1.
perceptron-sum-rests = { $terms } = { $sum }. The sum { $sum } is not greater than the threshold { $threshold }: it does not fire, { $output } = 0.
perceptron-step = Epoch { $epoch }, sample { $sample } of { $samples }: sum { $sum } { $compared } threshold { $threshold }, so the output is { $output }.
perceptron-step-right = The answer is { $output } too: nothing changes.
perceptron-step-gains = The answer is 1: the sum was too little. Each weight gains { $rate } × its input ({ $changed }), and the threshold falls by { $rate } ({ $before } → { $after }).
perceptron-step-loses = The answer is 0: the sum was too much. Each weight loses { $rate } × its input ({ $changed }), and the threshold rises by { $rate } ({ $before } → { $after }).
perceptron-step-no-weight = all inputs are 0: no weight changes
perceptron-start = { $samples } samples, { $wrong } of them wrong with these weights.
perceptron-learning = { $wrong } of { $samples } samples are wrong.
perceptron-unsettled = { $wrong } of { $samples } samples are wrong after { $epochs } epochs.
perceptron-unsettled-never = It never converges: no { $separator } separates these samples.
perceptron-unsettled-perhaps = It would converge if a { $separator } separated the samples: perhaps none does, perhaps it takes longer.
perceptron-converged-at-once = Converged: all { $samples } samples were right from the start.
perceptron-converged = Converged: all { $samples } samples are right, since the change in epoch { $epoch }.
perceptron-never-from-start = It never converges: after epoch { $to } weights and threshold are those at the start again, so the rule goes round for ever. No { $separator } separates these samples.
perceptron-never = It never converges: after epoch { $to } weights and threshold are those after epoch { $from } again, so the rule goes round for ever. No { $separator } separates these samples.
perceptron-offer = A network with a hidden layer can learn them: see `layerwise play`.
perceptron-contradiction = Samples { $a } and { $b } have the same inputs and different answers: no weights make both right.
perceptron-no-line-here = A line is drawn for two inputs.
perceptron-always-fires = Both weights are 0: there is no line, it always fires.
perceptron-never-fires = Both weights are 0: there is no line, it never fires.
perceptron-wrong = wrong in each epoch: { $counts }
perceptron-wrong-from = wrong in each epoch from { $from }: { $counts }

# The thing that separates samples of one input, two, three and more.
perceptron-separator-point = point
perceptron-separator-line = straight line
perceptron-separator-plane = plane
perceptron-separator-hyperplane = hyperplane

# Errors.
perceptron-error-no-input = { $word } is no input: the inputs are { $names }, or their numbers from 1
perceptron-error-bad-name = { $name } cannot be a name: a name is one line of text, and no number
perceptron-error-long-name = a name has at most { $most } characters
perceptron-error-name-taken = another input has the name { $name }
perceptron-error-answer = { $word } is no answer: an answer is 0 or 1
perceptron-error-bad-rate = { $word } is no rate: a rate is greater than 0, and at most 1000
perceptron-error-count = there are { $due } inputs, not { $given }
perceptron-error-many-inputs = a perceptron has at most { $most } inputs here
perceptron-error-last-input = the last input stays
perceptron-error-no-row = there is no row { $given }: the data set has rows 1 to { $rows }
perceptron-error-last-row = the last row stays: `data` with another name takes another data set
perceptron-error-many-rows = a data set has at most { $most } samples here
perceptron-error-no-data = there is no data set: `data and`, `data or`, `data xor`, `data table` or `data FILE.csv`
perceptron-error-at-start = no sample has been learned yet: already at the start
perceptron-error-many-steps = { $most } samples have been learned, and more are not kept: `reset` begins again
perceptron-error-nothing-to-undo = nothing to undo
perceptron-error-data = { $file }: { $why }
perceptron-error-write = { $file } cannot be written: { $why }
perceptron-error-missing = it is not there; a data set is `and`, `or`, `xor`, `table`, or a CSV file
perceptron-error-not-a-file = it is not an ordinary file
perceptron-error-empty = it is empty: give a line of names, then a sample a line, with the answer 0 or 1 last
perceptron-error-only-names = it has names and no sample: give a sample a line, with the answer 0 or 1 last
perceptron-error-ragged = line { $line } has { $found }, and the first has { $due }
perceptron-error-one-column = line { $line } has one column: at least one input and the answer are needed, with commas between them
perceptron-error-file-inputs = it has { $found } inputs, and a perceptron has at most { $most } here
perceptron-error-cell = line { $line }, column { $column }: { $why }
perceptron-error-header = line 1: { $why }
perceptron-error-file-rows = it has more than { $most } samples; take a part of it, as with `head -n { $most }`
perceptron-error-large = it has more than { $most } bytes; take a part of it, as with `head -n 1000`
perceptron-error-not-text = line { $line } is not UTF-8 text
perceptron-error-columns = { $n } columns
perceptron-error-columns-one = 1 column

perceptron-help-show = inputs, weights, threshold, sum and output
perceptron-help-inputs = the value of every input, as in `inputs 1 0 1`
perceptron-help-input = the value of one input
perceptron-help-toggle = switch an input between 0 and 1
perceptron-help-weight = the weight of an input
perceptron-help-weights = the weight of every input
perceptron-help-threshold = it fires if the sum is greater
perceptron-help-name = give an input another name
perceptron-help-output = give the output another name
perceptron-help-add = one more input
perceptron-help-remove = take an input away
perceptron-help-film = the example of the start: shall we see the film?
perceptron-help-table = the truth table: every way to switch the inputs
perceptron-help-data = samples to learn from, with weights that begin at 0; `table` takes the truth table; alone: show them
perceptron-help-cell = change a number of the data set
perceptron-help-append = one more sample; the answer is 0 or 1
perceptron-help-delete = take a sample away
perceptron-help-step = learn from the next sample, or the next N
perceptron-help-back = take the last sample back, or the last N
perceptron-help-run = go on until it converges, or never will
perceptron-help-start = take all samples back
perceptron-help-reset = weights and threshold 0, nothing learned
perceptron-help-rate = how far weights move where the output is wrong
perceptron-help-why = what the last sample changed, and why
perceptron-help-line = the line between firing and not, for two inputs
perceptron-help-save = write the data set
perceptron-help-undo = take the last change back
perceptron-help-help = all commands
perceptron-help-quit = leave

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

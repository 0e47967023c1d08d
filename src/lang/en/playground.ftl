# The playground's screen.

playground-title = playground
playground-data = data
playground-network = network
playground-features = features
playground-output = output
playground-training = training
playground-test = test
playground-loss = loss
playground-accuracy = accuracy

# The control bar: buttons, then names over values; short ones for narrow screens.
playground-run = ▶ run
playground-pause = ‖ pause
playground-step = ▷ step
playground-reset = ↺ reset
playground-epoch = epoch
playground-speed = speed
playground-full-speed = full
playground-learning-rate = learning rate
playground-learning-rate-short = rate
playground-activation = activation
playground-activation-short = activ.
playground-regularization = regularisation
playground-regularization-short = regul.
playground-regularization-rate = reg. rate
playground-regularization-rate-short = λ rate
playground-problem = problem
playground-classification = classification
playground-classification-short = classes
playground-regression = regression
playground-regression-short = numbers
playground-none = none

# The data column.
playground-set-circle = circle
playground-set-xor = xor
playground-set-gauss = gauss
playground-set-spiral = spiral
playground-set-reg-plane = plane
playground-set-reg-gauss = gauss
playground-own = your own
playground-own-points = your { $n }
playground-ratio = training
playground-ratio-short = train
playground-noise = noise
playground-batch = batch size
playground-batch-short = batch
playground-regenerate = ↻ regenerate
playground-regenerate-short = ↻ new data
playground-seed = seed
playground-stop = stop
playground-no-stop = off

# The network and the output.
playground-layers = { $n ->
    [one] { $n } hidden layer
   *[other] { $n } hidden layers
}
playground-show-test = show test data
playground-show-test-short = test
playground-discretize = discretise
playground-feature-shown = feature { $name }
playground-neuron = layer { $layer }, neuron { $neuron }
playground-points = { $train } training points, { $test } test points
playground-running = running
playground-working = working …
playground-rate = { $n } epochs/s

# Words about what is selected, below the network.
playground-weight = weight { $value } of { $input } in { $neuron }
playground-bias = bias { $value } of { $neuron }
playground-weight-of = weight of { $input } in { $neuron }
playground-bias-of = bias of { $neuron }
playground-hidden-layers = layers
playground-dead = L1 has set it to zero for good; an edit brings it back
playground-feature-on = feature { $name } is an input
playground-feature-off = feature { $name } is switched off
playground-about-run = Train epoch by epoch; each takes every training point once, batch by batch.
playground-about-step = Train for one epoch. S goes one back, i takes a step inside one.
playground-about-reset = Go to epoch 0 with the same data and initial weights.
playground-about-speed = Epochs a second. The training has a thread of its own, so full speed is smooth too.
playground-about-regenerate = Begin again with other data and weights, from a new seed.
playground-about-stop = A run ends where this holds: train < 0.01, test < 0.01, test stalls 20, off.
playground-about-own = Points from a CSV file: x, y and label in each row. 'csv scaled FILE' moves them into the plane.
playground-about-dataset = The points that the network learns.
playground-about-layers = Hidden layers, 0 to 6.
playground-about-width = Neurons of this layer, 1 to 8.
playground-about-output = What the network answers at each place of the plane, with the points of the training data on it.
playground-about-learningRate = How far a step goes against the gradient.
playground-about-activation = What each hidden neuron makes of its sum.
playground-about-regularization = A pull of weights towards zero: L1 by the same amount each, L2 in proportion to their size.
playground-about-regularizationRate = How strong that pull is.
playground-about-problem = Two classes, or a number at each place of the plane.
playground-about-percTrainData = Points in a hundred that are trained on; the others test what was learned.
playground-about-noise = How far points stray, 0 to 50.
playground-about-batchSize = Points whose gradients are averaged for one update.
playground-about-seed = The text that data, order and initial weights are drawn from.
playground-about-showTestData = Show the points that are not trained on, as squares.
playground-about-discretize = Show the sign of values alone.

# A step inside an epoch: its title, and lines with the numbers.
playground-forward = point { $point } · layer { $layer } forward · { $activation }(bias + Σ weight·input)
playground-loss-step = point { $point } · loss · ½(output − label)²
playground-loss-is = loss = { $formula }
playground-loss-slope = ∂loss/∂output = { $formula }
playground-backward = point { $point } · layer { $layer } backward · ∂/∂sum = ∂/∂output · { $activation }′; ∂/∂weight = ∂/∂sum · input
playground-update = { $points ->
    [one] update · weight − { $rate } · gradient of { $points } point
   *[other] update · weight − { $rate } · mean gradient of { $points } points
}
playground-updated = bias { $bias }; { $weights }
playground-epoch-ends = epoch { $epoch } ends
playground-more-lines = e shows all of it
playground-no-details = no step inside an epoch was taken yet; i takes one

# Messages.
playground-stopped = stopped: { $condition }
playground-copied = copied { $link }
playground-undone = undone; epoch { $epoch }
playground-ended = the training thread has ended; what it said stands above
playground-setting = set it
playground-commands-help = all keys and commands
playground-quit = leave

# Each of these says what a key does; the keys stand before it.
playground-key-run = run and pause
playground-key-step = one epoch on, and back to the start of the one before
playground-key-count = a number before s, S and i does it so many times
playground-key-inside = a step inside an epoch: a layer forward, the loss, a layer backward, an update
playground-key-details = the numbers of that step in full
playground-key-speed = slower and faster: 1, 10, 60, 300 epochs a second, or all there can be
playground-key-reset = reset: epoch 0 with the same seed
playground-key-regenerate = regenerate: data and weights with a new seed
playground-key-undo = undo the last change, run or step
playground-key-arrows = select a control, a feature, a neuron, the output
playground-key-part = next part of the screen, the one before
playground-key-enter = what is selected: switch it, choose its value, or go to a neuron's weights; on a weight: edit it
playground-key-change = the next value and the one before; neurons of a layer; a weight by 0.1
playground-key-layers = one hidden layer less, one more
playground-key-shown = show test data; discretise the output
playground-key-problem = classification or regression
playground-key-zoom = the surface over the whole width
playground-key-copy = copy the link to playground.tensorflow.org with these settings
playground-key-own = points of your own from a CSV file
playground-key-command = type a command; tab completes, up and ctrl-r look back
playground-key-colours = dark, light or no colours; draw again
playground-key-stop = stop the program; `fg` in the shell goes on
playground-key-mouse = select a neuron, a line or a value; a second click acts; the wheel changes values
playground-key-escape = close what is open, leave a neuron's weights, leave zoom

# Hints in the footer, each a word or two behind its key.
playground-hint-act = do it
playground-hint-inside = inside
playground-hint-part = part
playground-hint-regenerate = regenerate
playground-hint-copy = copy link
playground-hint-speed = speed
playground-hint-choose = choose
playground-hint-change = change
playground-hint-take = take it
playground-hint-layers = layers
playground-hint-neurons = neurons
playground-hint-weights = weights
playground-hint-neuron = neuron

# The playground's commands: help, replies and errors. Names of commands, settings and files stay as they are.

playground-help-show = epoch, losses, accuracy and confusion or R²
playground-help-run = train; without a number until the stop condition holds
playground-help-step = train for one epoch
playground-help-into = step inside an epoch: a layer forward, the loss, a layer backward, an update
playground-help-back = go back by epochs, from inside one to its start
playground-help-reset = go to epoch 0 with the same seed
playground-help-regenerate = begin again with a new seed
playground-help-undo = take back the last change, run or step
playground-help-weights = all biases and weights
playground-help-weight = edit a weight; all are counted from 1
playground-help-bias = edit a bias
playground-help-data = the first points of training data and test data
playground-help-value = what each neuron makes of a point
playground-help-surface = what a neuron, or the output, computes over the plane
playground-help-settings = each setting and its value; its name is a command that sets it
playground-help-link = a link to playground.tensorflow.org with these settings
playground-help-open = begin again with a link's settings
playground-help-csv = begin again with points of your own: x, y, label in each row
playground-help-stop = 'train < 0.01', 'test < 0.01', 'test stalls 20' or off
playground-help-save = keep all in a file
playground-help-load = go on with what a file keeps
playground-help-export = losses, points, weights or surface as CSV
playground-help-svg = a picture
playground-help-names = settings: { $names }

# Replies. Numbers keep all their digits.
playground-said-seed = seed { $seed }
playground-said-no-stop = no stop condition
playground-said-opened = opened
playground-said-points = { $n } points
playground-said-saved = saved { $file }
playground-said-loaded = loaded { $file }
playground-said-losses = epoch { $epoch }: training loss { $train }, test loss { $test }
playground-said-inside = epoch { $epoch } and { $points } points: training loss { $train }, test loss { $test }
playground-said-accuracy = { $set }: accuracy { $share } %; +1 taken for +1 { $pp }, for -1 { $pm }; -1 taken for +1 { $mp }, for -1 { $mm }
playground-said-set = { $set }, { $n } points
playground-said-point = ({ $x }, { $y }) label { $label }, output { $output }
playground-said-layer = layer { $layer }: { $numbers }
playground-said-shades = ▓ 0.5 and more, ▒ above 0, · below 0, - below -0.5
playground-said-stop = stop: { $condition }
playground-said-neuron = layer { $layer }, neuron { $neuron }: bias { $bias }
playground-said-forward = point { $point }, layer { $layer } forward
playground-said-backward = point { $point }, layer { $layer } backward
playground-said-forward-neuron = neuron { $neuron }: { $terms }
playground-said-loss = point { $point }, loss { $loss }; derivative by the output { $slope }
playground-said-backward-neuron = neuron { $neuron }: { $slope }, the bias's derivative
playground-said-backward-weight = weight: { $slope }
playground-said-update = update with the mean derivatives of { $points } points, learning rate { $rate }
playground-said-updated-weight = weight { $moved }
playground-said-regularised = regularisation { $x }
playground-said-link-own = a link has no points of one's own
playground-said-link-activation = the site does not have this activation
playground-said-outside = { $n } points lie outside the plane from -6 to 6 that is drawn; 'csv scaled FILE' moves them into it

# Errors.
playground-near = ; did you mean { $name }?
playground-noun-problem = problem
playground-noun-regularization = regularisation
playground-noun-classes = data set for classification
playground-noun-surface = data set for regression
playground-noun-figure = figure
playground-noun-activation = activation
playground-error-choice = { $word } is no { $noun }: there are { $names }
playground-error-file = { $name } needs the name of a file
playground-error-usage = usage: { $usage }: { $help }
playground-error-setting-usage = usage: { $name } VALUE: sets { $key }
playground-error-command = no such command{ $near }; 'help' lists them
playground-error-setting = no such setting{ $near }
playground-error-none = a number from 1 on is needed
playground-error-most = { $n } is too many: at most { $most } at once
playground-error-no-count = { $word } is no number from 1 on
playground-error-not-finite = { $word } is no finite number
playground-error-run = run needs a number of epochs, or a stop condition ('stop')
playground-error-undo = there is nothing to undo
playground-error-back = only { $n } epochs lie behind
playground-error-not-kept = the epochs before { $first } are no longer kept; 'reset' goes to epoch 0
playground-error-diverged = { $found }; 'back' goes to the epoch before, 'reset' to epoch 0
playground-error-layer = there is no layer { $layer }: there are { $layers }, the last of which is the output
playground-error-neuron = layer { $layer } has no neuron { $neuron }: it has { $neurons }
playground-error-input = layer { $layer } has no input { $input }: it has { $inputs }
playground-error-switch = { $word } is neither true nor false
playground-error-range = { $word } is out of range: a number from { $least } to { $most } is needed
playground-error-range-whole = { $word } is out of range: a whole number from { $least } to { $most } is needed
playground-error-number = { $word } is no number: a number from { $least } to { $most } is needed
playground-error-number-whole = { $word } is no number: a whole number from { $least } to { $most } is needed
playground-error-width = { $word } is no width of a layer: a layer has 1 to { $most } neurons
playground-error-deep = { $n } hidden layers are too many: there are 0 to { $most }
playground-error-seed-empty = a seed has at least one character
playground-error-seed = { $word } cannot stand in a link: a seed has no space, &, = or #
playground-error-stop = a stop condition is 'train < 0.01', 'test < 0.01', 'test stalls 20' or off
playground-error-loss = { $word } is no loss: a number above zero is needed
playground-error-epochs = { $word } is no number of epochs

# Errors of links.
playground-error-no-link = { $text } is no link of the playground: a link has # and then key=value&key=value
playground-error-link = link, key { $key }: { $why }
playground-link-hides = link: { $key } hides nothing that is known{ $near }
playground-link-unknown = link: the key { $key } is unknown{ $near }
playground-link-feature = link: { $key } is no feature, on the site neither

# Errors of files of points.
playground-error-no-file = { $file }: not an ordinary file
playground-error-row = { $file }, line { $line }: { $why }
playground-error-few = { $file }: { $n } points are too few: at least { $least } are needed
playground-error-many = { $file }: more than { $most } points: take a sample of them, such as the output of shuf -n { $most }
playground-error-columns = a row is x, y, label, and this one has { $n ->
    [one] { $n } field
   *[other] { $n } fields
}; a header with the names x, y and label chooses among more
playground-error-no-field = the row has no field for { $name }: it has { $fields }, not { $due }
playground-error-fields = the row has { $fields } fields, not 3
playground-error-field-finite = { $name } is { $field }, which is no finite number
playground-error-field-empty = { $name } is empty
playground-error-field = { $name } is { $field }, which is no number
playground-error-label = the label { $label } is no class: classes are -1 and 1, or 0 and 1; 'problem regression' takes any number
playground-error-labels = the labels -1 and 0 are both there: classes are -1 and 1, or 0 and 1; 'problem regression' takes any number

# Errors of save files.
playground-error-unready = nothing was saved: { $why }
playground-error-unready-point = a point is being stepped through; go on with 'into' to its end
playground-error-unready-number = a number is not finite; 'back' goes to the epoch before
playground-error-save-json = { $file }: no save file of the playground: { $why }
playground-error-save-ordinary = not an ordinary file
playground-error-save-large = more than { $most } bytes
playground-error-save-version = format { $version }; this program reads format { $due }
playground-error-save-few = too few points
playground-error-save-layers = its layers are not those of its link
playground-error-save-losses = its losses are not those of its epochs
playground-error-save-points = it counts more points than there can be

# A number that stopped being finite: where, what became of it, and why.
playground-diverged = epoch { $epoch }, point { $point }: in layer { $layer }, neuron { $neuron }, { $what } became { $value }: { $because }
playground-diverged-sum = the sum
playground-diverged-output = the output
playground-diverged-loss = the loss
playground-diverged-by-sum = the derivative by its sum
playground-diverged-by-weight = a weight's derivative
playground-diverged-bias = the bias
playground-diverged-weight = a weight
playground-diverged-forward = its weights reach { $weight }, its inputs { $input }, and no number holds their sum
playground-diverged-backward = the loss's derivative by its output is { $by }, the activation's slope { $slope }
playground-diverged-update = it was { $before }, and the learning rate { $rate } times the mean derivative over { $points } points, { $gradient }, was taken off
playground-diverged-after = its weights reach { $weight } after the epoch's last update
playground-diverged-square = the output is { $output }, and no number holds its square

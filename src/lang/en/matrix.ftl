# The screen of matrices and vectors, and what it says of each step.

matrix-product = matrix product
matrix-vectors = vectors
matrix-plane = the plane

matrix-progress = step { $step }/{ $steps }
matrix-speed = { $steps } steps a second
# A part of a matrix that has no room.
matrix-part = { $seen } of { $all } numbers
# One number of A, B, u or v that is edited.
matrix-element = { $name }, row { $row }, column { $column }
matrix-number = number
# The cell of C whose products stand below.
matrix-cell = row { $row } of A · column { $column } of B
matrix-landed = { $sum } lands in C
matrix-more = …

matrix-start = Each cell of C is a row of A times a column of B: products of the numbers that meet, added up.
matrix-unfit = A is { $a } and B is { $b }: a row of A must be as long as a column of B, or numbers have no partner.
matrix-step-first = Row { $row } of A meets column { $column } of B. Their first numbers: { $term }.
matrix-step-next = Number { $number } of each: { $term }. The sum is now { $sum }.
matrix-step-landed = The sum { $sum } lands in row { $row }, column { $column } of C.

matrix-angle = cos = u · v / (|u| |v|) = { $cosine }   angle = { $degrees }°
matrix-projected = u projected onto v = p = { $share } v = { $vector }
matrix-no-direction = A vector of length 0 has no direction: there is no angle.
matrix-no-onto = v has length 0: there is nothing to project onto.
matrix-unfit-vectors = u has length { $u } and v has length { $v }: each number needs a partner.
matrix-same-way = They point in the same direction: cosine 1.
matrix-opposite = They point in opposite directions: cosine −1.
matrix-right-angle = They stand at right angles: neither has a part along the other.
matrix-similar = They point in similar directions: the product is positive.
matrix-away = They point away from one another: the product is negative.

# Each says what a key does; the key stands before it.
matrix-key-arrows = choose a number; with two vectors: move the tip of the arrow
matrix-key-shift = move the tip by a tenth
matrix-key-tab = the other matrix, the other vector
matrix-key-enter = edit what is chosen
matrix-key-rows = one row more, one row fewer; what it is multiplied with follows
matrix-key-columns = one column more, one column fewer
matrix-key-transpose = transpose the matrix
matrix-key-count = a number before s S n N does it so many times
matrix-key-escape = stop, close what is open

# A product of the model, played at one of its values.
matrix-keys = → ← step · n N 10 · c C end · space play · + - · m order · HJKL cell · esc
matrix-terms = { $shown } of { $all } terms: Σ = { $sum }
matrix-of-pass = {" "}of pass { $pass }
matrix-slope = slope { $slope } × position { $key }
matrix-masked = a query may not look at this key: −∞
matrix-lacking = not here: { $names }. What needs it is shown as ·
matrix-not-stored = The value itself is not recorded.
matrix-same = = { $computed } · stored { $value } · distance { $far }: rounding explains up to { $rounding }
matrix-differs = = { $computed } · stored { $value } · distance { $far } is more than rounding explains ({ $rounding }): a value was replaced, or was computed in another way
matrix-no-product = no matrix product makes { $name }: it can be played at q, k, v, scores, z, outputs, MLP and logits
matrix-opened = what is open here is stored, not computed: esc closes it, and p plays the values of the pass

# Each says what a key does while a product of the model is played.
matrix-play-next = add the next term, or take the next step after the sum
matrix-play-back = take the last one back
matrix-play-page = ten at once
matrix-play-end = all of it, nothing of it
matrix-play-play = go on by itself, or stop
matrix-play-speed = faster, slower
matrix-play-order = largest contributions first, or in order
matrix-play-cell = another element: left, below, above, right
matrix-play-close = close

# Each says what a command does.
matrix-help-show = the matrices and the last step, or the vectors
matrix-help-product = the product of two matrices
matrix-help-vectors = two vectors: sum, dot product, angle, projection
matrix-help-a = the rows of A, as in `a 1 2; 3 4`
matrix-help-b = the rows of B
matrix-help-u = the numbers of u
matrix-help-v = the numbers of v
matrix-help-set = change one number
matrix-help-size = A in ROWS×INNER, B in INNER×COLUMNS; new numbers are 0
matrix-help-transpose = make rows columns
matrix-help-swap = A becomes B and B becomes A: another product
matrix-help-example = the numbers of the start
matrix-help-step = the next product, or the next N
matrix-help-back = take the last step back, or the last N
matrix-help-cell = until the next cell has landed, or the next N
matrix-help-cell-back = back to the start of the cell, or of N cells
matrix-help-play = go on by itself, or stop; without a screen, go to the end
matrix-help-end = all cells
matrix-help-start = take all steps back
matrix-help-speed = steps a second of `play`
matrix-help-load = take numbers from a file, a line a row
matrix-help-save = write numbers into a file
matrix-help-undo = take the last change back
matrix-help-help = all commands
matrix-help-quit = leave

# Errors.
matrix-error-empty = it is empty: give numbers parted by spaces, and rows parted by semicolons, as in `1 2; 3 4`
matrix-error-ragged = row { $row } has length { $found }, and the first row has length { $due }
matrix-error-large = { $size } is too large: a matrix has at most { $most } rows and { $most } columns here
matrix-error-long-vector = a vector has 1 to { $most } numbers here, not { $given }
matrix-error-no-thing = { $word } is nothing here: there are the matrices a and b and the vectors u and v
matrix-error-no-element = { $name } has no element { $given }: its size is { $size }
matrix-error-unfit = A is { $a } and B is { $b }: a row of A must be as long as a column of B
matrix-error-no-steps = two vectors have no steps: `product` shows the matrices
matrix-error-at-end = all cells have landed: already at the end
matrix-error-at-start = nothing has been multiplied yet: already at the start
matrix-error-unfinished = C has cells that have not landed: `end` multiplies to the end
matrix-error-no-undo = nothing to undo
matrix-error-write = { $file } cannot be written: { $why }
matrix-error-missing = it is not there
matrix-error-not-a-file = it is not an ordinary file
matrix-error-many-bytes = it has more than { $bytes } bytes: a matrix has at most { $most } rows and { $most } columns here
matrix-error-not-text = line { $line } is not UTF-8 text
matrix-error-cell = line { $line }, column { $column }: { $why }

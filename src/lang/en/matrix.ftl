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

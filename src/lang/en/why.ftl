# Why a value is what it is: the sum that makes it, and how its parts are counted.

why-title = why
why-hint = enter its reason · w its weight · ← back · p product · esc
why-stored = stored { $value } · { $far } away
why-far = stored { $value } · { $far } away, more than rounding explains
why-not-stored = the source does not hold this value
why-unknown = cannot be computed here
why-covered = { $shown } of { $all } operands cover { $share } of all that is added and taken away
why-rest = { $count } more
why-lacking = Not here: { $names }. Open the model itself for these numbers.
why-end = The way ends here: this is a number of the model, not computed from others.
why-no-weight = this operand has no weight that is computed
why-top = this is where the question began
why-against = { $at } in { $branch } less here
why-in-branch = branch { $branch }
why-elsewhere = A product is played in its own branch: switch there first.
why-opened = A weight is learned, not computed: why asks about values of the pass.

why-note-frozen-scale = The norm divides by its scale, which the whole row makes. It is held as it is here, so that the rest is a sum.
why-note-squares = Each number counts with its square: the share of the square that it has in the scale.
why-note-capped = A cap bends the sum. Each part is shortened by the same ratio.
why-note-masked = This query may not look at this key: the mask puts −∞ here, whatever the score.
why-note-others = All shares of a row sum to 1. So this share is 1 less the shares that the others take.
why-note-gated = An activation passes a part of its number on; the number itself decides how much.
why-note-clamped = The gate keeps its two inputs within bounds first.
why-note-turned = Two dimensions turn together, by an angle that grows with the position.
why-note-scaled = The sum is multiplied by a scale, and each part with it.
why-note-heads = Each head is one part: its vector times its own rows of W_O.
why-note-chosen = This is the number of an expert, chosen by this score.
why-note-not-chosen = This expert is not among the chosen ones, so it has no share.
why-note-largest = The largest number of the column is taken.
why-note-changed = An intervention changes this value. The sum is what the operation makes before that.
why-note-difference = Each number is what the other branch has less what is here. A weight stands where it is the same in both.
why-note-made-here = More differs than the operands do: the difference begins at this operation, or a change is made here.
why-note-picked = This key is among those that the indexer chooses for this query.
why-note-not-picked = This key’s score is too small: the indexer does not choose it for this query.

why-key-move = choose an operand
why-key-enter = ask why the operand is what it is
why-key-weight = ask why its weight is what it is
why-key-back = back along the trail
why-key-play = play the matrix product term by term
why-key-close = close

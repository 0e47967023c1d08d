# Titles of the debugger's panes and the words in them. Titles are short: a pane may be 24 columns wide.

pane-steps = steps
pane-summary = summary
pane-summary-heads = summary of all heads
pane-masked = { $n } masked
pane-span = { $low } to { $high }
pane-heads-of = heads of { $leaf }
pane-head = head { $head } of { $all }
pane-head-short = head { $head }/{ $all }
pane-computing = computing…
pane-reading = reading…
pane-opening = opening the model…
pane-ahead = ahead: s steps on to it
pane-lines = { $first }–{ $last } of { $all }
pane-rows = rows { $first }–{ $last } of { $all }
pane-columns = columns { $first }–{ $last } of { $all }
pane-largest = largest first, to the { $last } of { $all }
pane-points = points { $first } to { $last } of { $all }
pane-blocks = blocks { $first } to { $last } of { $all }
pane-recomputed = recomputed · z the same
pane-recomputed-off = recomputed · z off by { $error }

# Values that stand together, one above the other.
pane-role-tokens = tokens
pane-role-positions = + positions
pane-role-segments = + segments
pane-role-sum = = sum
pane-role-sum-normed = = sum, normed
pane-role-before = before
pane-role-after = after
pane-scale = scale

# The distribution at the cursor: { $target } is one of the first three.
pane-next-token = next token
pane-masked-token = masked token
pane-own-token = this token
pane-seen-long = { $target }, seen from here
pane-seen = { $target } from here
pane-seen-changed = { $target }, before → after
pane-changed = before → after
pane-seen-computing = { $target }, computing…
pane-says = what it says
pane-no-map = logit lens, no { $lens } here
pane-reads = reads { $name }
pane-no-stream = no residual stream here yet
pane-stopped = stopped before this was computed: any key goes on, and S, O or < go back
pane-no-tokens = This model names no tokens. It makes of the text { $end }, the last step: > goes there.
pane-entropy = entropy { $entropy } nats
pane-same-answer = the answer has its bits
pane-moved = moved most
pane-by-layer = { $token } by layer
pane-up-to = up to { $share } %
pane-after = after
pane-at = at
pane-entropy-word = entropy
pane-most-likely = most likely
pane-goes-on = ✓ what the text goes on with · d shows the logits themselves
pane-stands-there = ✓ the token that stands there · d shows the logits themselves
pane-looks = where { $token } looks
pane-looks-head = where { $token } looks in head { $head }

# Views of the whole model.
pane-grid = lens grid: what it would say at each layer, after each token
pane-grid-through = { $lens }, its KL to the answer by layer
pane-grid-place = layer { $layer } of { $layers } · token { $token } of { $tokens }
pane-grid-at = { $name } at { $token }:
pane-grid-cell = { $token } { $share } % · entropy { $entropy } nats
pane-grid-rank = { $token } is { $rank } with { $share } %
pane-fidelity = KL { $kl }, same top { $share } %
pane-rollout = attention rollout: where the row comes from, before each block
pane-rollout-cell = { $share } of { $token } comes from { $from } before block { $layer } · { $definition }
pane-attribution = attribution: what each part adds to the logit
pane-attribution-sum = { $logit } = { $value } = the sum of { $n } parts
pane-attribution-cell = block { $layer }, { $part }: { $value } · norms frozen at this pass's scale
pane-part-mlp = its MLP
pane-part-bias = its biases
pane-part-head = head { $head }
pane-nothing = nothing
pane-inputs = inputs: what each token accounts for
pane-inputs-logit = logit of { $token }
pane-inputs-difference = logit of { $token } less that of { $other }
pane-inputs-product = gradient × input
pane-inputs-integrated = integrated
pane-inputs-gradient = gradient
pane-inputs-seen = tokens { $first }–{ $last } of { $all }
pane-inputs-token = { $token }: gradient × input { $product }, integrated { $integrated }, length of the gradient { $gradient }
pane-inputs-sum = integrated gradients of { $steps } steps sum to { $sum }; it should be { $due }, the logit less that where all embeddings are their mean
pane-inputs-distrust = do not trust the integrated ones: the gradient turns faster than the steps (inputs steps=N takes more)
pane-split = split: who wrote the query and the key of this score
pane-split-frozen = norms frozen
pane-split-cap = { " " }· before the cap
pane-split-query = who wrote the query
pane-split-key = who wrote the key
pane-split-terms = terms: query × key
pane-others = { $n } others together
pane-smaller = { $n } smaller ones together
pane-head-map = heads: { $statistic }
pane-head-map-repeated = heads: { $statistic } on { $tokens } random tokens, twice
pane-head-map-cell = block { $layer }, head { $head }: { $value } · { $definition }; { $tokens } tokens count
pane-not-there = not there
pane-not-all = not all is here: { $why }
pane-sweep = sweep: { $change } by { $part } · { $metric }
pane-sweep-into = sweep: { $change } by { $part } into { $name } · { $metric }
pane-sweep-running = layer { $done } of { $all } · ctrl-c stops
pane-sweep-cell = { $name }, { $part }: effect { $effect } · metric { $value }
pane-sweep-none = { $name } has no part { $part }
pane-sweep-noise = no more than random changes do
pane-sweep-quartiles = quartiles { $low } to { $high } of { $n } prompts
pane-sweep-estimate = its gradient says { $estimate }
pane-sweep-floor = dim: within ±{ $floor }, as 95 of 100 random changes of the same size ({ $n } made)
pane-score-here = { $token } { $surprisal } nats, { $rank }
pane-score = mean { $mean } nats, perplexity { $perplexity }
pane-score-recorded = mean { $mean } nats, perplexity { $perplexity } of what is recorded

# The line above all panes.
pane-header-layers = { $n } layers
pane-header-warnings = { $n ->
    [one] { $n } warning
   *[other] { $n } warnings
}
pane-header-interventions = ✎ { $n ->
    [one] { $n } intervention
   *[other] { $n } interventions
}
pane-header-interventions-on = ✎ { $on } of { $n } interventions on
pane-header-place = pass { $pass } · { $layer } · step { $step }/{ $steps }
pane-header-opening = opening…
pane-header-stopping = stopping…
pane-header-stopped = stopped
pane-header-running = running { $at } { $gauge } { $share } %

# Notes on what a key or a command did, in the lowest line.
pane-note-cannot-choose = in { $pane } nothing can be chosen, or it is hidden
pane-note-stays = this pane always stays: z gives it the whole screen, tab goes to another
pane-note-hidden = { $pane } is hidden: X shows all panes
pane-note-density = values: { $way }
pane-note-not-wide = this matrix is not wide: its columns stay in their order
pane-note-largest = columns: the largest of the chosen row first · m puts them back in order
pane-note-plain = columns: in their own order
pane-note-colours = colours: { $theme }
pane-note-no-export = { $pane } shows nothing that could be written: open it first
pane-note-graphics = heat maps: pictures ({ $way })
pane-note-graphics-off = heat maps: half-blocks
pane-note-graphics-unable = heat maps: half-blocks, since the terminal tells no size of its cells in pixels, or shows too few colours
pane-note-nothing-open = nothing is open: q quits, ? lists the keys
pane-note-begins = the pass begins here: s steps on
pane-note-ends-token = the pass ends here: t takes the next token
pane-note-ends = the pass ends here
pane-note-no-breakpoint = no breakpoint on the way: b puts one at the cursor, B at a pattern
pane-note-stopped = stopped before all was computed: any key goes on
pane-note-next = next token: { $token } · this is pass { $pass }, { $back } · K: { $kept } kept keys and values
pane-note-back = ( goes back
pane-note-dropped = { $passes } dropped
pane-pass = pass { $pass }
pane-passes = passes { $first } to { $last }
pane-ask-drop = Another token here drops { $passes }. Take it?
pane-note-changed-by = changed by { $changes }: { $text }
pane-note-lists-them = { $off }: I lists them
pane-note-off = { $change } is off
pane-note-none-left = no intervention is left: ctrl-r makes it again
pane-note-cleared = no intervention is left: U brings them back
pane-note-some-on = { $on } of { $n } interventions on: I lists them
pane-note-interventions = :intervention N turns one off or on · U takes the last change back, ctrl-r makes it again · :clear
pane-interventions = interventions
pane-breakpoints = breakpoints
pane-note-breakpoints = :toggle N turns one off or on · :delete N or all removes
pane-note-no-breakpoints = none: b puts one at the cursor, break PATTERN at many
pane-note-breakpoint = breakpoint at { $name }
pane-note-breakpoint-once = breakpoint, once, at { $name }
pane-note-breakpoint-many = breakpoint at { $pattern }: { $n } hook points
pane-note-breakpoint-many-once = breakpoint, once, at { $pattern }: { $n } hook points
pane-note-breakpoint-gone = breakpoint taken away
pane-note-breakpoints-gone = all breakpoints deleted
pane-note-deleted = deleted { $name }
pane-once = once
pane-warnings = warnings
pane-note-no-warning = there is no warning
pane-note-no-paste = there is no field to paste into: e edits the prompt, : takes a command
pane-note-no-weight = no weight is read here: q, k, v, attn_out, mlp.pre, norms and logits read some; :weights lists all
pane-note-count = { $n }: the next key so many times · esc forgets it
pane-note-no-count = { $key } takes no number before it
pane-note-no-key = this key means nothing here
pane-note-key = { $key } means nothing here: ? lists the keys
pane-note-found = { $what } · n N next, previous · esc ends the search
pane-note-surprisal = surprisal in nats, and rank, under each token · u hides them
pane-note-no-surprisal = surprisal is hidden
pane-note-copied = copied { $text }
pane-note-no-copy = there is nothing to copy here yet
pane-note-large-copy = { $n } bytes are more than terminals take ({ $most }): save writes them
pane-note-no-svg = a picture of the screen is an SVG file, and { $file } does not end with .svg
pane-note-script = what the commands said
pane-thread-ended = the model's thread ended

# Windows over the panes: titles, and keys in their lower line.
pane-palette = command
pane-palette-hint = tab complete · ↑ ctrl-r earlier · enter run · esc close
pane-palette-earlier = earlier commands
pane-palette-earlier-hint = ctrl-r further back · enter run · tab edit · esc back
pane-prompt = prompt
pane-prompt-hint = enter run · alt-enter, ctrl-j new line · esc close
pane-prompt-long = the prompt is too long to be edited here: `layerwise --prompt-file FILE` runs it
pane-prompt-lines = { $n ->
    [one] { $n } line
   *[other] { $n } lines
}
pane-prompt-characters = { $n ->
    [one] { $n } character
   *[other] { $n } characters
}
pane-prompt-unseen = { $n } not shown, but kept
pane-save = save a trace
pane-save-hint = tab field · enter write · esc close
pane-save-file = file
pane-save-points = hook points
pane-save-replace = { $file } is there: enter again replaces it
pane-save-facts = { $tensors } tensors of { $passes ->
    [one] { $passes } pass
   *[other] { $passes } passes
}, about { $bytes }
pane-sure = sure?
pane-sure-hint = y yes · n no
pane-grid-below = lens grid: what each layer would say · V opens it
pane-branches = branches
pane-diff-largest = difference, largest { $most }
pane-diff-none = no difference in what is seen
pane-diff-here = most probable here: { $here }
pane-diff-both = most probable here: { $here } · there: { $there }
pane-diff-unmatched = ✗ has no counterpart
pane-branch-made = in the new branch { $name } · & compares it · :branches lists all
pane-branch-dropped = { $name } is dropped: this is { $here }
pane-branch-here = this is { $here }
pane-branch-values = values of { $names } dropped to make room
pane-diff-closed = the difference is closed
pane-session-coming = back to the session that was left: its passes run again · ctrl-c stops
pane-session-stopped = stopped on the way back: this run begins anew and is not kept, so that the session can be returned to again
pane-session-back = back in the session that was left
pane-flow = attention: scores become the pattern, which weighs values into z

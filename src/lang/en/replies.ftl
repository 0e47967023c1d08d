# What commands say in words, on the screen too.

reply-score = score of head { $head }: { $query } looks at { $key }
reply-at = { $what } at { $token } = { $value }
reply-terms = { $queries } × { $keys } terms sum to { $sum }
reply-terms-far = { $queries } × { $keys } terms and { $far } for the distance sum to { $sum }
reply-attribution-sum = { $n } parts sum to { $sum }; each norm on the way divides by what it divided by in this pass (frozen)
reply-split-cap = before the cap: the score is { $cap } · tanh(this / { $cap })
reply-cap = before the cap: the model says { $cap } · tanh(logit / { $cap }), which is not linear
reply-part = { $word } ({ $point })
reply-part-of = { $word } of { $point }
reply-part-of-block = { $word } of block { $layer }
reply-part-numbered = { $word } { $i } of block { $layer }
reply-sweep-error = estimates (change × gradient): correlation { $correlation } with the effects above, off by { $mean } on average and by { $largest } at most ({ $name }, { $part })
reply-sweep-pair = clean { $clean }, corrupted { $corrupted }
reply-sweep-unchanged = unchanged { $clean }
reply-sweep-less = { $answer } less { $wrong }
reply-sweep-medians = medians of { $n } prompts; JSON has their quartiles
reply-sweep-more = and { $n } more
reply-sweep-refused = { $n } of { $all } lines are refused:
reply-sweep-line = line { $line }: { $why }
reply-sweep-floor = random changes of the same size: 95 of 100 stay within ±{ $floor } ({ $n } made); · marks what is no larger
reply-branch-dropped = values dropped to make room: computed again when looked at
reply-difference = { $point } { $shape }, here and in { $branch }
reply-difference-rows = { $matched } of { $all } tokens have counterparts
reply-difference-none = there is nothing to compare
reply-difference-same = no element differs
reply-difference-largest = largest difference { $element }
reply-row-alone = no counterpart
reply-row-none = nothing to compare
reply-row-same = the same

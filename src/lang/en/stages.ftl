# Calculations in stages: how a value comes from those before it. Numbers and names of hook points stay as they are.

stages-pane = stages
# Headings of columns, at most twelve columns wide.
stages-score = score
stages-share = ÷ sum
# The line of the score that belongs to no token.
stages-sink = (sink)
# Lines that there is no room for.
stages-more = { $count } more, together { $share }

stages-softmax = { $token } in head { $head }: each score less the largest ({ $max }), e to the power of it, divided by the sum { $sum }
stages-mix = z of { $token } in head { $head }: each token's values (head { $kv }) times how much is looked at it, added up
stages-neuron = neuron { $neuron } at { $token }: { $function }({ $pre }) = { $activated }
stages-neuron-gated = neuron { $neuron } at { $token }: { $function }({ $pre }) · { $linear } = { $activated } · { $linear } = { $post }
stages-answer = after { $token }: each logit divided by the temperature { $temperature }, e to the power of it, divided by the sum { $sum } over { $all } tokens
stages-top-k = top-k { $k } leaves { $kept } tokens, whose shares are divided by their sum
stages-top-p = top-p { $p } leaves the fewest of them whose shares reach { $p }: { $kept }
stages-no-cut = no cut: every token may be drawn · :cut top_k=5 top_p=0.9 cuts, here and in token sample
stages-sinusoidal = a fixed table of sines and cosines, computed and not learned: each place p has its own mixture of slow and fast waves
# Curves of chosen dimensions at pos_embed; { $dims } are numbers.
curves-chosen = curves of dimensions { $dims } · M adds the cursor's or takes it away
curves-none = curves of the cursor's pair alone · M chooses the cursor's dimension
curves-elsewhere = curves of dimensions are shown at pos_embed: goto pos_embed
curves-range = there are dimensions 0 to { $last }
curves-many = at most { $most } curves stand together · curves none starts anew
stages-learned = a learned table: each place p has a row of its own, found in training as any weight; ● where the tokens stand
stages-no-table = a learned table, of which a trace has the rows of its tokens alone
stages-rotation = dimensions { $a } and { $b } of head { $head } turn together by p · { $frequency } radians: cosine and sine over places p
stages-rotation-recorded = dimensions { $a } and { $b } of head { $head } turn together; the angle follows from the recorded numbers before and after
stages-waiting = computing…
stages-none = no stages here: pos_embed, rot_q, rot_k, pattern, z, mlp.post and logits have some
stages-more-rows = { $count } more

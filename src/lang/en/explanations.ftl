# Each hook point in plain words: a title of a few words, and one line of at most 118 columns, in which a Chinese
# character takes two.

explain-embed-title = token matrix
explain-embed-text = each token becomes a row of { $d_model } numbers, looked up by its id among { $d_vocab }

explain-token-type-embed-title = segments
explain-token-type-embed-text = which part of the text a token is of: how many [SEP] stand before it, up to as many as there are rows

explain-pos-embed-title = positions
explain-pos-embed-text = one row a position, added to the embedding: now the same token differs by its place

explain-embed-ln-out-title = norm: output
explain-embed-ln-out-text = tokens, segments and positions as one: the first residual stream

explain-resid-pre-post-norm-title = residual stream
explain-resid-pre-post-norm-text = one row a token; this block reads it, adds to it and norms the sum

explain-resid-pre-title = residual stream
explain-resid-pre-text = one row a token; this block reads it and adds to it, and never overwrites it

explain-q-title = queries
explain-q-text = what each token is looking for, one vector a head

explain-k-title = keys
explain-k-text = what each token offers to be found by a query that points the same way{ $shared }

explain-v-title = values
explain-v-text = what each token hands over to those that look at it{ $shared }

explain-q-normed-title = normed queries and keys
explain-q-normed-text = brought to one length, so that a score says how well directions agree

explain-rot-q-title = turned by position
explain-rot-q-text = pairs of dimensions turn with position, so that q·k depends on how far apart two tokens are

explain-attn-scores-encoder-title = attention scores
explain-attn-scores-encoder-text = row i: how well token i's query fits each key, those before it and those after it

explain-attn-scores-window-title = attention scores
explain-attn-scores-window-text = row i: how well token i's query fits each key; masked (·) are tokens to come, and all but the last { $window }

explain-attn-scores-title = attention scores
explain-attn-scores-text = row i: how well token i's query fits each key; tokens still to come are masked (·)

explain-pattern-doubtful-title = attention pattern
explain-pattern-doubtful-text = row i says where token i looks; each row sums to 1, or to less where heads may rest on a sink

explain-pattern-sinks-title = attention pattern
explain-pattern-sinks-text = row i says where token i looks; it sums to less than 1: the rest lies on the head's learned sink, which reads nothing

explain-pattern-title = attention pattern
explain-pattern-text = row i says where token i looks; each row sums to 1

explain-z-title = mixed values
explain-z-text = each token's mixture of the values it looks at, in the pattern's proportions{ $shared }

explain-attn-own-out-title = attention output, before its norm
explain-attn-own-out-text = what all heads found; a norm comes before it is added to the stream

explain-shifted-title = mixed with the token before
explain-shifted-text = each element is a part of the token's own row and, for the rest, of the row of the token before

explain-mixer-decay-gate-title = gate of what is forgotten
explain-mixer-decay-gate-text = a number for each head; its sigmoid decides how much of the state stays

explain-mixer-forget-title = what is forgotten, before the peak
explain-mixer-forget-text = the logarithm of the share of a state that stays, before the state is held by its peak

explain-mixer-write-gate-title = gate of what is written
explain-mixer-write-gate-text = a number for each head; its sigmoid or its exponential decides how much of the value is written

explain-mixer-peak-title = peak
explain-mixer-peak-text = the largest exponent so far, less what was forgotten since; states are multiples of its exponential

explain-mixer-share-title = share of the value that is written
explain-mixer-share-text = how much of its value each token writes to its head's state

explain-mixer-weights-title = weights of what is remembered
explain-mixer-weights-text = the sum of the shares that values were written with, faded as they are: what is read is divided by it

explain-mixer-own-title = share of a token's own value
explain-mixer-own-text = how much of what a token reads is its own value; the rest is the mean of earlier ones

explain-mixer-weight-read-title = what is read of the weights
explain-mixer-weight-read-text = each token's query times its head's weights: the divisor of what is read

explain-mlp-out-gate-title = MLP: gate of the output
explain-mlp-out-gate-text = its sigmoid opens or closes each element of what the MLP writes

explain-shared-joined-title = stream and embedding, joined
explain-shared-joined-text = the stream beside the token's embedding: what the shared block reads

explain-shared-own-title = shared map
explain-shared-own-text = what the weights that several blocks share make, before this block's adapter is added

explain-adapter-low-title = inside the adapter
explain-adapter-low-text = a few numbers that this block's adapter goes through

explain-adapter-title = adapter
explain-adapter-text = what this block adds of its own to the shared map

explain-shared-attn-out-title = attention output of the shared block
explain-shared-attn-out-text = what the heads found, as the shared block's MLP reads it

explain-shared-out-title = output of the shared block
explain-shared-out-text = what the shared block made, mapped for this block: the mixer reads it beside the stream

explain-mixer-sum-title = what the mixer reads
explain-mixer-sum-text = the stream and the shared block's output; only the mixer's own output is added to the stream

explain-mixer-q-in-title = queries before the convolution
explain-mixer-q-in-text = a linear map of the stream, before the convolution over the last tokens (C in state-space models)

explain-mixer-k-in-title = keys before the convolution
explain-mixer-k-in-text = a linear map of the stream, before the convolution over the last tokens (B in state-space models)

explain-mixer-v-in-title = values before the convolution
explain-mixer-v-in-text = a linear map of the stream, before the convolution over the last tokens (x in state-space models)

explain-mixer-q-title = queries
explain-mixer-q-text = what each token asks the state: z is the query times the state (C in state-space models)

explain-mixer-k-title = keys
explain-mixer-k-text = where in the state each token writes: one factor for each row of the state (B in state-space models)

explain-mixer-v-title = values
explain-mixer-v-text = what each token has to write to the state (x in state-space models)

explain-mixer-q-normed-title = scaled to one length
explain-mixer-q-normed-text = the vector at a fixed length: only its direction counts

explain-mixer-step-low-title = what steps are made of
explain-mixer-step-low-text = a few numbers from which the steps of all heads are made

explain-mixer-step-in-title = steps before their bias
explain-mixer-step-in-text = a number for each head; softplus of it and a bias is the step

explain-mixer-step-title = steps
explain-mixer-step-text = how far each head's state moves on at this token: a large step forgets more

explain-mixer-decay-title = what is forgotten, as a logarithm
explain-mixer-decay-text = exp of it is the share of a state that stays: 0 keeps all of it, a large negative number forgets

explain-mixer-beta-in-title = shares before their sigmoid
explain-mixer-beta-in-text = a number for each head; its sigmoid is the share of a write that is carried out

explain-mixer-beta-title = shares of writes
explain-mixer-beta-text = how much of the difference between value and memory each head writes: 0 nothing, 1 all

explain-mixer-write-title = what is written
explain-mixer-write-text = the vector that each token writes to its head's state, in the rows that its key names

explain-mixer-state-title = state
explain-mixer-state-text = each head's memory after this token: a matrix that fades and is written to, in the place of kept keys and values

explain-mixer-pattern-title = the pattern that the recurrence equals
explain-mixer-pattern-text = row i says how much of each token's value token i reads; rows need not sum to 1, and nothing is computed from it

explain-mixer-read-title = what is read
explain-mixer-read-text = each token's query times its head's state

explain-mixer-z-title = what each head found
explain-mixer-z-text = what a token's query reads from the state, and a multiple of its own value where the model adds one

explain-mixer-gate-low-title = what the gate is made of
explain-mixer-gate-low-text = a few numbers from which the gate of all heads is made

explain-mixer-gate-title = gate
explain-mixer-gate-text = opens or closes each element of what is read

explain-mixer-z-normed-title = what is read, normed
explain-mixer-z-normed-text = what each head found at one length

explain-mixer-z-gated-title = what is read, gated
explain-mixer-z-gated-text = what each head found times its gate

explain-mixer-gate-in-title = gate before the convolution
explain-mixer-gate-in-text = multiplies the value before it is mixed with those of the last tokens

explain-mixer-gate-out-title = gate behind the convolution
explain-mixer-gate-out-text = multiplies what the convolution made of the last tokens

explain-mixer-value-title = value of the convolution
explain-mixer-value-text = a linear map of the stream that the convolution mixes over tokens

explain-mixer-pre-title = what the convolution reads
explain-mixer-pre-text = the value times its gate; the next pass is given the rows of the last tokens

explain-mixer-convolved-title = convolution
explain-mixer-convolved-text = each channel's sum over the last few tokens, with a weight for each place

explain-mixer-post-title = what the convolution writes
explain-mixer-post-text = the convolution's sum times the gate behind it

explain-mixer-own-out-title = mixer output before its norm
explain-mixer-own-out-text = what the mixer found, back in the width of the residual stream

explain-mixer-out-title = mixer output
explain-mixer-out-text = what the mixer found in earlier tokens, as it is added to the stream

explain-attn-out-output-norm-title = attention output
explain-attn-out-output-norm-text = what all heads found, normed, as it is added to the stream

explain-attn-out-title = attention output
explain-attn-out-text = what all heads found, back in the width of the residual stream

explain-resid-mid-title = residual stream
explain-resid-mid-text = attention's finding is added; the MLP reads from here

explain-pre-title = MLP: before the activation
explain-pre-text = { $d_mlp } detectors a token: each asks one question of its row

explain-pre-linear-title = MLP: linear half
explain-pre-linear-text = what the gate will let through

explain-post-title = MLP: neurons
explain-post-text = which detectors fired, and how strongly

explain-router-logits-title = experts: scores
explain-router-logits-text = how well each expert suits each token: those with the largest scores are chosen

explain-expert-indices-title = experts: which
explain-expert-indices-text = the numbers of the experts that each token is sent to; those that scores choose begin with the largest share

explain-expert-weights-title = experts: shares
explain-expert-weights-text = each token is sent to a few experts; this is how much each of them counts

explain-mlp-own-out-title = MLP output, before its norm
explain-mlp-own-out-text = what the fired detectors write; a norm comes before it is added to the stream

explain-mlp-out-output-norm-title = MLP output
explain-mlp-out-output-norm-text = what the fired detectors write, normed, as it is added to the stream

explain-mlp-out-experts-title = experts' output
explain-mlp-out-experts-text = what the chosen experts write back, in proportion to their shares{ $expert }

explain-mlp-out-title = MLP output
explain-mlp-out-text = what the fired detectors write back

explain-resid-post-post-norm-title = residual stream
explain-resid-post-post-norm-text = the MLP's finding is added; the norm of this sum is the block's result

explain-resid-post-encoder-title = residual stream
explain-resid-post-encoder-text = the block's result, and the next block's input

explain-resid-post-title = residual stream
explain-resid-post-text = the block's result, and the next block's input; the pane beside reads it as a next token

explain-pooler-dense-out-title = pooler: before tanh
explain-pooler-dense-out-text = the first token's row alone, for the text as a whole

explain-pooler-out-title = pooled vector
explain-pooler-out-text = one vector for the whole text, made of the first token's: what a classifier reads

explain-pooling-out-title = pooled vector
explain-pooling-out-text = one vector for the whole text, pooled from its tokens' rows in the way modules.json says

explain-pooling-scale-title = length
explain-pooling-scale-text = how long the pooled vector is

explain-pooling-normalized-title = sentence embedding
explain-pooling-normalized-text = the text as a vector of length 1: the product of two texts' is how alike they are

explain-mlm-head-out-title = head: before the activation
explain-mlm-head-out-text = each token's row, made ready to be compared with all tokens of the vocabulary

explain-mlm-head-post-title = head: after the activation
explain-mlm-head-post-text = a norm comes next, then the logits

explain-logits-encoder-title = logits
explain-logits-encoder-text = one score for each token of the vocabulary; softmax of a row says what stands in its place

explain-logits-title = logits
explain-logits-text = one score for each token of the vocabulary; softmax of the last row is the next-token distribution

explain-scale-title = norm: scale
explain-scale-text = how large each token's row is; dividing by it puts all rows on one footing{ $either }

explain-normalized-title = norm: normalised
explain-normalized-text = every row now has size 1 on average, before the learned weights{ $either }

explain-norm-out-title = norm: output
explain-norm-out-text = what the next part reads: normalised rows, stretched by learned weights

# Ends of sentences, for models that are so.
explain-shared = ; query head h reads head ⌊h/{ $group }⌋
explain-either = ; an RMSNorm leaves the mean in
# The computation of an expert, in a line of its own.
explain-expert = each is { $activation }({ $gate }) ⊙ { $linear }, between its own linear maps

# Weights in plain words: a title of a few words and one line.
weight-w-e-title = embedding matrix
weight-w-e-text = one row for each token of the vocabulary: the numbers that a token's id stands for, learned in training
weight-w-pos-title = position table
weight-w-pos-text = one row for each place in the text, learned in training, and added to the token's row
weight-w-token-type-title = segment table
weight-w-token-type-text = one row for each part of a text, added to the token's row
weight-project-in-w-title = way into the stream
weight-project-in-w-text = a token's row is shorter or longer than the stream: this matrix brings it to the stream's width
weight-project-out-w-title = way out of the stream
weight-project-out-w-text = the stream's row is brought to the length of a token's row, so that the two can be compared
weight-attn-w-q-title = query matrix
weight-attn-w-q-text = one matrix a head: it turns a token's row into the question that the token asks of the others
weight-attn-w-k-title = key matrix
weight-attn-w-k-text = one matrix a head: it turns a token's row into the key that questions are held against
weight-attn-w-v-title = value matrix
weight-attn-w-v-text = one matrix a head: it turns a token's row into what is handed over to those that look at it
weight-attn-w-o-title = output matrix
weight-attn-w-o-text = one matrix a head: it brings what the head found back to the width of the stream
weight-attn-b-q-title = query bias
weight-attn-b-q-text = numbers that are added to every query, whatever the token
weight-attn-b-k-title = key bias
weight-attn-b-k-text = numbers that are added to every key, whatever the token
weight-attn-b-v-title = value bias
weight-attn-b-v-text = numbers that are added to every value, whatever the token
weight-attn-b-o-title = output bias
weight-attn-b-o-text = numbers that are added to attention's output, whatever the token
weight-attn-q-norm-w-title = norm of queries: weights
weight-attn-q-norm-w-text = each dimension of a normed query is multiplied by one of these
weight-attn-k-norm-w-title = norm of keys: weights
weight-attn-k-norm-w-text = each dimension of a normed key is multiplied by one of these
weight-attn-sinks-title = sinks
weight-attn-sinks-text = one score a head that takes part in the softmax and belongs to no token
weight-mlp-w-router-title = router matrix
weight-mlp-w-router-text = it scores each expert for a token's row: the experts with the largest scores are chosen
weight-w-gate-title = gate matrix
weight-w-gate-text = one column a neuron: the pattern in a token's row that opens this neuron
weight-w-in-title = input matrix
weight-w-in-text = one column a neuron: the pattern in a token's row that this neuron answers to
weight-w-out-title = output matrix
weight-w-out-text = one row a neuron: what the neuron writes into the stream when it fires
weight-b-gate-title = gate bias
weight-b-gate-text = how easily each neuron opens, whatever the token
weight-b-in-title = input bias
weight-b-in-text = how easily each neuron fires, whatever the token
weight-b-out-title = output bias
weight-b-out-text = numbers that are added to the MLP's output, whatever the token
weight-mlp-b-router-title = router bias
weight-mlp-b-router-text = how easily each expert is chosen, whatever the token
weight-pooler-w-title = pooler matrix
weight-pooler-w-text = it turns the first token's row into one vector for the whole text
weight-mlm-head-w-title = head matrix
weight-mlm-head-w-text = it turns each row once more before the words for a masked token are scored
weight-w-u-title = unembedding matrix
weight-w-u-text = one column for each token of the vocabulary: a row of the stream that points its way gives it a high logit
weight-b-u-title = unembedding bias
weight-b-u-text = a number that is added to each token's logit, however the text goes
weight-norm-w-title = norm: weights
weight-norm-w-text = each dimension of a normed row is multiplied by one of these
weight-other-b-title = bias
weight-other-b-text = numbers that are added to every row, whatever the token

# Keys and values that a block keeps for later tokens: it stands before their explanation.
explain-kept = kept (the cache): a later token's pass computes its own row and reads these

explain-attn-gate-title = attention's gate
explain-attn-gate-text = before its sigmoid: how much of each head's mixture is let through

explain-attn-z-gated-title = gated mixtures
explain-attn-z-gated-text = each head's mixture, as much of it as the gate lets through

explain-attn-z-normed-title = normed mixtures
explain-attn-z-normed-text = all heads' mixtures, brought to one size before they are read back into the stream

explain-mlp-post-normed-title = MLP: normed neurons
explain-mlp-post-normed-text = the detectors, brought to one size before they write to the stream

explain-mlp-experts-out-title = experts: output
explain-mlp-experts-out-text = what the chosen experts found, each counted by its share

explain-mlp-shared-pre-title = shared expert: before the activation
explain-mlp-shared-pre-text = detectors that every token asks, whichever experts it is sent to

explain-mlp-shared-pre-linear-title = shared expert: linear half
explain-mlp-shared-pre-linear-text = what the gate will let through

explain-mlp-shared-post-title = shared expert: neurons
explain-mlp-shared-post-text = which detectors fired, and how strongly

explain-mlp-shared-out-title = shared expert: output
explain-mlp-shared-out-text = what the MLP found that every token goes through

explain-mlp-shared-gate-title = shared expert: how much
explain-mlp-shared-gate-text = one number a token; its sigmoid multiplies the shared expert's output

explain-mlp-shared-weighed-title = shared expert: weighed
explain-mlp-shared-weighed-text = the shared expert's output, as much of it as its gate lets through

weight-attn-w-gate-title = gate of attention
weight-attn-w-gate-text = it turns a token's row into numbers that let each head's findings through or hold them back

weight-attn-z-norm-w-title = norm of what heads find: weights
weight-attn-z-norm-w-text = each dimension of the normed row is multiplied by one of these

weight-mlp-post-norm-w-title = norm of neurons: weights
weight-mlp-post-norm-w-text = each normed neuron is multiplied by one of these

weight-mlp-alpha-above-title = slope above 0
weight-mlp-alpha-above-text = a learned number: how steeply the activation rises where its input is above 0

weight-mlp-alpha-below-title = slope below 0
weight-mlp-alpha-below-text = a learned number: how the activation bends where its input is below 0

weight-mlp-beta-title = linear part
weight-mlp-beta-text = the factor of the activation's linear part

weight-mlp-eps-title = bound near 0
weight-mlp-eps-text = inputs count as no more than this below 0

weight-mlp-router-choice-title = numbers for the choice
weight-mlp-router-choice-text = they are added to the experts' scores when experts are chosen, not to their shares

weight-shared-w-open-title = opener of the shared MLP
weight-shared-w-open-text = it turns a token's row into the number that multiplies the MLP beside the experts

weight-shared-b-open-title = opener's bias
weight-shared-b-open-text = a number that is added before the shared MLP is opened

explain-q-latent-title = the query’s latent
explain-q-latent-text = a short vector of each token, from which the queries of all heads are made

explain-kv-latent-title = latent of keys and values
explain-kv-latent-text = a short vector of each token, from which the keys and values of all heads are made

explain-latent-normed-title = normed latent
explain-latent-normed-text = the short vector brought to one size: what is expanded into heads

explain-k-shared-title = the part of keys that heads share
explain-k-shared-text = it turns with the position and is the same in every head

explain-k-joined-title = whole keys
explain-k-joined-text = each head’s own part, and behind it the turned part that all heads share

explain-hyper-normed-title = all streams, normed
explain-hyper-normed-text = brought to one size, as one row or each by itself: shares of reading and writing are read from it

explain-hyper-in-title = numbers of each stream
explain-hyper-in-text = a linear map of all streams, before it becomes shares

explain-hyper-read-title = shares of reading
explain-hyper-read-text = how much of each stream this part reads; the token decides

explain-hyper-out-title = what is read of all streams
explain-hyper-out-text = one row made of all streams, in the shares of reading

explain-hyper-write-title = shares of writing
explain-hyper-write-text = how much of what this part writes each stream gets

explain-hyper-mix-title = shares of mixing
explain-hyper-mix-text = how much of each stream goes on in each; rows and columns sum to 1, so that nothing grows

explain-hyper-open-low-title = few numbers of all streams
explain-hyper-open-low-text = a map of all streams to few numbers, from which each element’s share is made

explain-hyper-open-low-post-title = few numbers, activated
explain-hyper-open-low-post-text = negative ones are pressed to nearly 0

explain-hyper-open-in-title = numbers of each element
explain-hyper-open-in-text = one number for each element of each stream, before it becomes a share

explain-hyper-open-title = shares of elements
explain-hyper-open-text = how much of each element of each stream this part reads; the token decides

explain-ngrams-embed-title = rows of runs of tokens
explain-ngrams-embed-text = the token and those before it are hashed, and each hash finds a short row in a large table; two runs may share a row

explain-ngrams-k-title = keys of the run
explain-ngrams-k-text = what each stream is compared with, to see whether the rows fit here

explain-ngrams-normed-title = streams, each normed
explain-ngrams-normed-text = each stream is brought to one size by itself

explain-ngrams-v-title = value of the run
explain-ngrams-v-text = what the rows add to streams whose gate is open

explain-ngrams-scores-title = likeness of stream and key
explain-ngrams-scores-text = how well each stream agrees with its key of the run

explain-ngrams-roots-title = likeness, its root
explain-ngrams-roots-text = the root with the sign kept, so that large agreement counts less than in proportion

explain-ngrams-gate-title = gates of streams
explain-ngrams-gate-text = how much of the run’s value each stream gets, from 0 to 1

explain-ngrams-gated-title = the run’s value in each stream
explain-ngrams-gated-text = added to the streams as it is, and convolved with earlier ones

explain-ngrams-convolved-title = values of earlier runs
explain-ngrams-convolved-text = a convolution over runs that do not overlap; it is added to the streams too

explain-resid-ngrams-title = streams with runs of tokens
explain-resid-ngrams-text = what the table has for this token and those before it has been added

explain-norm-gate-low-title = few numbers for the norm’s gate
explain-norm-gate-low-text = a map of the normed row to few numbers, from which the gate is made

explain-norm-gate-in-title = numbers of the norm’s gate
explain-norm-gate-in-text = one number for each element, before it becomes a share

explain-norm-gate-title = the norm’s gate
explain-norm-gate-text = how much of each element of the normed row goes on, from 0 to 1

explain-norm-gated-title = normed row through its gate
explain-norm-gated-text = what this part of the block reads

explain-latent-joined-title = short vector, normed and as it is
explain-latent-joined-text = one behind the other; queries and the gate of what heads mix expand from both

explain-entry-values-title = vectors for entries
explain-entry-values-text = what this token gives to the entry of its run

explain-entry-gates-title = scores of shares in entries
explain-entry-gates-text = how much this token counts in the entry of its run, one number for each dimension

explain-entries-title = entries
explain-entries-text = one vector for each whole run of tokens: a mixture of theirs

explain-entries-normed-title = normed entries
explain-entries-normed-text = brought to one size, as keys are

explain-rot-entries-title = entries, turned by position
explain-rot-entries-text = each by the position of its first token; they are keys and values of whole runs

explain-entry-scores-title = the indexer’s scores of entries
explain-entry-scores-text = how worth looking at each earlier run is: the weighted sum of the small heads, negative ones left out

explain-entry-mask-title = chosen entries
explain-entry-mask-text = 1 at the entries with the largest scores; attention looks at these and at the nearest tokens

explain-z-turned-title = mixed values, turned back
explain-z-turned-text = keys are values here, so their turn is undone at the query’s position

explain-z-grouped-title = groups of heads, projected
explain-z-grouped-text = each group of heads mapped to a short vector by a matrix of its own

explain-index-q-title = the indexer’s queries
explain-index-q-text = small vectors of a few heads of their own, which look for the keys that attention may look at

explain-index-k-title = the indexer’s key
explain-index-k-text = one small vector of each token, the same for all heads of the indexer

explain-index-k-normed-title = the indexer’s normed key
explain-index-k-normed-text = brought to mean 0 and one size

explain-index-rot-title = turned by position
explain-index-rot-text = the indexer knows how far apart two tokens are

explain-index-weights-title = weights of the indexer’s heads
explain-index-weights-text = how much each small head counts for this token

explain-index-scores-title = the indexer’s scores
explain-index-scores-text = how much each earlier token is worth being looked at: the weighted sum over small heads, without what is negative

explain-index-mask-title = keys that are looked at
explain-index-mask-text = 1 at the keys that were chosen by their scores: attention looks at these alone

explain-v-normed-title = normed values
explain-v-normed-text = brought to one size, so that the pattern alone says how much each counts

explain-dense-out-title = MLP beside experts: output
explain-dense-out-text = what the MLP found that works beside the experts

explain-resid-mlp-title = stream after the MLP
explain-resid-mlp-text = attention and MLP have written; the end of the block is still to come

explain-layer-row-title = row of the layer’s own table
explain-layer-row-text = each layer looks the token up in a small table of its own

explain-layer-context-title = embedding, mapped for the layer
explain-layer-context-text = the token’s embedding as a short row for this layer

explain-layer-embedding-title = the layer’s own embedding
explain-layer-embedding-text = the row of its table and the mapped embedding, added: what the layer knows of the token by itself

explain-layer-pre-title = the embedding’s gate
explain-layer-pre-text = before its activation: how much of each dimension the stream lets through

explain-layer-post-title = the gated embedding
explain-layer-post-text = the layer’s own embedding, as far as the stream lets it through

explain-layer-own-out-title = the embedding, mapped back
explain-layer-own-out-text = the gated embedding as a row of the stream, before its norm

explain-layer-out-title = what the layer’s embedding writes
explain-layer-out-text = it is added to the stream after attention and MLP

explain-resid-layer-title = stream before its scale
explain-resid-layer-text = all parts of the block have written; one learned number multiplies it next

weight-layer-w-e-title = the layer’s own table
weight-layer-w-e-text = a short row for each token, which this layer alone reads

weight-layer-w-context-title = map of the embedding
weight-layer-w-context-text = it makes a short row for this layer of the token’s embedding

weight-layer-w-gate-title = gate of the layer’s embedding
weight-layer-w-gate-text = how much of each dimension a row of the stream lets through

weight-layer-w-out-title = map back to the stream
weight-layer-w-out-text = it makes a row of the stream of the gated embedding

weight-block-scale-title = scale of the stream
weight-block-scale-text = one number that multiplies the stream as it leaves the block

weight-attn-w-down-title = map to the latent
weight-attn-w-down-text = it makes a short vector of a token’s row; heads expand from that vector

weight-attn-b-down-title = bias of a short vector
weight-attn-b-down-text = it is added to every token’s short vector alike

weight-hyper-w-read-title = map to shares of reading
weight-hyper-w-read-text = numbers of each stream, read from all of them

weight-hyper-w-write-title = map to shares of writing
weight-hyper-w-write-text = numbers of each stream, read from all of them

weight-hyper-w-mix-title = map to shares of mixing
weight-hyper-w-mix-text = a number for each pair of streams, read from all of them

weight-hyper-by-w-title = factor of the numbers
weight-hyper-by-w-text = one number that multiplies them before they become shares

weight-hyper-by-b-title = numbers added
weight-hyper-by-b-text = shares of a token whose streams say nothing follow from them

weight-entry-w-title = map to vectors for entries
weight-entry-w-text = what each token gives to the entry of its run

weight-entry-w-gate-title = map to scores of shares
weight-entry-w-gate-text = how much each token counts in the entry of its run

weight-entry-place-title = numbers by place in a run
weight-entry-place-text = they are added to the scores of shares: places in a run count differently

weight-entry-norm-title = factor of the entries’ norm
weight-entry-norm-text = one number for each dimension

weight-group-out-title = projection of groups of heads
weight-group-out-text = a matrix for each group, one below the other

weight-experts-of-title = experts of each token
weight-experts-of-text = a fixed table: the numbers of the experts that each token of the vocabulary is sent to

weight-attn-index-w-q-title = queries of the indexer
weight-attn-index-w-q-text = it expands the query’s latent into the indexer’s small queries

weight-attn-index-w-k-title = key of the indexer
weight-attn-index-w-k-text = it turns a token’s row into the indexer’s small key

weight-attn-index-k-norm-w-title = stretch of the indexer’s key
weight-attn-index-k-norm-w-text = a number that multiplies each element of the normed key

weight-attn-index-k-norm-b-title = shift of the indexer’s key
weight-attn-index-k-norm-b-text = a number that is added to each element of the normed key

weight-attn-index-w-weights-title = weights of the indexer’s heads
weight-attn-index-w-weights-text = it turns a token’s row into how much each small head counts

weight-attn-w-k-shared-title = map to the shared part of keys
weight-attn-w-k-shared-text = it makes the part of a key that turns with position, the same in all heads

weight-mlp-expert-scale-title = factor of each expert
weight-mlp-expert-scale-text = it multiplies the share of each chosen expert

explain-altup-stream-title = another stream
explain-altup-stream-text = a map of the embedding with the embedding’s size: blocks compute one stream and correct the others

explain-altup-entered-title = another stream, leaving the block
explain-altup-entered-text = the correction, and what the layer’s own embedding adds

explain-altup-merged-title = another stream, to be merged
explain-altup-merged-text = mapped by its own matrix and brought to the first stream’s size

explain-altup-predicted-title = predicted stream
explain-altup-predicted-text = the stream before, and a mixture of all streams, in shares that this token decides

explain-altup-corrected-title = corrected stream
explain-altup-corrected-text = its prediction, and a part of how far the computed stream lies from its own prediction

explain-altup-routed-title = modes before tanh
explain-altup-routed-text = a score for each stream, read from the normed stream

explain-altup-modes-title = modes
explain-altup-modes-text = numbers between −1 and 1, from which the shares of predictions and corrections are made

explain-altup-predict-title = shares of the predictions
explain-altup-predict-text = how much of each stream enters each prediction, row after row

explain-altup-correct-title = shares of the corrections
explain-altup-correct-text = less 1: how much of the computed stream’s error each stream gets

explain-altup-scaled-title = scaled corrected stream
explain-altup-scaled-text = the computed stream, each dimension times a learned number: it gates the layer’s own embedding

explain-resid-merged-title = merged streams
explain-resid-merged-text = the mean of all streams: what the final norm reads

explain-low-rank-down-title = low-rank residual: short vector
explain-low-rank-down-text = what attention reads, squeezed into a few dimensions

explain-low-rank-own-out-title = low-rank residual, before its norm
explain-low-rank-own-out-text = the short vector, mapped back to the stream

explain-low-rank-out-title = low-rank residual
explain-low-rank-out-text = it is added to the stream beside attention

explain-bottleneck-pre-title = small MLP: before the activation
explain-bottleneck-pre-text = the stream, squeezed into a few numbers

explain-bottleneck-post-title = small MLP: after the activation
explain-bottleneck-post-text = the few numbers that its output is made of

explain-bottleneck-out-title = small MLP: output
explain-bottleneck-out-text = it is added to the stream at the end of the block; in models of many languages each language has one of its own

explain-pre-cut-title = neurons above the bound
explain-pre-cut-text = what lies far over the row’s mean, less the bound; all others are 0

weight-altup-w-stream-title = map to another stream
weight-altup-w-stream-text = it makes another stream of the token’s embedding

weight-altup-w-merge-title = map before merging
weight-altup-w-merge-text = another stream passes it before the mean of all is taken

weight-altup-w-modes-title = map to modes
weight-altup-w-modes-text = a score for each stream, read from a row

weight-altup-w-predict-title = map to shares of predictions
weight-altup-w-predict-text = it makes shares of the modes: how much of each stream enters each prediction

weight-altup-w-correct-title = map to shares of corrections
weight-altup-w-correct-text = it makes shares of the modes: how much of the error each stream gets

weight-altup-w-scale-title = factor of the corrected stream
weight-altup-w-scale-text = one number for each dimension, before the stream gates the layer’s embedding

weight-low-rank-w-title = matrix of the low-rank residual
weight-low-rank-w-text = two narrow matrices, one after the other, stand for a large one of few ranks

explain-attn-gate-softplus-title = attention's gate
explain-attn-gate-softplus-text = before its softplus, which is near 0 for negative numbers and grows with positive ones: a factor of each mixture

explain-attn-router-logits-title = scores of heads
explain-attn-router-logits-text = how well each expert among the heads suits the token: the best few are asked

explain-attn-expert-indices-title = chosen heads
explain-attn-expert-indices-text = the experts among the heads that this token is sent to, the best first

explain-attn-expert-weights-title = shares of heads
explain-attn-expert-weights-text = how much each chosen expert's output counts; the shares sum to 1

explain-attn-experts-out-title = output of the chosen heads
explain-attn-experts-out-text = what the chosen experts found in other tokens, each counted by its share

explain-in-turn-title = keys and values in turn
explain-in-turn-text = all keys or values once more for each expert of a token, since experts share them

explain-v-paired-title = values in pairs
explain-v-paired-text = a value of the first half of heads beside one of the second half: both halves of heads mix both

explain-gain-in-title = what a value says of its key
explain-gain-in-text = one number a head, read from the token's values, before it becomes a gain

explain-gain-title = gain of a key
explain-gain-text = it is added to every score of this key; in long texts a query looks at the keys with the largest alone

explain-unsunk-title = share beside the sink
explain-unsunk-text = the share of attention that the head's sink would leave to tokens; what is mixed is multiplied by it

explain-z-unsunk-title = mixtures less the sink's share
explain-z-unsunk-text = what each head found, smaller the more of its attention falls on its sink

explain-z-difference-title = difference of heads
explain-z-difference-text = what a head of the first half found, less λ times what its partner found: noise that both see cancels out

explain-z-scaled-title = difference, scaled
explain-z-scaled-text = the difference of heads at one size, times a number of the layer

explain-resid-kept-title = stream, weighed
explain-resid-kept-text = the stream with each dimension multiplied by a learned number, before the layer's output is added

weight-experts-bias-title = bias of all experts
weight-experts-bias-text = numbers that are added once to the sum of what experts write

weight-attn-w-router-title = router of heads
weight-attn-w-router-text = it scores each expert among the heads for a token's row: those with the largest scores are chosen

weight-attn-w-gain-title = map to gains
weight-attn-w-gain-text = it reads from a token's values how much its key is worth looking at

weight-attn-b-gain-title = bias of gains
weight-attn-b-gain-text = how much every key is worth looking at, whatever its value

weight-attn-gain-scale-title = scale of gains
weight-attn-gain-scale-text = one number a head: how strongly values decide what is looked at

weight-attn-lambda-title = vectors of λ
weight-attn-lambda-text = four vectors, whose products make λ: how much of a head's partner is taken away

weight-kept-by-title = weights of the stream
weight-kept-by-text = one number for each dimension: how much of the stream stays when the layer's output is added

# The lessons: title, text, task and hint of each. A blank line begins a new paragraph; line ends inside a paragraph
# mean nothing. Values in braces are computed when the lesson opens.

lesson-next-token-title = One question: which token comes next?
lesson-next-token-text =
    A chatbot writes a whole answer, but the model inside it does one thing only. It is given a text and says which
    token is likely to come next. A token is a piece of text: here a character, in English often a word or a part of
    one.

    The panes beside this page are a real model, small but whole. Its text is { $prompt }. It has computed everything
    up to the last step, and the pane "next token" lists what it considers likely. There is a probability for each of the
    { $vocabulary } tokens that it knows. It knows no sentence, no fact and no answer: only these probabilities.

    All other lessons are about one question: where do these numbers come from?
lesson-next-token-task = Which token does the model hold for the most probable one after { $prompt }? Answer with the token.
lesson-next-token-hint = The list "next token" has the most probable one in its first line.

lesson-two-files-title = A model is two files
lesson-two-files-text =
    A model that is ready for use is two files. One holds numbers, the parameters. The other holds a program, a few
    hundred lines that say how to multiply and add them. No database, no web, no rules of grammar.

    The numbers of this model are in model.safetensors, { $weights } bytes. Each number is stored in 4 bytes. A small
    third file, { $tokenizer } bytes, lists the tokens and their ids. Models that you have heard of are built in the
    same way, only with a hundred thousand to a million times as many numbers.

    The steps on the left are the program at work: look up, then { $layers } blocks of the same kind, then the answer.
lesson-two-files-task = About how many parameters does this model have? Work it out from the size of its file; 2 % more or less is fine.
lesson-two-files-hint = Divide { $weights } bytes by 4 bytes a number.

lesson-perceptron-title = The perceptron: weigh, add, compare
lesson-perceptron-text =
    In 1957 Frank Rosenblatt described the smallest thing that decides: a perceptron. It has inputs that are 1 or 0,
    a weight for each, and a threshold. It multiplies each input by its weight and adds the products. If the sum is
    greater than the threshold, it fires.

    The example decides whether to go to the cinema: is the weather good, is the price low, is there company? The
    weights say how much each of them matters.

    A language model is made of the same parts, many thousands of them: inputs times weights, added up, then compared.
lesson-perceptron-task = Make the price decisive: with all three it still fires, with weather and company alone it does not. Change the threshold or the weights.
lesson-perceptron-hint = All three give { $all }, without the price the sum is { $without }. The threshold has to lie between. Choose it with the arrows, then enter.

lesson-playground-title = Many neurons: the playground
lesson-playground-text =
    One perceptron separates points by one straight line. A ring around a disc cannot be separated so. Several
    neurons, each with a line of its own, and one more that weighs their answers, can do it.

    The playground trains such a network. Points have one of two colours, and the network has to say which. The loss
    is how wrong it is on average. After each look at the points every weight moves a little in the direction that
    makes the loss smaller. One look at all points is an epoch.

    Nobody writes the rule into it. It starts from random weights, and all it has is the loss.
lesson-playground-task = Train it until the loss on test points is below 0.05.
lesson-playground-hint = Let it run for about a hundred epochs: type :run 100

lesson-vectors-title = Vectors, dot products, matrices
lesson-vectors-text =
    A row of numbers is a vector. It can stand for anything that has several properties at once: a point has two, a
    token in this model has { $d_model }.

    The dot product of two vectors multiplies them place by place and adds the products. It is large where both point
    the same way, 0 where they are perpendicular, negative where they point against each other. So it measures how
    well two vectors agree, and a perceptron's sum is the dot product of inputs and weights.

    A matrix is many vectors in a block. A matrix times a vector is one dot product for each row, so a whole layer of
    neurons is one such product. Nearly all the work of a model is of this kind.
lesson-vectors-task = Make the two vectors perpendicular: change one of them so that their dot product is 0. Neither may be all zeros.
lesson-vectors-hint = u is { $u }: turn it by a right angle. Type :v 4 -3, or move v with the arrows. Key 1 shows a matrix product, 2 the vectors.

lesson-embedding-title = Tokens become rows of numbers
lesson-embedding-text =
    A computer cannot multiply characters. Each token has an id, its place in the vocabulary: { $token } has the id
    { $id }. An id says nothing about meaning, and neighbours in the list have nothing in common.

    So each token gets a vector of { $d_model } numbers, looked up in a table with { $vocabulary } rows, the embedding
    matrix. Why so many numbers? A character has many meanings: 明 is bright, but also tomorrow, a dynasty and a part
    of names. One number could not keep them apart, { $d_model } can. Nobody chose them; they were learned, and tokens
    that are used alike get rows that lie close together.

    The matrix beside this page has a row for each token of the text.
lesson-embedding-task = Read in the matrix: which number stands in the row of { $token }, column { $column }? Columns are counted from 0.
lesson-embedding-hint = Move there with the arrows; the lower line of the matrix shows the selected cell, row 2 and column { $column }.

lesson-positions-title = Where a token stands
lesson-positions-text =
    "The dog bites the man" and "the man bites the dog" have the same words. Order matters, but the table of the last
    lesson gives a token the same row wherever it stands.

    The text here has the name 小明 twice: one Xiaoming speaks to another. Look at embed: both rows of { $first } are
    equal, their distance is { $before }. Then a row for the place is added, made of sine and cosine waves, different
    for each position. Afterwards the distance is { $after }, and later steps can tell the two apart.

    The sum is called the residual stream. Every block reads from it and adds to it.
lesson-positions-task = Go to the first step at which the sum of tokens and positions stands: the residual stream before block 0.
lesson-positions-hint = It is the step after pos_embed, resid_pre. Press s until you are there, or type :goto 0.resid_pre

lesson-attention-title = Attention: tokens look at each other
lesson-attention-text =
    People read a sentence whose letters are out of odrer without much trouble: they see all of it and put things
    together. The text here is 华中人民, with its first two characters swapped. The model still says { $token }, with
    { $percent } %.

    Each token makes three vectors. Its query says what it is looking for, its key what it offers, its value what it
    hands over. The dot product of a query and a key is a score; softmax turns the scores of a row into shares that
    sum to 1, the pattern. With these shares the values are mixed. A token never looks at those that come after it.

    This happens in several heads at once, each with queries and keys of its own. The matrix shows one head; [ and ]
    change it.
lesson-attention-task = In block 1, head { $head }: at which token does the last one, { $last }, look most? Answer with the token.
lesson-attention-hint = Press ] until the title says head { $head }. Then find the largest number of the last row: the column's token is the answer.

lesson-softmax-title = Softmax and normalisation
lesson-softmax-text =
    Five marks of an exam: 90 80 70 60 50. Scaled so that the best is 1 and the worst 0 they are { $scaled }.
    To share out a prize by them, softmax raises e to each number and divides by the sum. All shares are
    positive and sum to 1; the best mark gets { $first } %. The pattern of attention and the probabilities of the
    answer are made in this way.

    Softmax looks at differences, and larger differences make the winner's share larger.

    Layer norm asks something else: how far is each mark from the mean, measured by how far marks usually are? The
    mean becomes 0 and the usual distance 1. A block does this to each row before it computes, so that numbers stay of
    one size however many blocks add to them.
lesson-softmax-task = Change the marks so that one of them gets a share of more than 40 %.
lesson-softmax-hint = Scaling always ends at 1 and 0. The share grows if all others are at 0: numbers 90 50 50 50 50

lesson-feed-forward-title = The feed-forward layer, and why it bends
lesson-feed-forward-text =
    Attention moves information between tokens. Then each token is worked on by itself, in the feed-forward layer or
    MLP: { $d_model } numbers go to { $d_mlp } neurons and back to { $d_model }. A neuron asks one question of the
    row, by a dot product, and much of what a model knows lies in these questions and their answers.

    Between the two products stands an activation, a curve that lets large numbers through and holds negative ones
    near 0. It is needed: two matrix products one after the other are only one other matrix product. Without the bend
    a hundred layers could do no more than one, and no line would ever become a ring.

    Neuron { $neuron } of the token { $last } has { $before } before the activation, in mlp.pre.
lesson-feed-forward-task = What does the activation make of it? Read the number of neuron { $neuron } for { $last } in the step mlp.post.
lesson-feed-forward-hint = Press s once to reach mlp.post, then move to row 3, column { $neuron }: the lower line shows the cell.

lesson-answer-title = The answer: from a row to probabilities
lesson-answer-text =
    After the last block the row of the last token is compared with the row of every token in the vocabulary, again by
    dot products. Each gives a score, the logit: { $token } has { $logit }. Softmax makes probabilities of them, and
    { $token } gets { $percent } %.

    The temperature divides all logits before softmax. Below 1 differences grow and the favourite wins nearly always;
    above 1 they shrink and others get a chance. The ranking stays.

    The same can be read at every earlier step too, as if the model stopped there: that is what the pane "next
    token" always shows. Step back with O and watch the answer take shape.
lesson-answer-task = Set the temperature to { $temperature }. How probable, in percent, is { $token } then?
lesson-answer-hint = Type :temperature { $temperature } or press + until T is { $temperature }.0, at the logits. Then read the first line of the list.

lesson-generation-title = One token after another
lesson-generation-text =
    The model has answered one question. To write a sentence one of the likely tokens is chosen and put behind the
    text, and the same question is asked again, of a text that is one token longer. That is why a chatbot's answer
    appears piece by piece: each piece has to be known before the next can be asked for.

    Always taking the most probable token is called greedy. Sampling draws at random by the probabilities, perhaps
    only among the first k (top-k) or those that together reach a share p (top-p). So the same question may get
    different answers.

    Keys and values of earlier tokens do not change and are kept. A new pass computes one row only. In the panes t takes a
    token, a lets them come by themselves as a chatbot does, and K shows what is kept.
lesson-generation-task = Let it write until the text is { $goal }: take the most probable token each time.
lesson-generation-hint = Press t three times, at the logits. If you took another way, :prompt or the lesson anew begins again.

lesson-training-title = Training: where the parameters come from
lesson-training-text =
    All { $parameters } parameters of this model began as random numbers. Training shows it texts. At each place it
    guesses the next token, the loss says how wrong it was, and each parameter moves a little so that the loss shrinks:
    as in the playground, only more of it.

    What remains is a lossy compression of the texts: their regularities, not a copy. If there are many parameters and
    few examples, a network can learn the examples by heart instead. It is then perfect on what it has seen and bad on
    anything new. That is over-fitting, and the small model here has learned much of its few texts by heart.

    The playground has few points to learn from and much noise.
lesson-training-task = Make it over-fit: train until the loss on training points is below 0.3, and on test points more than twice as high.
lesson-training-hint = Let it run on: type :run 400. The training loss falls while the test loss stays high.

lesson-inference-title = Training against inference
lesson-inference-text =
    Training changes the parameters; it takes many texts, many steps and, for large models, thousands of GPUs for
    months. Inference uses them: texts go in, probabilities come out.

    What you step through here is inference. Two kinds of numbers appear: weights, the same for every text, and
    activations, made from the text and thrown away. When a chatbot seems to remember what you said, your words are
    simply part of the text that it is given again each time.

    Take a token with t and look at the steps: all of the new numbers are activations.
lesson-inference-task = When the model writes one more token, how many of its { $parameters } parameters change? Answer with a number.
lesson-inference-hint = The file is only read. Nothing in it changes while the model writes.

lesson-left-out-title = What was left out
lesson-left-out-text =
    You have seen a whole language model with { $layers } blocks. Models of today differ in parts, and layerwise shows
    these too. Positions: most turn queries and keys by an angle that grows with the place, rotary positions or RoPE,
    in the place of added waves. Norms: RMSNorm leaves the mean out. The MLP has a gate. Several query heads share
    keys. Some route each token to a few of many experts.

    A chatbot is more than a model that goes on with texts: it was trained further on conversations and on what people
    prefer, and a template puts your words into a conversation.

    Open such a model: layerwise ORG/NAME fetches one, layerwise inspect shows how it is made, layerwise train makes
    one of your own text. Thank you for learning.
lesson-left-out-task = What are positions called that turn queries and keys by an angle? Answer with the short name.
lesson-left-out-hint = Four letters, in the first paragraph.

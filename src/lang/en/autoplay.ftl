# Tokens that appear one after another, as a chatbot writes.

autoplay = autoplay
autoplay-plays = { $speed } a second · space pauses · esc stops
autoplay-paused = paused · space goes on · t takes one token · esc stops
# The cache: a new token's pass reads the keys and values of those before it, which are not computed again.
autoplay-kept = keys and values of { $count } tokens are kept: K shows them
autoplay-stopped = autoplay stopped after { $count } tokens: ( goes back through them
# { $token } is the token that the model ends a text with.
autoplay-ended = the model ends its text here, with { $token } · space goes on all the same

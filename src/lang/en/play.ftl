# Messages that all things to play with share.

play-error-no-command = there is no command { $word }: `help` lists them all
play-error-near-command = there is no command { $word }: did you mean `{ $near }`?
play-error-usage = usage: { $usage }
play-error-number = { $word } is no number
play-error-not-finite = { $word } is not a finite number
play-error-large-number = { $word } is too large: numbers lie between -1e9 and 1e9

play-wrote = wrote { $file }

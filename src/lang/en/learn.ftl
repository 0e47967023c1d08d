# Texts around the lessons: verdicts, notes, the list, the screen's own words.

learn-right = Right.
learn-wrong = Not yet. Look again, or ask for a hint.
learn-no-number = A number is asked for.
learn-nothing-asked = There is something to do here, nothing to answer: it is checked as you go.
learn-answer-what = answer what? Write it behind the word: answer 42
learn-solved = ✓ Done.
learn-no-lesson = there is no lesson { $word }: there are lessons 1 to { $last }, and their names
learn-no-part = { $word } cannot be switched off: use { $parts }, or nothing
learn-nothing-to-switch-off = nothing can be switched off here: this lesson has no model beside it
learn-reset = All lessons count as not done.
learn-walk-wrong = wrong answers told { $mark }
learn-walk-solved = solved { $mark }

learn-without = The model runs without its { $part } now; w (in batch: without nothing) brings them back.
learn-what-if = What if? Key w (in batch: without { $word }) switches the { $part } off. See at the logits (>) what becomes of the answer.
learn-recorded = This build has no libtorch: what you see is a recording of the model.
learn-recorded-what-if = This build has no libtorch: what you see is a recording of the whole model. To switch a part off, a layerwise with libtorch is needed.

part-positions = positions
part-attention = attention
part-norms = norms
part-mlp = MLP

sheet-marks = marks
sheet-scaled = scaled to 1 … 0
sheet-exponentials = e to the power
sheet-softmax = softmax
sheet-normed = layer norm

glossary-link = → lesson { $n }, { $title }
glossary-near = { $word } is not in the glossary; did you mean { $near }?
glossary-unknown = { $word } is not in the glossary; without a word it lists all terms

# The screen of the lessons.
learn-number = lesson { $n } of { $of }
learn-lessons = lessons
learn-first = this is the first lesson
learn-last = this was the last lesson
learn-done = ✓ Done. n goes to the next lesson.
learn-all-done = ✓ Done. All lessons are done: there is nothing left to learn here.
learn-no-key = this key does nothing here
learn-answer-label = your answer:
learn-overlay-keys = ↑↓ choose · enter to its lesson · esc close
learn-key-try = try it
learn-key-answer = answer
learn-key-hint = hint
learn-key-next = next
learn-key-previous = previous
learn-key-without = what if
learn-key-glossary = terms
learn-key-lessons = lessons
learn-key-whole = whole page
learn-key-again = again
learn-key-quit = quit
learn-key-back = ctrl-g goes back to the page

console-marks = five marks
console-marks-lines = Type numbers 90 80 70 60 50, with other numbers, to change them.

glossary = terms; those on the screen come first

sheet-unknown = { $line } is no command here: use numbers 90 80 70 60 50
sheet-no-number = { $word } is no number between -1000000 and 1000000
sheet-count = { $given } numbers are given: 2 to { $most } are needed

# Texts that all screens have in common: the footer's hints, each a word or two behind its key, and the help.

help = help
help-keys = keys
help-commands = commands, typed after :

hint-add-input = add input
hint-back = back
hint-behind-tab = tab: { $panes }
hint-cell = cell
hint-command = command
hint-data = data
hint-edit = edit
hint-end = end
hint-epoch = epoch
hint-help = help
hint-help-keys = : types a command · ↑↓ scroll · esc close
hint-last-pane = the last pane stays
hint-move = move
hint-no-key = this key does nothing here; ? shows the keys
hint-nothing-hidden = no pane is hidden
hint-other = other
hint-overlay = ↑↓ scroll · esc close
hint-pane = pane
hint-play = play
hint-product = product
hint-quit = quit
hint-reset = reset
hint-run = run
hint-size = size
hint-speed = speed
hint-start = start
hint-step = step
hint-switch = switch
hint-undo = undo
hint-vectors = vectors
hint-zoom = zoom

key-glossary = what the terms on the screen mean

"""What can go wrong, in words for the person at the keyboard."""


class RecordError(Exception):
    """A recording that cannot be made, in one line that says what to do."""

"""Errors, with messages for the person at the keyboard."""


class RecordError(Exception):
    """The reason why a recording cannot be made; one line that says what to do."""

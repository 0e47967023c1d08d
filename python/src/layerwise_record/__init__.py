"""Records every activation of a transformers model as a trace that layerwise opens."""

from .errors import RecordError
from .families import FAMILIES
from .recorder import Recorder, record

__all__ = ["FAMILIES", "RecordError", "Recorder", "record"]

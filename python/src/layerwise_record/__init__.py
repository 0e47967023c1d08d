"""Records every activation of a transformers model as a trace that layerwise opens."""

from .cache import from_cache
from .errors import RecordError
from .families import FAMILIES
from .recorder import Recorder, record

__all__ = ["FAMILIES", "RecordError", "Recorder", "from_cache", "record"]

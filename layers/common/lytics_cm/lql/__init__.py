"""The mapping language: from the rows of a person to the fields of a profile, as lytics.md describes it."""

from lytics_cm.lql.mapping import Mapping, default_texts
from lytics_cm.lql.tokens import MappingError, spaced

__all__ = ["Mapping", "MappingError", "default_texts", "spaced"]

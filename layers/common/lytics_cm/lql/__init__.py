"""The mapping language: from the rows of a person to the fields of a profile (docs/mapping-language.md)."""

from lytics_cm.lql.mapping import Mapping, default_texts
from lytics_cm.lql.tokens import MappingError, spaced

__all__ = ["Mapping", "MappingError", "default_texts", "spaced"]

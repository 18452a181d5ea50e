"""Lytics' mapping language: from the rows of a person to the fields of a profile (docs/mapping-language.md)."""

from profile_app.lql.mapping import Mapping
from profile_app.lql.tokens import MappingError, spaced

__all__ = ["Mapping", "MappingError", "spaced"]

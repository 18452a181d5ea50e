"""Lytics' mapping language: from a person's rows to a profile's fields (docs/mapping-language.md)."""

from profile_app.lql.mapping import Mapping
from profile_app.lql.tokens import MappingError, spaced

__all__ = ["Mapping", "MappingError", "spaced"]

"""Regular expressions, read and matched by RE2: in time proportional to the text, whatever they say.

Python's `re` backtracks: one unlucky pattern and a row made for it would stop a worker.
"""

from functools import lru_cache

_MAX_CHARS = 10_000
_MAX_STEPS = 10_000
"""Of the compiled pattern: the product of both limits bounds what a match costs, 0.8 s at worst."""
_MAX_BYTES = 1024 * 1024
"""Memory of a pattern; where RE2's cache needs more, it goes on without."""


@lru_cache(maxsize=256)
def pattern(text: str) -> "Pattern":
    return Pattern(text)


class Pattern:
    """A compiled pattern. Raises `ValueError`, saying what is wrong with it."""

    def __init__(self, text: str) -> None:
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - 3 ms, for mappings that have a pattern

        options = re2.Options()
        options.max_mem, options.log_errors, options.never_capture = _MAX_BYTES, False, True
        try:
            self._compiled = re2.compile(_bytes(text), options)
        except re2.error as error:
            why = error.args[0].decode(errors="replace")
            raise ValueError(
                f"RE2 cannot read this pattern: {why}; see https://github.com/google/re2/wiki/Syntax"
            ) from error
        if self._compiled.programsize > _MAX_STEPS:
            raise ValueError("this pattern is too large")

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text.

        Raises `ValueError` for more than 10,000 characters.
        """
        if len(text) > _MAX_CHARS:
            raise ValueError("too long a text for a pattern")
        return self._compiled.search(_bytes(text)) is not None


def _bytes(text: str) -> bytes:
    """A parameter of a URL that is no UTF-8 has surrogates; each is a sign for RE2 too."""
    return text.encode("utf-8", "surrogatepass")

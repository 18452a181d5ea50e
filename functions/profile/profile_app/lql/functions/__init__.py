"""Every function of the language, by name, a module per family (docs/reference/lytics.md#functions)."""

from profile_app.lql.functions import collections, dates, hashes, numbers, tests, texts, urls
from profile_app.lql.functions.signature import Function

FUNCTIONS: dict[str, Function] = {
    **tests.FUNCTIONS,
    **texts.FUNCTIONS,
    **numbers.FUNCTIONS,
    **dates.FUNCTIONS,
    **urls.FUNCTIONS,
    **hashes.FUNCTIONS,
    **collections.FUNCTIONS,
}
OPERATORS: dict[str, Function] = tests.OPERATORS

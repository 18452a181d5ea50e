"""Which part of a host's name somebody can register, by the public suffix list that lies in the layer."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def registrable(host: str) -> str | None:
    """`amazon.co.uk` of `www.books.amazon.co.uk`; nothing of a suffix alone or an address of numbers."""
    if host.startswith("[") or host.replace(".", "").isdigit() or host.endswith("."):
        return None
    return _suffixes().privatesuffix(host)


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - 0.2 s, for mappings that ask for a domain

    return PublicSuffixList()

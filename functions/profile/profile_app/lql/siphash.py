"""SipHash-2-4 with the key words 0 and 1, as the signed 64-bit number that Lytics uses for keys."""

from functools import lru_cache

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_SIGN = 1 << 63
_CACHED_CHARS = 256

# The four start values of the algorithm with k0 = 0 and k1 = 1 already mixed in.
_START = (0x736F6D6570736575, 0x646F72616E646F6D ^ 1, 0x6C7967656E657261, 0x7465646279746573 ^ 1)


def siphash(text: str) -> int:
    """Hash the UTF-8 bytes of a text; bytes that were no UTF-8 count as they were."""
    return _recent(text) if len(text) <= _CACHED_CHARS else _siphash(text.encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=32_768)
def _recent(text: str) -> int:
    return _siphash(text.encode("utf-8", "surrogateescape"))


def _siphash(message: bytes) -> int:
    v0, v1, v2, v3 = _START
    whole = len(message) & ~7
    last = int.from_bytes(message[whole:], "little") | ((len(message) & 0xFF) << 56)
    words = [int.from_bytes(message[at : at + 8], "little") for at in range(0, whole, 8)]
    for word in (*words, last):
        v0, v1, v2, v3 = _rounds(2, v0, v1, v2, v3 ^ word)
        v0 ^= word
    v0, v1, v2, v3 = _rounds(4, v0, v1, v2 ^ 0xFF, v3)
    digest = v0 ^ v1 ^ v2 ^ v3
    return digest - (1 << 64) if digest & _SIGN else digest


def _rounds(count: int, v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    for _ in range(count):
        v0 = (v0 + v1) & _MASK
        v2 = (v2 + v3) & _MASK
        v1 = ((v1 << 13 | v1 >> 51) & _MASK) ^ v0
        v3 = ((v3 << 16 | v3 >> 48) & _MASK) ^ v2
        v0 = (v0 << 32 | v0 >> 32) & _MASK
        v2 = (v2 + v1) & _MASK
        v0 = (v0 + v3) & _MASK
        v1 = ((v1 << 17 | v1 >> 47) & _MASK) ^ v2
        v3 = ((v3 << 21 | v3 >> 43) & _MASK) ^ v0
        v2 = (v2 << 32 | v2 >> 32) & _MASK
    return v0, v1, v2, v3

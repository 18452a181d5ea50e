"""Deflated bytes that say how to inflate them: by which dictionary, and never beyond a limit."""

import zlib
from dataclasses import dataclass

from lytics_cm.errors import UnreadableMessage

FAST_ENOUGH = 6
"""zlib's level: 2 ms for the rows of a page; its best takes five times as long for a tenth less."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One way to deflate. `mark` (1 to 255) is the first byte: another dictionary is another mark.

    What was kept under a mark can be read as long as the codec is known, so a dictionary is never changed.
    """

    mark: int
    dictionary: bytes

    def deflate(self, plain: bytes) -> bytes:
        packer = zlib.compressobj(FAST_ENOUGH, zdict=self.dictionary)
        return bytes([self.mark]) + packer.compress(plain) + packer.flush()

    def inflate(self, deflated: bytes, most: int) -> bytes:
        """What was deflated, at most so many bytes, of which no more are ever made.

        Raises `UnreadableMessage` for what is longer, cut off, damaged, or another codec's.
        """
        if deflated[:1] != bytes([self.mark]):
            raise UnreadableMessage("it was deflated in a way that nobody knows")
        reader = zlib.decompressobj(zdict=self.dictionary)
        try:
            plain = reader.decompress(deflated[1:], most + 1)
        except zlib.error:
            raise UnreadableMessage("what was deflated is damaged") from None
        if len(plain) > most:
            raise UnreadableMessage(f"what was deflated is larger than {most} bytes")
        if not reader.eof or reader.unused_data:
            raise UnreadableMessage("what was deflated is damaged")
        return plain

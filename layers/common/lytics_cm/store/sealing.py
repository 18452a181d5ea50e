"""How a secret is kept at rest: encrypted by KMS, under a context of its owner and its purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

MAX_PART_BYTES = 4096
"""What KMS encrypts directly; a longer text becomes several parts."""


class Seal:
    """Closes and opens texts with one KMS key.

    A text opens only under the context it was closed with, and only whole: every part knows its place.
    """

    def __init__(self, kms: KMSClient, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def close(self, text: str, context: Mapping[str, str]) -> list[bytes]:
        plain = text.encode()
        parts = [plain[start : start + MAX_PART_BYTES] for start in range(0, len(plain), MAX_PART_BYTES)]
        return [
            self._kms.encrypt(
                KeyId=self._key_id, Plaintext=part, EncryptionContext=_placed(context, number, len(parts))
            )["CiphertextBlob"]
            for number, part in enumerate(parts, 1)
        ]

    def open(self, parts: Sequence[bytes], context: Mapping[str, str]) -> str:
        plain = [
            self._kms.decrypt(
                KeyId=self._key_id,
                CiphertextBlob=part,
                EncryptionContext=_placed(context, number, len(parts)),
            )["Plaintext"]
            for number, part in enumerate(parts, 1)
        ]
        return b"".join(plain).decode()


def _placed(context: Mapping[str, str], number: int, total: int) -> dict[str, str]:
    return {**context, "part": f"{number} of {total}"}

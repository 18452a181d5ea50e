"""What one mailbox of RFC 5322 looks like, as Go's `net/mail` reads it, and when two texts name the same one.

Two addresses are one mailbox when `folded` makes one text of them; nothing else in the repo folds addresses.
The rule and its reasons: `docs/decisions/0044-one-mailbox.md`.
"""

import binascii
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_CACHED_CHARS = 500
_MAX_CHARS = 10_000
_BLANKS = " \t\r\n"
_NEVER = frozenset('<>":')
_IN_NAMES = frozenset("()[];@\\,")
_LOOKALIKES = re.compile("([\u037e\u1fef\u212a])")
"""Signs that NFC writes in ASCII: the Greek question mark, the varia and the Kelvin sign are no `;`, `` ` ``
and `K`."""


class Mailbox(NamedTuple):
    """An address, folded, and the display name, which may be empty."""

    address: str
    name: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def mailbox(text: str) -> Mailbox | None:
    """The only mailbox in a text: `a@b`, `<a@b>` or `Name <a@b>`; otherwise nothing."""
    if len(text) > _MAX_CHARS:
        return None
    return _recent(text) if len(text) <= _CACHED_CHARS else _mailbox(text)


def named(text: str) -> str:
    """The address that a text names; the text itself, folded, when it is no mailbox."""
    found = mailbox(text)
    return found.address if found else folded(text)


def folded(address: str) -> str:
    """The one text that stands for a mailbox: without blanks around it, composed (NFC), in lower case.

    Letters are lowered one by one, and none of them becomes an ASCII letter that it was not before.
    """
    return _folded(address.strip(_BLANKS))


@lru_cache(maxsize=4096)
def _recent(text: str) -> Mailbox | None:
    return _mailbox(text)


def _mailbox(text: str) -> Mailbox | None:
    plain = text.strip(_BLANKS)
    try:
        return _Reader(plain).bare() or _Reader(plain).named()
    except _NoMailbox:
        return None


class _NoMailbox(Exception):
    """The text is something else."""


class _Reader:
    """Reads a mailbox from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def bare(self) -> Mailbox | None:
        """`bare = address [comment], where the comment is the name; nothing if it is not of this form.`."""
        try:
            address = self._address()
        except _NoMailbox:
            return None
        self._blanks()
        name = self._comment().strip() if self._sees("(") else ""
        return self._finished(address, name)

    def named(self) -> Mailbox:
        """`named = [phrase] "<" address ">"`."""
        name = "" if self._sees("<") else self._phrase()
        self._take("<")
        address = self._address()
        self._take(">")
        return self._finished(address, name)

    def _finished(self, address: str, name: str) -> Mailbox:
        self._skip_comments()
        if self.at < len(self.text):
            raise _NoMailbox
        return Mailbox(_folded(address), name)

    def _address(self) -> str:
        """`address = (atom | quoted) "@" atom`."""
        self._blanks()
        local = self._quoted() if self._sees('"') else self._atom()
        self._take("@")
        self._blanks()
        domain = self._atom()
        if not local or "@" in local:
            raise _NoMailbox
        return f"{local}@{domain}"

    def _phrase(self) -> str:
        """`phrase = word {word}, where a word is quoted, encoded (RFC 2047) or an atom, and comments are skipped`."""
        words: list[str] = []
        was_encoded = False
        while self.at < len(self.text) and not self._sees("<"):
            if self._sees('"'):
                word, encoded = self._quoted(), False
            else:
                word, encoded = _decoded(self._run(in_names=True))
            if encoded and was_encoded:
                words[-1] += word
            else:
                words.append(word)
            was_encoded = encoded
            self._skip_comments()
        return " ".join(words)

    def _atom(self) -> str:
        atom = self._run(in_names=False)
        if atom.startswith(".") or atom.endswith(".") or ".." in atom:
            raise _NoMailbox
        return atom

    def _run(self, *, in_names: bool) -> str:
        start = self.at
        while self.at < len(self.text) and _is_atom_sign(self.text[self.at], in_names=in_names):
            self.at += 1
        if self.at == start:
            raise _NoMailbox
        return self.text[start : self.at]

    def _quoted(self) -> str:
        self._take('"')
        signs: list[str] = []
        while not self._sees('"'):
            if self._sees("\\"):
                self.at += 1
            sign = self.text[self.at : self.at + 1]
            if not sign or not (sign in " \t" or _is_visible(sign)):
                raise _NoMailbox
            signs.append(sign)
            self.at += 1
        self._take('"')
        return "".join(signs)

    def _comment(self) -> str:
        start, depth = self.at + 1, 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            depth += (sign == "(") - (sign == ")")
            self.at += 2 if sign == "\\" else 1
            if depth == 0:
                return self.text[start : self.at - 1]
        raise _NoMailbox

    def _skip_comments(self) -> None:
        self._blanks()
        while self._sees("("):
            self._comment()
            self._blanks()

    def _blanks(self) -> None:
        while self._sees(" ") or self._sees("\t"):
            self.at += 1

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _take(self, sign: str) -> None:
        if not self._sees(sign):
            raise _NoMailbox
        self.at += 1


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _composed("".join(map(_lower, _composed(text))))


def _composed(text: str) -> str:
    """NFC, but for signs that it would write in ASCII."""
    parts = _LOOKALIKES.split(text)
    return "".join(
        part if _LOOKALIKES.fullmatch(part) else unicodedata.normalize("NFC", part) for part in parts
    )


def _lower(letter: str) -> str:
    """The simple lower case of a letter.

    The Kelvin sign and the dotted capital I stay, for they are no `k` and no `i`.
    """
    small = letter.lower()
    return letter if not letter.isascii() and small[0].isascii() else small


def _is_visible(sign: str) -> bool:
    return "!" <= sign <= "~" or (sign >= "\x80" and not "\ud800" <= sign <= "\udfff")


def _is_atom_sign(sign: str, *, in_names: bool) -> bool:
    if sign in _NEVER:
        return False
    return in_names if sign in _IN_NAMES else _is_visible(sign)


def _decoded(word: str) -> tuple[str, bool]:
    """The text of an encoded word (`=?utf-8?q?...?=`); any other word as it is."""
    parts = word.split("?")
    if len(parts) != 5 or parts[0] != "=" or parts[4] != "=":  # noqa: PLR2004 - "=", charset, encoding, text, "="
        return word, False
    _, charset, encoding, text, _ = parts
    decode = {"b": _base64, "q": _quoted_printable}.get(encoding.lower())
    if decode is None or charset.lower() not in ("utf-8", "us-ascii", "iso-8859-1"):
        return word, False
    try:
        return decode(text.encode()).decode(charset.lower(), "replace"), True
    except ValueError:
        return word, False


def _base64(text: bytes) -> bytes:
    return binascii.a2b_base64(text)


def _quoted_printable(text: bytes) -> bytes:
    return binascii.a2b_qp(text, header=True)

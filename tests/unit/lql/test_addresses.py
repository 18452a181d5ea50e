import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lytics_cm.addresses import folded, mailbox
from lytics_cm.streams import address

KELVIN, DOTTED_I, GREEK_QUESTION_MARK = "\u212a", "\u0130", "\u037e"
LOOKALIKES = ("\u212a", "\u037e", "\u1fef")
texts = st.text(max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane@Example.COM", "jane@example.com"),
        ("J\u00d6RG@EX\u00c4MPLE.com", "j\u00f6rg@ex\u00e4mple.com"),
        ("jo\u0308rg@example.com", "j\u00f6rg@example.com"),
        ("JO\u0308RG@EXAMPLE.COM", "j\u00f6rg@example.com"),
        ("H\u0331a@example.com", "\u1e96a@example.com"),
        ("\u0391\u03a3@example.com", "\u03b1\u03c3@example.com"),
        ("\u212bsa@example.com", "\u00e5sa@example.com"),
        ("I\u0307@example.com", f"{DOTTED_I}@example.com"),
        ("\u1e9e@example.com", "\u00df@example.com"),
    ],
)
def test_case_and_composition_of_letters_make_no_other_mailbox(one, other):
    assert folded(one) == folded(f" {other}\r\n")
    assert address(one) == address(f"Somebody <{other}>") == mailbox(one).address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stra\u00dfe@example.com", "strasse@example.com"),
        (f"{KELVIN}im@example.com", "kim@example.com"),
        (f"{DOTTED_I}da@example.com", "ida@example.com"),
        ("\u0131da@example.com", "ida@example.com"),
        ("\ufb01n@example.com", "fin@example.com"),
        ("\uff4aane@example.com", "jane@example.com"),
        ("j\u00f6rg@example.com", "jorg@example.com"),
        ("\u03b1\u03c2@example.com", "\u03b1\u03c3@example.com"),
        (f"a{GREEK_QUESTION_MARK}b@example.com", "a;b@example.com"),
        ("a\u1fefb@example.com", "a`b@example.com"),
    ],
)
def test_letters_that_only_look_alike_are_other_mailboxes(one, other):
    assert folded(one) != folded(other)
    assert address(one) == folded(one)


@given(texts)
@example("H\u0331")
@example("I\u0307")
@example("\u212a\u0327")
def test_folding_is_done_after_once_and_makes_nothing_ascii(text):
    once = folded(text)

    assert folded(once) == once
    assert [letter for letter in once if letter in "ki;`"] == [
        letter.lower() for letter in unicodedata.normalize("NFC", keep(text)) if letter in "kKiI;`"
    ]


@given(texts.filter(lambda text: not set(text) & set(LOOKALIKES)))
def test_all_forms_that_unicode_calls_the_same_are_one_mailbox(text):
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


def keep(text):
    """Signs that NFC would write in ASCII, as others that it leaves alone."""
    for sign in LOOKALIKES:
        text = text.replace(sign, "\u2603")
    return text.strip(" \t\r\n")

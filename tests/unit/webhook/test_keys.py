"""Keys of webhook URLs."""

import re

from lytics_cm.store.webhooks import derive, hash_of


def test_a_key_is_the_same_each_time_and_safe_in_a_url():
    keys = {derive("secret", "import", "job", "list", 1) for _ in range(3)}

    assert len(keys) == 1
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", keys.pop())


def test_every_part_makes_another_key():
    parts = [
        ("secret", "import", "job", "list", 1),
        ("other", "import", "job", "list", 1),
        ("secret", "export", "job", "list", 1),
        ("secret", "import", "job2", "list", 1),
        ("secret", "import", "job", "list2", 1),
        ("secret", "import", "job", "list", 2),
        ("secret", "import", "jobl", "ist", 1),
    ]

    assert len({derive(*each) for each in parts}) == len(parts)


def test_the_hash_of_any_text_can_be_looked_up():
    assert {len(hash_of(key)) for key in ("", "x" * 9999, "\ud800", "\0", "ключ")} == {64}

"""Neither the order of rows, nor how they are batched, nor what stands in them can make a profile wrong."""

import json
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profile_app import lql
from profile_app.mappings import default_texts
from tests import oracle

MAPPING = lql.Mapping.parse(default_texts())

# Every kind and every merge operator, fed by columns that hold anything.
EVERYTHING = lql.Mapping.parse(
    {
        "cm_activity": """
        SELECT email(email) AS email
        , a AS latest_text, a AS oldest_text MERGEOP oldest
        , tonumber(n) AS latest_number, tonumber(n) AS oldest_number MERGEOP oldest
        , max(n) AS max_number, min(n) AS min_number, max(n) AS max_whole KIND int, max(n) AS max_date KIND date
        , sum(n) AS sum_number, sum(n) AS sum_whole KIND int, count(a) AS number_of_a
        , tobool(a) AS flag, n AS number_column KIND number, n AS whole_column KIND int
        , set(a) AS all_texts, set(a) AS latest_set MERGEOP latest, set(a) AS oldest_set MERGEOP oldest
        , set(n) AS dates KIND []time, a AS timed KIND ts[]string
        , valuect(a) AS counts, map(a, n) AS sums KIND map[string]intsum
        , map(a, b) AS per_key, map(a, b) AS oldest_per_key MERGEOP oldestmap, map(a, b) AS whole_map MERGEOP latest
        , map(a, n) AS per_key_min KIND map[string]number MERGEOP mapmin
        , map(a, n) AS per_key_max KIND map[string]number MERGEOP mapmax
        , map(a, n) AS per_key_sum KIND map[string]number MERGEOP sum
        , map(a, n) AS per_key_value KIND map[string]value, map(a, epochms()) AS per_key_time KIND map[string]time
        , map(a, b) AS oldest_whole_map MERGEOP oldest, map(a, tobool(b)) AS per_key_flag KIND map[string]bool
        , match("n") AS matched KIND map[string]value MERGEOP latest
        , hash(urlmain(a)) AS hashed KIND int, urldecode(a) AS decoded, todate(a) AS dated, tolower(a) AS lower
        , valuect(yymm(a)) AS months IF a != "x" AND hourofday() >= 0
        , cap(a, 2) AS few_texts, cap(n, 2) AS few_dates KIND []time, cap(a, 2) AS few_timed KIND ts[]string
        , maptime(a) AS seen, map(a, n) AS latest_times KIND map[string]time MERGEOP latest
        , mapinvert(match("n")) AS inverted, array.slice(a, 1) AS others, filtermatch(a, "") AS chosen
        , domain(a) AS shop, url(a) AS link, seconds(n) AS spent, n AS times_n KIND int MERGEOP count
        FROM cm_activity INTO user BY email
        """
    }
)

times = st.sampled_from([0, 1, 2, 1709649000000, 1709649060000]) | st.integers(
    -62135596800000, 253402300799999
)
words = st.sampled_from(["a", "b", "A", "ä", "\U0001f600", "\uffff"])
addresses = st.sampled_from(["jane@example.com", "Jane <JANE@example.com>", " jane@x.co.uk "])
urls = st.sampled_from(
    [
        "https://www.example.com/a?b=c#d",
        "http://u:p@Example.com:80/%C3%A4%20b/",
        "https://example.com",
        "//x/y",
        "/z",
    ]
)


def columns(**more):
    ids = dict.fromkeys(("list_id", "list_name", "client_id", "client_name"), words)
    return st.fixed_dictionaries({"email": addresses}, optional=ids | more)


def rows_of(stream, fields):
    return st.fixed_dictionaries({"stream": st.just(stream), "ts": times, "fields": fields})


user_rows = rows_of("cm_user", columns(name=words, status=st.sampled_from(["active", "bounced", ""])))
activity_rows = rows_of(
    "cm_activity",
    columns(
        event=st.sampled_from(
            ["sent", "open", "click", "subscribe", "deactivate", "update", "bounce", "spam", "Open"]
        ),
        status=st.sampled_from(["unsubscribe", "bounce", ""]),
        campaign_id=words,
        campaign_name=words,
        url=urls,
        cc=words,
        city=words,
        region=words | st.none(),
    ),
)
histories = st.lists(user_rows | activity_rows, max_size=12)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(
        [
            "a",
            "1",
            "1.0",
            "0.1",
            "1e308",
            "-1e-300",
            "true",
            "now",
            "2024-03-05",
            "http://x/%ff",
            "\x00",
            "\ud800",
        ]
    )
    | st.sampled_from([1, 1.0, 0.1, -0.0, 2**63, 2**64, 10**400, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
garbage = rows_of(
    "cm_activity",
    st.fixed_dictionaries(
        {"email": addresses | anything},
        optional=dict.fromkeys(["a", "b", "n", "n1", "event", "url"], anything),
    ),
)


def folded(mapping, shapes):
    return mapping.fold([SimpleNamespace(**shape) for shape in shapes])


def strict_json(value):
    """The value as JSON that everybody reads: no NaN, no half characters."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True).encode().decode()


@settings(max_examples=500, deadline=None)
@given(histories)
def test_a_profile_is_what_the_oracle_says(history):
    assert MAPPING.render(folded(MAPPING, history)) == oracle.profile(history)


@settings(max_examples=500, deadline=None)
@given(st.data(), histories)
def test_any_batches_in_any_order_give_the_state_of_all_rows(data, history):
    shuffled = data.draw(st.permutations(history))
    cuts = data.draw(st.lists(st.integers(0, len(history)), max_size=3).map(sorted))
    edges = [0, *cuts, len(history)]
    batches = [folded(MAPPING, shuffled[start:end]) for start, end in pairwise(edges)]

    merged = {}
    for state in data.draw(st.permutations(batches)):
        merged = MAPPING.merge(json.loads(json.dumps(merged)), json.loads(json.dumps(state)))

    assert merged == folded(MAPPING, history) == MAPPING.merge(*batches)


@settings(max_examples=500, deadline=None)
@given(st.data(), st.lists(garbage, max_size=6))
def test_any_kind_of_field_merges_in_any_order_whatever_its_values(data, history):
    shuffled = data.draw(st.permutations(history))
    cut = data.draw(st.integers(0, len(history)))

    one, other = folded(EVERYTHING, shuffled[:cut]), folded(EVERYTHING, shuffled[cut:])

    expected = strict_json(folded(EVERYTHING, history))
    assert strict_json(EVERYTHING.merge(one, other)) == expected
    assert strict_json(EVERYTHING.merge(other, one)) == expected


@settings(max_examples=500, deadline=None)
@given(st.lists(garbage, max_size=4))
def test_garbage_never_fails_and_always_renders(history):
    for mapping in (MAPPING, EVERYTHING):
        strict_json(mapping.render(folded(mapping, history)))


@settings(max_examples=500, deadline=None)
@given(st.data(), st.lists(st.tuples(times, st.sampled_from("abcdefg")), max_size=20), st.integers(1, 4))
def test_a_capped_set_holds_its_newest_values_in_any_parts_order_and_repetition(data, told, capacity):
    mapping = mapping_of(f"cap(a, {capacity}) AS few, cap(a, {capacity}) AS timed KIND ts[]string")
    rows = [row_of(a=value, ts=ts) for ts, value in told]
    shuffled = data.draw(
        st.permutations(
            rows + data.draw(st.lists(st.sampled_from(rows), max_size=5) if rows else st.just([]))
        )
    )
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4).map(sorted))
    parts = [folded(mapping, shuffled[start:end]) for start, end in pairwise([0, *cuts, len(shuffled)])]

    merged = {}
    for state in data.draw(st.permutations(parts)):
        merged = mapping.merge(json.loads(json.dumps(merged)), json.loads(json.dumps(state)))

    newest = {value: max(ts for ts, other in told if other == value) for _, value in told}
    kept = sorted(newest, key=lambda value: (newest[value], value))[-capacity:]
    profile = mapping.render(merged)
    assert merged == folded(mapping, rows)
    assert (profile.get("few", []), profile.get("timed", [])) == (sorted(kept), kept)


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_a_capped_set_of_many_values_is_exact_however_often_the_oldest_are_dropped(chance, capacity):
    mapping = mapping_of(f"cap(a, {capacity}) AS few KIND ts[]string")
    told = [(chance.randrange(500), f"u{chance.randrange(300)}") for _ in range(700)]
    rows = [row_of(a=value, ts=ts) for ts, value in told]

    state = mapping.merge(folded(mapping, rows[:350]), folded(mapping, rows[300:]))

    newest = {}
    for ts, value in told:
        newest[value] = max(ts, newest.get(value, ts))
    kept = sorted((ts, value) for value, ts in newest.items())[-capacity:]
    assert state["few"] == folded(mapping, rows)["few"] == [list(pair) for pair in kept]


def test_a_capped_set_of_many_values_stays_small_and_readable():
    mapping = mapping_of("cap(a, 3) AS few")

    state = folded(mapping, [row_of(a=f"u{n}", ts=n) for n in range(1000)])

    assert state["few"] == [[997, "u997"], [998, "u998"], [999, "u999"]]


def test_a_time_ordered_list_is_in_the_order_of_time():
    mapping = mapping_of("a AS pages KIND ts[]string, set(a) AS all_pages")
    told = [(5, "home"), (1, "zoo"), (9, "about"), (3, "about"), (7, "zoo")]

    profile = mapping.render(folded(mapping, [row_of(a=value, ts=ts) for ts, value in told]))

    assert profile == {"email": "a", "pages": ["home", "zoo", "about"], "all_pages": ["about", "home", "zoo"]}


def test_the_latest_of_a_map_of_times_is_the_latest_of_every_key():
    mapping = mapping_of(
        "map(a, b) AS latest KIND map[string]time MERGEOP LATEST,"
        " map(a, b) AS oldest KIND map[string]datetime MERGEOP oldest, map(a, b) AS whole MERGEOP latest"
    )
    rows = [row_of(a="x", b="2020", ts=1), row_of(a="y", b="2021", ts=2), row_of(a="x", b="2019", ts=3)]

    profile = mapping.render(folded(mapping, rows))

    first, second, third = (f"{year}-01-01T00:00:00.000Z" for year in (2019, 2020, 2021))
    assert profile == {
        "email": "a",
        "latest": {"x": first, "y": third},
        "oldest": {"x": second, "y": third},
        "whole": {"x": "2019"},
    }


def test_a_list_is_told_where_one_value_is_needed():
    mapping = mapping_of(
        "map(a, b) AS words, map(a, b) AS sums KIND map[string]intsum, map(a, b) AS values KIND map[string]value,"
        " b AS word, b AS whole KIND int, sum(b) AS total, max(b) AS most, min(b) AS least"
    )

    profile = mapping.render(folded(mapping, [row_of(a="x", b=["3", "2"]), row_of(a="x", b=["1"], ts=-1)]))

    assert profile == {
        "email": "a",
        "words": {"x": "3,2"},
        "sums": {"x": 4},
        "values": {"x": ["3", "2"]},
        "word": "3,2",
        "whole": 3,
        "total": 6,
        "most": 3,
        "least": 1,
    }


def test_other_words_for_kinds_and_merge_operators_mean_ours():
    mapping = mapping_of(
        "a AS a KIND float, b AS b KIND integer, c AS c KIND datetime MERGEOP default, d AS d KIND boolean,"
        " e AS e MERGEOP set, f AS f MERGEOP count, sum(g) AS g KIND double MERGEOP count,"
        " map(h, h) AS h KIND map[string]float, i AS i KIND []datetime, set(j) AS j MERGEOP set, k AS k KIND time"
    )

    assert {column.field: f"{column.kind} {column.merge}" for column in mapping.columns} == {
        "email": "string latest",
        "a": "number latest",
        "b": "int latest",
        "c": "date latest",
        "d": "bool latest",
        "e": "[]string merge",
        "f": "int sum",
        "g": "number sum",
        "h": "map[string]number merge",
        "i": "[]time merge",
        "j": "[]string merge",
        "k": "date latest",
    }


def test_a_number_that_a_row_tells_is_a_date_by_its_length_and_the_rows_own_time_is_not():
    mapping = mapping_of("a AS told KIND date, max(epochms()) AS seen KIND date")

    profile = mapping.render(folded(mapping, [row_of(a=1709649000, ts=1709649000)]))

    assert (profile["told"], profile["seen"]) == ("2024-03-05T14:30:00.000Z", "1970-01-20T18:54:09.000Z")


def test_counting_as_a_merge_operator_counts_rows_with_a_value():
    mapping = mapping_of("a AS visits KIND int MERGEOP count")

    assert (
        mapping.render(folded(mapping, [row_of(a="7"), row_of(a="x"), row_of(a=""), row_of()]))["visits"] == 2
    )


def mapping_of(columns):
    return lql.Mapping.parse({"s": f"SELECT email AS email, {columns} FROM s INTO user BY email"})


def row_of(ts=0, **columns):
    return {"stream": "s", "ts": ts, "fields": {"email": "a"} | columns}


def test_a_column_that_fails_leaves_the_others_and_the_next_row_alone():
    mapping = mapping_of("a AS before, urldecode(a) AS decoded, todate(a) AS dated, b AS after")

    state = folded(mapping, [row_of(a="%zz", b="x", ts=1), row_of(a="2024", ts=2)])

    assert mapping.render(state) == {
        "email": "a",
        "before": "2024",
        "decoded": "2024",
        "dated": "2024-01-01T00:00:00.000Z",
        "after": "x",
    }


def test_an_element_that_is_no_date_leaves_the_others_alone():
    mapping = mapping_of("a AS dates KIND []time")

    assert mapping.render(folded(mapping, [row_of(a=["never", "2024", ""])]))["dates"] == [
        "2024-01-01T00:00:00.000Z"
    ]


def test_a_condition_may_read_lists_and_maps():
    mapping = mapping_of(
        'count(a) AS listed IF tags IN ("x"), count(a) AS mapped IF custom.plan == "pro", count(a) AS yes IF flag'
    )
    rows = [
        row_of(a="1"),
        row_of(a="1", tags=["y", "x"]),
        row_of(a="1", custom={"plan": "pro"}),
        row_of(a="1", flag=True, **{"custom.plan": "pro"}),
        row_of(a="1", flag=1),
    ]

    assert mapping.render(folded(mapping, rows)) == {"email": "a", "listed": 1, "mapped": 2, "yes": 1}


def test_a_condition_may_read_the_clock():
    mapping = mapping_of("count(a) AS early IF hourofday() < 12")
    rows = [row_of(a="1", ts=hour * 3_600_000) for hour in (11, 12, 13, 24)]

    assert mapping.render(folded(mapping, rows)) == {"email": "a", "early": 2}


@pytest.mark.parametrize(
    "condition", ['joined > "now-3d"', 'joined BETWEEN "now-3d" AND "now+1d"', "joined > since"]
)
def test_a_condition_may_measure_from_the_time_of_each_row(condition):
    mapping = mapping_of(f"count(a) AS fresh IF {condition}")
    day = 86_400_000
    rows = [row_of(a="1", joined="1970-01-11", since="now-3d", ts=day * at) for at in (10, 12, 13, 20)]

    assert mapping.render(folded(mapping, rows))["fresh"] == 2


terms = st.sampled_from(
    [
        *("a == b", "a < b", "a >= 5", "a BETWEEN b AND 7", 'a IN (b, "x")', "EXISTS a", 'a.k == "v"', "a"),
        *('contains(a, "1")', "ge(a, b)", "eq(a, true)", "hourofday() < 3", "todate(a) <= b", 'b > "now-1d"'),
    ]
)
conditions = st.recursive(
    terms,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | inner.map("NOT ({})".format)
    ),
    max_leaves=3,
)
values = st.sampled_from(
    ["1", "7", "x", "now", "now-1d", "1970-01-02", "true", "", None, 1, 1.0, True, 5, ["x", "1"], {"k": "v"}]
)


@settings(max_examples=300, deadline=None)
@given(conditions, st.lists(st.tuples(values, values), min_size=1))
def test_what_a_condition_says_of_a_row_does_not_depend_on_the_rows_before(condition, pairs):
    column = f"count(email) AS held IF {condition}"
    rows = [row_of(a=a, b=b, ts=ts) for a, b in pairs for ts in (0, 172_800_000)]
    mapping = mapping_of(column)

    one_after_the_other = [folded(mapping, [row]) for row in rows]

    assert one_after_the_other == [folded(mapping_of(column), [row]) for row in rows]


def test_a_map_without_a_kind_is_what_its_operator_needs():
    mapping = mapping_of(
        "map(a, 1) AS sums MERGEOP sum, map(a, n) AS least MERGEOP mapmin, map(a, n) AS texts"
    )

    profile = mapping.render(folded(mapping, [row_of(a="x", n=2.5, ts=1), row_of(a="x", n=3, ts=2)]))

    assert profile == {"email": "a", "sums": {"x": 2}, "least": {"x": 2.5}, "texts": {"x": "3"}}


def test_rows_that_a_mapping_leaves_out_make_nothing():
    mapping = lql.Mapping.parse({"s": 'SELECT email AS email FROM s INTO user BY email WHERE a != "no"'})

    assert folded(mapping, [row_of(a="no"), row_of(a="no", b=[])]) == {}


def test_any_of_several_unique_ids_names_a_person():
    mapping = lql.Mapping.parse({"s": "SELECT a AS a, b AS b, c AS c FROM s INTO user BY a OR b"})

    profiles = [mapping.render(folded(mapping, [row_of(**{name: "x", "c": "y"})])) for name in "abc"]

    assert profiles == [{"a": "x", "c": "y"}, {"b": "x", "c": "y"}, {}]


def test_a_digest_changes_with_a_text_and_not_with_the_order_of_texts():
    texts = default_texts()
    turned = dict(reversed(texts.items()))
    changed = texts | {"cm_user": texts["cm_user"] + "-- more"}

    digests = [lql.Mapping.parse(each).digest for each in (texts, turned, changed)]

    assert digests[0] == digests[1] != digests[2]


@given(histories)
def test_merging_changes_neither_state(history):
    one, other = folded(MAPPING, history[::2]), folded(MAPPING, history[1::2])
    before = json.dumps([one, other])

    MAPPING.merge(one, other, one)

    assert json.dumps([one, other]) == before


def test_sums_of_fractions_are_exact_in_any_order():
    mapping = lql.Mapping.parse(
        {"s": "SELECT email AS email, sum(n) AS total KIND number FROM s INTO user BY email"}
    )
    numbers = ["0.1"] * 10 + ["1e16", "-1e16", 0.2]
    rows = [{"stream": "s", "ts": 0, "fields": {"email": "a", "n": n}} for n in numbers]

    totals = {
        mapping.render(folded(mapping, order))["total"] for order in (rows, rows[::-1], rows[5:] + rows[:5])
    }

    assert totals == {1.2}


def test_200000_rows_with_20000_urls_merge():
    rows = [
        {
            "stream": "cm_activity",
            "ts": n,
            "fields": {"email": "a@b", "event": "click", "url": f"http://x/{n % 20_000}"},
        }
        for n in range(200_000)
    ]

    parts = [folded(MAPPING, rows[start : start + 20_000]) for start in range(0, 200_000, 20_000)]
    profile = MAPPING.render(MAPPING.merge(*parts))

    assert (profile["cm_clickct"], len(profile["cm_email_urls"]), len(profile["hashedurls"])) == (
        200_000,
        20_000,
        20_000,
    )

"""Signatures and values, checked against a library that shares no code with ours."""

from __future__ import annotations

import jeepney.low_level
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.adapters.dbus import library
from wakeful.adapters.dbus.descriptors import ReceivedDescriptors
from wakeful.adapters.dbus.errors import InvalidValue
from wakeful.adapters.dbus.signature import parse
from wakeful.adapters.dbus.values import incoming, outgoing

BASIC = st.sampled_from("ybnqiuxtdsog")
TYPES = st.recursive(
    BASIC | st.just("v"),
    lambda inner: (
        st.builds("a{}".format, inner)
        | st.builds("a{{{}{}}}".format, BASIC, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({''.join(parts)})")
    ),
    max_leaves=6,
)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
VALUES = {
    "y": st.integers(0, 2**8 - 1),
    "b": st.booleans(),
    "n": st.integers(-(2**15), 2**15 - 1),
    "q": st.integers(0, 2**16 - 1),
    "i": st.integers(-(2**31), 2**31 - 1),
    "u": st.integers(0, 2**32 - 1),
    "x": st.integers(-(2**63), 2**63 - 1),
    "t": st.integers(0, 2**64 - 1),
    "d": st.floats(allow_nan=False),
    "s": TEXT,
    "o": st.lists(st.from_regex(r"\A[A-Za-z0-9_]+\Z"), max_size=3).map(
        lambda parts: "/" + "/".join(parts)
    ),
    "g": st.lists(TYPES, max_size=2).map("".join),
}


def values(kind):
    """Make a strategy for the values of one type."""
    if kind.letter in VALUES:
        return VALUES[kind.letter]
    if kind.letter == "v":
        return st.builds(
            lambda text: library.Variant("s", text),
            TEXT,
        ) | st.builds(
            lambda pair: library.Variant("(su)", list(pair)), st.tuples(TEXT, VALUES["u"])
        )
    if kind.letter == "(":
        parts = st.tuples(*map(values, kind.children))
        return parts | parts.map(list)
    (child,) = kind.children
    if child.letter == "y":
        return st.binary(max_size=5)
    if child.letter == "{":
        return st.dictionaries(*map(values, child.children), max_size=3)
    return st.lists(values(child), max_size=3)


def listed(value):
    """Make lists of all tuples, as values come from the wire."""
    if isinstance(value, list | tuple):
        return [listed(one) for one in value]
    if isinstance(value, dict):
        return {key: listed(one) for key, one in value.items()}
    return value


@given(st.lists(TYPES, max_size=3).filter(lambda parts: len("".join(parts)) < 200))
def test_a_signature_falls_into_its_complete_types(parts):
    assert [kind.text for kind in parse("".join(parts))] == parts


@given(st.text("ybnqiuxtdsoghva(){}", max_size=12))
def test_what_we_accept_others_accept(signature):
    try:
        parse(signature)
    except InvalidValue:
        return
    jeepney.low_level.parse_signature(list(f"({signature})"))


FORBIDDEN = (
    *("a" * 33 + "s", "(" * 33 + "s" + ")" * 33, "s" * 256),
    *("a{vs}", "a{s}", "a{sss}", "{ss}", "()", "(", ")", "a", "z", " s", "a{(s)s}", "(s", "a{ss"),
)


@pytest.mark.parametrize("signature", FORBIDDEN)
def test_what_the_specification_forbids_is_refused(signature):
    with pytest.raises(InvalidValue):
        parse(signature)


@pytest.mark.parametrize("signature", ["a" * 32 + "s", "(" * 32 + "s" + ")" * 32, "s" * 255, ""])
def test_what_the_specification_just_allows_is_accepted(signature):
    assert "".join(kind.text for kind in parse(signature)) == signature


@given(st.data())
def test_values_return_from_the_wire_as_they_were(data):
    signature = data.draw(TYPES)
    value = data.draw(values(parse(signature)[0]))
    body = outgoing(signature, (value,), [])
    frame = library.encode(
        library.SIGNAL,
        1,
        signature=signature,
        body=body,
        descriptors=[],
        path="/",
        interface="a.b",
        member="C",
    )
    message = library.decode(frame)
    assert incoming(signature, message.body, ReceivedDescriptors()) == listed([value])

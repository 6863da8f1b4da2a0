"""Where messages begin and end, however the bytes come in."""

from __future__ import annotations

import itertools
import struct

from hypothesis import example, given
from hypothesis import strategies as st

from wakeful.adapters.dbus.transport import Framer

LARGE = 1024 * 1024 + 1


def message(serial, body, fields=0, kind=1, order="<"):
    head = struct.pack(
        f"{order}BBBBIII", ord("l" if order == "<" else "B"), kind, 0, 1, body, serial, fields
    )
    return head + bytes(fields + (-fields & 7)) + bytes(body)


MESSAGES = st.lists(
    st.builds(
        message,
        st.integers(1, 1000),
        st.integers(0, 40),
        st.integers(0, 40),
        st.integers(0, 5),
        st.sampled_from("<>"),
    ),
    max_size=6,
)


def serials(frames):
    return [
        struct.unpack_from("<I" if frame.data[0] == ord("l") else ">I", frame.data, 8)[0]
        for frame in frames
    ]


def fed(data, cuts):
    framer = Framer()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    frames = []
    for start, end in itertools.pairwise(edges):
        frames += framer.feed(data[start:end], [])
    assert len(framer._buffer) == 0
    return frames


@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=10))
def test_pieces_do_not_matter(messages, cuts):
    data = b"".join(messages)
    whole = fed(data, [])
    pieces = fed(data, cuts)
    assert [bytes(frame.data) for frame in pieces] == [bytes(frame.data) for frame in whole]
    assert [frame.excess for frame in pieces] == [frame.excess for frame in whole]


@given(st.lists(st.integers(0, LARGE + 200), max_size=5))
@example([5])
@example([20, 40, 60])
def test_a_large_body_is_reported_once_and_passed_over(cuts):
    data = message(1, 8) + message(2, LARGE, 16) + message(3, 0)
    frames = fed(data, cuts)
    assert serials(frames) == [1, 2, 3]
    assert [frame.excess for frame in frames] == [0, LARGE, 0]
    assert bytes(frames[1].data) == message(2, 0, 16)


@given(st.lists(st.integers(0, 400_000), max_size=5))
def test_a_gigantic_header_is_passed_over(cuts):
    data = message(1, 8) + message(2, 10, 300_000) + message(3, 0)
    assert serials(fed(data, cuts)) == [1, 3]


def test_an_unfinished_message_waits():
    framer = Framer()
    assert framer.feed(message(1, 8)[:-1], []) == []
    assert serials(framer.feed(b"\0", [])) == [1]

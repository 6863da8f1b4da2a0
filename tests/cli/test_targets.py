from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli.executions import SHORTEST_SHOWN, shortest_unique
from wakeful.cli.targets import SHORTEST_PREFIX, born_between
from wakeful.core.names import IDENTIFIER_LENGTH, RANDOM_BITS, execution_identifier

RANDOM = st.integers(0, (1 << RANDOM_BITS) - 1)


@given(st.integers(0, 2**47 * 1000), RANDOM, st.integers(SHORTEST_PREFIX, IDENTIFIER_LENGTH))
def test_an_identifier_tells_when_it_was_born(queued_at, randomness, length):
    prefix = execution_identifier(queued_at, randomness)[:length]
    since, until = born_between(prefix)
    assert since <= queued_at < until


def test_the_more_letters_the_shorter_the_span():
    identifier = execution_identifier(1_800_000_000_000_000, 7)
    spans = [born_between(identifier[:length]) for length in range(SHORTEST_PREFIX, 13)]
    lengths = [until - since for since, until in spans]
    assert lengths[0] == 2**20 * 1000
    assert lengths[4:] == [1000, 1000, 1000]
    assert sorted(lengths, reverse=True) == lengths


@given(st.lists(st.builds(execution_identifier, st.integers(0, 3000), RANDOM), max_size=20))
def test_what_is_shown_tells_executions_apart(identifiers):
    letters = shortest_unique(identifiers)
    assert letters >= SHORTEST_SHOWN
    assert len({one[:letters] for one in identifiers}) == len(set(identifiers))

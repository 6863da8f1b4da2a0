from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.size import parse_size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512", 512),
        (512, 512),
        (0, 0),
        ("512K", 524_288),
        ("10M", 10_485_760),
        ("1G", 1_073_741_824),
        ("1g", 1_073_741_824),
        ("10 MiB", 10_485_760),
        ("10MB", 10_485_760),
        (" 5B ", 5),
    ],
)
def test_a_size_is_read_in_bytes(written, size):
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["", "M", "-1", -1, "1.5M", "10T", "512MX", "K512", "10M 5K"])
def test_what_is_no_size_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match="is not a size; write for example 512K"):
        parse_size(written)


@given(st.integers(min_value=0), st.sampled_from([("", 1), ("K", 1 << 10), ("M", 1 << 20)]))
def test_a_unit_multiplies_exactly(number, unit):
    letter, factor = unit
    assert parse_size(f"{number}{letter}") == number * factor

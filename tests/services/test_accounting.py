"""The great property: whatever happens, each slot ends in exactly one state, with its reason.

One seed is one turbulent life of a daemon, through months or years: time passes, the machine
sleeps, is switched off, has its clock set, its disk fills; the daemon is restarted, killed at any
point, told to reload, jobs are switched, edited and removed. To look at one life:

    python -m pytest tests/services/test_accounting.py --seed 4711
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter

import pytest

from fixtures.turbulence import Turbulence, live_through

FEW = 200
MANY = 10_000
BATCH = 100


@pytest.fixture(autouse=True)
def impatient():
    """Be as patient as a daemon: here, waiting takes no time."""


def complaints_of(seed):
    """Say what a life gives reason to complain of; also if it did not come to its end."""
    try:
        return live_through(seed).complaints
    except Exception as error:  # noqa: BLE001 - with the seed, whoever reads it can look
        return [f"{type(error).__name__}: {error}"]


def complaints_of_batch(first):
    found = {seed: complaints_of(seed) for seed in range(first, first + BATCH)}
    return {seed: complaints for seed, complaints in found.items() if complaints}


def told(found):
    return "\n".join(f"seed {seed}: {complaints[0]}" for seed, complaints in sorted(found.items()))


@pytest.mark.parametrize("first", range(0, FEW, 50))
def test_each_slot_ends_in_one_state_whatever_happens(first):
    found = {seed: complaints_of(seed) for seed in range(first, first + 50)}
    assert not any(found.values()), told({seed: one for seed, one in found.items() if one})


@pytest.mark.marathon
@pytest.mark.timeout(1800)
def test_each_slot_of_ten_thousand_lives_ends_in_one_state():
    context = multiprocessing.get_context("spawn")
    found = {}
    with context.Pool(os.cpu_count()) as pool:
        for more in pool.imap_unordered(complaints_of_batch, range(FEW, FEW + MANY, BATCH)):
            found |= more
        pool.close()
        pool.join()
    assert not found, told(found)


def test_a_chosen_life(pytestconfig):
    seed = pytestconfig.getoption("--seed")
    life = live_through(seed)
    print("\n".join(life.story))  # noqa: T201 - shown where it fails
    assert life.complaints == []


def test_the_same_seed_is_the_same_life():
    for seed in range(3):
        assert live_through(seed).story == live_through(seed).story


def test_lives_are_full_of_what_can_happen():
    words = (
        "is killed",
        "sleeps",
        "the clock is set",
        "the disk is full",
        "is removed",
        "catch-up",
    )
    seen = Counter()
    for seed in range(40):
        story = "\n".join(live_through(seed).story)
        seen.update(word for word in words if word in story)
    assert min(seen[word] for word in words) >= 5


@pytest.mark.parametrize("fault", ["lost", "twice", "reason"])
def test_the_books_are_not_blind(fault, monkeypatch):
    """What is cooked in the records is found."""

    def cooked(life):
        disk = life.stage.store._disk
        if fault == "lost":
            disk.closings.clear()
        elif fault == "twice":
            disk.closings.extend(disk.closings[:])
        else:
            disk.closings[:] = [_without_reason(one) for one in disk.closings]
        return plain(life)

    plain = Turbulence._look_at_books
    monkeypatch.setattr(Turbulence, "_look_at_books", cooked)
    assert any(live_through(seed).complaints for seed in range(5))


def _without_reason(closing):
    return type(closing)(closing.job, closing.span, closing.state, "")

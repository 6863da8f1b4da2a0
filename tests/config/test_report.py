from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wakeful.config.report import join, problems_of


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    number: int = 0


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    count: int = Field(default=0, ge=0)
    ratio: float = 0.0
    inner: Inner = Inner()
    table: dict[int, str] = {}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"count": "x"}, "job.count: must be a whole number, not a text"),
        ({"count": -1}, "job.count: must be greater than or equal to 0"),
        ({"ratio": None}, "job.ratio: must be a number, not null"),
        ({"ratio": (1,)}, "job.ratio: must be a number, not tuple"),
        ({"inner": 5}, "job.inner: must be an object, not a number"),
        ({"inner": {"nubmer": 1}}, "job.inner.nubmer: unknown key (did you mean 'number'?)"),
        ({"table": {"x": "y"}}, "job.table.x: must be a whole number, not a text"),
    ],
)
def test_what_a_model_finds_is_said_in_a_sentence(written, message):
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(written)
    assert [str(one) for one in problems_of(caught.value, "job", ["number"])] == [message]


@pytest.mark.parametrize(
    ("base", "location", "path"),
    [
        ("", ["schedules", "jobs", 2], "schedules.jobs[2]"),
        ("schedules.jobs[2]", ["env", "PATH"], "schedules.jobs[2].env.PATH"),
        ("job", ["env", "A", "[key]"], "job.env.A"),
        ("", [], ""),
    ],
)
def test_a_place_is_written_as_people_write_it(base, location, path):
    assert join(base, location) == path

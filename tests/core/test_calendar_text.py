from __future__ import annotations

import pytest

from wakeful.core.calendar_text import parse_calendar


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" UTC", "a time zone only"),
        ("daily Mars/Base", "no time zone named 'Mars/Base'"),
        ("Fri..Mon", "character 6, before 'Mon': the range of weekdays runs backwards"),
        ("Mon..", "character 6, at the end: here should be a weekday"),
        ("Thurs", "character 4, before 'rs': a weekday is followed by"),
        ("secondly", "neither a calendar expression nor one of the words minutely, hourly"),
        ("24:00", "24 is no hour: these are 0 to 23"),
        ("12:00:60", "60 is no second: these are 0 to 59.999999"),
        ("*-13-01", "13 is no month: these are 1 to 12"),
        ("2200-01-01", "2200 is no year: these are 1970 to 2199"),
        ("*-*~29", "29 is no day before the end of the month: these are 1 to 28"),
        ("12..11:00", "the range 12..11 of the hour runs backwards"),
        ("0/24:00", "a repetition of 24 is too long for the hour 0"),
        ("5/0:00", "a repetition of 0 never advances"),
        ("*/5:00", "character 2, before '/5:00': '\\*' stands alone"),
        ("*:*:1..1.5", "a range of less than a second needs a repetition"),
        ("12", "character 3, at the end: a time is hour:minute"),
        ("1-2-3-4", "character 6, before '-4': a date is year-month-day"),
        ("12:00 ", "nothing but a time zone can follow the time"),
        ("@1.5", "'@' is followed by whole seconds"),
        ("@7258118400", "that is after 2199"),
        ("99999999999:00", "the number is too large"),
        (",".join(["1"] * 242) + ":00", "no more than 241 values"),
        ("1" * 5000, "no more than 4096 characters"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_calendar(text)


def test_what_was_written_is_kept():
    expression = parse_calendar("mon,fri 9:00 Europe/Paris")
    assert expression.text == "mon,fri 9:00 Europe/Paris"
    assert expression.zone == "Europe/Paris"
    assert expression.fields.weekdays == 0b0010001
    assert expression.minutes == (9 * 60,)


def test_without_a_zone_there_is_none():
    assert parse_calendar("daily").zone is None


def test_seconds_since_the_epoch_are_in_utc_whatever_zone_follows():
    expression = parse_calendar("@5 Europe/Paris")
    assert expression.zone == "UTC"
    assert expression.normal_form == "1970-01-01 00:00:05 UTC"


@pytest.mark.parametrize(
    "text",
    ["*-02-30", "*-04,06,09,11-31", "Mon 2100-02-29", "Mon 2027-02-28", "Tue 2024,2028-02-29"],
)
def test_a_day_that_never_comes_is_known_beforehand(text):
    expression = parse_calendar(text)
    comes = {"Tue 2024,2028-02-29": True}  # 2028
    assert expression.can_fire == comes.get(text, False)


@pytest.mark.parametrize(
    "text", ["daily", "2020-01-01", "*-02-29", "Mon *-02-29", "Sat 2199-11-30"]
)
def test_a_day_that_comes_once_is_enough(text):
    assert parse_calendar(text).can_fire

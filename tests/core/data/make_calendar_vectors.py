"""Write calendar_vectors.json: what systemd-analyze makes of calendar expressions.

Run it with systemd 252 on the PATH; with another version the answers may differ.
"""

from __future__ import annotations

import json
from pathlib import Path

from fixtures.systemd_calendar import GAVE_UP, ask

BASICS = """
minutely|hourly|daily|weekly|monthly|quarterly|semiannually|semi-annually|biannually|bi-annually
yearly|annually|anually|DAILY|Mon|mon,fri|Mon..Fri|Mon-Fri|Sat,Sun|Mon..Wed,Fri..Sun|Sunday
Wednesday,Monday|Mon,|Mon..Sun|Wed, 17:48|Mon..Fri 09:00|09:00|9:5|9:5:3|*:0/15|*:*|*:*:*|*:*:0/20
*:*:0/0.5|*:*:0/2.75|*:*:5.25|*:*:0/1,5.5|0/6:30|1..5/2:0|12,14,13,12:20,10,30|12..14:10,20,30
05:40:23.4200004/3.1700005|12:00:5.5..7|12:00:59.9999994|*-*-*|*-*-31|*-*-1,15|*-*-10/10|*-*~1
*-*~3|*~1|02~03|*-02~01|*-02-29|Mon *-02-29|Mon *-05~07/1|Sun *-*~1..7|Fri *-*-13|*-*~28/9
*-*~1..10/4|*-*~05,10,20|11-12|2027-01-01|2026..2028-*-1|2027/2-3-4 5:06|26-1/3-1|70-1-1
2199-12-31 23:59|2020-01-01|*-02-30|*-04,06-31|Mon 2100-02-29|Mon,Fri *-1/2-1,3 *:30:45
2003-02..04-05|Thu,Fri 2027-*-1,5 11:12:13|Sat,Thu,Mon..Wed,Sat..Sun|@1800000000|Mon @1800000000
2026-12-31 23:59:59|*-12-* 22..23:*:50|5..5:0|1..3/5:0|0,0,0:0|*-3/4-1|3-1 0/23:59
"""
EMBEDDED = """
daily UTC|DAILY utc|weekly Pacific/Auckland|Mon..Fri 09:00 Europe/Paris|*:0/30 Asia/Kolkata
12:00 America/St_Johns|23:45 Asia/Kathmandu|*-3-* 2:30 Europe/Berlin|monthly America/New_York
yearly Pacific/Kiritimati|daily Etc/GMT+5|daily Etc/GMT-14|hourly Australia/Lord_Howe|daily EST5EDT
03-05 08:05:40 Europe/London|2027-06-01 12:00 Africa/Casablanca|Sun *-*~7/1 2:30 Europe/Dublin
0/5:15 Antarctica/Troll|@1900000000 Europe/Paris|*-*~1 23:59 America/Anchorage
"""
ODD_ZONES = """
Asia/Kathmandu|Asia/Kolkata|Australia/Eucla|Pacific/Marquesas|Pacific/Chatham|America/St_Johns
Asia/Tehran|Pacific/Kiritimati
"""
IN_ODD_ZONES = "daily|hourly|*:0/45|Sun 0/7:10|monthly|*-*~1 23:30"
AROUND_CHANGES = """
daily|hourly|*:0/30|*:10,40|0/4:00|1:15|2:00|2:30|3:15|0:30|23:30|1..3:0/20|Sun 2:30|*-*~1 2:30
"""
CHANGES = (
    ("America/New_York", "2024-03-09 20:00:00"),
    ("America/New_York", "2024-11-03 02:00:00"),
    ("America/New_York", "2024-11-03 06:10:00"),
    ("Europe/Berlin", "2024-03-30 22:00:00"),
    ("Europe/Berlin", "2024-10-26 22:00:00"),
    ("America/Sao_Paulo", "2018-02-17 22:00:00"),
    ("America/Sao_Paulo", "2018-11-03 22:00:00"),
    ("Australia/Lord_Howe", "2024-04-06 12:00:00"),
    ("Australia/Lord_Howe", "2024-10-05 12:00:00"),
    ("Pacific/Apia", "2011-12-29 06:00:00"),
    ("Antarctica/Troll", "2024-03-30 23:00:00"),
    ("Antarctica/Troll", "2024-10-26 22:00:00"),
    ("Europe/Dublin", "2024-03-30 22:00:00"),
    ("Africa/Casablanca", "2024-04-13 22:00:00"),
    ("Pacific/Chatham", "2024-09-28 10:00:00"),
    ("America/Havana", "2024-11-03 02:00:00"),
    ("Asia/Pyongyang", "2018-05-04 13:00:00"),
    ("Europe/Moscow", "2014-10-25 20:00:00"),
    ("Asia/Beirut", "2024-03-30 20:00:00"),
)
REFUSED = """
12|*|12:|:12|*:|--1|-1-1|1--1|*-*-|*-|~1|1~|*-~1|1-2-3-4|1-2:3|2024~02-03|*-1-*~1|1~1~1|24:00|12:60
12:00:60|12:00:59.9999995|12:00:5.|*:*:.5|*:*:1.5.5|*-13-1|*-0-1|*-*-0|*-*-32|*-*~29|*-*~0|*-*~08,28
1969-1-1|100-1-1|2200-1-1|69..71-1-1|12..11:00|*-*~05..01|12/0:00|*:*:0/0.0|*/5:0|*,1:0|1,*:0
1..*:0|1...3:0|1/2..5:0|0/24:0|1/23:0|*:*:0/60|*:*:1/59|*:*:0..0|*:*:59.5..59.9|*-*-25/7|*-*~01/5
2199/1-1-1|Mon..|..Mon|Fri..Mon|Mon..Wed..Fri|Mon,,Tue|Mon.Wed|Thurs|Mon12:00|Mon 12|Mon hourly
hourly Mon| 12:00|12:00 |daily |daily  UTC| UTC|UTC|Europe/Paris|daily Mars/Base|daily europe/paris
daily gmt|12:00 Europe/Paris UTC|12:00 Z|12:00 +02:00|2024-01-01T00:00|@|@abc|@-1|@1.5|@5 12:00
@7258118400|now|tomorrow|reboot|secondly|4294967297:0|+1:0|0x1:0|1_0:0|Mon, Tue 12:00
"""


def words(table: str) -> list[str]:
    """List what stands between bars; spaces count."""
    return [word for line in table.strip("\n").splitlines() for word in line.split("|")]


def elapses(expressions: list[str], zone: str, after: str) -> list[dict[str, object]]:
    return [
        {"expression": expression, "zone": zone, "after": after, **answer}
        for expression, answer in zip(expressions, ask(expressions, zone, after, 6), strict=True)
        if answer not in (None, GAVE_UP)
    ]


def main() -> None:
    found = elapses(words(BASICS), "UTC", "2026-02-03 04:05:06")
    found += elapses(words(EMBEDDED), "UTC", "2026-02-03 04:05:06")
    for zone in words(ODD_ZONES):
        found += elapses(words(IN_ODD_ZONES), zone, "2026-02-03 04:05:06")
    for zone, after in CHANGES:
        found += elapses(words(AROUND_CHANGES), zone, after)
    refused = words(REFUSED)
    answers = ask(refused, "UTC", "2026-02-03 04:05:06", 1)
    accepted = [text for text, answer in zip(refused, answers, strict=True) if answer is not None]
    if accepted:
        raise SystemExit(f"systemd accepts {accepted}")
    lines = ",\n".join(json.dumps(vector) for vector in found)
    text = f'{{"elapses": [\n{lines}\n],\n"refused": {json.dumps(refused, indent=0)}}}\n'
    Path(__file__).with_name("calendar_vectors.json").write_text(text)


if __name__ == "__main__":
    main()

"""Power as the kernel shows it, for machines without UPower: sysfs-class-power of its manual."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

_SUPPLIES: Final = Path("/sys/class/power_supply")
_MAINS: Final = frozenset({"Mains", "USB", "Wireless", "UPS"})


class Power(NamedTuple):
    """What is known of power.

    Attributes:
        on_ac: Whether the machine is on mains power; None: nobody can tell.
        battery: Charge of all its batteries together in percent; None: it has none.
    """

    on_ac: bool | None
    battery: float | None


class _Battery(NamedTuple):
    percent: float
    size: float
    is_discharging: bool


def read_power(supplies: Path = _SUPPLIES) -> Power:
    """Read what the kernel shows now.

    Mains power is also what a machine without any battery is on. Batteries of mice and the like
    do not count.

    Args:
        supplies: Where it is shown.
    """
    plugged: list[bool] = []
    batteries: list[_Battery] = []
    try:
        folders = sorted(supplies.iterdir())
    except OSError:
        folders = []
    for folder in folders:
        kind = _text(folder / "type")
        if _text(folder / "scope") == "Device":
            continue
        if kind == "Battery" and _text(folder / "present") != "0":
            batteries.append(_battery(folder))
        elif kind in _MAINS:
            plugged.append(_text(folder / "online") == "1")
    return Power(_is_on_ac(plugged, batteries), _charge(batteries))


def _is_on_ac(plugged: list[bool], batteries: list[_Battery]) -> bool:
    # Some notebooks show no plug at all, or one that is never online.
    return any(plugged) or not any(battery.is_discharging for battery in batteries)


def _charge(batteries: list[_Battery]) -> float | None:
    if not batteries:
        return None
    sizes = [battery.size for battery in batteries]
    if not all(sizes):
        sizes = [1.0] * len(batteries)
    stored = sum(battery.percent * size for battery, size in zip(batteries, sizes, strict=True))
    return stored / sum(sizes)


def _battery(folder: Path) -> _Battery:
    size = _number(folder / "energy_full") or _number(folder / "charge_full")
    return _Battery(_number(folder / "capacity"), size, _text(folder / "status") == "Discharging")


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # no such attribute, or the battery was just taken out
        return ""


def _number(path: Path) -> float:
    try:
        return float(_text(path) or 0)
    except ValueError:
        return 0.0

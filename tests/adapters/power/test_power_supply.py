"""Power as the kernel shows it."""

from __future__ import annotations

import pytest

from wakeful.adapters.power.power_supply import Power, read_power


@pytest.fixture
def supply(tmp_path):
    """Adds a power supply to the machine."""

    def add(name, **values):
        folder = tmp_path / name
        folder.mkdir()
        for key, value in values.items():
            (folder / key).write_text(f"{value}\n")

    return add


MAINS = {"type": "Mains", "online": 1}
UNPLUGGED = {"type": "Mains", "online": 0}
BATTERY = {"type": "Battery", "present": 1, "capacity": 40, "status": "Discharging"}


def test_a_machine_without_battery_is_on_mains_power(tmp_path):
    assert read_power(tmp_path) == Power(on_ac=True, battery=None)
    assert read_power(tmp_path / "nowhere") == Power(on_ac=True, battery=None)


@pytest.mark.parametrize(
    ("supplies", "power"),
    [
        ([MAINS, BATTERY | {"status": "Charging"}], Power(on_ac=True, battery=40.0)),
        ([UNPLUGGED, BATTERY], Power(on_ac=False, battery=40.0)),
        ([BATTERY], Power(on_ac=False, battery=40.0)),
        ([BATTERY | {"status": "Full"}], Power(on_ac=True, battery=40.0)),
        ([UNPLUGGED, BATTERY | {"status": "Charging"}], Power(on_ac=True, battery=40.0)),
        ([UNPLUGGED, {"type": "USB", "online": 1}, BATTERY], Power(on_ac=True, battery=40.0)),
        ([MAINS, BATTERY | {"scope": "Device"}], Power(on_ac=True, battery=None)),
        ([MAINS, BATTERY | {"present": 0}], Power(on_ac=True, battery=None)),
        ([BATTERY, BATTERY | {"capacity": 80}], Power(on_ac=False, battery=60.0)),
        (
            [
                BATTERY | {"energy_full": 1000},
                BATTERY | {"capacity": 80, "energy_full": 3000},
            ],
            Power(on_ac=False, battery=70.0),
        ),
        (
            [BATTERY | {"charge_full": 3000}, BATTERY | {"capacity": 80, "charge_full": 1000}],
            Power(on_ac=False, battery=50.0),
        ),
        ([BATTERY | {"capacity": "?"}], Power(on_ac=False, battery=0.0)),
    ],
)
def test_what_is_shown_is_understood(tmp_path, supply, supplies, power):
    for number, values in enumerate(supplies):
        supply(f"SUPPLY{number}", **values)
    assert read_power(tmp_path) == power

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.documents import ROOT, anchors_of, documents, links_of, name_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for line, target in links_of(path):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        if not place.exists() or (anchor and anchor not in anchors_of(place)):
            broken.append(f"{name_of(path)}:{line}: {target}")
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for _, target in links_of(index)}
    pages = set((ROOT / "docs").rglob("*.md")) - {index}
    assert {name_of(page) for page in pages - linked} == set()

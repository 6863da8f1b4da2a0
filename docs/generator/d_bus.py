"""The page of the bus interfaces, from the XML that the daemon serves, and of its errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from generator.text import code, first_sentence, prose, table
from wakeful.adapters.presence.face import ERROR_PREFIX
from wakeful.core import errors
from wakeful.data import read_data

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN: Final = "org.wakeful.Scheduler1"
_POWER: Final = "org.wakeful.Scheduler1.Power"
_FLAT: Final = "com.aiworkflow.BotCron"
_TYPE: Final = r"(?:a?[sbtuixodh]\b|a\{s[a-z]\}|aa\{sv\})"
_TYPED: Final = re.compile(rf"\b(\w+) \(({_TYPE})([,;:]\s[^)]*)?\)")
_LABEL: Final = re.compile(
    r"(?m)^((?:Options|A job|An execution|A change|A period|Result|cursor|untold|at): )"
)
_CHANGES: Final = {"const": "Never changes.", "false": "Changes are not told."}
_BY_THE_BUS_LAYER: Final = (
    ("TooLarge", "The answer is larger than what the bus carries; ask for less."),
    ("Busy", "The caller has too many calls that are not answered yet."),
)
_INTRODUCTION: Final = """\
Two interfaces on the session bus, or on the bus given with `--bus`:

| | Own interface | Flat interface |
| --- | --- | --- |
| Bus name | `org.wakeful.Scheduler1` | `com.aiworkflow.BotCron` |
| Object | `/org/wakeful/Scheduler1` | `/com/aiworkflow/BotCron` |
| Interface | `org.wakeful.Scheduler1.Manager` | `com.aiworkflow.BotCron` |
| Sleep | `/org/wakeful/Scheduler1/power`, `org.wakeful.Scheduler1.Power` | |
| Values | typed | JSON in strings |
| Mistakes | D-Bus errors | `"success": false` in the answer |

All objects have the standard interfaces `Introspectable`, `Properties` and `Peer`.
How to call them: [Drive it from programs](../how-to/drive-it-from-programs.md)."""


def page() -> Iterator[str]:
    """Give title and sections."""
    yield "# D-Bus"
    yield _INTRODUCTION
    for name in (_OWN, _POWER, _FLAT):
        yield from _interface(f"dbus/{name}.xml")
    yield "## Errors"
    yield f"The names of errors begin with `{ERROR_PREFIX}`. The text is a sentence for people."
    rows = [
        (code(kind.code), first_sentence(kind.__doc__))
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.WakefulError)
    ]
    rows.extend((code(name), meaning) for name, meaning in _BY_THE_BUS_LAYER)
    yield table(("Name", "Meaning"), rows)
    yield (
        "A call with the wrong signature, or to something that is not there, is answered with the"
        " error that D-Bus has for it, such as `org.freedesktop.DBus.Error.UnknownMethod`."
    )


def _interface(file: str) -> Iterator[str]:
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))  # noqa: S314 - our own file
    document = _with_comments(read_data(file), parser)
    interface = document.find("interface")
    assert interface is not None  # noqa: S101 - a test holds the file against the daemon
    yield f"## Interface `{interface.get('name')}`"
    yield prose(_head_comment(read_data(file))).strip()
    grouped: dict[str, list[tuple[ET.Element, str]]] = {"method": [], "property": [], "signal": []}
    comment = ""
    for child in interface:
        if isinstance(child.tag, str):
            grouped[child.tag].append((child, comment))
            comment = ""
        else:
            comment = child.text or ""
    yield "### Methods" + _of(interface)
    yield from _methods(grouped["method"])
    yield "### Properties" + _of(interface)
    yield table(
        ("Property", "Type", "Meaning"),
        [
            (code(str(one.get("name"))), code(str(one.get("type"))), _property(one, said))
            for one, said in grouped["property"]
        ],
    )
    yield "### Signals" + _of(interface)
    yield table(
        ("Signal", "Arguments", "When"),
        [
            (code(str(one.get("name"))), _arguments(one), _sentence(said, str(one.get("name"))))
            for one, said in grouped["signal"]
        ],
    )


def _of(interface: ET.Element) -> str:
    """Tell the headings of two interfaces apart."""
    return f" of {str(interface.get('name')).split('.')[-1]}"


def _with_comments(text: str, parser: ET.XMLParser) -> ET.Element:
    parser.feed(text)
    return parser.close()


def _head_comment(text: str) -> str:
    found = re.search(r"<!--(.*?)-->", text, re.DOTALL)
    return found[1] if found else ""


def _methods(methods: list[tuple[ET.Element, str]]) -> Iterator[str]:
    """Describe methods; one that is there under a second name is described once."""
    names = {str(one.get("name")) for one, _ in methods}
    for one, said in methods:
        name = str(one.get("name"))
        twin = "".join(part.title() for part in name.split("_"))
        if name not in names:
            continue
        names -= {name, twin}
        also = f" A second name of it is `{twin}`." if "_" in name else ""
        yield f"#### `{name}`"
        yield f"```text\n{_signature(one)}\n```"
        text = _sentence(said, name)
        yield text + also if also else _paragraphs(text)


def _signature(method: ET.Element) -> str:
    taken = [f"{one.get('name')}: {one.get('type')}" for one in method if _is_input(one)]
    given = [f"{one.get('name')}: {one.get('type')}" for one in method if not _is_input(one)]
    arrow = f" → {', '.join(given)}" if given else ""
    return f"{method.get('name')}({', '.join(taken)}){arrow}"


def _is_input(argument: ET.Element) -> bool:
    return argument.get("direction") == "in"


def _arguments(signal: ET.Element) -> str:
    return ", ".join(f"`{one.get('name')}` `{one.get('type')}`" for one in signal)


def _property(one: ET.Element, said: str) -> str:
    text = _sentence(said, str(one.get("name")))
    annotation = one.find("annotation")
    changes = _CHANGES.get(str(annotation.get("value")), "") if annotation is not None else ""
    return f"{text} {changes}".strip()


def _sentence(comment: str, name: str) -> str:
    """Give a comment as a sentence, without the name it may begin with."""
    text = prose(comment).strip().removeprefix(f"{name}:").strip()
    if text and not text.endswith((".", "?")):
        text += "."
    return text[:1].upper() + text[1:]


def _paragraphs(text: str) -> str:
    """Put what is said of options and results into paragraphs of its own."""
    typed = _TYPED.sub(_mark_type, prose(text).strip())
    return _LABEL.sub(r"\n\1", typed)


def _mark_type(found: re.Match[str]) -> str:
    name, kind, rest = found.groups()
    return f"`{name}` (`{kind}`{rest or ''})"

from __future__ import annotations

import click
import pytest

from wakeful.cli.exits import explain, guarded
from wakeful.client.errors import DaemonUnreachableError, RequestRefusedError
from wakeful.core.errors import NoSuchJobError


def raising(error):
    def program():
        raise error

    return program


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DaemonUnreachableError("gone", hint="start it"), 3, "gone; start it"),
        (NoSuchJobError("there is no job 'x'"), 1, "there is no job 'x'"),
        (RequestRefusedError("no", name="x.Y"), 1, "no"),
        (click.UsageError("Missing argument."), 2, "Missing argument; see 'wakeful --help'"),
        (click.ClickException("odd"), 1, "odd"),
        (FileNotFoundError(2, "No such file", "/a"), 1, "/a: No such file"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (ImportError("no D-Bus library found"), 1, "no D-Bus library found"),
    ],
)
def test_an_error_is_a_sentence_and_a_number(error, code, text, capsys):
    assert explain(error) == (code, text)
    assert guarded(raising(error)) == code
    assert capsys.readouterr() == ("", f"wakeful: {text}\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(32, "Broken pipe"), 1),
        (click.exceptions.Exit(0), 0),
        (click.exceptions.Exit(7), 7),
    ],
)
def test_some_ends_need_no_words(error, code, capsys):
    assert guarded(raising(error)) == code
    assert capsys.readouterr() == ("", "")


def test_what_nobody_foresaw_is_no_traceback_either(capsys):
    assert guarded(raising(KeyError("x"))) == 1
    assert capsys.readouterr().err.startswith("wakeful: something unforeseen went wrong (KeyError")


def test_the_place_of_it_can_be_seen(monkeypatch):
    monkeypatch.setenv("WAKEFUL_DEBUG", "1")
    with pytest.raises(KeyError):
        guarded(raising(KeyError("x")))


def test_a_sentence_stays_on_its_line(capsys):
    guarded(raising(NoSuchJobError("two\nlines")))
    assert capsys.readouterr().err == "wakeful: two lines\n"


def test_success():
    assert guarded(lambda: None) == 0

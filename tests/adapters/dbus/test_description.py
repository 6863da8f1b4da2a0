"""Descriptions in XML, and implementations that fit them or not."""

from __future__ import annotations

import re

import pytest

from wakeful.adapters.dbus.binding import Interface, method, property_getter
from wakeful.adapters.dbus.description import describe
from wakeful.adapters.dbus.errors import InterfaceMismatch

XML = """
<node>
  <interface name="org.wakeful.One1">
    <method name="Add"><arg type="i"/><arg type="i"/><arg type="i" direction="out"/></method>
    <property name="Sum" type="i" access="read"/>
  </interface>
  <interface name="org.wakeful.Two1"><method name="Other"/></interface>
</node>
"""
NAME = "org.wakeful.One1"


class Fitting:
    @method("Add")
    def add(self, _call, one, two):
        return one + two

    @property_getter("Sum")
    def total(self):
        return 3


def test_an_implementation_that_fits_is_accepted():
    interface = Interface.from_xml(XML, Fitting(), NAME)
    assert interface.name == NAME
    assert interface.value("Sum") == 3


def test_handlers_are_inherited_and_can_be_overridden():
    class Changed(Fitting):
        @property_getter("Sum")
        def total(self):
            return 4

    assert Interface.from_xml(XML, Changed(), NAME).value("Sum") == 4


def test_one_description_serves_many_objects():
    description = describe(XML, NAME)
    one, two = Interface(description, Fitting()), Interface(description, Fitting())
    assert one.methods is two.methods


class NoMethod:
    total = Fitting.total


class NoProperty:
    add = Fitting.add


class SurplusMethod(Fitting):
    @method("Subtract")
    def subtract(self, _call):
        """Is in no description."""


class SurplusProperty(Fitting):
    @property_getter("Difference")
    def difference(self):
        """Is in no description."""


class Twice(Fitting):
    @method("Add")
    def plus(self, _call, one, two):
        return one + two


class WrongArguments(NoMethod):
    @method("Add")
    def add(self, _call, one):
        return one


class WrongSecondSignature(NoMethod):
    @method("Add", also=("i",))
    def add(self, _call, one, two):
        return one + two


class BadSecondSignature(NoMethod):
    @method("Add", also=("i(",))
    def add(self, _call, *numbers):
        return sum(numbers)


@pytest.mark.parametrize(
    ("implementation", "text"),
    [
        (NoMethod, "no handler for Add"),
        (NoProperty, "no getter for the property Sum"),
        (SurplusMethod, "has no method Subtract"),
        (SurplusProperty, "has no property Difference"),
        (Twice, "Add already has a handler"),
        (WrongArguments, "does not take arguments 'ii'"),
        (WrongSecondSignature, "does not take arguments 'i'"),
        (BadSecondSignature, "ends too early"),
    ],
)
def test_an_implementation_that_does_not_fit_is_refused(implementation, text):
    with pytest.raises(InterfaceMismatch, match=text):
        Interface.from_xml(XML, implementation(), NAME)


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (XML, "expected one interface in the description, found 2"),
        ("<node/>", "found 0"),
        ("<node>", "no XML"),
        ("<interface name='nodot'/>", "'nodot' is not a valid interface name"),
        ("<interface name='a.b'><method name='a-b'/></interface>", "'a-b' is not a valid member"),
        ("<interface name='a.b'><method name='A'><arg type='z'/></method></interface>", "no type"),
        (
            "<interface name='a.b'><signal name='A'><arg type='a'/></signal></interface>",
            "too early",
        ),
        ("<interface name='a.b'><property name='A' type='ss' access='read'/></interface>", "one"),
        ("<interface name='a.b'><property name='A' type='s'/></interface>", "access 'read'"),
        (
            "<interface name='a.b'><property name='A' type='s' access='readwrite'/></interface>",
            "access 'read'",
        ),
        ("<interface name='a.b'><method name='A'/><method name='A'/></interface>", "twice"),
    ],
)
def test_a_bad_description_is_refused(xml, text):
    with pytest.raises(InterfaceMismatch, match=text):
        Interface(xml, Fitting())


def test_every_shipped_description_can_be_read(request):
    files = sorted((request.config.rootpath / "data" / "dbus").glob("*.xml"))
    names = [
        (name, text)
        for text in (file.read_text() for file in files)
        for name in re.findall(r'<interface name="(.*?)"', text)
    ]
    assert names
    for name, text in names:
        assert describe(text, name).name == name

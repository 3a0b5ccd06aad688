"""Typed configuration: schema, decoding, problems with their places."""

import enum
import json
import unittest
from dataclasses import dataclass, field, make_dataclass
from typing import Any, Literal

from redwasp_sdk import Collector, Invalid, NotApplicable, Problem, option, schema
from redwasp_sdk.testing import Bench, server


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Part:
    key: str
    weight: float = 1.0


@dataclass
class Config:
    parts: list[Part] = option([Part("a")], max_items=2)
    limit: int = option(10, minimum=1, maximum=100, help="How many.")
    ratio: float | None = None
    colour: Colour = Colour.RED
    mode: Literal["fast", "slow"] = "fast"
    names: dict[str, bool] = field(default_factory=dict)
    pair: tuple[int, str] = (1, "x")
    title: str = option("", max_length=3)
    free: Any = None


@dataclass
class Needy:
    key: str

    def __post_init__(self):
        if self.key == "bad":
            raise ValueError("bad is no key")


@dataclass
class Node:
    children: list["Node"] = field(default_factory=list)


class Of(Collector[Config]):
    name, version = "of", "1.0.0"

    def configure(self, config, server, plan):
        type(self).seen = config

    def collect(self, request, report):
        pass


class OfNeedy(Collector[Needy]):
    name, version = "needy", "1.0.0"

    def configure(self, config, server, plan):
        pass

    def collect(self, request, report):
        pass


class OfNothing(Collector[None]):
    name, version = "nothing", "1.0.0"

    def configure(self, config, server, plan):
        assert config is None

    def collect(self, request, report):
        pass


class Heir(Of):
    """Has the configuration of the class that it is made of."""


def problems(kind, config):
    try:
        Bench(server("redis", "7.0.15")).collect(kind, config)
    except Invalid as invalid:
        return [(problem.pointer, problem.message) for problem in invalid.problems]
    return []


class Schemas(unittest.TestCase):
    def test_a_dataclass_is_a_schema(self):
        from redwasp_sdk import component

        schema = json.loads(component.describe(Of).config_schema)
        self.assertEqual(schema["additionalProperties"], False)
        self.assertNotIn("required", schema)
        properties = schema["properties"]
        limit = {"type": "integer", "minimum": 1, "maximum": 100, "description": "How many.", "default": 10}
        self.assertEqual(properties["limit"], limit)
        self.assertEqual(properties["colour"], {"enum": ["red", "blue"], "default": "red"})
        self.assertEqual(properties["ratio"], {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None})
        self.assertEqual(properties["parts"]["default"], [{"key": "a", "weight": 1.0}])
        self.assertEqual(properties["parts"]["items"]["required"], ["key"])
        self.assertEqual(properties["names"]["additionalProperties"], {"type": "boolean"})
        self.assertEqual(component.describe(OfNothing).config_schema, "")
        self.assertEqual(component.describe(Heir).config_schema, component.describe(Of).config_schema)

    def fault(self, **fields):
        with self.assertRaises(TypeError) as raised:
            schema.of(make_dataclass("Odd", [(name, kind, given) for name, (kind, given) in fields.items()]))
        return str(raised.exception)

    def test_what_would_be_of_no_effect_is_refused_with_its_field(self):
        self.assertEqual(self.fault(a=(list[int], option([], minimum=1))), "Odd.a: minimum is no option of list[int]")
        self.assertEqual(
            self.fault(a=(dict[str, int], option({}, max_items=1))), "Odd.a: max_items is no option of dict[str, int]"
        )
        self.assertEqual(self.fault(a=(int, option(1, min_length=1))), "Odd.a: min_length is no option of int")
        for kind, given in (
            (int | None, option(1, minimum=1)),
            (set[str], option([], max_items=1)),
            (str, option("", min_length=1)),
        ):
            schema.of(make_dataclass("Fits", [("a", kind, given)]))

    def test_types_that_json_has_not_are_refused_with_their_field(self):
        keys = self.fault(ports=(dict[int, str], option({})))
        self.assertEqual(keys, "Odd.ports: the keys of an object are texts, not int: write dict[str, …]")
        self.assertEqual(self.fault(a=(bytes, option(b""))), "Odd.a: a configuration cannot hold <class 'bytes'>")
        inner = make_dataclass("Inner", [("b", list[bytes])])
        self.assertEqual(self.fault(a=(inner, option())), "Inner.b: a configuration cannot hold <class 'bytes'>")
        with self.assertRaisesRegex(TypeError, r"^Node\.children: Node is inside of itself: a configuration has an end$"):
            schema.of(Node)


class Values(unittest.TestCase):
    def test_numbers_of_many_digits_are_integers_and_no_exception(self):
        digits = "9" * 400
        told = [("/limit", f"expected an integer of at most 100, found {'9' * 60}")]
        self.assertEqual(problems(Of, f'{{"limit": {digits}}}'), told)
        told = [("/ratio", f"expected a number of 64 bits, found {'9' * 60}")]
        self.assertEqual(problems(Of, f'{{"ratio": {digits}}}'), told)

    def test_bounds_are_told_as_in_the_other_languages(self):
        @dataclass
        class Bounded:
            share: float = option(0.5, minimum=0, maximum=1)
            word: str = option("ab", min_length=2)
            some: list[int] = option([1], min_items=1, max_items=2)

        class OfBounded(Of, Collector[Bounded]):
            pass

        OfBounded.config_type = classmethod(lambda cls: Bounded)
        below = [
            ("/share", "expected a number of at least 0, found -1"),
            ("/word", 'expected a string of at least 2 characters, found "a"'),
            ("/some", "expected at least 1 items, found 0"),
        ]
        self.assertEqual(problems(OfBounded, {"share": -1, "word": "a", "some": []}), below)
        above = [
            ("/share", "expected a number of at most 1, found 1.5"),
            ("/some", "expected at most 2 items, found 3"),
        ]
        self.assertEqual(problems(OfBounded, {"share": 1.5, "some": [1, 2, 3]}), above)
        self.assertEqual(problems(Of, {"mode": 1}), [("/mode", 'expected one of "fast", "slow", found a number')])

    def test_a_fault_of_the_whole_has_no_place_before_it(self):
        with self.assertRaises(Invalid) as refused:
            Bench(server("redis", "7.0.15")).collect(Of, "[]")
        self.assertEqual(str(refused.exception), "expected an object, found an array")

    def test_defaults_are_not_shared(self):
        problems(Of, "{}")
        Of.seen.parts.append(Part("b"))
        problems(Of, "{}")
        self.assertEqual(Of.seen, Config())
        self.assertEqual(Of.seen.parts, [Part("a")])

    def test_values_are_typed(self):
        config = {"parts": [{"key": "k"}], "limit": 7.0, "ratio": 1, "colour": "blue", "mode": "slow"}
        config |= {"names": {"a": True}, "pair": [2, "y"], "free": [1]}
        self.assertEqual(problems(Of, config), [])
        expected = Config([Part("k")], 7, 1.0, Colour.BLUE, "slow", {"a": True}, (2, "y"), free=[1])
        self.assertEqual(Of.seen, expected)
        self.assertIs(type(Of.seen.limit), int)
        self.assertIs(type(Of.seen.ratio), float)

    def test_every_problem_is_told_at_once_with_its_place(self):
        config = {
            "parts": [{"key": 1, "wieght": 2}, {}, 3],
            "limit": 0,
            "ratio": "x",
            "colour": "green",
            "names": {"a/b~c": 1},
            "pair": [1],
            "title": "long",
            "limti": True,
        }
        expected = [
            ("/limti", "there is no such key; there are " + ", ".join(Config.__annotations__)),
            ("/parts/0/wieght", "there is no such key; there are key, weight"),
            ("/parts/0/key", "expected a string, found a number"),
            ("/parts/1", '"key" is missing'),
            ("/parts/2", "expected an object, found a number"),
            ("/limit", "expected an integer of at least 1, found 0"),
            ("/ratio", "expected a number, found a string"),
            ("/colour", 'expected one of "red", "blue", found "green"'),
            ("/names/a~1b~0c", "expected a boolean, found a number"),
            ("/pair", "expected 2 items, found 1"),
            ("/title", 'expected a string of at most 3 characters, found "long"'),
        ]
        self.assertEqual(problems(Of, config), expected)

    def test_booleans_and_fractions_are_no_integers(self):
        self.assertEqual(problems(Of, {"limit": True}), [("/limit", "expected an integer, found a boolean")])
        found = "expected an integer, found 1.5"
        self.assertEqual(problems(Of, {"limit": 1.5}), [("/limit", found)])

    def test_the_whole_can_be_wrong(self):
        self.assertEqual(problems(Of, "[]"), [("", "expected an object, found an array")])
        self.assertEqual(problems(OfNeedy, "{}"), [("", '"key" is missing')])
        self.assertEqual(problems(OfNeedy, {"key": "bad"}), [("", "bad is no key")])
        self.assertEqual(problems(OfNothing, {"a/b": 1}), [("/a~1b", "this plugin takes no configuration")])
        self.assertTrue(problems(Of, "{")[0][1].startswith("the configuration is not JSON: "))

    def test_numbers_that_json_has_not(self):
        self.assertEqual(problems(Of, '{"limit": 1e999}'), [("/limit", "expected an integer, found Infinity")])


class Refusals(unittest.TestCase):
    def test_a_collector_refuses(self):
        class Refuses(Of):
            def configure(self, config, server, plan):
                if config.limit == 1:
                    raise NotApplicable("not here")
                raise Invalid([Problem("/limit", "no"), Problem("", "nothing")])

        with self.assertRaisesRegex(NotApplicable, "not here"):
            Bench(server("redis", "7.0.15")).collect(Refuses, {"limit": 1})
        self.assertEqual(problems(Refuses, "{}"), [("/limit", "no"), ("", "nothing")])


if __name__ == "__main__":
    unittest.main()

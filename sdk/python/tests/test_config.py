"""Typed configuration: schema, decoding, problems with their places."""

import enum
import json
import unittest
from dataclasses import dataclass, field
from typing import Any, Literal

from redwasp_sdk import Collector, Invalid, NotApplicable, Problem, option
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


class Values(unittest.TestCase):
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
            ("/limti", "there is no such key; did you mean `limit`?"),
            ("/parts/0/wieght", "there is no such key; did you mean `weight`?"),
            ("/parts/0/key", "expected a string, found a number"),
            ("/parts/1", "`key` is missing"),
            ("/parts/2", "expected an object, found a number"),
            ("/limit", "is less than 1"),
            ("/ratio", "expected a number, found a string"),
            ("/colour", 'is none of "red", "blue"'),
            ("/names/a~1b~0c", "expected a boolean, found a number"),
            ("/pair", "expected 2 items, found 1"),
            ("/title", "is longer than 3 characters"),
        ]
        self.assertEqual(problems(Of, config), expected)

    def test_booleans_and_fractions_are_no_integers(self):
        self.assertEqual(problems(Of, {"limit": True}), [("/limit", "expected an integer, found a boolean")])
        found = "expected an integer, found a number with a fraction"
        self.assertEqual(problems(Of, {"limit": 1.5}), [("/limit", found)])

    def test_the_whole_can_be_wrong(self):
        self.assertEqual(problems(Of, "[]"), [("", "expected an object, found an array")])
        self.assertEqual(problems(OfNeedy, "{}"), [("", "`key` is missing")])
        self.assertEqual(problems(OfNeedy, {"key": "bad"}), [("", "bad is no key")])
        self.assertEqual(problems(OfNothing, {"a/b": 1}), [("/a~1b", "this plugin takes no configuration")])
        self.assertTrue(problems(Of, "{")[0][1].startswith("the configuration is not JSON: "))

    def test_numbers_that_json_has_not(self):
        self.assertEqual(problems(Of, '{"limit": 1e999}'), [("/limit", "expected an integer, found a number")])


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

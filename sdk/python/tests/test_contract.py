"""The records of native tests are those of the contract."""

import dataclasses
import re
import unittest
from pathlib import Path

from redwasp_sdk import _native

WIT = "".join(path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[3] / "wit").glob("*.wit")))
TEXT = re.sub(r"//.*", "", WIT)
# What the SDK reads no record of: a route is made of the component's own.
NOT_NATIVE = {"route"}


def declared(kind):
    """Names and members of what is declared with this word."""
    for name, body in re.findall(kind + r" ([a-z-]+) \{([^}]*)\}", TEXT):
        yield name, [member.strip() for member in re.split(r",(?![^<(]*[>)])", body) if member.strip()]


def pascal(name):
    return "".join(part.capitalize() for part in name.split("-"))


class Contract(unittest.TestCase):
    def test_records_have_their_fields_in_order(self):
        records = dict(declared("record"))
        self.assertGreater(len(records), 15)
        for name, members in records.items():
            with self.subTest(name):
                fields = [field.name for field in dataclasses.fields(getattr(_native, pascal(name)))]
                self.assertEqual(fields, [member.split(":")[0].replace("-", "_") for member in members])

    def test_variants_have_their_cases(self):
        variants = {name: cases for name, cases in declared("variant") if name not in NOT_NATIVE}
        self.assertEqual(set(variants), {"call-error", "failure", "refusal"})
        for name, cases in variants.items():
            wanted = {pascal(case.split("(")[0]): "(" in case for case in cases}
            begin = f"{pascal(name)}_"
            known = {each.removeprefix(begin): getattr(_native, each) for each in _native.__all__ if each.startswith(begin)}
            found = {case: bool(dataclasses.fields(kind)) for case, kind in known.items()}
            self.assertEqual(found, wanted, name)

    def test_kinds_have_their_numbers(self):
        kinds = dict(declared("enum"))["kind"]
        expected = [(name.upper().replace("-", "_"), place) for place, name in enumerate(kinds)]
        self.assertEqual([(kind.name, kind.value) for kind in _native.Kind], expected)


if __name__ == "__main__":
    unittest.main()

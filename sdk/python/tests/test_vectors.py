"""All vectors that every SDK has to pass."""

import contextlib
import json
import math
import time
import unittest
from pathlib import Path

from redwasp_sdk import Malformed, Mismatch, resp
from redwasp_sdk import number as numbers

VECTORS = json.loads((Path(__file__).parents[2] / "resp-vectors.json").read_text(encoding="utf-8"))


def raw(text):
    return text.encode("latin-1")


def told(reply):
    """A reply as the vectors write it."""
    kind, value = reply.kind, reply.value
    if kind == "null":
        return {"null": True}
    if kind in ("array", "set"):
        return {kind: [told(element) for element in reply.elements()]}
    if kind == "map":
        return {kind: [[told(key), told(value)] for key, value in reply.entries()]}
    if kind == "error":
        return {kind: list(reply.error)}
    if kind == "verbatim":
        return {kind: [reply.format.decode("latin-1"), reply.bytes().decode("latin-1")]}
    if kind == "boolean":
        return {kind: value}
    if kind in ("integer", "double"):
        return {kind: number(value)}
    return {kind: bytes(value).decode("latin-1")}


def number(value):
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value)


class Vectors(unittest.TestCase):
    def test_values(self):
        self.assertEqual(len(VECTORS["values"]), 38)
        for vector in VECTORS["values"]:
            with self.subTest(bytes=vector["bytes"][:40]):
                reply, value = resp.decode(raw(vector["bytes"])), vector["value"]
                for _ in range(value.get("depth", 0)):
                    [reply] = reply.elements()
                self.assertEqual(told(reply), {"integer": "1"} if "depth" in value else value)

    def test_malformed(self):
        self.assertEqual(len(VECTORS["malformed"]), 31)
        for vector in VECTORS["malformed"]:
            with self.subTest(bytes=vector["bytes"][:40]), self.assertRaises(Malformed) as raised:
                resp.decode(raw(vector["bytes"]))
            error = raised.exception
            self.assertEqual((error.offset, error.reason), (vector["offset"], vector["reason"]))
            text = f"the reply is not RESP3: {vector['reason']} at byte {vector['offset']}"
            self.assertEqual(str(error), text)

    def test_accessors(self):
        self.assertEqual(len(VECTORS["accessors"]), 91)
        for vector in VECTORS["accessors"]:
            with self.subTest(**vector):
                reply = resp.decode(raw(vector["bytes"]))
                if "fails" in vector:
                    with self.assertRaises(Mismatch) as raised:
                        self.access(reply, vector)
                    self.assertEqual(str(raised.exception), vector["fails"])
                else:
                    self.assertEqual(self.access(reply, vector), vector["gives"])

    def access(self, reply, vector):
        match vector["accessor"]:
            case "is-null":
                return reply.is_null
            case "bytes":
                return bytes(reply.bytes()).decode("latin-1")
            case "text":
                return reply.text()
            case "integer":
                return str(reply.integer())
            case "number":
                value = reply.number()
                self.assertIsInstance(value, float)
                return number(value)
            case "elements":
                return [told(element) for element in reply.elements()]
            case "entries":
                return [[told(key), told(value)] for key, value in reply.entries()]
            case "get":
                found = reply.get(raw(vector["key"]))
                return None if found is None else told(found)
        self.fail(f"no accessor {vector['accessor']}")


class Numbers(unittest.TestCase):
    def test_thousands_of_digits_are_no_error_of_python(self):
        with self.assertRaises(Malformed):
            resp.decode(b":" + b"9" * 5000 + b"\r\n")
        self.assertEqual(resp.decode(b":" + b"0" * 5000 + b"7\r\n").integer(), 7)

    def test_the_time_grows_with_the_length_and_not_with_its_square(self):
        many = b"1" * 100_000
        texts = [many, many + b"x", b"0" * 100_000 + b"x", b"1." + many + b"x", b"1e" + many + b"x", many + b".5"]
        texts += [b" " * 100_000 + b"x", b"1" + b" " * 100_000 + b"x"]
        begun = time.process_time()
        for text in texts:
            reply = resp.decode(b"$%d\r\n%s\r\n" % (len(text), text))
            for read in (reply.number, reply.integer):
                with contextlib.suppress(Mismatch):
                    read()
        # It is some milliseconds; with the square it would be minutes.
        self.assertLess(time.process_time() - begun, 2)
        self.assertEqual(numbers.parse(many), math.inf)
        self.assertEqual(numbers.version("9" * 5000 + ".1"), (0, 1))

    def test_separators_that_are_no_space(self):
        with self.assertRaises(Mismatch):
            resp.decode(b"$2\r\n\x1c7\r\n").integer()
        self.assertEqual(resp.decode(b"$4\r\n\xe2\x80\x837\r\n").integer(), 7)


if __name__ == "__main__":
    unittest.main()

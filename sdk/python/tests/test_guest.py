"""What of the entry of components can be tested without one."""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from redwasp_sdk import Collector, Sweeper, contract, exported, guest


class Hits(Collector[None]):
    name, version = "hits", "1.0.0"


class Walks(Sweeper[None, None]):
    name, version = "hits", "1.0.0"


class Projects(unittest.TestCase):
    def named(self, manifest):
        with tempfile.TemporaryDirectory() as folder:
            if manifest is not None:
                (Path(folder) / "plugin.toml").write_text(manifest, encoding="utf-8")
            with mock.patch.object(sys, "path", ["/nowhere", folder]):
                return guest._name()

    def test_the_manifest_names_the_plugin(self):
        self.assertEqual(self.named('# name = "no"\nlanguage = "python"\nname = "key-hits" # here\n'), "key-hits")
        self.assertEqual(self.named("name='a'"), "a")
        for manifest in ("", 'name = "A b"', '[other]\nname = "a"', '\n[other]\nname = "a"'):
            with self.subTest(manifest), self.assertRaisesRegex(guest.Unfit, "has no name"):
                self.named(manifest)
        with self.assertRaisesRegex(guest.Unfit, "there is no plugin.toml"):
            self.named(None)

    def unfit(self, *collectors, sweeper=None, name="hits"):
        with mock.patch.object(exported, "collectors", list(collectors)), mock.patch.object(contract, "sweeper", sweeper):
            try:
                guest._collector(name)
            except guest.Unfit as unfit:
                return str(unfit)
        return ""

    def test_what_is_exported_fits_the_manifest(self):
        self.assertEqual((self.unfit(Hits), self.unfit(Walks, sweeper=contract)), ("", ""))
        self.assertEqual(self.unfit(), "the plugin exports no collector: end its module with export(YourClass), once")
        self.assertIn("exports 2 collectors", self.unfit(Hits, Walks))
        self.assertIn('write name = "other" in the class', self.unfit(Hits, name="other"))
        self.assertIn('Walks is a Sweeper: say world = "sweeping"', self.unfit(Walks))
        self.assertIn('Hits is no Sweeper: say world = "active" or "pure"', self.unfit(Hits, sweeper=contract))


class Contents(unittest.TestCase):
    def test_a_component_has_no_bench_in_it(self):
        """What is imported is in the memory that every call begins with."""
        script = "import sys; from redwasp_sdk import guest; print([name for name in sys.modules if 'testing' in name])"
        sdk = Path(guest.__file__).parents[1]
        ran = subprocess.run([sys.executable, "-c", script], cwd=sdk, capture_output=True, text=True, check=True)
        self.assertEqual(ran.stdout, "[]\n")


class Bounds(unittest.TestCase):
    def test_the_depth_of_json_is_that_of_its_brackets(self):
        for text, depth in (("1", 0), ("[[1], {}]", 2), (r'["[[[\"[[", []]', 2), ('{"a": [{"b": []}]}', 4), ("]][", 0)):
            self.assertEqual((guest.is_deeper(text, depth), guest.is_deeper(text, depth - 1)), (False, depth > 0), text)

    def test_the_time_grows_with_the_length_and_not_with_its_square(self):
        deep = "[" * 501
        many = [deep + '"' + '\\"' * 200_000, deep + '"' * 200_001, deep + "\\" * 200_001, '"a", ' * 200_000 + deep]
        begun = time.process_time()
        self.assertEqual([guest.is_deeper(text, 500) for text in many], [True] * 4)
        self.assertEqual([guest.is_deeper(text, 501) for text in many], [False] * 4)
        # It is some milliseconds; with the square it would be minutes.
        self.assertLess(time.process_time() - begun, 2)

    def test_escapes_are_inside_of_strings(self):
        for text in (r'["\\\"[[", 1]', r'["\\", "["]', '["[[', r'["a\"[[[", "\\"]', '["\n[["]'):
            self.assertEqual((guest.is_deeper(text, 1), guest.is_deeper(text, 0)), (False, True), text)
        self.assertTrue(guest.is_deeper(r'["\\", [1]]', 1))

    def test_a_text_with_many_values_is_looked_at_once(self):
        decode = json.JSONDecoder.raw_decode
        self.addCleanup(setattr, json.JSONDecoder, "raw_decode", decode)
        guest._bound_json()
        with mock.patch.object(guest, "is_deeper", wraps=guest.is_deeper) as looked:
            text, place, read = "[1] " * 300, 0, []
            while place < len(text):
                value, end = json.JSONDecoder().raw_decode(text, place)
                place = end + 1
                read.append(value)
        self.assertEqual((read, looked.call_count), ([[1]] * 300, 2))
        for nested in ("[" * 501, "1 " + "[" * 501):
            with self.assertRaisesRegex(json.JSONDecodeError, "nested deeper than 500"):
                json.JSONDecoder().raw_decode(nested, nested.find("["))


if __name__ == "__main__":
    unittest.main()

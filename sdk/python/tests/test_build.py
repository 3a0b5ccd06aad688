"""What makes components without redwasp, and what is packed."""

import contextlib
import io
import os
import stat
import tempfile
import tomllib
import unittest
from pathlib import Path
from unittest import mock

from redwasp_sdk import build

SDK = Path(__file__).parents[1]

FAKE = """#!/bin/sh
printf '%s\\n' "$VIRTUAL_ENV" "$PWD" "$@" > asked
while [ "$1" != -o ]; do shift; done
echo component > "$2"
"""


class Builds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Path(folder.name).resolve()
        self.manifest('name = "key-hits"\nworld = "active"\n')

    def manifest(self, text):
        (self.project / "plugin.toml").write_text(text, encoding="utf-8")

    def tool(self, script):
        tool = self.project / ".venv" / "bin" / "componentize-py"
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(script, encoding="utf-8")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    def told(self):
        with self.assertRaises(build.Unbuilt) as raised:
            build.build(self.project)
        return str(raised.exception)

    def test_the_toolchain_is_called_as_the_manifest_says(self):
        self.tool(FAKE)
        self.assertEqual(build.build(self.project), self.project / "key-hits.wasm")
        environment, folder, *words = (self.project / "asked").read_text(encoding="utf-8").splitlines()
        self.assertEqual((environment, folder), (".venv", str(self.project)))
        contract = words[words.index("-d") + 1]
        self.assertTrue((Path(contract) / "worlds.wit").is_file())
        self.assertEqual(words[words.index("-w") + 1], "active-collector")
        self.assertEqual(words[-6:], ["-p", ".", "-p", str(SDK), "-o", str(self.project / "key-hits.wasm")])
        self.assertIn("--stub-wasi", words)

    def test_the_command_tells_what_it_made_or_why_it_did_not(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.tool(FAKE)
            self.assertEqual(build.main([str(self.project)]), 0)
            self.assertEqual(build.main(["a", "b"]), 2)
            self.manifest("")
            self.assertEqual(build.main([str(self.project)]), 1)
        self.assertEqual(out.getvalue(), "key-hits.wasm: 0.0 MB\n")
        self.assertIn("plugin.toml has no name", err.getvalue())

    def test_what_is_missing_is_told(self):
        with mock.patch.dict(os.environ, PATH=""), mock.patch.object(build.sys, "executable", "/nowhere/python"):
            self.assertIn("there is no componentize-py: get it with python3 -m venv", self.told())
        self.manifest('name = "hits"\nworld = "flat"\n')
        self.assertIn("plugin.toml has no world", self.told())
        self.manifest("name = ")
        self.assertIn("plugin.toml: ", self.told())
        (self.project / "plugin.toml").unlink()
        self.assertIn("is no project", self.told())

    def test_of_a_traceback_the_place_and_the_reason_are_told(self):
        self.tool("""#!/bin/sh
printf 'Traceback\\n  File "/1/redwasp_entry.py", line 3\\n  File "/0/hits.py", line 7, in <module>\\n'
printf '\\nCaused by:\\n    NameError: x'
exit 1
""")
        self.assertEqual(self.told(), 'componentize-py: NameError: x\n  File "hits.py", line 7, in <module>')
        self.tool("#!/bin/sh\necho no memory >&2\nexit 1\n")
        self.assertEqual(self.told(), "componentize-py: no memory")


class Package(unittest.TestCase):
    """As the wheel has it: the contract with it, so that it builds components, and nothing that leads nowhere."""

    project = tomllib.loads((SDK / "pyproject.toml").read_text(encoding="utf-8"))

    def test_the_contract_is_packed(self):
        [pattern] = [each for each in self.project["tool"]["setuptools"]["package-data"]["redwasp_sdk"] if "wit" in each]
        packed = {path.name: path.read_bytes() for path in (SDK / "redwasp_sdk").glob(pattern)}
        self.assertEqual(packed, {path.name: path.read_bytes() for path in (SDK.parents[1] / "wit").glob("*.wit")})
        self.assertIn("worlds.wit", packed)

    def test_the_rules_of_the_bench_are_packed(self):
        [packed] = self.project["tool"]["setuptools"]["package-data"]["redwasp_sdk.testing"]
        self.assertTrue((SDK / "redwasp_sdk" / "testing" / packed).is_file())
        self.assertEqual(packed, "rules.json")

    def test_the_licence_is_packed_and_the_tests_are_not(self):
        [licence] = self.project["project"]["license-files"]
        self.assertIn("Apache License", (SDK / licence).read_text(encoding="utf-8"))
        self.assertIn("prune tests\n", (SDK / "MANIFEST.in").read_text(encoding="utf-8"))

    def test_links_lead_somewhere_wherever_the_text_is_read(self):
        self.assertNotRegex((SDK / "README.md").read_text(encoding="utf-8"), r"\]\((?!https://)")
        for url in self.project["project"]["urls"].values():
            self.assertTrue(url.startswith("https://github.com/redwasp/redwasp"))


if __name__ == "__main__":
    unittest.main()

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../bin/build.js", import.meta.url));

/** What the build says of a folder with these files. */
function said(t, files) {
  const folder = mkdtempSync(join(tmpdir(), "build-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { status, stderr } = spawnSync(process.execPath, [BUILD, folder], { encoding: "utf8" });
  assert.equal(status, 1);
  return stderr.replaceAll(/\/\S*build-\w+/g, "FOLDER").trim();
}

const whole = {
  "plugin.toml": '# name = "x"\nname = "tried"\nlanguage = "javascript"\nworld = \'pure\'\n[other]\nname = "other"\n',
  "package.json": '{"main": "collector.js"}',
  "collector.js": "",
};

test("a missing toolchain is named with the line that gets it", (t) => {
  assert.equal(
    said(t, whole),
    "redwasp-build: componentize-qjs is not installed in FOLDER: run npm ci (or npm install)",
  );
});

test("what is wrong with a project is told", (t) => {
  assert.match(said(t, {}), /^redwasp-build: FOLDER\/plugin\.toml cannot be read/);
  assert.equal(
    said(t, { ...whole, "plugin.toml": 'name = "Tried"\nworld = "pure"' }),
    "redwasp-build: FOLDER/plugin.toml: name is to be lower case letters, digits and dashes",
  );
  assert.equal(
    said(t, { ...whole, "plugin.toml": 'name = "tried"\nworld = "all"' }),
    "redwasp-build: FOLDER/plugin.toml: world is to be one of pure, active, sweeping",
  );
  assert.equal(
    said(t, { ...whole, "package.json": "{}" }),
    "redwasp-build: FOLDER/package.json: main is to be the collector's file",
  );
  assert.match(
    said(t, { ...whole, "package.json": '{"main": "other.js"}' }),
    /^redwasp-build: FOLDER\/other\.js cannot be read/,
  );
});

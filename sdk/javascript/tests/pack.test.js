import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const LIB = fileURLToPath(new URL("../lib", import.meta.url));

test("nothing of the bench is in a component, and all of it is packed", () => {
  const found = new Set(["entry.js", "index.js"].map((name) => join(LIB, name)));
  for (const file of found) {
    const imports = readFileSync(file, "utf8").matchAll(/(?:from|import) "(\.[^"]*)"/g);
    for (const [, name] of imports) found.add(join(dirname(file), name));
  }
  assert.ok(found.has(join(LIB, "report.js")));
  assert.deepEqual([...found].filter((file) => file.startsWith(join(LIB, "testing"))), []);
  const { files } = JSON.parse(readFileSync(join(LIB, "..", "package.json"), "utf8"));
  assert.ok(files.includes("lib") && existsSync(join(LIB, "testing", "rules.json")));
});

test("the contract's files are packed, and their link stays", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pack-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const sdk = join(folder, "sdk");
  mkdirSync(join(folder, "wit"));
  mkdirSync(sdk);
  writeFileSync(join(folder, "wit", "a.wit"), "contract");
  copyFileSync(fileURLToPath(new URL("../pack.js", import.meta.url)), join(sdk, "pack.js"));
  writeFileSync(join(sdk, "package.json"), '{"type": "module"}');
  const pack = (word) => {
    const { status, stderr } = spawnSync(process.execPath, [join(sdk, "pack.js"), word], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const isLink = () => lstatSync(join(sdk, "wit")).isSymbolicLink();
  const contract = () => readFileSync(join(sdk, "wit", "a.wit"), "utf8");

  symlinkSync(join("..", "wit"), join(sdk, "wit"), "junction");
  pack("begin");
  assert.deepEqual([isLink(), contract()], [false, "contract"]);
  pack("end");
  assert.deepEqual([isLink(), contract()], [true, "contract"]);
  assert.deepEqual(readdirSync(sdk), ["pack.js", "package.json", "wit"]);

  rmSync(join(sdk, "wit"));
  mkdirSync(join(sdk, "wit"));
  writeFileSync(join(sdk, "wit", "a.wit"), "copied");
  for (const word of ["begin", "end"]) {
    pack(word);
    assert.deepEqual([isLink(), contract()], [false, "copied"]);
  }
});

#!/usr/bin/env node
/**
 * Makes the component of a project: `redwasp-build [FOLDER]` writes FOLDER/NAME.wasm. The name and the world are those of
 * plugin.toml, the author's module is `main` of package.json.
 */

import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const WORLDS = {
  pure: { world: "pure-collector", imports: [], exports: ["collector"] },
  active: { world: "active-collector", imports: ["redis", "log"], exports: ["collector"] },
  sweeping: { world: "sweeping-collector", imports: ["redis", "log"], exports: ["collector", "sweeper"] },
};

class Fault extends Error {}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(`${file} cannot be read: ${error.message}`);
  }
}

/** A string of plugin.toml's top level. */
function setting(toml, key) {
  const top = toml.split(/^\s*\[/m, 1)[0];
  const match = new RegExp(`^\\s*${key}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "m").exec(top);
  return match?.[1] ?? match?.[2];
}

function manifest(folder) {
  const file = join(folder, "plugin.toml");
  const toml = read(file);
  const name = setting(toml, "name");
  const world = setting(toml, "world");
  if (name === undefined || !/^[a-z0-9-]+$/.test(name)) {
    throw new Fault(`${file}: name is to be lower case letters, digits and dashes`);
  }
  if (!Object.hasOwn(WORLDS, world ?? "")) {
    throw new Fault(`${file}: world is to be one of ${Object.keys(WORLDS).join(", ")}`);
  }
  return { name, short: world, ...WORLDS[world] };
}

async function toolchain(folder) {
  const require = createRequire(join(folder, "package.json"));
  let file;
  try {
    file = require.resolve("componentize-qjs");
  } catch {
    throw new Fault(`componentize-qjs is not installed in ${folder}: run npm ci (or npm install)`);
  }
  return (await import(pathToFileURL(file).href)).default;
}

/** The folder that everything is in which the component is made of: the engine reads nothing outside of it. */
function commonFolder(folders) {
  const [first, ...others] = folders.map((folder) => folder.split(sep));
  const differs = first.findIndex((part, place) => others.some((other) => other[place] !== part));
  return first.slice(0, differs === -1 ? first.length : differs).join(sep) || sep;
}

function entry(main, { imports, exports, short }, root) {
  return [
    'import { component } from "redwasp-sdk/entry";',
    `import * as author from ${JSON.stringify(`./${main}`)};`,
    ...imports.map((name) => `import ${name} from "redwasp:collector/${name}";`),
    `export const { ${exports.join(", ")} } = component(author, { ${imports.join(", ")} }, ${JSON.stringify(root)}, "${short}");`,
  ].join("\n");
}

async function build(folder) {
  const plugin = manifest(folder);
  const { main } = JSON.parse(read(join(folder, "package.json")));
  if (typeof main !== "string") throw new Fault(`${join(folder, "package.json")}: main is to be the collector's file`);
  read(join(folder, main));
  const { componentize } = await toolchain(folder);
  const sdk = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
  const moduleRoot = commonFolder([folder, sdk]);
  const inside = relative(moduleRoot, folder).split(sep).filter(Boolean);
  const { component } = await componentize({
    witPath: realpathSync(join(sdk, "wit")),
    world: plugin.world,
    jsSource: entry(main.replace(/^\.\//, ""), plugin, `/${inside.map((part) => `${part}/`).join("")}`),
    jsPath: join(folder, "plugin.toml"),
    moduleRoot,
    sync: true,
    stubWasi: true,
  });
  const file = join(folder, `${plugin.name}.wasm`);
  // A folder that a daemon watches never sees half a file.
  writeFileSync(`${file}.new`, component);
  renameSync(`${file}.new`, file);
  console.log(`${relative(process.cwd(), file) || file}: ${component.length} bytes`);
}

const folder = resolve(process.argv[2] ?? ".");
try {
  if (!existsSync(folder)) throw new Fault(`${folder} is not there`);
  await build(realpathSync(folder));
} catch (error) {
  // The toolchain says three times that a module could not be evaluated before it says why.
  const reason = String(error?.message ?? error).replace(/^(?:: )?(?:Failed to [^:]*module(?: evaluation)?: )+/, "");
  console.error(`redwasp-build: ${reason}`);
  process.exitCode = 1;
}

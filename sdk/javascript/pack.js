/**
 * `node pack.js begin` puts the contract's files in the place of the link to them, `node pack.js end` the link in their place
 * again. Where they are no link, as in the copy of the SDK that a project has, there is nothing to do.
 */

import { cpSync, existsSync, lstatSync, realpathSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const place = (name) => fileURLToPath(new URL(name, import.meta.url));
const [files, link] = [place("wit"), place("wit.link")];

if (process.argv[2] === "end") {
  if (existsSync(link)) {
    rmSync(files, { recursive: true });
    renameSync(link, files);
  }
} else if (lstatSync(files).isSymbolicLink()) {
  const contract = realpathSync(files);
  renameSync(files, link);
  cpSync(contract, files, { recursive: true });
}

/** What the build makes a component of. The author's module is evaluated after it. */

import "./engine.js";

import { checkWorld, collect, configure, describe, Running } from "./component.js";
import { setRoot } from "./frames.js";

/**
 * The exports of a component.
 * @param {object} module The author's module: its default export is the class of the collector.
 * @param {{ redis?: object, log?: object }} host The contract's imports, as far as the world has them.
 * @param {string} root The author's project in the engine's file names.
 * @param {string} world As plugin.toml has it.
 */
export function component(module, host, root, world) {
  const type = module.default;
  checkWorld(type, world);
  const { redis = null, log = null } = host;
  const imports = { redis, log };
  setRoot(root);
  const running = new Running(type, imports);
  return {
    collector: {
      describe: () => describe(type),
      configure: (config, server) => configure(type, config, server, imports),
      collect: (request) => collect(type, request, imports),
    },
    sweeper: {
      begin: (request) => running.begin(request),
      page: (sweep, keys) => running.page(sweep, keys),
      end: (complete) => running.end(complete),
    },
  };
}

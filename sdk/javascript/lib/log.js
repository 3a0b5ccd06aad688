/**
 * The daemon's log. Lines of the worlds "active" and "sweeping" go there as they are. A collector of the world "pure" has no
 * log: what it says at the levels info, warn and error goes out with the warnings of its report, which the daemon tells once as long
 * as each report has them.
 */

import { said } from "./calls.js";

/** What only helps to find a fault. */
export function trace(message, fields = {}) {
  said("trace", message, fields);
}

/** What helps to understand what the collector does. */
export function debug(message, fields = {}) {
  said("debug", message, fields);
}

/** What is good to know. */
export function info(message, fields = {}) {
  said("info", message, fields);
}

/** What somebody should look at. */
export function warn(message, fields = {}) {
  said("warn", message, fields);
}

/** What is wrong. */
export function error(message, fields = {}) {
  said("error", message, fields);
}

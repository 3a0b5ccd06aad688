/** Write redwasp collectors in JavaScript. */

export { Buckets } from "./buckets.js";
export { Collector, Sweeper } from "./collector.js";
export { Command, Route } from "./command.js";
export * as config from "./config.js";
export {
  CallError, Denied, Failure, Invalid, Limit, Malformed, Mismatch, NotApplicable, OtherCallError, ServerError, Timeout,
  Unreachable,
} from "./errors.js";
export { Family, Histogram, Prefetched, Read, Summary, Swept } from "./handles.js";
export { Info } from "./info.js";
export * as label from "./label.js";
export * as log from "./log.js";
export * as number from "./number.js";
export { Plan } from "./plan.js";
export { Report } from "./report.js";
export { Replies, Request } from "./request.js";
export { Reply } from "./resp.js";
export { Key, KeyRead, Page, Sweep } from "./sweep.js";
export { decode } from "./decode.js";

/** What a collect is given. */

import { Command, Route } from "./command.js";
import { decode } from "./decode.js";
import { Failure, fromContract, OtherCallError, ServerError } from "./errors.js";
import { unpack } from "./prepared.js";

/** Everything a collect may depend on: the same request gives the same report. */
export class Request {
  #record;
  #host;

  constructor(record, host) {
    this.#record = record;
    this.#host = host;
  }

  /** The server that answered: product, version, mode, role, databases, extra. */
  get server() {
    return this.#record.server;
  }

  /** Which target this call is about: name, labels, node, extra. */
  get target() {
    return this.#record.target;
  }

  /** When the scrape began, Unix time in milliseconds. A collector has no other clock. */
  get unixMs() {
    return this.#record.unixMs;
  }

  /** What the collect before this one saved, `{ pluginVersion, bytes }`; null in the first. */
  get state() {
    return this.#record.state ?? null;
  }

  /** What the collect before this one kept with `report.keep`; undefined in the first, and when it is something else. */
  saved() {
    if (this.state === null) return undefined;
    try {
      return unpack(this.state.bytes);
    } catch {
      return undefined;
    }
  }

  /**
   * The reply to a command of the plan. Throws the CallError when there is no reply or the reply is an error, and Malformed
   * when it is not RESP.
   */
  reply(prefetched) {
    return replyOf(this.#record.prefetched[prefetched.index]);
  }

  /** The reply to a command of the plan as RESP3 bytes. Throws the CallError when there is none. */
  bytes(prefetched) {
    return bytesOf(this.#record.prefetched[prefetched.index]);
  }

  /**
   * Asks for commands that only a reply can name, in one round trip. What a plan can name is better prefetched. Reads other
   * than keyless statistics have to be among the plan's asks; a command that is not granted is refused by itself. Budgets of
   * a collect, and of a page: 64 calls, 1,024 commands, 16 MiB of replies. Throws the CallError when there is no reply to
   * any of them.
   */
  pipeline(commands, route = Route.automatic) {
    if (!Array.isArray(commands) || commands.some((command) => !(command instanceof Command))) {
      throw new TypeError("request.pipeline takes an array of Commands");
    }
    return new Replies(this.#ask((redis) => redis.pipeline(route, commands.map((command) => command.record()))));
  }

  /** The nodes behind the target; one, without slots, outside a cluster. */
  nodes() {
    return this.#ask((redis) => redis.nodes());
  }

  /** What is left of this call's budgets: milliseconds, calls of pipeline and nodes, commands, bytes of replies. */
  remaining() {
    const left = this.#ask((redis) => redis.remaining());
    return { ...left, bytes: Number(left.bytes) };
  }

  #ask(question) {
    const redis = this.#host.redis;
    if (!redis) throw new Failure('a collector of the world "pure" cannot ask Redis: set world = "active" in plugin.toml');
    try {
      return question(redis);
    } catch (thrown) {
      // The engine wraps what an import throws.
      const error = thrown?.payload ?? thrown;
      throw typeof error?.tag === "string" ? fromContract(error) : thrown;
    }
  }
}

/** Replies to the commands of a pipeline, in their order. */
export class Replies {
  #answers;

  constructor(answers) {
    this.#answers = answers;
  }

  /** How many there are. */
  get length() {
    return this.#answers.length;
  }

  /**
   * The reply to the command at this place. Throws the CallError when there is no reply or the reply is an error, and
   * Malformed when it is not RESP.
   */
  reply(place) {
    return replyOf(this.#answers[place]);
  }

  /** The reply to the command at this place as RESP3 bytes. Throws the CallError when there is none. */
  bytes(place) {
    return bytesOf(this.#answers[place]);
  }
}

function bytesOf(answer) {
  if (answer === undefined) throw new OtherCallError("the host gave no reply to this command");
  if (answer.tag === "err") throw fromContract(answer.val);
  return answer.val instanceof Uint8Array ? answer.val : Uint8Array.from(answer.val);
}

/** The reply in an answer of the host. */
export function replyOf(answer) {
  const reply = decode(bytesOf(answer));
  if (reply.kind === "error") throw new ServerError(reply.value.code, reply.value.message);
  return reply;
}

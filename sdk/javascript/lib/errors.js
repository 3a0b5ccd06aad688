/** Why a command has no reply, why there is no report, and why there is no plan. */

/** Why a command has no reply. `kind` is one of denied, limit, timeout, unreachable, server, other. */
export class CallError extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Policy or grants said no; nothing was sent. The message says what to grant. */
export class Denied extends CallError {
  constructor(text) {
    super("denied", text);
  }
}

/** A budget of this call ran out. The message says which. */
export class Limit extends CallError {
  constructor(text) {
    super("limit", text);
  }
}

/** The deadline passed before the reply was complete. */
export class Timeout extends CallError {
  constructor() {
    super("timeout", "no reply in time");
  }
}

/** No connection, or it was lost. */
export class Unreachable extends CallError {
  constructor(text) {
    super("unreachable", text);
  }
}

/** The server answered with an error: `code` is its first word, `detail` is the rest. */
export class ServerError extends CallError {
  constructor(code, detail) {
    super("server", detail === "" ? code : `${code} ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** Anything newer than this SDK. */
export class OtherCallError extends CallError {
  constructor(text) {
    super("other", text);
  }
}

/**
 * From `configure`: there is nothing to measure on this kind of server. From `collect`: what is measured does not exist
 * here at this moment. Neither is a fault.
 */
export class NotApplicable extends Error {}

/** There is no report; the message says why. */
export class Failure extends Error {}

/** The configuration is wrong: every problem, each `{ pointer, message }` with a JSON Pointer (RFC 6901). */
export class Invalid extends Error {
  constructor(problems) {
    super(problems.map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`)).join("; "));
    this.problems = problems;
  }
}

/** A reply has another shape than the collector expected. */
export class Mismatch extends Error {
  constructor(expected, found) {
    super(`the reply holds ${found} where ${expected} was expected`);
    this.expected = expected;
    this.found = found;
  }
}

/** Bytes that are not one RESP3 value. `offset` is in bytes from the start. */
export class Malformed extends Error {
  constructor(offset, reason) {
    super(`the reply is not RESP3: ${reason} at byte ${offset}`);
    this.offset = offset;
    this.reason = reason;
  }
}

const CLASSES = {
  CallError, Denied, Limit, Timeout, Unreachable, ServerError, OtherCallError, NotApplicable, Failure, Invalid, Mismatch,
  Malformed,
};
for (const [name, type] of Object.entries(CLASSES)) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

/** The error that the contract's `call-error` stands for. */
export function fromContract({ tag, val }) {
  switch (tag) {
    case "denied": return new Denied(val);
    case "limit": return new Limit(val);
    case "timeout": return new Timeout();
    case "unreachable": return new Unreachable(val);
    case "server": return new ServerError(val.code, val.message);
    default: return new OtherCallError(val);
  }
}

/** The contract's `call-error` for an error. */
export function toContract(error) {
  switch (error.kind) {
    case "timeout": return { tag: "timeout" };
    case "server": return { tag: "server", val: { code: error.code, message: error.detail } };
    default: return { tag: error.kind, val: error.message };
  }
}

/** Write redwasp collectors in JavaScript. */

/** Bytes, or what is written as UTF-8 bytes. */
export type Bytes = string | number | bigint | Uint8Array;

/** The types of families of the contract. */
export type Kind = "counter" | "gauge" | "histogram" | "gauge-histogram" | "summary" | "info" | "state-set" | "unknown";

/** On which nodes of a cluster a collector runs. */
export type Scope = "node" | "primary" | "once";

/** What a plugin says of itself. */
export interface Description {
  /** Lower case letters, digits and dashes; the same as the plugin's file. */
  name: string;
  /** Semantic version. */
  version: string;
  /** One sentence for people. */
  summary: string;
}

/** What is known of a server before anything is planned. */
export interface Server {
  /** "redis", "valkey", "keydb", "dragonfly", "tile38", … */
  product: string;
  /** The product's own version, e.g. "7.0.15". */
  version: string;
  /** "standalone", "cluster", "sentinel", "proxy" */
  mode: string;
  /** "master", "slave", "sentinel" */
  role: string;
  /** How many databases the server is configured for. */
  databases: number;
  extra: [string, string][];
}

/** Which server a call is about. */
export interface Target {
  /** The name the operator gave, or the address without credentials. */
  name: string;
  labels: [string, string][];
  /** Node of a cluster; "" outside a cluster. */
  node: string;
  extra: [string, string][];
}

/** A node behind the target. */
export interface Node {
  id: string;
  address: string;
  /** "master", "slave" */
  role: string;
  shard: string;
  /** Id of the node that this one replicates; "" for a primary. */
  primary: string;
  /** Inclusive ranges. */
  slots: [number, number][];
  extra: [string, string][];
}

/** What is left of a call's budgets. */
export interface Budget {
  /** Wall time until the call is ended, waiting for Redis included. */
  milliseconds: number;
  /** Calls of pipeline and nodes. */
  calls: number;
  commands: number;
  /** Of replies. */
  bytes: number;
}

/** A fault in the configuration. */
export interface Problem {
  /** JSON Pointer (RFC 6901); "" is the whole. */
  pointer: string;
  message: string;
}

/** A family of single values. */
export class Family {
  private constructor();
  readonly index: number;
  readonly name: string;
  readonly labels: string[];
  private readonly isFamily: true;
}

/** A family of histograms. */
export class Histogram {
  private constructor();
  readonly index: number;
  readonly name: string;
  readonly labels: string[];
  private readonly isHistogram: true;
}

/** A family of summaries. */
export class Summary {
  private constructor();
  readonly index: number;
  readonly name: string;
  readonly labels: string[];
  private readonly isSummary: true;
}

/** A command of the plan. */
export class Prefetched {
  private constructor();
  readonly index: number;
  private readonly isPrefetched: true;
}

/** A sweep of the plan. */
export class Swept {
  private constructor();
  readonly index: number;
  private readonly isSwept: true;
}

/** A read of a sweep. */
export class Read {
  private constructor();
  readonly index: number;
  private readonly isRead: true;
}

/** A command for Redis: name and arguments, binary safe. */
export class Command {
  /** A command without arguments yet, on database 0. */
  constructor(name: Bytes);
  /** `INFO ALL`: what every collector that reads INFO should ask for, so that all of them share one reply. */
  static info(): Command;
  /** Adds arguments. */
  arg(...values: Bytes[]): this;
  /** The database it reads. */
  database(number: number): this;
}

/** Where a pipeline runs in a cluster. */
export interface RouteTo {
  readonly tag: string;
}
export const Route: {
  /** Each command goes to the owner of its key. */
  readonly automatic: RouteTo;
  /** Any node. */
  readonly any: RouteTo;
  /** The node with this id. */
  node(id: string): RouteTo;
  /** The node that owns this key. */
  ownerOf(key: Bytes): RouteTo;
  /** A replica of the node that owns this key. */
  replicaOf(key: Bytes): RouteTo;
};

/** A command with the key somewhere in it: `HGET <key> amount` is `new KeyRead("HGET").after("amount")`. */
export class KeyRead {
  /** A command whose next word is the key. */
  constructor(name: Bytes);
  /** Adds words before the key. */
  before(...words: Bytes[]): this;
  /** Adds words after the key. */
  after(...words: Bytes[]): this;
  /** Makes it a read of keys of these types only, as TYPE names them. */
  only(...types: string[]): this;
}

/** Keys that the host shall walk. */
export class Sweep {
  /** The keys of database 0 that match a pattern, as in SCAN MATCH. */
  constructor(pattern: Bytes);
  /** The database to walk. */
  database(number: number): this;
  /** Leaves out keys of other types than these. */
  types(...types: string[]): this;
  /** Reads something of every key. */
  read(read: KeyRead): Read;
}

/** Some keys of one sweep, with what was read of them. */
export class Page {
  private constructor();
  /** Which of the plan's sweeps it is of, counted from 0. */
  readonly sweep: number;
  /** The keys. In a run each comes once. */
  readonly keys: Key[];
  /** Whether it is of this sweep. */
  is(swept: Swept): boolean;
}

/** One key. */
export class Key {
  private constructor();
  /** Its name as bytes. */
  readonly name: Uint8Array;
  /** Its name as a label value; bytes that are not UTF-8 are written `\xNN`. */
  readonly text: string;
  /** Its type, as TYPE names it; "" when neither the sweep nor its reads name types. */
  readonly kind: string;
  /** What was read; null when the read is not for keys of this type. Throws CallError, Malformed. */
  reply(read: Read): Reply | null;
}

/** Collects what a collector declares. */
export class Plan {
  /** A value that can go down. The host puts its namespace before the name. */
  gauge(name: string, help: string, labels?: string[]): Family;
  /** A value that only grows. End the name with `_total`. */
  counter(name: string, help: string, labels?: string[]): Family;
  /** Facts in labels; the value is 1. */
  info(name: string, help: string, labels?: string[]): Family;
  /** A histogram. */
  histogram(name: string, help: string, labels?: string[]): Histogram;
  /** A summary. */
  summary(name: string, help: string, labels?: string[]): Summary;
  /** A family of any kind. */
  family(kind: "histogram" | "gauge-histogram", name: string, help: string, labels?: string[]): Histogram;
  family(kind: "summary", name: string, help: string, labels?: string[]): Summary;
  family(kind: Kind, name: string, help: string, labels?: string[]): Family;
  /** The names of all series declared so far, without namespace. */
  seriesNames(): string[];
  /** Reserves a prefix for families that only a collect can know. */
  latePrefix(prefix: string): void;
  /** Asks the host to run a command before each collect. */
  prefetch(command: Command): Prefetched;
  /** Asks the host to walk keys, for a Sweeper that has begin, page and end. */
  sweep(sweep: Sweep): Swept;
  /** Asks the operator for reads that a collect or a page asks for while it runs. */
  ask(commands: string[], keys?: string[], databases?: number[]): void;
  /** Says on which nodes of a cluster the collector runs; without it, on every node. */
  scope(scope: Scope): void;
  /** Says that a part of the configuration is not used; the rest is. */
  problem(pointer: string, message: string): void;
}

/** Everything a collect may depend on. */
export class Request {
  private constructor();
  readonly server: Server;
  readonly target: Target;
  /** When the scrape began, Unix time in milliseconds. */
  readonly unixMs: number;
  /** What the collect before this one saved; null in the first. */
  readonly state: { pluginVersion: string; bytes: Uint8Array } | null;
  /** What the collect before this one kept; undefined in the first, and when it is something else. */
  saved<T = any>(): T | undefined;
  /** The reply to a command of the plan. Throws CallError, Malformed. */
  reply(prefetched: Prefetched): Reply;
  /** The reply as RESP3 bytes. Throws CallError. */
  bytes(prefetched: Prefetched): Uint8Array;
  /**
   * Asks for commands that only a reply can name, in one round trip. Reads other than keyless statistics have to be among the
   * plan's asks; one that is not, or that is not granted, is denied by itself. Throws CallError.
   */
  pipeline(commands: Command[], route?: RouteTo): Replies;
  /** The nodes behind the target. Throws CallError. */
  nodes(): Node[];
  /** What is left of this call's budgets. */
  remaining(): Budget;
}

/** Replies to the commands of a pipeline, in their order. */
export class Replies {
  private constructor();
  readonly length: number;
  /** The reply to the command at this place. Throws CallError, Malformed. */
  reply(place: number): Reply;
  /** The same as RESP3 bytes. Throws CallError. */
  bytes(place: number): Uint8Array;
}

/** Counts values into the buckets of a histogram. */
export class Buckets {
  /** Upper bounds, ascending; +Inf is implied. */
  constructor(bounds: Iterable<number>);
  /** Sum of what was observed. */
  readonly sum: number;
  /** How many values were observed. */
  readonly count: number;
  /** Counts a value. */
  observe(value: number): void;
  /** Pairs of upper bound and cumulative count. */
  cumulative(): [number, number][];
}

/** Collects the samples of one collect. */
export class Report {
  private constructor();
  /** Sets one sample: as many label values as the family has label names, strings or bytes of Redis. */
  set(family: Family, labels: (string | Uint8Array)[], value: number | bigint): void;
  /** Sets one histogram. */
  histogram(family: Histogram, labels: (string | Uint8Array)[], buckets: Buckets): void;
  histogram(
    family: Histogram, labels: (string | Uint8Array)[], buckets: [number, number | bigint][], sum: number | bigint,
    count: number | bigint,
  ): void;
  /** Sets one summary: pairs of quantile and value. */
  summary(
    family: Summary, labels: (string | Uint8Array)[], quantiles: [number, number | bigint][], sum: number | bigint,
    count: number | bigint,
  ): void;
  /** Declares a family that only this collect knows. Its name begins with a prefix that the plan reserved. */
  late(kind: "histogram" | "gauge-histogram", name: string, help: string, labels?: string[]): Histogram;
  late(kind: "summary", name: string, help: string, labels?: string[]): Summary;
  late(kind: Kind, name: string, help: string, labels?: string[]): Family;
  /** How many series the report is written as so far. The host refuses more than 10,000. */
  series(): number;
  /** Tells the operator something, in the host's log: once, as long as each report has it. */
  warn(message: string): void;
  /** Says that not everything could be read. */
  partial(): void;
  /** Bytes that the next collect gets back in `request.state`. At most 64 KiB. Throws in `end`: a walk keeps no state. */
  save(bytes: Uint8Array): void;
  /** A value that the next collect gets back from `request.saved()`. Throws in `end`: a walk keeps no state. */
  keep(value: unknown): void;
}

/** One reply. The methods take the shapes of RESP2 as well. */
export class Reply {
  private constructor();
  readonly kind:
    | "null" | "boolean" | "integer" | "double" | "big-number" | "simple" | "bulk" | "verbatim" | "error" | "array" | "set" | "map";
  /** What is in it, as it was decoded. */
  readonly value: unknown;
  /** Of verbatim strings: txt, mkd. */
  readonly format?: string;
  /** Whether there is nothing. */
  readonly isNull: boolean;
  /** The bytes of a string. Throws Mismatch. */
  bytes(): Uint8Array;
  /** A string as text; bytes that are not UTF-8 are written `\xNN`. Throws Mismatch. */
  text(): string;
  /** An integer of at most 53 bits, also one written as a string. Throws Mismatch, also when it is larger. */
  integer(): number;
  /** An integer of up to 64 bits, also one written as a string. Throws Mismatch. */
  bigint(): bigint;
  /** A number, also one written as a string. Throws Mismatch. */
  number(): number;
  /** The elements of an array or a set. Throws Mismatch. */
  elements(): Reply[];
  /** The pairs of a map, or of the flat array that RESP2 has instead. Throws Mismatch. */
  entries(): [Reply, Reply][];
  /** The value of a key in a map; undefined when it is not there or this is no map. */
  get(key: Bytes): Reply | undefined;
}

/** Reads exactly one RESP3 value. Throws Malformed. */
export function decode(bytes: Uint8Array): Reply;

/** One `name:value` line of INFO. */
export interface Field {
  /** The section it stands in; "" before the first. */
  section: string;
  name: string;
  value: string;
}

/** INFO text. */
export class Info {
  /** The text of a reply. Throws Mismatch when it is not a string. */
  constructor(reply: Reply);
  /** Every field, in the server's order. */
  fields(): Generator<Field>;
  /** The fields of one section. */
  section(title: string): Generator<Field>;
  /** The value of the first field of that name; undefined when there is none. */
  get(name: string): string | undefined;
  /** The same as a number; undefined when there is none, or it is no number. */
  number(name: string): number | undefined;
  /** A value as a number; ok and true are 1, err, fail and false are 0. undefined for the rest. */
  static number(value: string): number | undefined;
  /** The parts of a value like `keys=1,expires=0`, in their order. A part without `=` has an empty value. */
  static parts(value: string): [string, string][];
}

/** Numbers in texts, as Redis writes them: no spaces, no empty text, no hexadecimal digits. */
export const number: {
  /** Also inf, infinity and nan. undefined when it is no number. */
  float(text: string): number | undefined;
  /** An integer of 64 bits: a BigInt beyond 2^53. undefined when it is none. */
  integer(text: string): number | bigint | undefined;
};

/** Bytes of Redis as label values, and back. */
export const label: {
  /** Text as it is; bytes that are not UTF-8 are written `\xNN`. */
  text(bytes: Uint8Array): string;
  /** The beginning of bytes that are too long for a label value, at most so many; not half a character. */
  begin(bytes: Uint8Array, most: number): Uint8Array;
  /** As UTF-8. */
  bytes(value: Bytes): Uint8Array;
};

type Say = (message: unknown, fields?: Record<string, unknown>) => void;
/** The daemon's log; without one (world "pure"), info and above go out with the warnings of the report. */
export const log: { trace: Say; debug: Say; info: Say; warn: Say; error: Say };

/** Why a command has no reply. */
export class CallError extends Error {
  constructor(kind: CallError["kind"], message: string);
  readonly kind: "denied" | "limit" | "timeout" | "unreachable" | "server" | "other";
}
/** Policy or grants said no; nothing was sent. The message says what to grant. */
export class Denied extends CallError {
  constructor(text: string);
}
/** A budget of this call ran out. The message says which. */
export class Limit extends CallError {
  constructor(text: string);
}
/** The deadline passed before the reply was complete. */
export class Timeout extends CallError {
  constructor();
}
/** No connection, or it was lost. */
export class Unreachable extends CallError {
  constructor(text: string);
}
/** The server answered with an error. */
export class ServerError extends CallError {
  constructor(code: string, detail: string);
  /** Its first word, e.g. "WRONGTYPE". */
  readonly code: string;
  /** The rest. */
  readonly detail: string;
}
/** Anything newer than this SDK. */
export class OtherCallError extends CallError {
  constructor(text: string);
}
/** There is nothing to measure here: not a fault. */
export class NotApplicable extends Error {}
/** There is no report; the message says why. */
export class Failure extends Error {}
/** The configuration is wrong. */
export class Invalid extends Error {
  constructor(problems: Problem[]);
  readonly problems: Problem[];
}
/** A reply has another shape than the collector expected. */
export class Mismatch extends Error {
  constructor(expected: string, found: string);
  readonly expected: string;
  readonly found: string;
}
/** Bytes that are not one RESP3 value. */
export class Malformed extends Error {
  constructor(offset: number, reason: string);
  /** Where, in bytes from the start. */
  readonly offset: number;
  readonly reason: string;
}

/** Types of configurations. */
export namespace config {
  /** A type that reads as T. */
  interface Type<T, Missing extends boolean = false> {
    readonly schema: object;
    readonly type?: T;
    readonly missing?: Missing;
  }
  /** What every type takes. Another option, or a default that does not fit, is an error when the type is made. */
  interface Options<T> {
    description?: string;
    /** Makes a field of an object optional. */
    default?: T;
    /** A field that may be missing, and is then undefined. */
    optional?: boolean;
  }
  type MayMiss<O> = O extends { optional: true } ? true : false;
  /** What a type reads as. */
  type Of<T> = T extends Type<infer V, infer M> ? (M extends true ? V | undefined : V) : never;

  /** true or false. */
  function boolean<O extends Options<boolean>>(options?: O): Type<boolean, MayMiss<O>>;
  /** A number. */
  function number<O extends Options<number> & { minimum?: number; maximum?: number }>(options?: O): Type<number, MayMiss<O>>;
  /** An integer of at most 53 bits. */
  function integer<O extends Options<number> & { minimum?: number; maximum?: number }>(options?: O): Type<number, MayMiss<O>>;
  /** A string. `pattern` has no flags other than `u`. */
  function string<O extends Options<string> & { oneOf?: string[]; minLength?: number; maxLength?: number; pattern?: RegExp }>(
    options?: O,
  ): Type<string, MayMiss<O>>;
  /** An array of items of one type. */
  function array<T, O extends Options<T[]> & { minItems?: number; maxItems?: number }>(
    items: Type<T, any>, options?: O,
  ): Type<T[], MayMiss<O>>;
  /** An object with keys of the author's choice and values of one type. */
  function map<T, O extends Options<Record<string, T>>>(values: Type<T, any>, options?: O): Type<Record<string, T>, MayMiss<O>>;
  /** An object with these fields and no others. */
  function object<F extends Record<string, Type<any, any>>, O extends Options<object>>(
    fields: F, options?: O,
  ): Type<{ [K in keyof F]: Of<F[K]> }, MayMiss<O>>;
}

/**
 * A collector. Each call runs in an instance of its own: nothing is there in `collect` but the fields that `configure` set on
 * `this`. `Config` is `config.Of<typeof YourClass.config>`.
 */
export abstract class Collector<Config = any> {
  /** What the plugin is. */
  static description: Description;
  /** The type of the configuration; without it, only `{}` is taken. */
  static config?: config.Type<any, any>;
  /**
   * Declares families and commands for one configuration on one kind of server. Throws NotApplicable, Invalid; anything else is
   * told as a fault of the plugin's own.
   */
  configure(config: Config, server: Server, plan: Plan): void;
  /** Turns replies into samples. */
  collect(request: Request, report: Report): void;
}

/** A collector that walks keys: its plan has sweeps. One object lives for one run. All three functions have to be there. */
export abstract class Sweeper<Config = any, Run = any> extends Collector<Config> {
  /** Begins a run. Gives what it keeps from page to page: sums, not keys. */
  begin(request: Request): Run;
  /** Takes some keys of one sweep. `request` is that of the beginning, to ask more. */
  page(run: Run, request: Request, page: Page): void;
  /** Reports what was seen. `complete` is false when the run's budget ended before the keys did. */
  end(run: Run, complete: boolean, report: Report): void;
}

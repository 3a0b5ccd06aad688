/** Tests of a collector without a daemon: canned replies in, a page of metrics out. For Node. */

import type { Bytes, CallError, Collector, Node, Problem, Server, Sweeper } from "redwasp-sdk";

type Class<T> = new () => T;

/** The daemon would not take the plan; the message is the daemon's. */
export class MalformedPlan extends Error {}

/** The daemon would not take the report as it is. */
export class MalformedReport extends Error {}

/** A standalone master with 16 databases. Change what the test is about. */
export function server(product: string, version: string): Server;

/**
 * A server with canned replies. A command without one is refused as if the operator had not granted it. A plan that the daemon
 * would refuse is refused, and a command of a pipeline that it would deny whatever is granted is denied, whatever its reply.
 * What is wrong with COUNT bounds, with patterns in commands and with keys after the first is not said here: of commands in the
 * plan `redwasp plugin build` says it, of those that `collect` or a walk sends `redwasp plugin run` and the daemon.
 */
export class Bench {
  /** A server that knows no replies yet. */
  constructor(server: Server);
  /** A server as `redwasp plugin record` wrote it to a file. */
  static recorded(file: string | { readonly href: string }): Bench;
  /** The configuration that a recording was made with; without one, `{}`. */
  config(): object;
  /** When the scrape begins, Unix time in milliseconds; without it, 0. */
  at(unixMs: number): this;
  /** The collect after the one that gave this page: it gets what that one saved. */
  after(page: Page): this;
  /** The RESP3 bytes that answer a command, e.g. "INFO ALL". */
  reply(command: string, bytes: Bytes): this;
  /** A command that gets no reply, but this error. */
  error(command: string, error: CallError): this;
  /** A command that the operator did not grant, though the plan asks for it. */
  denied(command: string): this;
  /** A command whose reply did not come in time. */
  timeout(command: string): this;
  /** The nodes behind the target; without them, one, without slots. */
  nodes(nodes: Node[]): this;
  /** A key that sweeps find. */
  key(database: number, name: Bytes, type: string): this;
  /** Shows sweeps so many keys at a time. */
  pageOf(keys: number): this;
  /** Takes reports of so many series. */
  mostSeries(series: number): this;
  /** Lets a sweep's budget end before all keys were seen. */
  cutShort(): this;
  /** Configures and collects once. Throws the collector's refusal or failure, MalformedPlan before collect, or MalformedReport. */
  collect(type: Class<Collector<any>>, config?: object | string): Page;
  /** Configures and runs all sweeps of the plan once. Throws what `collect` throws. */
  sweep(type: Class<Sweeper<any, any>>, config?: object | string): Page;
}

/** A report as text and as values. */
export class Page {
  private constructor();
  /** The version of the plugin that gave it. */
  readonly version: string;
  /** The page in Prometheus' text format, as the daemon would serve it under a namespace. */
  text(namespace: string): string;
  /** The value of one sample; undefined when it is not there. The name is without namespace. */
  value(name: string, labels?: Record<string, string>): number | undefined;
  /** What of the configuration is not used. */
  problems(): Problem[];
  /** What the collector warned of. */
  warnings(): string[];
  /** What the collector saved for its next collect; null keeps what it has. */
  state(): Uint8Array | null;
  /** Whether the collector says that not everything could be read. */
  isPartial(): boolean;
  /** What it wrote to the log. */
  logs(): { level: string; message: string; fields: Record<string, string> }[];
}

/** Replies as RESP3 bytes. */
export function array(...elements: Bytes[]): Uint8Array;
export function boolean(value: boolean): Uint8Array;
export function bulk(value: Bytes): Uint8Array;
export function double(value: number): Uint8Array;
export function error(text: string): Uint8Array;
export function integer(value: number | bigint): Uint8Array;
export function map(...pairs: [Bytes, Bytes][]): Uint8Array;
export function nil(): Uint8Array;
export function set(...elements: Bytes[]): Uint8Array;
export function simple(text: Bytes): Uint8Array;

/**
 * A collector. The class says `static description = { name, version, summary }` and, when it can be configured, `static
 * config = config.object({ … })`.
 *
 * Each call runs in an instance of its own: nothing is there in `collect` but the fields that `configure` set on `this`. They
 * travel as bytes: handles, numbers, strings, arrays, plain objects, Maps, Sets and bytes do; functions, objects of other
 * classes and private fields (`#name`) do not.
 */
export class Collector {
  /**
   * Declares families and commands for one configuration on one kind of server. Throws NotApplicable when there is nothing
   * to measure there, and Invalid for a configuration that is wrong as a whole.
   */
  configure(_config, _server, _plan) {}

  /** Turns replies into samples. The same request must give the same report. */
  collect(_request, _report) {}
}

/**
 * A collector that walks keys: its plan has sweeps. One object lives for one run. A class that lacks one of the three functions, or
 * has it under another name, gets no plan.
 */
export class Sweeper extends Collector {
  /** Begins a run. Gives what it keeps from page to page: sums, not keys. */
  begin(_request) {}

  /** Takes some keys of one sweep. `request` is that of the beginning, to ask more. */
  page(_run, _request, _page) {}

  /** Reports what was seen; it keeps no state. `complete` is false when the run's budget ended before the keys did. */
  end(_run, _complete, _report) {}
}

/** What a call may ask of Redis. */

const CALLS = 64;
const COMMANDS = 1024;
const BYTES = 16 << 20;

/** What is left of a collect's budgets, or a page's: calls of pipeline and nodes, their commands, bytes of the replies. */
export class Budget {
  #left = { calls: CALLS, commands: COMMANDS, bytes: BYTES };

  /** Counts a call of so many commands, as the host does. */
  admit(commands) {
    const left = this.#left;
    if (left.calls === 0) throw limit(`more than ${CALLS} calls (limits.calls)`);
    left.calls--;
    if (commands > left.commands) throw limit(`more than ${COMMANDS} commands in one collect (limits.commands)`);
    left.commands -= commands;
  }

  /** Counts the bytes of replies. */
  receive(answers) {
    for (const { tag, val } of answers) if (tag === "ok") this.#left.bytes -= val.length;
  }

  /** As the contract has it. */
  record() {
    return { milliseconds: 2000, ...this.#left, bytes: Math.max(0, this.#left.bytes) };
  }
}

/** As an import's error comes out of the engine. */
function limit(text) {
  return { payload: { tag: "limit", val: text } };
}

import { Buckets, config, Failure, Invalid, KeyRead, label, Mismatch, Sweep, Sweeper } from "redwasp-sdk";

export default class Orders extends Sweeper {
  static description = {
    name: "orders",
    version: "1.0.0",
    summary: "Orders by status and amount, by walking the keys.",
  };

  static config = config.object({
    pattern: config.string({ default: "order:*", description: "Which keys are orders." }),
    buckets: config.array(config.number(), {
      default: [10, 50, 100, 500, 1000],
      description: "Upper bounds of the histogram of amounts, ascending.",
    }),
    max_statuses: config.integer({
      minimum: 1,
      maximum: 100,
      default: 10,
      description: "So many statuses are told apart; the rest is other.",
    }),
  });

  configure({ pattern, buckets, max_statuses }, server, plan) {
    const wrong = buckets.flatMap((bound, place) => {
      if (place === 0 || bound > buckets[place - 1]) return [];
      return [{ pointer: `/buckets/${place}`, message: `${bound} is not larger than ${buckets[place - 1]}` }];
    });
    if (wrong.length > 0) throw new Invalid(wrong);
    this.bounds = buckets;
    this.maxStatuses = max_statuses;
    this.orders = plan.gauge("orders", "Orders by their status.", ["status"]);
    this.amount = plan.gauge("orders_amount", "Sum of the amounts of orders by their status.", ["status"]);
    this.amounts = plan.histogram("order_amount", "Amounts of orders.");
    this.unreadable = plan.gauge("orders_unreadable", "Orders whose amount is missing or no number.");
    const sweep = new Sweep(pattern).types("hash");
    this.read = sweep.read(new KeyRead("HMGET").after("status", "amount").only("hash"));
    plan.sweep(sweep);
  }

  begin() {
    return { statuses: new Map(), amounts: new Buckets(this.bounds), orders: 0, unreadable: 0 };
  }

  /** An order that cannot be read ends the walk: what is said of the others would be too little. */
  page(run, request, page) {
    for (const key of page.keys) {
      const reply = key.reply(this.read);
      if (reply === null) continue;
      const fields = reply.elements();
      if (fields.length !== 2) throw new Failure(`HMGET gave ${fields.length} fields instead of 2`);
      const [status, amount] = fields;
      const entry = this.#statusOf(run, status.isNull ? "unknown" : status.text());
      run.orders++;
      entry.orders++;
      const value = numberOf(amount);
      if (value === null) {
        run.unreadable++;
      } else {
        entry.amount += value;
        run.amounts.observe(value);
      }
    }
  }

  end(run, complete, report) {
    for (const [status, { orders, amount }] of [...run.statuses].sort(byBytes)) {
      report.set(this.orders, [status], orders);
      report.set(this.amount, [status], amount);
    }
    report.histogram(this.amounts, [], run.amounts);
    report.set(this.unreadable, [], run.unreadable);
    if (!complete) report.warn(`the walk ended early: ${run.orders} orders were seen`);
  }

  /** Statuses come from data: without a bound they could be as many as orders. "other" is one more. */
  #statusOf({ statuses }, status) {
    const isKnown = statuses.has(status) || statuses.size < this.maxStatuses;
    const name = isKnown ? status : "other";
    let entry = statuses.get(name);
    if (entry === undefined) {
      entry = { orders: 0, amount: 0 };
      statuses.set(name, entry);
    }
    return entry;
  }
}

function numberOf(amount) {
  try {
    const value = amount.number();
    return Number.isFinite(value) ? value : null;
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}

/** JavaScript compares strings by halves of surrogate pairs: beyond U+FFFF that is another order. */
function byBytes([a], [b]) {
  const [left, right] = [label.bytes(a), label.bytes(b)];
  const place = left.findIndex((byte, place) => byte !== right[place]);
  return place === -1 ? left.length - right.length : left[place] - (right[place] ?? -1);
}

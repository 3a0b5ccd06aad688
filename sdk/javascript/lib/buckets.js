/** Counts values into the buckets of a histogram. */
export class Buckets {
  #bounds;
  #counts;

  /** `bounds` are the upper bounds, ascending; +Inf is implied. */
  constructor(bounds) {
    this.#bounds = Array.from(bounds, Number);
    if (this.#bounds.at(-1) === Infinity) this.#bounds.pop();
    this.#bounds.forEach((bound, place) => {
      if (Number.isNaN(bound)) throw new RangeError(`the bound at ${place} is not a number`);
      if (place > 0 && bound <= this.#bounds[place - 1]) {
        throw new RangeError(`bounds ascend: ${bound} is not larger than ${this.#bounds[place - 1]}`);
      }
    });
    this.#counts = new Array(this.#bounds.length).fill(0);
    /** Sum of what was observed. */
    this.sum = 0;
    /** How many values were observed. */
    this.count = 0;
  }

  /** Counts a value. One that is larger than every bound is in `count` alone. */
  observe(value) {
    if (typeof value !== "number") throw new TypeError("buckets.observe takes a number");
    const place = this.#bounds.findIndex((bound) => value <= bound);
    if (place !== -1) this.#counts[place]++;
    this.sum += value;
    this.count++;
  }

  /** Pairs of upper bound and cumulative count. */
  cumulative() {
    let sum = 0;
    return this.#bounds.map((bound, place) => [bound, (sum += this.#counts[place])]);
  }
}

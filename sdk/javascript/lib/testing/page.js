/** A report as text and as values, for assertions. */

const TYPES = {
  counter: "counter", gauge: "gauge", info: "gauge", "state-set": "gauge", histogram: "histogram",
  "gauge-histogram": "histogram", summary: "summary", unknown: "untyped",
};

/** The families of a plan with the samples of one report. */
export class Page {
  #families;
  #problems;
  #report;
  #logs;

  constructor(plan, report, logs, version) {
    this.#families = [...plan.families, ...report.late];
    this.#problems = plan.problems;
    this.#report = report;
    this.#logs = logs;
    /** The version of the plugin that gave it. */
    this.version = version;
  }

  /**
   * The page in Prometheus' text format, families and labels sorted, as the daemon would serve it under a namespace. Families
   * without samples are left out.
   */
  text(namespace) {
    const blocks = this.#families.map(({ name, help, kind, labelNames }, index) => {
      const full = `${namespace}_${name}`;
      const lines = this.#lines(index, full, labelNames);
      return lines === "" ? null : [full, `# HELP ${full} ${help}\n# TYPE ${full} ${TYPES[kind]}\n${lines}`];
    });
    const sorted = blocks.filter((block) => block !== null).sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
    return sorted.map(([, block]) => block).join("");
  }

  /** The value of one sample; undefined when it is not there. The name is without namespace, labels are an object. */
  value(name, labels = {}) {
    const index = this.#families.findIndex((family) => family.name === name);
    if (index === -1) return undefined;
    const wanted = this.#families[index].labelNames.map((label) => labels[label]);
    const isIt = ({ family, labelValues }) => family === index && labelValues.every((value, place) => value === wanted[place]);
    return this.#report.samples.find(isIt)?.value;
  }

  /** What of the configuration is not used: `{ pointer, message }`. */
  problems() {
    return this.#problems;
  }

  /** What the collector warned of. */
  warnings() {
    return this.#report.warnings;
  }

  /** What the collector saved for its next collect; null keeps what it has. */
  state() {
    return this.#report.state;
  }

  /** Whether the collector says that not everything could be read. */
  isPartial() {
    return this.#report.partial;
  }

  /** What it wrote to the log: `{ level, message, fields }`. */
  logs() {
    return this.#logs;
  }

  #lines(index, name, labelNames) {
    const of = (list) => list.filter(({ family }) => family === index);
    const lines = [];
    const line = (suffix, values, value, more) =>
      lines.push(`${name}${suffix}${labelsOf(labelNames, values, more)} ${value}\n`);
    for (const { labelValues, value } of of(this.#report.samples)) line("", labelValues, number(value));
    for (const { labelValues, buckets, sum, count } of of(this.#report.histograms)) {
      for (const [bound, below] of buckets) line("_bucket", labelValues, plain(below), ["le", bound]);
      line("_bucket", labelValues, plain(count), ["le", Infinity]);
      line("_sum", labelValues, number(sum));
      line("_count", labelValues, plain(count));
    }
    for (const { labelValues, quantiles, sum, count } of of(this.#report.summaries)) {
      for (const [quantile, value] of quantiles) line("", labelValues, number(value), ["quantile", quantile]);
      line("_sum", labelValues, number(sum));
      line("_count", labelValues, plain(count));
    }
    return lines.join("");
  }
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Labels as they stand on a page, sorted by name, with one more at the end; "" when there are none. */
export function labelsOf(names, values, more) {
  const sorted = names.map((name, place) => [name, values[place]]).sort(([a], [b]) => compare(a, b));
  const pairs = sorted.map(([name, value]) => `${name}="${escaped(value)}"`);
  if (more !== undefined) pairs.push(`${more[0]}="${number(more[1])}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value) {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function number(value) {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Number.isNaN(value) ? "NaN" : plain(value);
}

/** Without an exponent. */
function plain(value) {
  const text = Object.is(value, -0) ? "-0" : String(value);
  const [mantissa, exponent] = text.split("e");
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole, fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, "0");
}

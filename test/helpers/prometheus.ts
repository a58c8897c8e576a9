/** A family of Prometheus' text format, version 0.0.4. */
export interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  /** The values by name and labels, the labels in order: `name{a="1"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

interface ParsedSample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;

/** Parses a text of metrics; throws at the first line that breaks the format. */
export function parseMetrics(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line is not ended");
  const families = new Map<string, ParsedFamily>();
  // Each family is HELP, TYPE and the samples, with nothing between them.
  const blocks = text.split(/^(?=# HELP )/m);
  for (const block of blocks) {
    const [name, family] = parseFamily(block.trimEnd().split("\n"));
    if (families.has(name)) throw new Error(`${name} comes twice`);
    families.set(name, family);
  }
  return families;
}

function parseFamily([helpLine = "", typeLine = "", ...lines]: readonly string[]) {
  const [, name = "", help = ""] = /^# HELP (\S+) (.+)$/.exec(helpLine) ?? [];
  const [, typed, type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(typeLine) ?? [];
  if (name === "" || typed !== name) throw new Error(`no family: ${helpLine} / ${typeLine}`);
  const parsed = lines.map(parseSample);
  for (const sample of parsed) {
    const suffix = sample.name.startsWith(name) ? sample.name.slice(name.length) : undefined;
    const isPart = type === "histogram" && /^_(bucket|sum|count)$/.test(suffix ?? "");
    if (suffix !== "" && !isPart) throw new Error(`${sample.name} is none of ${name}`);
  }
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`${name} counts no total`);
  if (type === "histogram") checkHistogram(parsed);
  const samples = new Map(parsed.map((sample) => [keyOf(sample), sample.value]));
  if (samples.size < parsed.length) throw new Error(`${name} has a sample twice`);
  return [name, { help, type, samples }] as const;
}

function parseSample(line: string): ParsedSample {
  const [, name = "", inside = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (name === "") throw new Error(`no sample: ${line}`);
  const labels: [string, string][] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inside.length) {
    const [, label = "", text = ""] = LABEL.exec(inside) ?? [];
    if (label === "") throw new Error(`no label: ${inside}`);
    labels.push([label, text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c))]);
  }
  return { name, labels, value: value === "+Inf" ? Infinity : Number(value) };
}

function keyOf({ name, labels }: ParsedSample): string {
  const pairs = labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** Throws unless the buckets are cumulative, in order, and the last one has all samples. */
function checkHistogram(samples: readonly ParsedSample[]): void {
  const buckets = samples.filter(({ name }) => name.endsWith("_bucket"));
  const bounds = buckets.map(({ labels }) => (labels[0]?.[1] ?? "").replace("+Inf", "Infinity"));
  const counts = buckets.map(({ value }) => value);
  const isAscending = (values: readonly number[]) =>
    values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
  if (!isAscending(counts) || !isAscending(bounds.map(Number))) throw new Error("not cumulative");
  if (bounds.at(-1) !== "Infinity") throw new Error("there is no bucket for all");
  const count = samples.find(({ name }) => name.endsWith("_count"))?.value;
  if (count !== counts.at(-1)) throw new Error(`${count} is not what the last bucket has`);
  if (!samples.some(({ name }) => name.endsWith("_sum"))) throw new Error("there is no sum");
}

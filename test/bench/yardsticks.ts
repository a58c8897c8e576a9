import { BARE_CASES, BROWSER_CASES, type Case } from "./cases.ts";
import { BROWSER, HOST_ALONE, type Fields } from "./fields.ts";
import { measureCases, type Figures, type Rounds, type Row } from "./lanes.ts";
import { startMeerkat, type Peer } from "./peer.ts";
import { startLeast, startOthers, startStatic } from "./peers.ts";
import { formatMicroseconds, formatRatio, renderTable } from "./report.ts";
import type { Site } from "./site.ts";

/** A set of fields with the cases that are measured with it. */
interface CaseSet {
  readonly title: string;
  readonly fields: Fields;
  readonly cases: readonly Case[];
}

const SETS: readonly CaseSet[] = [
  { title: "Host alone", fields: HOST_ALONE, cases: BARE_CASES },
  { title: "A browser's fields", fields: BROWSER, cases: BROWSER_CASES },
];

/** Measures Meerkat beside the least handler, nginx and static responses; returns Markdown. */
export async function reportYardsticks(site: Site, options: Rounds): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const meerkat = stack.use(await startMeerkat([site.files]));
  const peers: Peer[] = [
    meerkat,
    stack.use(await startLeast(meerkat)),
    ...(await startOthers(["nginx"], site, stack)),
    stack.use(await startStatic(site)),
  ];
  const tables: string[] = [];
  for (const { title, fields, cases } of SETS) {
    const rows = await measureCases(peers, cases, fields, options);
    if (rows.length > 0) tables.push(renderYardstick(title, rows));
  }
  return tables.join("\n");
}

/** Renders the rows of a set of fields as a Markdown table. */
export function renderYardstick(title: string, rows: readonly Row[]): string {
  const cells = rows.map(({ title: name, figures: { meerkat, least, nginx, static: fixed } }) => [
    name,
    ...[meerkat, least, nginx, fixed].map(formatCpu),
    formatRatio(meerkat?.leastCpu, least?.leastCpu),
    formatRatio(meerkat?.leastCpu, nginx?.leastCpu),
  ]);
  const servers = ["Meerkat", "least handler", "nginx", "static `Response`"];
  return renderTable([`${title}: CPU-µs`, ...servers, "of least", "of nginx"], cells);
}

function formatCpu(figures: Figures | undefined): string {
  if (figures === undefined) return formatMicroseconds(undefined);
  const { leastCpu, medianCpu } = figures;
  return `${formatMicroseconds(leastCpu)} (${formatMicroseconds(medianCpu)})`;
}

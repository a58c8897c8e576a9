import { ARCHIVE_ATTACKS } from "./archives.ts";
import type { Attack } from "./attack.ts";
import { CODING_ATTACKS } from "./codings.ts";
import { ECHO_ATTACKS } from "./echoes.ts";
import { LISTING_ATTACKS } from "./listings.ts";
import { README_ATTACKS } from "./readmes.ts";
import { THRASH_ATTACKS } from "./thrash.ts";
import { UNREAD_ATTACKS } from "./unread.ts";
import { WORKER_ATTACKS } from "./workers.ts";

/** Every attack, in the order of the field report's rows. */
export const ATTACKS: readonly Attack[] = [
  ...CODING_ATTACKS,
  ...README_ATTACKS,
  ...ECHO_ATTACKS,
  ...UNREAD_ATTACKS,
  ...LISTING_ATTACKS,
  ...THRASH_ATTACKS,
  ...ARCHIVE_ATTACKS,
  ...WORKER_ATTACKS,
].toSorted((a, b) => Number(a.row.slice(1)) - Number(b.row.slice(1)));

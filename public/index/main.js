// The index of a directory works without this script, which adds to it. Read it as it runs:
//
//   main     starts it
//   page     finds the elements and the rows
//   times    writes the times in the visitor's zone, as people say them
//   filter   hides the rows that do not match, by fold, which forgets case and accents
//   trail    has the ways up lead to where one came from
//   keys     move the focus from link to link
//   help     shows the keys, of elements that make makes
//
// Names are only ever written as text.

import { wireFilter } from "./filter.js";
import { wireHelp } from "./help.js";
import { wireKeys } from "./keys.js";
import { findPage } from "./page.js";
import { wireTimes } from "./times.js";
import { wireTrail } from "./trail.js";

start();

/** Starts the script of the index. */
function start() {
  const page = findPage();
  wireTimes(page);
  wireFilter(page);
  wireTrail(page);
  wireKeys(page);
  wireHelp(page);
}

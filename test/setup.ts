import { setDefaultTimeout } from "bun:test";

// Bun's 5 s are too short for a cold Chromium or a flood on a busy machine. No test waits for it:
// it is only how long a broken one may hang.
setDefaultTimeout(120_000);

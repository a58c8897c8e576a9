/**
 * How long, in milliseconds, a test may hang before it counts as broken, where it starts programs
 * or moves much data: Bun's 5 s are too short for a cold Chromium on a busy machine. No test waits
 * for it.
 */
export const PATIENCE_MS = 120_000;

/**
 * The timeout, in milliseconds, of tests that start programs or move much data: Bun's 5 s are too short
 * for a cold Chromium on a busy machine. No test waits for it.
 */
export const PATIENCE_MS = 120_000;

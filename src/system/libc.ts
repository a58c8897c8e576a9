import { dlopen, type FFIFunction } from "bun:ffi";

/** The names of libc on Linux: glibc's, and musl's on two architectures. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"] as const;

/** Opens functions of libc; `undefined` on other systems than Linux, or if one of them is missing. */
export function openLibc<const F extends Readonly<Record<string, FFIFunction>>>(functions: F) {
  if (process.platform !== "linux") return undefined;
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, functions).symbols;
    } catch {
      // It has another name here.
    }
  }
  return undefined;
}

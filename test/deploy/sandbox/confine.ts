/**
 * Runs a command with the system calls that are left in a JSON file, as systemd does it, with libseccomp:
 *
 *   bun confine.ts RULES.json COMMAND…
 *
 * It is copied into the sandbox, so it imports nothing of ours.
 */
import { CString, dlopen, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";

/** A filter of system calls: one action for those of its rules, and another one for all others. */
export interface Filter {
  readonly otherwise: Action;
  readonly rules: readonly Rule[];
}

/** Allow a system call, or fail it with this errno. */
export type Action = "allow" | { readonly errno: number };

/** An action for a system call of this name, if an argument is this after it was masked. */
export interface Rule {
  readonly call: string;
  readonly action: Action;
  readonly when?: { readonly argument: number; readonly mask: number; readonly is: number };
}

/** Constants of seccomp.h in libseccomp. */
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const MASKED_EQUAL = 7;
const ARGUMENT_BYTES = 24; // sizeof(struct scmp_arg_cmp)
const NO_SUCH_CALL = -1;

const [rulesPath = "", ...command] = process.argv.slice(2);
const { symbols: seccomp } = dlopen("libseccomp.so.2", {
  seccomp_init: { args: ["u32"], returns: "ptr" },
  seccomp_syscall_resolve_name: { args: ["ptr"], returns: "i32" },
  seccomp_rule_add_array: { args: ["ptr", "u32", "i32", "u32", "ptr"], returns: "i32" },
  seccomp_load: { args: ["ptr"], returns: "i32" },
});
const { symbols: libc } = dlopen("libc.so.6", {
  execv: { args: ["ptr", "ptr"], returns: "i32" },
});

const text = (value: string) => Buffer.from(`${value}\0`);
const codeOf = (action: Action) => (action === "allow" ? ALLOW : ERRNO | action.errno);

function load({ otherwise, rules }: Filter): void {
  const filter = seccomp.seccomp_init(codeOf(otherwise));
  for (const { call, action, when } of rules) {
    const number = seccomp.seccomp_syscall_resolve_name(ptr(text(call)));
    if (number === NO_SUCH_CALL) continue; // of another machine
    const condition = Buffer.alloc(ARGUMENT_BYTES);
    condition.writeUInt32LE(when?.argument ?? 0, 0);
    condition.writeUInt32LE(MASKED_EQUAL, 4);
    condition.writeBigUInt64LE(BigInt(when?.mask ?? 0), 8);
    condition.writeBigUInt64LE(BigInt(when?.is ?? 0), 16);
    const count = when === undefined ? 0 : 1;
    const code = codeOf(action);
    const failure = seccomp.seccomp_rule_add_array(filter, code, number, count, ptr(condition));
    if (failure !== 0) throw new Error(`${call}: ${failure}`);
  }
  const failure = seccomp.seccomp_load(filter);
  if (failure !== 0) throw new Error(`seccomp_load: ${failure}`);
}

const filters = JSON.parse(readFileSync(rulesPath, "utf8")) as readonly Filter[]; // of the test
const words = command.map(text);
const pointers = BigUint64Array.from([...words.map((word) => BigInt(ptr(word))), 0n]);
// The stricter one last: it may forbid the call that sets another.
for (const filter of filters) load(filter);
const [program = text("")] = words;
libc.execv(ptr(program), ptr(pointers));
throw new Error(`${new CString(ptr(program))}: it cannot be run`);

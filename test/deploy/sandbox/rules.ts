import type { Filter, Rule } from "./confine.ts";

const EPERM = 1;
const EAFNOSUPPORT = 97;

/** Address families by name, and how many there are: linux/socket.h. */
const FAMILIES: Readonly<Record<string, number>> = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
};
const FAMILY_COUNT = 46;

/** Flags of clone(2) and unshare(2) for a new namespace, and the scheduling policies for real time. */
const NAMESPACES = [1 << 17, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30];
const REAL_TIME = [1, 2, 6];

/** The bits of a mode that RestrictSUIDSGID= forbids. */
const SET_ID = [0o4000, 0o2000];

const ANY = 0xffffffff;

/** Returns the options of a unit, in order. */
export function optionsOf(unit: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from(unit.matchAll(/^(\w+)=(.*)$/gm), ([, name = "", value = ""]) => [name, value]),
  );
}

/**
 * Makes the filters of system calls that systemd makes of a unit's options.
 *
 * @param callsOf tells the system calls and groups of a group of system calls
 */
export function filtersOf(
  options: ReadonlyMap<string, string>,
  callsOf: (group: string) => readonly string[],
): readonly Filter[] {
  const expand = (name: string): readonly string[] =>
    name.startsWith("@") ? callsOf(name).flatMap(expand) : [name];
  const allowed = (options.get("SystemCallFilter") ?? "").split(" ").flatMap(expand);
  const calls = new Set([...allowed, ...expand("@default")]);
  return [
    { otherwise: "allow", rules: forbidden(options) },
    {
      otherwise: { errno: EPERM },
      rules: Array.from(calls, (call) => ({ call, action: "allow" as const })),
    },
  ];
}

/** Returns the rules against some uses of system calls. */
function forbidden(options: ReadonlyMap<string, string>): readonly Rule[] {
  const forbid = (call: string, argument: number, mask: number, is: number, errno = EPERM) => ({
    call,
    action: { errno },
    when: { argument, mask, is },
  });
  const families = (options.get("RestrictAddressFamilies") ?? "").split(" ");
  const known = new Set(families.map((name) => FAMILIES[name]));
  const others = Array.from({ length: FAMILY_COUNT }, (_, index) => index).filter(
    (family) => !known.has(family),
  );
  return [
    ...others.map((family) => forbid("socket", 0, ANY, family, EAFNOSUPPORT)),
    ...NAMESPACES.flatMap((flag) => [
      forbid("clone", 0, flag, flag),
      forbid("unshare", 0, flag, flag),
    ]),
    ...REAL_TIME.map((policy) => forbid("sched_setscheduler", 1, ANY, policy)),
    ...SET_ID.flatMap((bit) => [
      forbid("chmod", 1, bit, bit),
      forbid("fchmod", 1, bit, bit),
      forbid("fchmodat", 2, bit, bit),
    ]),
  ];
}

import { expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import {
  formatTarHeader,
  TAR_END,
  tarPadding,
  type TarEntry,
} from "../../../src/files/archive/tar.ts";
import { HOSTILE_NAMES } from "../listing/hostile-names.ts";
import { makeTree } from "../../helpers/tree.ts";

const SECONDS = 1_700_000_000;
const EIGHT_GIB = 8 * 1024 ** 3;

function file(path: string, bytes = 0, modifiedSeconds = SECONDS): TarEntry {
  return { kind: "file", path, bytes, isExecutable: false, modifiedSeconds };
}

function text(header: Uint8Array, start: number, length: number): string {
  return Buffer.from(header.subarray(start, start + length))
    .toString()
    .replace(/\0+$/, "");
}

/** What the tar of this machine reads from an archive: a file of this length that begins so. */
function list(header: Uint8Array, bytes = header.length): string {
  using tree = makeTree();
  writeFileSync(tree.at("a.tar"), header);
  truncateSync(tree.at("a.tar"), bytes + TAR_END.length);
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    ["tar", "--list", "--verbose", "--full-time", "--quoting-style=literal", "--file", "a.tar"],
    { cwd: tree.path, env: { TZ: "UTC", PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" } },
  );
  expect(stderr.toString()).toBe("");
  expect(exitCode).toBe(0);
  return stdout.toString().replace(/\n$/, "").replace(/ +/g, " ");
}

test("formatTarHeader() writes the fields where POSIX.1-2001 has them", () => {
  const header = formatTarHeader(file("photos/a.jpg", 1000));
  expect(header.length).toBe(512);
  const fields = [
    [0, 100, "photos/a.jpg"],
    [100, 8, "0000644"],
    [108, 8, "0000000"],
    [116, 8, "0000000"],
    [124, 12, "00000001750"],
    [136, 12, "14524770400"],
    [156, 1, "0"],
    [157, 100, ""],
    [257, 6, "ustar"],
    [263, 2, "00"],
    [265, 247, ""],
  ] as const;
  for (const [start, length, value] of fields) expect(text(header, start, length)).toBe(value);
  const sum = header.reduce((total, byte) => total + byte, 0);
  const written = header.subarray(148, 156).reduce((total, byte) => total + byte, 0);
  expect(text(header, 148, 8)).toBe(`${(sum - written + 8 * 32).toString(8).padStart(6, "0")}\0 `);
});

const LONG = "x".repeat(251);

test.each<[why: string, entry: TarEntry, listed: string]>([
  [
    "a file of 8 GiB less one byte",
    file("a", EIGHT_GIB - 1),
    `-rw-r--r-- 0/0 ${EIGHT_GIB - 1} 2023-11-14 22:13:20 a`,
  ],
  ["a file of 8 GiB", file("a", EIGHT_GIB), `-rw-r--r-- 0/0 ${EIGHT_GIB} 2023-11-14 22:13:20 a`],
  ["a file of a TiB", file("a", 1024 ** 4), `-rw-r--r-- 0/0 ${1024 ** 4} 2023-11-14 22:13:20 a`],
  ["a time before 1970", file("a", 0, -86400), "-rw-r--r-- 0/0 0 1969-12-31 00:00:00 a"],
  ["a time after 2242", file("a", 0, 0o77777777777 + 1), "-rw-r--r-- 0/0 0 2242-03-16 12:56:32 a"],
  [
    "a name of 100 bytes",
    file("y".repeat(100)),
    `-rw-r--r-- 0/0 0 2023-11-14 22:13:20 ${"y".repeat(100)}`,
  ],
  [
    "a name of 101 bytes",
    file("y".repeat(101)),
    `-rw-r--r-- 0/0 0 2023-11-14 22:13:20 ${"y".repeat(101)}`,
  ],
  [
    "a path of 4,000 bytes",
    file(Array(16).fill(LONG).join("/")),
    `-rw-r--r-- 0/0 0 2023-11-14 22:13:20 ${Array(16).fill(LONG).join("/")}`,
  ],
  [
    "an executable",
    { ...file("run"), isExecutable: true } as TarEntry,
    "-rwxr-xr-x 0/0 0 2023-11-14 22:13:20 run",
  ],
  [
    "a directory",
    { kind: "directory", path: "a/b", modifiedSeconds: SECONDS },
    "drwxr-xr-x 0/0 0 2023-11-14 22:13:20 a/b/",
  ],
  [
    "a directory of 100 bytes",
    { kind: "directory", path: "d".repeat(100), modifiedSeconds: 0 },
    `drwxr-xr-x 0/0 0 1970-01-01 00:00:00 ${"d".repeat(100)}/`,
  ],
  [
    "a link",
    { kind: "link", path: "a/b", target: "../c", modifiedSeconds: 0 },
    "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 a/b -> ../c",
  ],
  [
    "a link far away",
    { kind: "link", path: "a", target: `${LONG}/я`, modifiedSeconds: 0 },
    `lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 a -> ${LONG}/я`,
  ],
])("formatTarHeader() of %s is understood by tar", (_why, entry, listed) => {
  const header = formatTarHeader(entry);
  const bytes = entry.kind === "file" ? entry.bytes : 0;
  expect(header.length % 512).toBe(0);
  expect(list(header, header.length + bytes + tarPadding(bytes).length)).toBe(listed);
});

test.each([...HOSTILE_NAMES, ...Array.from({ length: 260 }, (_, bytes) => "z".repeat(bytes + 1))])(
  "formatTarHeader() holds the name %j whole",
  (name) => {
    const path = `photos/${name}`;
    const header = formatTarHeader(file(path));
    if (header.length === 512) return expect(text(header, 0, 100)).toBe(path);
    const length = Number.parseInt(text(header, 124, 12), 8);
    const record = Buffer.from(header.subarray(512, 512 + length)).toString();
    // It begins with its own length (pax, "Extended Header").
    expect(record).toBe(`${length} path=${path}\n`);
    expect(text(header, 0, 100)).toBe("photos/PaxHeader");
    expect(text(header, 156, 1)).toBe("x");
    // For readers that know no more: the beginning, and no half of a character.
    expect(path).toStartWith(text(header, header.length - 512, 100));
  },
);

test.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
  [EIGHT_GIB + 1, 511],
])("tarPadding(%i) is %i zeros", (bytes, padding) => {
  expect(tarPadding(bytes)).toEqual(new Uint8Array(padding));
});

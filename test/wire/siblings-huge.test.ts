import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { field, request } from "../helpers/raw-http.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const GIB = 1024 ** 3;

const OLD = new Date(Date.UTC(2020, 0, 1));
const NEW = new Date(Date.UTC(2024, 0, 1));

const SMALL = "All work and no play makes a dull file. ".repeat(500);

/** A zstd frame of zeros: blocks of one byte that is repeated 128 KiB times. */
function zstdOfZeros(bytes: number): Buffer {
  const block = (last: 0 | 1) => {
    const header = Buffer.alloc(4);
    header.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | last, 0, 3);
    return header;
  };
  const blocks = Buffer.alloc((bytes / (128 * 1024) - 1) * 4, block(0));
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), blocks, block(1)]);
}

function hasOpen(pid: number, name: string): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((descriptor) => {
    try {
      return readlinkSync(`${directory}/${descriptor}`).endsWith(`/${name}`);
    } catch {
      return false; // closed meanwhile
    }
  });
}

test(
  "A4 the check of a file of 256 GiB holds nothing up, neither a request nor the end",
  async () => {
    using huge = makeTree({ "huge.txt": "", "small.txt": SMALL, "small.txt.gz": gzipSync(SMALL) });
    const bytes = 256 * GIB; // minutes
    truncateSync(huge.at("huge.txt"), bytes);
    writeFileSync(huge.at("huge.txt.zst"), zstdOfZeros(bytes));
    utimesSync(huge.at("huge.txt.zst"), NEW, NEW);
    utimesSync(huge.at("huge.txt"), OLD, OLD);
    await using program = runProgram(["--port", "0"], { cwd: huge.path });
    const port = portOf(await program.printed("REST"));
    const isCoded = async () => {
      const head = await request(port, "HEAD", "/huge.txt", { "Accept-Encoding": "zstd" });
      return field(head, "content-encoding") !== undefined;
    };
    const askSmall = async () => {
      for (let asked = 0; asked < 50; asked++) {
        expect((await request(port, "GET", "/small.txt")).body.toString()).toBe(SMALL);
      }
    };
    const isOpen = () => hasOpen(program.pid, "huge.txt.zst");
    // A look may meet the descriptor of an answer, which is closed at once; two looks in a row meet
    // the check.
    for (let looks = 0; looks < 2; looks = isOpen() ? looks + 1 : 0) {
      expect(await isCoded()).toBe(false);
      await askSmall();
    }
    expect(await isCoded()).toBe(false);
    expect(memoryMb(program.pid, "VmHWM")).toBeLessThan(200);
    program.signal("SIGINT");
    expect((await program.ended).exitCode).toBe(0);
  },
  PATIENCE_MS,
);

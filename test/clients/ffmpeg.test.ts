import { beforeAll, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, statSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { findProgram } from "../helpers/system-program.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { run, testWith } from "./client.ts";

setDefaultTimeout(PATIENCE_MS);

const ffmpegTest = testWith("ffmpeg", "ffprobe");

const { tree, server } = useTestServer({}, { log: "json" });

/** Makes a video of ten seconds whose index is at its end, and the same for HLS in parts of 2 s. */
beforeAll(async () => {
  if (findProgram("ffmpeg").isSkipped) return;
  mkdirSync(tree.at("hls"));
  const source = [
    "-f",
    "lavfi",
    "-i",
    "testsrc=duration=10:size=320x240:rate=10,noise=alls=40:allf=t",
  ];
  // A key frame each second; noise makes it large, so that it comes from the disk.
  const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10"];
  await ffmpeg(...source, ...codec, "video.mp4");
  const hls = ["-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0"];
  await ffmpeg("-i", "video.mp4", ...hls, "hls/index.m3u8");
});

async function ffmpeg(...args: readonly string[]): Promise<string> {
  const options = ["-v", "error", "-nostdin", "-threads", "1"];
  return (await run("ffmpeg", [...options, ...args], { cwd: tree.path })).stdout;
}

/** The digests of what is seen, a line a frame. */
const FRAMES = ["-f", "framemd5", "-"];

ffmpegTest("ffprobe tells the duration of a video whose index is at its end", async () => {
  expect(statSync(tree.at("video.mp4")).size).toBeGreaterThan(1 << 20);
  const args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
  const { stdout } = await run("ffprobe", [...args, `${server.origin}/video.mp4`], { cwd: "/" });
  expect(Number(stdout)).toBe(10);
});

// The last second, the middle, the beginning.
for (const seconds of ["9.5", "5", "0"]) {
  ffmpegTest(`ffmpeg -ss ${seconds} shows the same pictures as of the file`, async () => {
    const seek = (input: string) => ffmpeg("-ss", seconds, "-i", input, "-t", "0.5", ...FRAMES);
    const frames = await seek("video.mp4");
    expect(
      frames
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("#")),
    ).toHaveLength(5);
    expect(await seek(`${server.origin}/video.mp4`)).toBe(frames);
  });
}

ffmpegTest("ffmpeg plays HLS, and seeks in it", async () => {
  for (const seconds of ["0", "7"]) {
    const play = (input: string) => ffmpeg("-ss", seconds, "-i", input, ...FRAMES);
    const frames = await play("hls/index.m3u8");
    expect(frames.trimEnd().split("\n").length).toBeGreaterThan(30);
    expect(await play(`${server.origin}/hls/index.m3u8`)).toBe(frames);
  }
});

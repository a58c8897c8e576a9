import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, PHONE, until, type Page } from "../helpers/browser.ts";
import type { Size } from "../helpers/browser-engine.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { makeJpeg } from "../helpers/pictures.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const PHOTOS = await Promise.all(
  Array.from({ length: 14 }, async (_, index): Promise<[string, Uint8Array]> => {
    const size = { width: 900, height: index % 2 === 0 ? 600 : 900 };
    return [`photos/photo${index + 1}.jpg`, await makeJpeg(size, index)];
  }),
);

const { server } = useTestServer({
  ...Object.fromEntries(PHOTOS),
  "photos/below/a.jpg": await makeJpeg({ width: 40, height: 30 }),
  "photos/broken.jpg": Buffer.alloc(50_000, "no picture"),
  "photos/drawing.svg":
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><path d='M0 0h4v3z'/></svg>",
  "photos/sound.wav": makeWav(),
  "photos/notes.txt": "no picture",
  "texts/a.txt": "",
});

/** A tenth of a second of silence (RIFF WAVE, 8 bits, mono). */
function makeWav(): Buffer {
  const samples = Buffer.alloc(800, 0x80);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const FOCUSED = "document.activeElement.textContent";
const IS_OPEN = "document.querySelector('#viewer').open";
const SHOWN = "document.querySelector('#viewer-name').textContent";
const DETAILS = "document.querySelector('#viewer-details').textContent";

/** The picture is there, and nothing is in front of it. */
const IS_LOADED = "document.querySelector('.stage > img:only-child')?.naturalWidth > 0";

const tile = (name: string) => `#rows a[href="./${name}"]`;
const pictureOf = (name: string) => `document.querySelector('${tile(name)} img')`;

inEngines(({ engine, open }) => {
  async function visit(size: Size = DESKTOP, target = "/photos/?view=grid"): Promise<Page> {
    const page = await open(size);
    await page.goto(`${server.origin}${target}`);
    await until(page, "!document.querySelector('#help').hidden");
    return page;
  }

  /** Opens the viewer by a click, and waits until the picture is there. */
  async function view(page: Page, name: string): Promise<void> {
    await page.click(tile(name));
    await until(page, `${IS_OPEN} && ${SHOWN} === "${name}" && ${IS_LOADED}`);
  }

  describe("a grid of pictures", () => {
    test("is offered, travels with the links, and is left again", async () => {
      await using page = await visit(DESKTOP, "/photos/");
      await follow(page, ".view");
      expect(await page.evaluate("location.search")).toBe("?view=grid");
      await follow(page, "th:nth-child(2) a");
      expect(await page.evaluate("location.search")).toBe("?sort=size&order=desc&view=grid");
      await follow(page, '#rows a[href^="./below/"]');
      expect(await page.evaluate("location.pathname + location.search")).toBe(
        "/photos/below/?sort=size&order=desc&view=grid",
      );
      await follow(page, ".view");
      expect(await page.evaluate("location.search")).toBe("?sort=size&order=desc");
      await page.leave(() => page.goto(`${server.origin}/texts/`));
      expect(await page.evaluate("document.querySelector('.view')")).toBeNull();
    });

    test.each([DESKTOP, PHONE])(
      "shows small pictures, and icons for the rest, at %p",
      async (size) => {
        await using page = await visit(size);
        await until(page, `${pictureOf("photo1.jpg")}.naturalWidth === 320`);
        await until(page, `${pictureOf("photo2.jpg")}.naturalHeight === 320`);
        await until(
          page,
          `${pictureOf("drawing.svg")}.complete && ${pictureOf("broken.jpg")}.hidden`,
        );
        expect(await page.evaluate(`${pictureOf("notes.txt")}`)).toBeNull();
        const box = `${pictureOf("photo2.jpg")}.getBoundingClientRect()`;
        expect(await page.evaluate(`Math.abs(${box}.width - ${box}.height) < 1`)).toBe(true);
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
          true,
        );
        const complaints = await page.complaints();
        expect(complaints.filter((complaint) => /policy/i.test(complaint))).toEqual([]);
      },
    );

    test("has arrows in two dimensions, and the filter and the keys of a list", async () => {
      await using page = await visit();
      await page.press("/");
      await page.type("photo");
      await page.press("ArrowDown");
      expect(await page.evaluate(FOCUSED)).toBe("photo1.jpg");
      await page.press("ArrowRight");
      expect(await page.evaluate(FOCUSED)).toBe("photo2.jpg");
      const columns = (await page.evaluate(
        "getComputedStyle(document.querySelector('#rows')).gridTemplateColumns.split(' ').length",
      )) as number;
      await page.press("ArrowDown");
      expect(await page.evaluate(FOCUSED)).toBe(`photo${2 + columns}.jpg`);
      await page.press("ArrowLeft");
      await page.press("ArrowUp");
      expect(await page.evaluate(FOCUSED)).toBe("photo1.jpg");
      await page.press("j");
      expect(await page.evaluate(FOCUSED)).toBe("photo2.jpg");
      await page.press("?");
      await until(page, "document.querySelector('#help-title') !== null");
      await page.press("Escape");
      await page.leave(() => page.press("Backspace"));
      expect(await page.evaluate("location.pathname + location.search")).toBe("/?view=grid");
    });

    test.skipIf(!engine.emulates)("is plain links with scripts off", async () => {
      await using page = await open(DESKTOP, { withoutScripts: true });
      await page.goto(`${server.origin}/photos/?view=grid`);
      await follow(page, tile("photo1.jpg"));
      expect(await page.url()).toBe(`${server.origin}/photos/photo1.jpg`);
    });
  });

  describe("the viewer", () => {
    test("shows one picture after the other, and gives the focus back", async () => {
      await using page = await visit();
      await view(page, "photo1.jpg");
      expect(await page.evaluate(DETAILS)).toContain("3 of 17 · ");
      expect(await page.evaluate("document.querySelector('.stage img').naturalWidth")).toBe(900);
      await page.press("ArrowRight");
      await until(page, `${SHOWN} === "photo2.jpg" && ${IS_LOADED}`);
      const inStage = `(() => {
        const { top, bottom, left, right } = document.querySelector(".stage img").getBoundingClientRect();
        return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
      })()`;
      expect(await page.evaluate(inStage)).toBe(true);
      await page.press("End");
      await until(page, `${SHOWN} === "sound.wav"`);
      await page.press("ArrowRight");
      expect(await page.evaluate(SHOWN)).toBe("sound.wav");
      await page.press("ArrowLeft");
      await until(page, `${SHOWN} === "photo14.jpg"`);
      await page.press("Escape");
      await until(page, `!${IS_OPEN} && history.state === null`);
      expect(await page.evaluate(FOCUSED)).toBe("photo14.jpg");
      expect(await page.evaluate("document.querySelector('.stage').childElementCount")).toBe(0);
    });

    test("shows the way with its buttons, on a phone too", async () => {
      await using page = await visit(PHONE);
      await view(page, "photo3.jpg");
      await page.click("#viewer-next");
      await until(page, `${SHOWN} === "photo4.jpg" && ${IS_LOADED}`);
      await page.click("#viewer-previous");
      await until(page, `${SHOWN} === "photo3.jpg" && ${IS_LOADED}`);
      await page.click("#viewer-close");
      await until(page, `!${IS_OPEN}`);
      expect(await page.complaints()).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/policy/i)]),
      );
    });

    test("is closed by Back, and opened again by Forward and a reload", async () => {
      await using page = await visit();
      await view(page, "photo1.jpg");
      await page.press("ArrowRight");
      await until(page, `${SHOWN} === "photo2.jpg"`);
      await page.evaluate("history.back()");
      await until(page, `!${IS_OPEN}`);
      expect(await page.evaluate("location.pathname")).toBe("/photos/");
      await page.evaluate("history.forward()");
      await until(page, `${IS_OPEN} && ${SHOWN} === "photo2.jpg"`);
      await page.reload();
      await until(page, `${IS_OPEN} && ${SHOWN} === "photo2.jpg" && ${IS_LOADED}`);
      await page.press("Escape");
      await until(page, `!${IS_OPEN} && history.state === null`);
    });

    // The event that a dialog was closed comes some time later (HTML, "close the dialog").
    test("stays open if it is opened again at once", async () => {
      await using page = await visit();
      await view(page, "photo1.jpg");
      const contents = await page.evaluate(`new Promise((resolve) => {
        const viewer = document.querySelector("#viewer");
        const open = () => document.querySelector('${tile("photo3.jpg")}').click();
        const look = () => resolve(document.querySelector(".stage").childElementCount);
        viewer.addEventListener("close", look, { once: true });
        addEventListener("popstate", open, { once: true });
        history.back();
      })`);
      expect(contents).toBeGreaterThan(0);
      await until(page, `${IS_OPEN} && ${SHOWN} === "photo3.jpg" && ${IS_LOADED}`);
    });

    test("leads to the original, and Back leads to the viewer", async () => {
      await using page = await visit();
      await view(page, "photo1.jpg");
      await follow(page, "#viewer-original");
      expect(await page.url()).toBe(`${server.origin}/photos/photo1.jpg`);
      await page.back();
      await until(page, `${IS_OPEN} && ${SHOWN} === "photo1.jpg" && ${IS_LOADED}`);
    });

    test("plays sounds, says what it cannot show, and knows the filter", async () => {
      await using page = await visit();
      await page.press("/");
      await page.type("o"); // not the drawing
      await page.click(tile("sound.wav"));
      await until(page, `${IS_OPEN} && document.querySelector('.stage audio[controls]') !== null`);
      expect(await page.evaluate(DETAILS)).toContain("16 of 16 · ");
      await page.press("Home");
      await until(page, "document.querySelector('.stage p')?.textContent.includes('cannot show')");
      expect(await page.evaluate(SHOWN)).toBe("broken.jpg");
    });

    test("loads the next picture ahead", async () => {
      await using page = await visit();
      await view(page, "photo1.jpg");
      await until(
        page,
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/photo2.jpg'))",
      );
    });

    test("follows a swipe, and nothing that is none", async () => {
      await using page = await visit(PHONE);
      await view(page, "photo3.jpg");
      const swipe = (x: number, pointerType = "touch") =>
        page.evaluate(`(() => {
          const stage = document.querySelector(".stage");
          const send = (type, clientX) => stage.dispatchEvent(new PointerEvent(type,
            { pointerId: 7, pointerType: "${pointerType}", isPrimary: true, clientX, clientY: 300 }));
          send("pointerdown", 200);
          send("pointerup", 200 + ${x});
        })()`);
      await swipe(-100);
      expect(await page.evaluate(SHOWN)).toBe("photo4.jpg");
      await swipe(100);
      expect(await page.evaluate(SHOWN)).toBe("photo3.jpg");
      await swipe(-20);
      await swipe(-100, "mouse");
      expect(await page.evaluate(SHOWN)).toBe("photo3.jpg");
    });
  });
});

import type { SystemProgram } from "./system-program.ts";

/** A window's size in CSS pixels, without what the browser has around a page. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the system tells a page of its user, in the words of CSS. */
export interface Media {
  readonly type?: "print";
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
}

/** What is held down while a key is pressed. */
export interface KeyOptions {
  readonly control?: boolean;
}

/** How a page is opened. */
export interface PageOptions {
  readonly scheme?: "light" | "dark";
  /** The page runs no scripts; evaluate() may then not work. */
  readonly withoutScripts?: boolean;
}

/** A page in a window of its own, driven by real clicks and keys, in whatever engine. */
export interface Page extends AsyncDisposable {
  /** Loads a URL; rejects if there is nothing to show. */
  readonly goto: (url: string) => Promise<void>;
  readonly url: () => Promise<string>;
  /** Returns the value of an expression, by way of JSON; a promise is awaited. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Clicks the middle of the first element of a selector, after scrolling to it. */
  readonly click: (selector: string) => Promise<void>;
  /** Types a text where the focus is. */
  readonly type: (text: string) => Promise<void>;
  /** Presses a key, by its name in KeyboardEvent.key. */
  readonly press: (key: string, options?: KeyOptions) => Promise<void>;
  /** Chooses a file for a field. */
  readonly choose: (selector: string, path: string) => Promise<void>;
  /** Performs an act that leads to another page, and waits until that page is loaded. */
  readonly leave: (act: () => Promise<unknown>) => Promise<void>;
  readonly back: () => Promise<void>;
  readonly forward: () => Promise<void>;
  readonly reload: () => Promise<void>;
  readonly resize: (size: Size) => Promise<void>;
  /** Overrides what the system says; only in an engine that `emulates`. */
  readonly emulate: (media: Media) => Promise<void>;
  /** Returns what is in view, as a PNG. */
  readonly screenshot: () => Promise<Uint8Array>;
  /** Returns the errors and warnings of all documents so far, policy violations included. */
  readonly complaints: () => Promise<readonly string[]>;
}

/** A running browser. */
export interface Browser extends AsyncDisposable {
  readonly open: (size: Size, options?: PageOptions) => Promise<Page>;
  /** Bun's test runner ends all programs of a test that takes too long. */
  readonly hasEnded: () => boolean;
  /** The directory that it saves downloads in. */
  readonly downloads: string;
}

/** How a browser is started. */
export interface LaunchOptions {
  /** The browser takes every certificate for good. */
  readonly trustsEveryone?: boolean;
}

/** A kind of browser. */
export interface Engine {
  readonly name: "Chromium" | "Firefox" | "WebKit";
  readonly programs: Pick<SystemProgram, "isSkipped" | "reason">;
  /** It can pretend to print, to run no scripts, and so on. */
  readonly emulates: boolean;
  readonly launch: (options: LaunchOptions) => Promise<Browser>;
}

/** Wraps an expression so that its value comes as JSON, which every protocol can carry. */
export function asJson(expression: string): string {
  return `(async () => JSON.stringify(await (${expression})))()`;
}

/** Reads what `asJson()` made; JSON has no `undefined`. */
export function fromJson(text: unknown): unknown {
  return typeof text === "string" ? JSON.parse(text) : undefined;
}

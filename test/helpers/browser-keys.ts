import type { KeyOptions } from "./browser-engine.ts";

/** The keys that are no characters, as WebDriver writes them (§17.4.2, "Keyboard actions"). */
const NAMED: Readonly<Record<string, string>> = {
  Backspace: "\ue003",
  Tab: "\ue004",
  Enter: "\ue007",
  Escape: "\ue00c",
  PageUp: "\ue00e",
  PageDown: "\ue00f",
  End: "\ue010",
  Home: "\ue011",
  ArrowLeft: "\ue012",
  ArrowUp: "\ue013",
  ArrowRight: "\ue014",
  ArrowDown: "\ue015",
};

const CONTROL = "\ue009";

/** Writes the keys of a text as a source of WebDriver actions, which BiDi has as well. */
export function typing(text: string): object {
  return actions(characters(text).flatMap(stroke));
}

/** Writes the press of one key. */
export function pressing(key: string, { control = false }: KeyOptions): object {
  const press = stroke(NAMED[key] ?? key);
  if (!control) return actions(press);
  return actions([
    { type: "keyDown", value: CONTROL },
    ...press,
    { type: "keyUp", value: CONTROL },
  ]);
}

function stroke(value: string): object[] {
  return [
    { type: "keyDown", value },
    { type: "keyUp", value },
  ];
}

function actions(strokes: readonly object[]): object {
  return { type: "key", id: "keyboard", actions: strokes };
}

/** Splits a text into what one key types. */
export function characters(text: string): string[] {
  return [...text];
}

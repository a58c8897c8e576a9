/** A text as it is written down in an encoding that is not UTF-8. */
export interface EncodedText {
  readonly encoding: string;
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function encoded(encoding: string, text: string, hex: string): EncodedText {
  return { encoding, text, bytes: Uint8Array.fromHex(hex.replaceAll(" ", "")) };
}

/** Encodings that text is found in, by the names that browsers have for them. */
export const ENCODED_TEXTS: readonly EncodedText[] = [
  encoded("euc-kr", "한글", "C7D1 B1DB"),
  encoded("shift_jis", "日本語", "93FA 967B 8CEA"),
  encoded("euc-jp", "日本語", "C6FC CBDC B8EC"),
  // Seven bits: valid UTF-8, and nothing that anybody could read as it.
  encoded("iso-2022-jp", "日本語", "1B2442 467C 4B5C 386C 1B2842"),
  encoded("gb18030", "中文", "D6D0 CEC4"),
  encoded("big5", "中文", "A4A4 A4E5"),
  encoded("windows-1251", "Привет", "CFF0 E8E2 E5F2"),
  encoded("koi8-r", "Привет", "F0D2 C9D7 C5D4"),
  encoded("windows-1252", "café", "6361 66E9"),
  encoded("utf-16le", "é日", "FFFE E900 E565"),
  encoded("utf-16be", "é日", "FEFF 00E9 65E5"),
];

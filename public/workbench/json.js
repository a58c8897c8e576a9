/** @typedef {{ kind: "plain" | "key" | "string" | "number" | "word", text: string }} Token */

/** Strings, punctuation, and whatever else stands between them: numbers and words. */
const lexeme = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
/** Levels beyond this are not indented further: a hostile text would take gigabytes. */
const maxIndents = 40;
/** The most parts in colors of their own: each is an element. Beyond it the text has one color. */
const maxColored = 4000;

/**
 * Tells whether a text is a JSON object or array.
 * @param {string} text
 */
export function isJson(text) {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lays JSON out, a member a line. Its values stay as they were written: a parser would round large
 * numbers and drop members of the same name.
 * @param {string} json
 * @returns {Token[]}
 */
export function layOutJson(json) {
  const lexemes = json.match(lexeme) ?? [];
  /** @type {Token[]} */
  const tokens = [];
  let depth = 0;
  lexemes.forEach((text, index) => {
    const previous = lexemes[index - 1] ?? "";
    const isClosing = text === "}" || text === "]";
    if (isClosing) depth -= 1;
    if (isLineStart(previous, isClosing)) addToken(tokens, "plain", lineStart(depth));
    if (text === "{" || text === "[") depth += 1;
    addToken(tokens, kindOf(text, lexemes[index + 1]), text === ":" ? ": " : text);
  });
  if (tokens.length <= maxColored) return tokens;
  return [{ kind: "plain", text: tokens.map(({ text }) => text).join("") }];
}

/**
 * Tells whether a lexeme begins a line: empty objects and arrays stay in one.
 * @param {string} previous the lexeme before it
 * @param {boolean} isClosing it ends an object or an array
 */
function isLineStart(previous, isClosing) {
  const isFirst = previous === "{" || previous === "[";
  if (isClosing) return previous !== "" && !isFirst;
  return isFirst || previous === ",";
}

/**
 * Writes a line break and the indentation of a level.
 * @param {number} depth
 */
function lineStart(depth) {
  return `\n${"  ".repeat(Math.min(depth, maxIndents))}`;
}

/**
 * Adds a token, or joins it to the last one if both are plain.
 * @param {Token[]} tokens
 * @param {Token["kind"]} kind
 * @param {string} text
 */
function addToken(tokens, kind, text) {
  const last = tokens.at(-1);
  if (kind === "plain" && last?.kind === "plain") last.text += text;
  else tokens.push({ kind, text });
}

/**
 * Names what a lexeme is.
 * @param {string} text
 * @param {string | undefined} next the lexeme behind it
 * @returns {Token["kind"]}
 */
function kindOf(text, next) {
  if (text.startsWith('"')) return next === ":" ? "key" : "string";
  if (/^[{}[\],:]$/.test(text)) return "plain";
  return /^[-\d]/.test(text) ? "number" : "word";
}

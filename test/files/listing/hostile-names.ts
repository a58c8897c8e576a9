/** Names a file system may hold, each with what it is to break. */
export const HOSTILE_NAMES: readonly string[] = [
  "<img src=x onerror=alert(1)>.txt", // markup
  "</title><script>alert(1)</script>", // the end of whatever it is in
  "<!--", // a comment that swallows the rest
  '"quote".txt', // the end of an attribute
  "'quote'.txt",
  "x onmouseover=alert(1)", // another attribute
  "a&b.txt", // a character reference
  "&lt;b&gt;.txt", // one that is there already
  "javascript:alert(1)", // a scheme
  "JavaScript:alert(1)//.txt".replaceAll("/", "\u2044"),
  "data:text\u2044html,x",
  "http:", // a scheme and nothing else
  "файл.txt", // beyond ASCII
  "🦦.txt", // beyond the BMP
  "e\u0301.txt", // decomposed, and so to be kept
  "new\nline.txt", // a second line, a second header field
  "\r\nSet-Cookie: x=1",
  "tab\t.txt", // what URL parsers remove without a word
  "\x1b[31mred.txt", // a command to a terminal
  "%41", // an escape that is none
  "%", // half an escape
  "%2e%2e%2f", // a way up, decoded twice
  "?x", // a query
  "a?sort=size&order=desc",
  "#y", // a fragment
  "+", // a space, to a form
  " leading", // what URL parsers trim
  "trailing ",
  "trailing dots..",
  "...",
  "..foo", // no way up
  "\\\\host\\share", // a backslash is a slash to a browser
  "\u2215\u2215host", // looks like slashes
  ";jsessionid=1",
  "@host",
  "photo\u202egpj.exe", // reads as photoexe.jpg
  "\u2066isolate\u2069",
  "zero\u200bwidth",
  "\ufeffbom",
  "\u2028line",
  "שלום.txt", // right to left
  "constructor", // what every object has
  "__proto__",
  "~",
  "nul\x7f",
  "x".repeat(251) + ".txt", // 255 bytes, the most there can be
  "ж".repeat(127),
];

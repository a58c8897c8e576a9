/** Header fields of a request, by name. */
export type Fields = Readonly<Record<string, string>>;

/** The fields that a load generator sends by itself: Host alone. */
export const HOST_ALONE: Fields = {};

/**
 * The fields that Chromium sends with Host when a person opens an address: nine in all, without
 * Accept-Encoding. Some servers would compress random bytes for it.
 */
export const BROWSER: Fields = {
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
  Accept:
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
  "Accept-Language": "en-US,en;q=0.9,de;q=0.8",
  Cookie: "theme=dark; session=8f2b6c1d9e4a47f0b3c5d7e9f1a2b4c6",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-User": "?1",
};

/** The field that Chromium sends besides, where a coding is wanted. */
export const CODINGS: Fields = { "Accept-Encoding": "gzip, deflate, br, zstd" };

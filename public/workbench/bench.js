import { onTargetChange } from "./connection.js";

/** @import { Elements } from "./elements.js" */
/** @import { Page } from "./page.js" */

/** @param {Page} page */
export function wireBench(page) {
  const { ui } = page;
  for (const field of Object.values(ui.bench)) {
    field.addEventListener("input", () => {
      ui.url.value = withWishes(ui.url.value, composeWishes(ui.bench));
      showBenchSummary(ui);
      onTargetChange(page);
    });
  }
  ui.url.addEventListener("input", () => {
    showWishes(ui.bench, readQuery(ui.url.value));
    showBenchSummary(ui);
  });
}

/**
 * What the controls say, as parts of a query. The server checks them: a wrong one is for testing too.
 * @param {Elements["bench"]} bench
 */
function composeWishes({ delay, jitter, close, reason, after, drop, greet, every }) {
  const code = close.value.trim();
  const ending = code && reason.value ? `${code},${reason.value}` : code;
  const values = [
    ["delay", delay.value.trim()],
    ["jitter", jitter.value.trim()],
    ["close", ending],
    ["after", after.value.trim()],
    ["greet", greet.value],
    ["every", every.value.trim()],
  ];
  const parts = values
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${escapeValue(`${value}`)}`);
  return drop.checked ? [...parts, "drop"] : parts;
}

/**
 * As few escapes as a query needs, so that it stays readable.
 * @param {string} value
 */
function escapeValue(value) {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%2C", ",");
}

/**
 * The address with these wishes in place of its own; what else is in its query stays.
 * @param {string} url
 * @param {string[]} wishes
 */
function withWishes(url, wishes) {
  const [address = "", ...rest] = url.split("?");
  const others = rest
    .join("?")
    .split("&")
    .filter((part) => part !== "" && !isWish(part));
  const query = [...others, ...wishes].join("&");
  return query === "" ? address : `${address}?${query}`;
}

/** @param {string} part */
function isWish(part) {
  const [name = ""] = new URLSearchParams(part).keys();
  return ["delay", "jitter", "close", "after", "drop", "greet", "every"].includes(name);
}

/** @param {string} url */
function readQuery(url) {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1));
}

/**
 * @param {Elements["bench"]} bench
 * @param {URLSearchParams} query
 */
function showWishes(bench, query) {
  for (const name of /** @type {const} */ (["delay", "jitter", "after", "greet", "every"])) {
    bench[name].value = query.get(name) ?? "";
  }
  const [, code = "", reason = ""] = /^([^,]*),?(.*)$/s.exec(query.get("close") ?? "") ?? [];
  bench.close.value = code;
  bench.reason.value = reason;
  bench.drop.checked = query.has("drop");
}

/** @param {Elements} ui */
function showBenchSummary({ benchSummary, url }) {
  const wishes = [...readQuery(url.value)].filter(([name]) => isWish(name));
  benchSummary.textContent = wishes.map(([name, value]) => `${name} ${value}`.trim()).join(" · ");
}

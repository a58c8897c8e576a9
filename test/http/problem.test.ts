import { expect, test } from "bun:test";
import { chooseProblemForm, renderProblem } from "../../src/http/problem.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

test.each([
  [undefined, "text"],
  ["*/*", "text"],
  ["image/png", "text"],
  ["", "text"],
  [BROWSER, "html"],
  ["text/html", "html"],
  ["text/html;q=0.5, */*;q=0.1", "html"],
  ["application/json", "json"],
  ["application/problem+json", "json"],
] as const)("chooseProblemForm(%j) is %s", (accept, form) => {
  expect(chooseProblemForm(accept)).toBe(form);
});

test("renderProblem() as text has the status, the phrase and what to do", () => {
  expect(renderProblem(404, undefined, 0)).toEqual({
    contentType: "text/plain; charset=utf-8",
    body: "404 Not Found\nThere is nothing at this address. Check the spelling, or start from the index.\n",
  });
});

test("renderProblem() as JSON is a problem of RFC 9457", () => {
  const { contentType, body } = renderProblem(405, "application/json", 0, "Use GET.");
  expect(contentType).toBe("application/problem+json");
  expect(JSON.parse(body)).toEqual({
    type: "about:blank",
    title: "Method Not Allowed",
    status: 405,
    detail: "Use GET.",
  });
});

test("renderProblem() as a page escapes the advice, and has no style or script of its own", () => {
  const { contentType, body } = renderProblem(400, BROWSER, 0, '<b onclick="x">&');
  expect(contentType).toBe("text/html; charset=utf-8");
  expect(body).toContain("<h1>400 Bad Request</h1>");
  expect(body).toContain("&lt;b onclick=&quot;x&quot;&gt;&amp;");
  expect(body).not.toMatch(/<script|<style|style=|<b /);
});

test.each([400, 403, 404, 405, 412, 416, 500, 503])(
  "renderProblem(%i) says what to do",
  (status) => {
    const [line = "", advice = ""] = renderProblem(status, undefined, 0).body.split("\n");
    expect(line).toMatch(new RegExp(`^${status} [A-Z]`));
    expect(advice).toEndWith(".");
  },
);

test.each([
  [0, ["./.meerkat/index.css", "./favicon.svg", "./"]],
  [1, ["../.meerkat/index.css", "../favicon.svg", "../"]],
  [3, ["../../../.meerkat/index.css", "../../../favicon.svg", "../../../"]],
])("B5 renderProblem() at depth %i refers to what is ours by steps up", (depth, references) => {
  const { body } = renderProblem(404, BROWSER, depth);
  expect(Array.from(body.matchAll(/(?:href|src)="([^"]*)"/g), ([, each]) => each)).toEqual(
    references,
  );
});

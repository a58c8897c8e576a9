import { connectTo } from "./connection.js";
import { send, showMessage } from "./composer.js";
import { withWishes, readWishes } from "./query.js";

/** @import { Page } from "./page.js" */

const json =
  '{\n  "type": "greeting",\n  "number": {{n}},\n  "at": "{{now}}",\n  "id": "{{uuid}}"\n}';

/** The messages to begin with, for the echo beside this page, which is late if there is a delay. */
const steps = [
  { label: "Say hello", text: "hello", delay: "" },
  { label: "Send a message in JSON", text: json, delay: "" },
  { label: "Try a server that answers 250 ms late", text: "are you there?", delay: "250" },
];

/**
 * Offers first steps in the empty log; each fills in the form, as its user would, and sends it.
 * @param {Page} page
 * @param {() => void} showFields shows what follows from the fields
 */
export function wireFirstSteps(page, showFields) {
  const { ui } = page;
  const rows = steps.map(({ label, text, delay }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      const url = ui.url.defaultValue;
      ui.url.value = withWishes(url, { ...readWishes(url), delay });
      showMessage(page, { format: "text", text });
      showFields();
      const { state, target } = page.connection;
      if (state === "connected" && target?.url === ui.url.value) send(page);
      else connectTo(page, () => send(page));
    });
    const row = document.createElement("li");
    row.append(button);
    return row;
  });
  ui.firstSteps.replaceChildren(...rows);
}

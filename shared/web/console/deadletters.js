// @ts-check
/** Messages that could not become requests: why, and putting them back. */

import { h } from "../common/dom.js";
import { plural } from "../common/words.js";
import { asked } from "./asking.js";
import { badge, quiet, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { placeOf } from "./router.js";
import { may, post } from "./session.js";
import { say } from "./shell.js";
import { table } from "./table.js";

// The one queue whose messages are put aside; the others' say nothing of their own.
const QUEUE = "image-requests";
const A_PAGE = 50;
const MOST = 100;

/** @param {{errors: {pointer: string, detail: string}[]}} record */
const faults = ({ errors }) =>
  h(
    "ul",
    {},
    errors.map(({ pointer, detail }) => h("li", {}, h("code", {}, pointer), ` ${detail}`)),
  );

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Message", cell: ({ messageId }) => h("span", { class: "mono break" }, messageId) },
  { head: "Put aside", cell: ({ at }) => when(at) },
  { head: "Code", cell: ({ code }) => badge("bad", code) },
  { head: "Why", kind: "wide", cell: faults },
  { head: "Put back", cell: ({ redrivenAt }) => (redrivenAt ? when(redrivenAt) : quiet("not yet")) },
];

/** @type {import("./views.js").View} */
export const deadletters = {
  title: () => "Dead letters",

  async load({ route, state }) {
    const query = new URLSearchParams({ limit: String(A_PAGE) });
    const code = route.query.get("code");
    if (code) query.set("code", code);
    return pagesOf(`deadletters/${QUEUE}?${query}`, state.pages ?? 1);
  },

  draw({ items, more: older, first }, { route }) {
    const code = route.query.get("code") ?? "";
    return [
      h("p", { class: "quiet" }, "Messages of the queue ", h("code", {}, QUEUE), " that could not become requests. They are kept for 90 days."),
      codes(first.counts, code),
      may("operate") && waiting(first.counts, code) ? putBack(code) : null,
      table("Dead letters, newest first", COLUMNS, items, { key: (one) => one.name, empty: "No message was put aside." }),
      moreButton(older, "Show older ones"),
    ].filter((one) => one !== null);
  },

  actions: {
    more,
    async redrive({ route, refresh }, form) {
      const given = new FormData(/** @type {HTMLFormElement} */ (form));
      const code = route.query.get("code");
      const most = Number(given.get("max"));
      const which = code ? `with the code ${code}` : "of every code";
      const text = `Up to ${plural(most, "message")} ${which} are put back on the queue. None becomes two requests.`;
      if (!(await asked({ title: "Put messages back?", text, act: "Put back" }))) return;
      const { redriven, skipped, left } = await redrive(most, code ? { code } : {});
      const lost = skipped ? ` ${skipped} could not be: their bodies are not kept any more.` : "";
      say(`${redriven} put back, ${left} left.${lost}`, skipped ? "warn" : "good");
      await refresh();
    },
  },
};

/**
 * One answer is about as many records as it has read; the next goes on behind them.
 *
 * @param {number} most
 * @param {{code?: string}} which
 */
async function redrive(most, which) {
  const told = { redriven: 0, skipped: 0, left: 0 };
  let continuation;
  do {
    const from = continuation ? { continuation } : {};
    const part = await post(`deadletters/${QUEUE}/redrive`, { max: most - told.redriven, ...which, ...from });
    told.redriven += part.redriven;
    told.skipped += part.skipped;
    told.left += part.left;
    continuation = part.continuation;
  } while (continuation && told.redriven < most);
  return told;
}

/** @param {Record<string, number>} counts of those that wait @param {string} code "" for any */
const waiting = (counts, code) => (code ? (counts[code] ?? 0) : Object.values(counts).reduce((one, other) => one + other, 0));

/** @param {Record<string, number>} counts @param {string} chosen */
function codes(counts, chosen) {
  const chip = (/** @type {string} */ code, /** @type {string} */ label, /** @type {number} */ count) =>
    h(
      "a",
      { class: "chip", href: placeOf("deadletters", { code }), "aria-current": code === chosen ? "true" : null, "data-key": `code-${code}` },
      label,
      h("span", { class: "count" }, String(count)),
    );
  const named = Object.keys({ ...(chosen ? { [chosen]: 0 } : {}), ...counts });
  return h(
    "nav",
    { class: "chips", "aria-label": "Waiting dead letters by code" },
    chip("", "All", waiting(counts, "")),
    named.map((code) => chip(code, code, counts[code] ?? 0)),
  );
}

/** @param {string} code */
function putBack(code) {
  const number = h("input", { id: "redrive-max", name: "max", type: "number", min: 1, max: MOST, value: MOST, required: true });
  return h(
    "form",
    { class: "filters", "data-action": "redrive", "data-key": "redrive" },
    h("label", { for: "redrive-max" }, "At most", number),
    h("button", {}, code ? `Put back “${code}”` : "Put back all"),
  );
}

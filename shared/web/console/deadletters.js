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
      h("p", { class: "quiet" }, "Messages that could not become requests, kept for 90 days."),
      codes(first.counts, code),
      may("operate") && waiting(first.counts, code) ? putBack(code) : null,
      table("Dead letters, newest first", COLUMNS, items, {
        key: (one) => one.name,
        empty: "No message was put aside.",
      }),
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
    const body = { max: most - told.redriven, ...which, ...(continuation && { continuation }) };
    const part = await post(`deadletters/${QUEUE}/redrive`, body);
    told.redriven += part.redriven;
    told.skipped += part.skipped;
    told.left += part.left;
    continuation = part.continuation;
  } while (continuation && told.redriven < most);
  return told;
}

/** @param {Record<string, number>} counts of those that wait @param {string} code "" for any */
function waiting(counts, code) {
  const found = code ? [counts[code] ?? 0] : Object.values(counts);
  return found.reduce((one, other) => one + other, 0);
}

/** @param {Record<string, number>} counts @param {string} chosen */
function codes(counts, chosen) {
  const named = Object.keys({ ...(chosen ? { [chosen]: 0 } : {}), ...counts });
  return h(
    "nav",
    { class: "chips", "aria-label": "Waiting dead letters by code" },
    chip("", waiting(counts, ""), chosen),
    named.map((code) => chip(code, counts[code] ?? 0, chosen)),
  );
}

/** @param {string} code "" for all of them @param {number} count @param {string} chosen */
function chip(code, count, chosen) {
  const current = code === chosen ? "true" : null;
  return h(
    "a",
    { class: "chip", href: placeOf("deadletters", { code }), "aria-current": current, "data-key": `code-${code}` },
    code || "All",
    h("span", { class: "count" }, String(count)),
  );
}

/** @param {string} code */
function putBack(code) {
  const given = { id: "redrive-max", name: "max", type: "number", value: MOST };
  const number = h("input", { ...given, min: 1, max: MOST, required: true });
  return h(
    "form",
    { class: "filters", "data-action": "redrive", "data-key": "redrive" },
    h("label", { for: "redrive-max" }, "At most", number),
    h("button", {}, code ? `Put back “${code}”` : "Put back all"),
  );
}

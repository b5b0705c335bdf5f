// @ts-check
/** What was sent to whom, what is still to be sent, and sending it again. */

import { h } from "../common/dom.js";
import { badgeOf, idLink, quiet, relative, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { placeOf } from "./router.js";
import { may, post } from "./session.js";
import { say } from "./shell.js";
import { table } from "./table.js";
import { DELIVERIES, eventName } from "./words.js";

const STATES = /** @type {const} */ ({ "": "All", pending: "Pending", dead: "Dead", delivered: "Delivered" });
const A_PAGE = 50;
const MOST_SHOWN = 14;

/** @param {{stream: string}} one */
function stream({ stream: name }) {
  const [kind, id] = name.split("/", 2);
  return kind === "images" && id ? idLink(id) : h("span", { class: "break" }, name);
}

/** @param {any} one */
function answer({ status, attempt }) {
  return [status ? String(status) : quiet(attempt ? "none" : "–"), " ", quiet(attempt ? `attempt ${attempt}` : "")];
}

/** A subscription's id is long. @param {string} sink */
const shortened = (sink) => (sink.length > MOST_SHOWN ? `${sink.slice(0, MOST_SHOWN)}…` : sink);

/** @param {any} one */
function again({ id, state, type, sink }) {
  if (!may("operate") || state === "gone") return null;
  const props = { type: "button", "data-action": "redeliver", "data-id": id, "data-key": "redeliver" };
  return h("button", { ...props, "aria-label": `Redeliver ${eventName(type)} to ${sink}` }, "Redeliver");
}

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Event", cell: ({ type, seq }) => [h("strong", {}, eventName(type)), " ", quiet(String(seq))] },
  { head: "Of", kind: "wide", cell: stream },
  { head: "To", kind: "nowrap", cell: ({ sink }) => h("span", { title: sink }, shortened(sink)) },
  { head: "State", cell: ({ state }) => badgeOf(DELIVERIES, state) },
  { head: "Answer", kind: "nowrap", cell: answer },
  { head: "Last", cell: ({ at }) => when(at) },
  { head: "Next", cell: ({ nextAt }) => relative(nextAt) },
  { head: "Redeliver", kind: "acts", cell: again },
];

/** @type {import("./views.js").View} */
export const deliveries = {
  title: () => "Deliveries",

  load({ route, state }) {
    const query = new URLSearchParams({ limit: String(A_PAGE) });
    for (const name of ["state", "requestId"]) {
      const value = route.query.get(name);
      if (value) query.set(name, value);
    }
    return pagesOf(`deliveries?${query}`, state.pages ?? 1);
  },

  draw({ items, more: older }, { route }) {
    const chosen = route.query.get("state") ?? "";
    const requestId = route.query.get("requestId") ?? "";
    const chips = Object.entries(STATES).map(([state, label]) => {
      const current = state === chosen ? "true" : null;
      return h("a", { class: "chip", href: placeOf("deliveries", { state, requestId }), "aria-current": current }, label);
    });
    return [
      h("nav", { class: "chips", "aria-label": "Deliveries by state" }, chips),
      table("Deliveries, newest first", COLUMNS, items, { key: (one) => one.id, empty: "No deliveries here." }),
      moreButton(older, "Show older ones"),
    ].filter((one) => one !== null);
  },

  actions: {
    more,
    async redeliver({ refresh }, { dataset }) {
      await post(`deliveries/${encodeURIComponent(dataset.id ?? "")}/redeliver`);
      say("It is sent again; the event keeps its id.");
      await refresh();
    },
  },
};

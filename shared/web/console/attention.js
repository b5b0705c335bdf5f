// @ts-check
/** Requests that wait for an operator, and the operator's answer to each. */

import { h } from "../common/dom.js";
import { plural } from "../common/words.js";
import { asked } from "./asking.js";
import { badge, costOf, idLink, quiet, relative, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { may, post } from "./session.js";
import { say } from "./shell.js";
import { attentionWords } from "./words.js";

/** @type {Record<string, {title: string, text: string, act: string, danger: boolean, said: string}>} */
const ANSWERS = {
  retry: {
    title: "Retry this request?",
    text: "The work goes on where it stopped. Where the images are not there, that is another paid call.",
    act: "Retry",
    danger: false,
    said: "It goes on.",
  },
  useStored: {
    title: "Use the images that are stored?",
    text: "What the call without an answer has left is taken; its cost is then an estimate.",
    act: "Use them",
    danger: false,
    said: "The stored images are taken.",
  },
  abandon: {
    title: "Abandon this request?",
    text: "It ends as failed. This cannot be undone.",
    act: "Abandon",
    danger: true,
    said: "It is abandoned.",
  },
};

/** @type {import("./views.js").View} */
export const attention = {
  title: () => "Attention",

  load: ({ state }) => pagesOf("images?status=needsAttention&limit=100", state.pages ?? 1),

  draw({ items, more: older }) {
    const first = [...items].sort((one, other) => one.attention.deadline.localeCompare(other.attention.deadline));
    const none = older ? "None among those that were looked at." : "Nothing needs an operator.";
    return [
      items.length ? null : h("p", { class: "empty quiet" }, none),
      h("ul", { class: "cards" }, first.map((one) => h("li", { "data-key": one.id }, attentionCard(one, true)))),
      moreButton(older, "Look further back"),
    ].filter((one) => one !== null);
  },

  actions: { more, resume },
};

/**
 * @param {any} resource
 * @param {boolean} linked whether it says which request it is
 */
export function attentionCard(resource, linked) {
  const { code, since, deadline, seq, stored } = resource.attention;
  const [title, text] = attentionWords(code);
  return h(
    "article",
    { class: "card attention" },
    h("div", { class: "card-head" }, h("h2", {}, title), badge("bad", code)),
    h("p", {}, text),
    h(
      "p",
      { class: "quiet small" },
      linked ? [idLink(resource.id), " · "] : null,
      `${resource.caller} · ${resource.options.model} · since `,
      when(since),
      " · fails by itself ",
      relative(deadline),
    ),
    h("p", { class: "small" }, "Cost so far: ", costOf(resource.cost)),
    may("operate")
      ? h(
          "div",
          { class: "buttons" },
          answer("retry", "Retry", resource.id, seq),
          stored ? answer("useStored", `Use the stored ${plural(stored, "image")}`, resource.id, seq) : null,
          answer("abandon", "Abandon", resource.id, seq),
        )
      : quiet("To answer, a key needs the role operate."),
  );
}

/** @param {string} action @param {string} text @param {string} id @param {number} seq */
function answer(action, text, id, seq) {
  const which = { "data-answer": action, "data-id": id, "data-seq": seq, "data-key": `${action}-${seq}` };
  const look = { class: ANSWERS[action].danger ? "danger" : null, "aria-label": `${text}: ${id}` };
  return h("button", { type: "button", "data-action": "resume", ...which, ...look }, text);
}

/** @param {import("./views.js").Context} context @param {HTMLElement} element */
export async function resume({ refresh }, { dataset }) {
  const { title, text, act, danger, said } = ANSWERS[dataset.answer ?? ""];
  if (!(await asked({ title, text, act, danger }))) return;
  await post(`images/${dataset.id}/resume`, { action: dataset.answer, attention: Number(dataset.seq) });
  await refresh();
  say(said);
}

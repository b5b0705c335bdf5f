// @ts-check
/** Prompt templates by name, as their newest versions have them. */

import { h } from "../common/dom.js";
import { badge, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { templatePlace } from "./router.js";
import { table } from "./table.js";

const A_PAGE = 50;

/** @param {any} one */
const named = ({ name, title }) => [
  h("a", { class: "break", href: templatePlace(name) }, name),
  h("span", { class: "under quiet small" }, title),
];

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Template", kind: "wide", cell: named },
  { head: "Version", kind: "labelled", cell: ({ version }) => String(version) },
  { head: "State", cell: ({ retired }) => (retired ? badge("warn", "Retired") : badge("good", "In use")) },
  { head: "Put", cell: ({ createdAt }) => when(createdAt) },
  { head: "Owner", cell: ({ owner }) => owner && h("span", { class: "break" }, owner) },
  { head: "Tags", cell: ({ tags }) => tags.join(", ") },
];

/** @type {import("./views.js").View} */
export const templates = {
  title: () => "Templates",
  everyMs: 15_000,

  load: ({ state }) => pagesOf(`templates?limit=${A_PAGE}`, state.pages ?? 1),

  draw: ({ items, more: others }) =>
    [
      table("Templates, by name", COLUMNS, items, {
        key: ({ name }) => name,
        empty: "No template has been put yet.",
        compact: true,
      }),
      moreButton(others, "Show more"),
    ].filter((one) => one !== null),

  actions: { more },
};

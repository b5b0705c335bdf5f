// @ts-check
/** Tables that stay tables for screen readers, also where a phone shows their rows as cards. */

import { h } from "../common/dom.js";

/**
 * @typedef {import("../common/dom.js").Child} Child
 * @typedef {object} Column
 * @property {string} head
 * @property {(row: any) => Child | Child[]} cell
 * @property {string} [kind] class of its cells: `number`, `wide`, `labelled`, `acts`
 */

/**
 * The first column names the row.
 *
 * @param {string} caption
 * @param {Column[]} columns
 * @param {any[]} rows
 * @param {{key: (row: any) => string, empty: string, compact?: boolean, foot?: Child[]}} options
 *   `compact`: as cards most cells need no label
 */
export function table(caption, columns, rows, { key, empty, compact = false, foot }) {
  if (!rows.length) return h("p", { class: "empty quiet" }, empty);
  return h(
    "table",
    { role: "table", class: compact ? "list compact" : "list" },
    h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(head))),
    h("tbody", { role: "rowgroup" }, rows.map((row) => line(row, key(row), columns))),
    foot ? h("tfoot", { role: "rowgroup" }, footer(foot, columns)) : null,
  );
}

/** @param {Column} column */
function head(column) {
  const props = { role: "columnheader", scope: "col", class: column.kind ?? null };
  const text = column.kind === "acts" ? h("span", { class: "unseen" }, column.head) : column.head;
  return h("th", props, text);
}

/** @param {any} row @param {string} name @param {Column[]} columns */
function line(row, name, columns) {
  const [first, ...others] = columns;
  return h(
    "tr",
    { role: "row", "data-key": name },
    h("th", { role: "rowheader", scope: "row", class: first.kind ?? null }, first.cell(row)),
    others.map((column) => cell(column, column.cell(row))),
  );
}

/** @param {Column} column @param {Child | Child[]} content */
function cell({ head: label, kind }, content) {
  const props = { role: "cell", class: kind ?? null, "data-label": label };
  return h("td", props, content === null || content === "" ? null : h("div", {}, content));
}

/** @param {Child[]} cells @param {Column[]} columns */
function footer(cells, columns) {
  return h(
    "tr",
    { role: "row" },
    cells.map((one, place) => (place ? cell(columns[place], one) : h("th", { role: "rowheader", scope: "row" }, one))),
  );
}

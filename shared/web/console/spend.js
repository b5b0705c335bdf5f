// @ts-check
/** What a month has cost: by caller against budget, by model, by template, by day. */

import { h } from "../common/dom.js";
import { amount, quiet } from "./format.js";
import { save } from "./pictures.js";
import { barPlot, columnPlot } from "./plot.js";
import { placeOf } from "./router.js";
import { download, get, may } from "./session.js";
import { say } from "./shell.js";
import { table } from "./table.js";

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/;
const MONTH_NAME = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const GROUPS = /** @type {const} */ (["caller", "model", "template", "day"]);
// Where a bar's limit stands, so that what goes beyond it is seen.
const LIMIT_AT = 0.8;
const NEARLY = 0.8;

/** @param {any} item what was spent, and what may have been */
const sum = ({ amount: sure, maybeBilledAmount }) => sure + maybeBilledAmount;

/** @type {import("./views.js").View} */
export const spend = {
  title: () => "Spend",
  // Each look adds up a month of lines.
  everyMs: 15_000,

  async load({ route }) {
    const month = chosenMonth(route);
    const found = await Promise.all(GROUPS.map((one) => get(`usage?month=${month}&groupBy=${one}`)));
    const [caller, model, template, day] = found;
    return { month, caller, model, template, day };
  },

  draw({ month, caller, model, template, day }) {
    const currency = caller.currency ?? "USD";
    return [
      months(month, caller.total, currency),
      may("readAll") ? null : quiet("You see your own spend: others' needs the role readAll."),
      section("By caller, against the budget", callers(caller, currency), "caller", month),
      section("By model", models(model, currency), "model", month),
      template.items.some((/** @type {any} */ one) => one.key)
        ? section("By template", templates(template, currency), "template", month)
        : null,
      section("By day", days(day, month, currency), "day", month),
    ].filter((one) => one !== null);
  },

  actions: {
    async csv(_, { dataset }) {
      const { group, month } = dataset;
      save(await download(`usage?month=${month}&groupBy=${group}&format=csv`), `usage-${month}-by-${group}.csv`);
      say(`The table is saved as usage-${month}-by-${group}.csv.`);
    },
  },
};

/** @param {import("./router.js").Route} route */
function chosenMonth({ query }) {
  const given = query.get("month") ?? "";
  return MONTH.test(given) ? given : thisMonth();
}

const thisMonth = () => new Date().toISOString().slice(0, 7);

/** @param {string} month @param {number} by */
function beside(month, by) {
  const at = new Date(month);
  at.setUTCMonth(at.getUTCMonth() + by);
  return at.toISOString().slice(0, 7);
}

/** @param {string} month @param {any} total @param {string} currency */
function months(month, total, currency) {
  const link = (/** @type {number} */ by, /** @type {string} */ text) =>
    h("a", { class: "button", href: placeOf("spend", { month: beside(month, by) }), "data-key": text }, text);
  const doubt = total.maybeBilledAmount;
  return h(
    "div",
    { class: "months", "data-key": "months" },
    h("div", { class: "buttons" }, link(-1, "Earlier"), month < thisMonth() ? link(1, "Later") : null),
    h("p", {}, h("strong", {}, MONTH_NAME.format(new Date(month))), " ", quiet("by the day of acceptance, UTC")),
    h(
      "p",
      { class: "sum" },
      h("strong", {}, amount(total.amount, currency)),
      doubt ? quiet(` + ${amount(doubt)} perhaps billed`) : null,
      quiet(` · ${total.requests} requests, ${total.images} images`),
    ),
  );
}

/** @param {string} title @param {(Node | null)[]} content @param {string} group @param {string} month */
function section(title, content, group, month) {
  const props = { type: "button", class: "plain", "data-action": "csv", "data-group": group, "data-month": month };
  const csv = h("button", { ...props, "aria-label": `Save CSV: ${title.toLowerCase()}` }, "Save CSV");
  const head = h("div", { class: "card-head" }, h("h2", {}, title), csv);
  return h("section", { class: "card", "data-key": group }, head, content);
}

const NOTHING = "Nothing was spent in this month.";
/** @typedef {import("./table.js").Column} Column */
/** @type {Column} */
const DOUBT = {
  head: "Perhaps billed",
  kind: "number",
  cell: ({ maybeBilledAmount: doubt }) => (doubt ? amount(doubt) : quiet("–")),
};
/** @type {Column[]} */
const COUNTS = [
  { head: "Requests", kind: "number", cell: (one) => one.requests },
  { head: "Images", kind: "number", cell: (one) => one.images },
];
/** @type {Column[]} */
const BUDGETS = [
  { head: "Held", kind: "number", cell: ({ budget }) => (budget ? amount(budget.held) : quiet("–")) },
  { head: "Budget", kind: "number", cell: ({ budget }) => (budget ? amount(budget.limit) : quiet("none")) },
  { head: "Used", kind: "number", cell: ({ budget }) => (budget ? share(budget) : quiet("–")) },
];

/** @param {string} currency @returns {Column} */
const spent = (currency) => ({ head: `Spent, ${currency}`, kind: "number", cell: (one) => amount(one.amount) });

/** @param {{items: any[], total: any}} report @param {string} currency @returns {(Node | null)[]} */
function callers({ items, total }, currency) {
  const limited = items.filter((one) => one.budget);
  const free = items.filter((one) => !one.budget && sum(one));
  /** @type {Column[]} */
  const columns = [{ head: "Caller", cell: (one) => one.key }, spent(currency), DOUBT, ...BUDGETS, ...COUNTS];
  const sums = [amount(total.amount), amount(total.maybeBilledAmount)];
  const foot = ["Together", ...sums, "", "", "", total.requests, total.images];
  return [
    ...(limited.length ? [legend(), barPlot(limited.map(against))] : []),
    free.length && limited.length ? h("p", { class: "quiet small" }, "Without a budget") : null,
    free.length ? barPlot(bars(free)) : null,
    table("Spend by caller against the budget", columns, items, { key: (one) => one.key, empty: NOTHING, foot }),
  ];
}

/** Beside each other, the highest as long as a budget. @param {any[]} items @returns {import("./plot.js").Bar[]} */
function bars(items) {
  const most = Math.max(...items.map(sum), 0) || 1;
  const filled = (/** @type {any} */ item) => (sum(item) / most) * LIMIT_AT;
  return items.map((item) => ({ label: item.key ?? "none", value: amount(sum(item)), filled: filled(item) }));
}

/** @param {{limit: number, spent: number}} budget */
const share = ({ limit, spent }) => (limit ? `${Math.round((spent / limit) * 100)} %` : "–");

/** @param {{key: string, budget: {limit: number, spent: number, held: number}}} item @returns {import("./plot.js").Bar} */
function against({ key, budget }) {
  const { limit, spent, held } = budget;
  const part = (/** @type {number} */ sum) => (limit ? (sum / limit) * LIMIT_AT : 1);
  const tone = spent >= limit ? "bad" : spent >= limit * NEARLY ? "warn" : "";
  const value = `${amount(spent)} of ${amount(limit)}`;
  return { label: key, value, filled: part(spent), held: part(spent + held), mark: LIMIT_AT, tone };
}

function legend() {
  const entry = (/** @type {string} */ kind, /** @type {string} */ text) =>
    h("span", {}, h("i", { class: `swatch ${kind}` }), text);
  const entries = [
    entry("filled", "spent or perhaps billed"),
    entry("held", "held for calls to come"),
    entry("mark", "budget"),
  ];
  return h("p", { class: "legend quiet small", "aria-hidden": "true" }, entries);
}

/**
 * @param {{items: any[]}} report
 * @param {string} currency
 * @param {string} head
 * @param {string} caption
 */
function listed({ items }, currency, head, caption) {
  /** @type {Column[]} */
  const columns = [{ head, cell: (one) => one.key ?? quiet("none") }, spent(currency), DOUBT, ...COUNTS];
  return table(caption, columns, items, { key: (one) => String(one.key), empty: NOTHING });
}

/** @param {{items: any[]}} report @param {string} currency @returns {(Node | null)[]} */
function models(report, currency) {
  const plot = report.items.length ? barPlot(bars(report.items)) : null;
  return [plot, listed(report, currency, "Model", "Spend by model")];
}

/** @param {{items: any[]}} report @param {string} currency @returns {(Node | null)[]} */
function templates({ items }, currency) {
  const named = items.map((one) => ({ ...one, key: one.key ?? "a prompt of their own" }));
  return [barPlot(bars(named)), listed({ items: named }, currency, "Template", "Spend by template")];
}

/** @param {{items: any[]}} report @param {string} month @param {string} currency @returns {(Node | null)[]} */
function days(report, month, currency) {
  const rows = listed(report, currency, "Day", "Spend by day");
  if (!report.items.length) return [rows];
  const byDay = new Map(report.items.map((one) => [one.key, sum(one)]));
  const columns = Array.from({ length: lengthOf(month) }, (_, place) => {
    const value = byDay.get(`${month}-${String(place + 1).padStart(2, "0")}`) ?? 0;
    return { label: String(place + 1), value, text: amount(value, currency) };
  });
  const most = Math.max(...columns.map(({ value }) => value));
  const plot = columnPlot(columns, amount(most, currency));
  return [plot, h("details", {}, h("summary", {}, "As a table"), rows)];
}

/** How many days it has. @param {string} month */
const lengthOf = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();

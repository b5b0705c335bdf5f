// @ts-check
/** Makes elements; text only ever becomes text. */

const SVG = "http://www.w3.org/2000/svg";
// Set as properties: the attribute of the same name is only where they begin.
const PROPERTIES = new Set(["checked", "disabled", "hidden", "open", "value", "htmlFor"]);

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, any>} Props
 */

/**
 * `h("button", { class: "main", onclick: send }, "Send")`; a prop of null or undefined is none.
 *
 * @param {string} name
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {any} an element of the kind that was named
 */
export function h(name, props = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(props)) set(made, key, value);
  made.append(...nodes(children));
  return made;
}

/** @param {HTMLElement} made @param {string} key @param {any} value */
function set(made, key, value) {
  if (value === null || value === undefined) return;
  if (typeof value === "function") made.addEventListener(key.slice(2), value);
  else if (key === "dataset") Object.assign(made.dataset, value);
  else if (PROPERTIES.has(key)) Reflect.set(made, key, value);
  else if (value === true) made.setAttribute(key, key.startsWith("aria-") ? "true" : "");
  else if (value !== false || key.startsWith("aria-")) made.setAttribute(key, String(value));
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  const flat = /** @type {Child[]} */ (children.flat());
  return flat
    .filter((one) => one !== null && one !== undefined && one !== false)
    .map((one) => (one instanceof Node ? one : String(one)));
}

/** @param {Element} parent @param {...(Child | Child[])} children */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children));
}

/** @param {string} id @returns {any} the element, which has to be there */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

const SHAPES = {
  check: "M4.5 12.5l5 5 10-11",
  cross: "M6 6l12 12M18 6L6 18",
  pencil: "M4 20l1-4L16.5 4.5l3 3L8 19z",
  zoom: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5M8 11h6M11 8v6",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  undo: "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-4 4-6 8-6s7 2 8 6",
  inbox: "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  refresh: "M20 5v5h-5M4 19v-5h5M19 10a7.5 7.5 0 0 0-13-3M5 14a7.5 7.5 0 0 0 13 3",
};

/** A drawing beside text that says the same. @param {keyof typeof SHAPES} name */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  drawing.append(path);
  return drawing;
}

/** A dialog that also closes on a click beside it. @param {HTMLDialogElement} dialog */
export function showDialog(dialog) {
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  if (!dialog.open) dialog.showModal();
}

/**
 * Only where it changed, so that screen readers and cursors are left in peace.
 *
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

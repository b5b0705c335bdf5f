// @ts-check
/**
 * Makes what is shown like what was drawn anew, and touches nothing that is the same: focus,
 * selection, scroll, and what somebody has typed or opened stay.
 *
 * Children with a `data-key` are known again by it wherever they have moved. A field's value is
 * the person's, until we begin it anew with another `data-begun`.
 */

// What the person changes, or what lasts longer than one draw.
const THEIRS = new Set(["aria-busy", "open"]);

/** @param {Element} live @param {Element | DocumentFragment} fresh */
export function morph(live, fresh) {
  const known = byKey(live);
  retire(known, fresh);
  let place = live.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = matching(place, wanted, known);
    if (!match) {
      live.insertBefore(wanted, place);
    } else if (match === place) {
      place = place.nextSibling;
      become(match, wanted);
    } else {
      live.insertBefore(match, place);
      become(match, wanted);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** @param {Element} live @returns {Map<string, ChildNode>} */
function byKey(live) {
  const found = new Map();
  for (const child of live.children) if (key(child)) found.set(key(child), child);
  return found;
}

/**
 * What is there no more goes first: else all that follows it would be moved, and lose its focus.
 *
 * @param {Map<string, ChildNode>} known @param {Element | DocumentFragment} fresh
 */
function retire(known, fresh) {
  const wanted = new Set([...fresh.children].map(key));
  for (const [name, child] of known) if (!wanted.has(name)) child.remove();
}

/** @param {Node | null} node */
function key(node) {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}

/**
 * @param {ChildNode | null} place
 * @param {ChildNode} wanted
 * @param {Map<string, ChildNode>} known
 * @returns {ChildNode | null | undefined}
 */
function matching(place, wanted, known) {
  const name = key(wanted);
  if (name) {
    const found = known.get(name);
    return found?.nodeName === wanted.nodeName ? found : null;
  }
  return place && !key(place) && place.nodeName === wanted.nodeName ? place : null;
}

/** @param {ChildNode} live @param {ChildNode} fresh */
function become(live, fresh) {
  if (live instanceof Element && fresh instanceof Element) {
    if (live instanceof HTMLInputElement && fresh instanceof HTMLInputElement) begin(live, fresh);
    attributes(live, fresh);
    morph(live, fresh);
  } else if (live.nodeValue !== fresh.nodeValue) {
    live.nodeValue = fresh.nodeValue;
  }
}

/** @param {HTMLInputElement} live @param {HTMLInputElement} fresh */
function begin(live, fresh) {
  if (live.dataset.begun !== fresh.dataset.begun) live.value = fresh.value;
}

/** @param {Element} live @param {Element} fresh */
function attributes(live, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (!THEIRS.has(name) && live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  for (const { name } of [...live.attributes]) {
    if (!THEIRS.has(name) && !fresh.hasAttribute(name)) live.removeAttribute(name);
  }
}

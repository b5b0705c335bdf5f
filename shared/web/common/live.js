// @ts-check
/** What goes on by itself: asking again while somebody looks, and saying what is new. */

const SLOWEST_MS = 60_000;

/**
 * `now` joins the look that is under way; `fresh` begins one after it, in which is whatever was
 * there when it was asked for.
 *
 * @typedef {{now: () => Promise<void>, fresh: () => Promise<void>, stop: () => void}} Polling
 */

/**
 * Look again and again while the page is visible; a look that answers false is put off longer
 * each time. It never runs twice at once.
 *
 * @param {() => Promise<boolean>} look
 * @param {number} everyMs
 * @returns {Polling}
 */
export function poll(look, everyMs) {
  let timer = 0;
  let pauseMs = everyMs;
  let running = /** @type {Promise<void> | null} */ (null);
  let stopped = false;

  const run = async () => {
    const fine = await look();
    pauseMs = fine ? everyMs : Math.min(pauseMs * 2, SLOWEST_MS);
  };
  const now = () => {
    clearTimeout(timer);
    running ??= run().finally(() => {
      running = null;
      if (!stopped) timer = setTimeout(again, pauseMs);
    });
    return running;
  };
  const fresh = async () => {
    await running;
    await now();
  };
  const again = () => {
    if (!document.hidden) now();
  };
  document.addEventListener("visibilitychange", again);
  addEventListener("online", again);
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", again);
    removeEventListener("online", again);
  };
  return { now, fresh, stop };
}

/**
 * Say it to screen readers, after what they are saying. The page has an element `live`.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("live");
  if (!region) return;
  const line = document.createElement("p");
  line.textContent = text;
  region.append(line);
  while (region.childElementCount > 5) region.firstElementChild?.remove();
}

/**
 * Single keys that do something, but never while somebody writes or a dialog is open.
 *
 * @param {(key: string, event: KeyboardEvent) => boolean} act whether the key meant something
 */
export function onKeys(act) {
  addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (modified || event.defaultPrevented || writes(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (act(event.key, event)) event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
export function writes(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["radio", "checkbox", "button"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}

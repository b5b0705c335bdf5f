// @ts-check
/** Thumbnails: fetched once with the key, kept as long as the page, shown from memory. */

import { download } from "./session.js";

const MOST = 60;

/** Null is on its way, "" is not to be had. @type {Map<string, string | null>} */
const kept = new Map();

/**
 * @param {string} path
 * @param {() => void} whenThere
 * @returns {string | null} an address for an `img`; "" when there is no picture; null: not yet
 */
export function picture(path, whenThere) {
  const known = kept.get(path);
  if (known !== undefined) return known;
  kept.set(path, null);
  forgetOldest();
  download(path)
    .then((blob) => URL.createObjectURL(blob))
    .catch(() => "")
    .then((url) => {
      kept.set(path, url);
      whenThere();
    });
  return null;
}

export function forgetPictures() {
  for (const url of kept.values()) if (url) URL.revokeObjectURL(url);
  kept.clear();
}

function forgetOldest() {
  const [oldest] = kept.entries();
  if (kept.size <= MOST || !oldest) return;
  if (oldest[1]) URL.revokeObjectURL(oldest[1]);
  kept.delete(oldest[0]);
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

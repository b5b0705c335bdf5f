// @ts-check
/** The function key that somebody gave: kept as long as this tab, sent as a header, never in an address. */

const PLACE = "darkroom.console.key";
// What a header may hold; nothing else is a key.
const KEY = /^[\x21-\x7e]+$/;

/** @param {string} key @returns {boolean} false when it cannot be one */
export function keep(key) {
  if (!KEY.test(key)) return false;
  sessionStorage.setItem(PLACE, key);
  return true;
}

export const forget = () => sessionStorage.removeItem(PLACE);

/** Whether there is a key to forget. */
export const hasKey = () => sessionStorage.getItem(PLACE) !== null;

/** Without a key the platform may have signed somebody in. @returns {Record<string, string>} */
export function keyHeaders() {
  const key = sessionStorage.getItem(PLACE);
  return key === null ? {} : { "x-functions-key": key };
}

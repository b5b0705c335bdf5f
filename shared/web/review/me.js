// @ts-check
/** Who is looking: by the link, by the key, or by the name that was given in this browser. */

const PLACE = "darkroom.reviewer";

export const myName = () => (localStorage.getItem(PLACE) ?? "").trim();

/** @param {string} name */
export const keepName = (name) => localStorage.setItem(PLACE, name.trim());

export class Me {
  /** Links by which this window has decided without a name. */
  #nameless = new Set();

  /** @param {string} token */
  decided(token) {
    if (!myName()) this.#nameless.add(token);
  }

  /**
   * The names by which they may stand in the record.
   *
   * @param {import("./page.js").Page} page
   * @returns {string[]}
   */
  names({ view, claims, token }) {
    const { personal, name: known, caller } = view.reviewer;
    const name = personal ? known : myName();
    const nameless = this.#nameless.has(token) ? "anyone" : "";
    return [name, claims?.reviewer, caller, nameless].flatMap((one) => one?.toLowerCase() || []);
  }
}

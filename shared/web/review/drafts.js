// @ts-check
/** What is being made up, kept for each question while one looks at others. */

/**
 * A question is what is asked by a link, or by a key of a request, in one stage and round: what was
 * chosen for it never counts for another.
 *
 * @template Kept
 */
export class Drafts {
  #kept = /** @type {Map<string, Kept>} */ (new Map());

  /** @param {string} token @param {unknown} question @param {() => Kept} make */
  of(token, question, make) {
    const name = JSON.stringify([token, question]);
    const found = this.#kept.get(name) ?? make();
    this.#kept.set(name, found);
    return found;
  }

  forget() {
    this.#kept.clear();
  }
}

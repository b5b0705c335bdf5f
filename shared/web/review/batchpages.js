// @ts-check
/** The rows that a batch asks about, read page by page, and again while somebody looks at them. */

/** @typedef {import("./batch.js").Row} Row */

const PAGE = 50;
// The app reads a request for each row: every third look is often enough.
const TURN = 3;

export class BatchRows {
  #held = /** @type {Map<number, Row>} */ (new Map());
  /** Where each page begins; the first one without a mark. */
  #starts = /** @type {(string | null)[]} */ ([]);
  #rest = /** @type {string | null} */ (null);
  #wanted = /** @type {Set<number>} */ (new Set());
  #looks = 0;

  /** @returns {Row[]} */
  all() {
    return [...this.#held.values()];
  }

  /** @param {number} row */
  get(row) {
    return this.#held.get(row);
  }

  /** Whether every row that is asked about is here. */
  complete() {
    return this.#starts.length > 0 && this.#rest === null;
  }

  /** The page that is not here yet. */
  next() {
    return this.#starts.length;
  }

  /** The page to be read by this look; null when it is none's turn. */
  turn() {
    const [wanted = null] = this.#wanted;
    const looks = this.#looks++;
    if (!this.#starts.length || wanted !== null) return wanted ?? 0;
    return looks % TURN ? null : Math.floor(looks / TURN) % this.#starts.length;
  }

  /** Read it with the next look: its links are over. @param {Row} row */
  want(row) {
    this.#wanted.add(Math.floor([...this.#held.keys()].indexOf(row.row) / PAGE));
  }

  /** @param {number | null} page @returns {Record<string, string>} */
  query(page) {
    const start = page === this.next() ? this.#rest : this.#starts[page ?? 0];
    return { limit: String(page === null ? 1 : PAGE), ...(page && start && { continuation: start }) };
  }

  /** What is here already is taken anew. @param {number | null} page @param {import("./batch.js").Batch} answer */
  take(page, answer) {
    if (page === null) return;
    this.#wanted.delete(page);
    if (page === this.next()) {
      this.#starts.push(page ? this.#rest : null);
      this.#rest = answer.continuation;
    }
    answer.items.forEach((one) => this.#held.set(one.row, one));
  }
}

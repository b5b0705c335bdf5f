// @ts-check
/** Times, money and sizes as people say them. */

const UNITS = /** @type {const} */ ([
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
]);
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});

/**
 * "in 3 days", "2 minutes ago"; two of a unit at least, so that rounding says little.
 *
 * @param {string} instant
 * @param {number} nowMs
 */
export function fromNow(instant, nowMs) {
  const awayMs = Date.parse(instant) - nowMs;
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(awayMs) >= 1.9 * size) ?? UNITS[3];
  const count = Math.round(awayMs / ms);
  return unit === "second" && Math.abs(count) < 10 ? "just now" : RELATIVE.format(count, unit);
}

/** In the reader's own time zone, which is named. @param {string} instant */
export function moment(instant) {
  return MOMENT.format(new Date(instant));
}

/** A count-down: "2:05". @param {number} ms */
export function clock(ms) {
  const left = Math.max(0, Math.ceil(ms / 1000));
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
}

/** @param {number} amount @param {string} currency */
export function money(amount, currency) {
  const digits = amount && amount < 1 ? 3 : 2;
  return `${amount.toFixed(digits)} ${currency}`;
}

/** @param {number} count */
export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  return count < 1e6 ? `${Math.round(count / 1000)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** @param {number} count @param {string} noun @param {string} [many] */
export function plural(count, noun, many = `${noun}s`) {
  return `${count} ${count === 1 ? noun : many}`;
}

/** "a, b and c". @param {string[]} names */
export function list(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** Enough to compare by eye. @param {string} digest hexadecimal */
export function shortDigest(digest) {
  return `${digest.slice(0, 8)}…${digest.slice(-6)}`;
}

/** @type {Record<string, string>} */
const CREDENTIALS = {
  valid: "C2PA valid",
  present: "C2PA present, not checked",
  invalid: "C2PA invalid: the picture is not as it was signed",
  absent: "no C2PA",
};

/**
 * What is known of where an image came from; nothing where nobody looked.
 *
 * @param {{c2pa: string, generator?: string | null} | null | undefined} provenance
 */
export function origin(provenance) {
  if (!provenance) return "";
  const told = CREDENTIALS[provenance.c2pa] ?? `C2PA ${provenance.c2pa}`;
  return provenance.generator ? `${told}, by ${provenance.generator}` : told;
}

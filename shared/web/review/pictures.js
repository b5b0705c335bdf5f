// @ts-check
/** Fetches images, holds their bytes to the record, and shows only those that are the same. */

import { askBytes, beside } from "../common/api.js";
import { h } from "../common/dom.js";

/**
 * @typedef {{src: string, digest: string | null}} Picture `digest` is null where the browser cannot tell
 * @typedef {{sha256: string | null, url: string | null}} Record_
 */

/** @type {Record<string, string>} */
const FAULTS = {
  differs:
    "These bytes are not those of the record, so they are not shown. " +
    "You cannot keep this image; please tell whoever runs this system.",
  gone: "This image is not shown any more.",
  offline: "This image could not be fetched. It is tried again by itself.",
};

export class Pictures {
  /** @type {Map<string, Promise<Picture | string>>} by digest */
  #known = new Map();
  /** @type {Map<string, string | null>} digests of what was shown, by the digest of the record */
  #seen = new Map();

  /** The picture, or what is wrong with it: a key of the faults. @param {Record_} record */
  async get(record) {
    const key = record.sha256 ?? "";
    const found = this.#known.get(key) ?? this.#fetched(record);
    this.#known.set(key, found);
    const picture = await found;
    if (picture === "offline" || picture === "gone") this.#known.delete(key);
    return picture;
  }

  /** What was really shown, if it was. @param {Record_} record */
  digestOf(record) {
    return this.#seen.get(record.sha256 ?? "") ?? null;
  }

  /** Whether it is there as it is recorded, as far as this browser can tell. @param {Record_} record */
  shown(record) {
    return this.#seen.has(record.sha256 ?? "");
  }

  /** @param {Record_} record @returns {Promise<Picture | string>} */
  async #fetched({ url, sha256 }) {
    if (!url) return "gone";
    const got = await askBytes(beside(url), {});
    if ("code" in got) return got.code === "digest_mismatch" ? "differs" : got.status === 404 ? "gone" : "offline";
    const digest = await digestOf(got.bytes);
    if (digest && digest !== sha256) return "differs";
    if (sha256) this.#seen.set(sha256, digest);
    return { src: URL.createObjectURL(new Blob([got.bytes], { type: got.type })), digest };
  }
}

/** Null on pages that did not come over a safe connection. @param {ArrayBuffer} bytes */
async function digestOf(bytes) {
  if (!crypto.subtle) return null;
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...found].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/**
 * Put the image into its place as soon as it is there, or say what is wrong.
 *
 * @param {Pictures} pictures
 * @param {Record_} record
 * @param {HTMLImageElement} image
 * @returns {Promise<string>} the fault, if any
 */
export async function show(pictures, record, image) {
  const picture = await pictures.get(record);
  if (typeof picture !== "string") {
    image.src = picture.src;
    image.parentElement?.querySelector(".no-picture")?.remove();
    return "";
  }
  const text = FAULTS[picture];
  const told = image.parentElement?.querySelector(".no-picture");
  if (!told) image.after(h("span", { class: "no-picture", dataset: { fault: picture } }, text));
  else if (told.textContent !== text) told.textContent = text;
  return picture;
}

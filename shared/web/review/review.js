// The token stays in the fragment, which no server and no mail scanner sees; opening changes nothing.
const token = location.hash.slice(1);
const at = (id) => document.getElementById(id);
const say = (text) => { at("said").textContent = text; };
const CLOSED = {
  already_decided: "This review is decided already. Nothing was changed.",
  review_closed: "The time for this review is over. Nothing was changed.",
  expired_token: "This link has expired.",
  invalid_token: "This link is not valid.",
  stale_round: "There is a newer round by now; please open its link.",
  not_a_reviewer: "You are not one of the reviewers of this stage.",
  not_open: "There is nothing to decide at present.",
};

function claims() {
  try {
    const text = token.split(".")[2].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const [id, phase, stage, round, , reviewer] = JSON.parse(new TextDecoder().decode(bytes));
    return { id, phase, stage, round, anyone: reviewer === "*" };
  } catch {
    return null;
  }
}

async function problem(answer) {
  const body = await answer.json().catch(() => ({}));
  return CLOSED[body.code] || body.detail || "Something went wrong (" + answer.status + ").";
}

async function show(found) {
  let count = 0;
  // An earlier stage may have dropped any of them; what this one is not asked about is not served.
  for (let index = 0; index < 10; index += 1) {
    const answer = await fetch("images/" + found.id + "/content/" + index, { headers: { "x-review-token": token } });
    if (answer.ok) {
      at("images").append(figure(index, URL.createObjectURL(await answer.blob())));
      count += 1;
    } else if (answer.status !== 404) {
      say(await problem(answer));
      return count;
    }
  }
  if (!count) say("There is nothing to look at any more.");
  return count;
}

function figure(index, url) {
  const made = document.createElement("figure");
  const image = Object.assign(document.createElement("img"), { src: url, alt: "Image " + (index + 1) + ", AI-generated" });
  const caption = document.createElement("figcaption");
  const label = document.createElement("label");
  const keep = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, name: "keep" });
  keep.dataset.index = index;
  label.append(keep, " Release image " + (index + 1));
  caption.append(label, Object.assign(document.createElement("small"), { textContent: "AI-generated image" }));
  made.append(image, caption);
  return made;
}

async function send(found, rejectAll) {
  const images = [...document.getElementsByName("keep")].map((box) => ({
    index: Number(box.dataset.index),
    decision: !rejectAll && box.checked ? "approve" : "reject",
  }));
  const decision = images.some((one) => one.decision === "approve") ? "approve" : "reject";
  const body = { decision, round: found.round, stage: found.stage };
  if (images.length) body.images = images;
  else body.decision = rejectAll ? "reject" : "approve";
  if (found.anyone && at("reviewer").value) body.reviewer = at("reviewer").value;
  if (at("comment").value.trim()) body.comment = at("comment").value.trim();
  const buttons = document.querySelectorAll("button");
  buttons.forEach((one) => { one.disabled = true; });
  say("Sending…");
  try {
    const headers = { "content-type": "application/json", "x-review-token": token };
    const answer = await fetch("images/" + found.id + "/decision", { method: "POST", headers, body: JSON.stringify(body) });
    say(answer.ok ? (found.phase === "before" ? "Thank you. Your decision is recorded." : decision === "approve" ? "Thank you. Your approval is recorded." : "Thank you. The images are rejected.") : await problem(answer));
    if (!answer.ok) buttons.forEach((one) => { one.disabled = false; });
  } catch {
    say("The server could not be reached. Nothing was sent; please try again.");
    buttons.forEach((one) => { one.disabled = false; });
  }
}

async function start() {
  const found = claims();
  if (!found) {
    at("about").textContent = "";
    say("This link is not complete. Please open it again from your message.");
    return;
  }
  at("title").textContent = "Review: " + found.stage;
  const before = found.phase === "before";
  const count = before ? 0 : await show(found);
  const what = before ? ". Decide whether this may be generated." : ", round " + found.round + ". Untick what must not be released.";
  at("about").textContent = count || before ? "Request " + found.id + what : "";
  if (before) { at("approve").textContent = "Let it be generated"; at("reject").textContent = "Reject"; }
  at("form").hidden = !count && !before;
  at("who").hidden = !found.anyone;
  at("form").addEventListener("submit", (event) => { event.preventDefault(); send(found, false); });
  at("reject").addEventListener("click", () => send(found, true));
}

start();

"use strict";
// The server renders the page. This script fetches its main part again when
// something happened, sends switches to the API, and shows how they spread.

const main = document.querySelector("main");
const order = document.getElementById("order");
const progress = document.getElementById("progress");
const csrf = document.querySelector("meta[name=csrf]");
const headers = csrf ? { "Meridian-Csrf": csrf.content } : {};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function showButtons() {
  for (const button of main.querySelectorAll("button.switch")) button.hidden = false;
}

let refreshing = false;
let again = false;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const answer = await fetch("/?part=main");
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (fresh.getElementById("token")) { location.reload(); return; }
    if (answer.ok) {
      const focused = document.activeElement?.dataset?.location;
      main.replaceChildren(...fresh.body.childNodes);
      showButtons();
      if (focused) main.querySelector(`button[data-location="${CSS.escape(focused)}"]`)?.focus();
    }
  } catch { /* the server is away; the next event or tick tries again */ }
  refreshing = false;
  if (again) { again = false; setTimeout(refresh, 200); }
}

// follow reads the stream of events; each one makes the page look again.
async function follow() {
  for (;;) {
    try {
      const answer = await fetch("/v1/events", { headers: { Accept: "text/event-stream" } });
      const reader = answer.ok ? answer.body.pipeThrough(new TextDecoderStream()).getReader() : null;
      for (;;) {
        const { value, done } = reader ? await reader.read() : { done: true };
        if (done) break;
        if (value.includes("data:")) refresh();
      }
    } catch { /* again below */ }
    await pause(5000);
    refresh();
  }
}

function say(lines, bad) {
  progress.replaceChildren(...lines.map((line) => {
    const p = document.createElement("div");
    p.textContent = line;
    return p;
  }));
  progress.className = bad ? "bad" : "";
}

function tell(change) {
  const lines = [`${change.object} ${change.property ?? ""} ${change.value ?? ""}: ${change.reached ? "everywhere it can be" : "under way"}`];
  for (const a of change.applied) lines.push(`✓ ${a.name}${a.location ? " in " + a.location : ""}: ${Math.round(a.ms)} ms`);
  for (const m of change.missing) lines.push(`… ${m.name}${m.location ? " in " + m.location : ""}: ${m.reason}`);
  if (change.noop) lines.push("nothing had to change");
  if (change.held) lines.push("held: " + change.held);
  for (const note of change.notes ?? []) lines.push(note);
  say(lines, Boolean(change.held));
}

// watch shows a change until every reachable node has it, at most 30 s.
async function watch(change) {
  const end = Date.now() + 30000;
  while (change.id && !change.reached && Date.now() < end) {
    tell(change);
    await pause(150);
    const answer = await fetch(`/v1/changes/${encodeURIComponent(change.id)}?wait=reachable`);
    if (!answer.ok) break;
    change = await answer.json();
  }
  tell(change);
  refresh();
}

async function flip(button) {
  const { location: id, disable } = button.dataset;
  const reason = document.getElementById("reason");
  if (!reason.value.trim()) { reason.focus(); say([`Why do you ${disable === "true" ? "disable" : "enable"} ${id}? Give a reason, then press again.`]); return; }
  button.disabled = true;
  try {
    const answer = await fetch(`/v1/locations/${encodeURIComponent(id)}?wait=none`, {
      method: "PATCH",
      headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) },
      body: JSON.stringify({ disableGateway: disable === "true", reason: reason.value.trim() }),
    });
    const body = await answer.json();
    if (answer.ok) { reason.value = ""; await watch(body); } else say([body.detail ?? `refused (${answer.status})`], true);
  } catch (err) {
    say([`no answer: look before you repeat it (${err.message})`], true);
  }
  button.disabled = false;
}

if (order) {
  order.hidden = false;
  main.addEventListener("click", (event) => {
    const button = event.target.closest("button.switch");
    if (button) flip(button);
  });
}
showButtons();
setInterval(refresh, 10000);
follow();

/* Small comforts; every page does its work without them. */
"use strict";

let path = location.pathname;

// "Vul dit in." says more with the question before it, and is read as soon as the page is there.
function welcome() {
  for (const link of document.querySelectorAll(".depot-errors a")) {
    const control = document.getElementById(link.hash.slice(1));
    const label = control?.closest("fieldset")?.querySelector("legend") ?? control?.labels?.[0];
    const question = label?.firstChild.textContent.trim();
    if (question) link.prepend(question, /[?.]$/.test(question) ? " " : ": ");
  }
  document.querySelector("[data-focus]")?.focus();
  follow();
}

// A page that came as an answer becomes the page, as it does without us.
function put(page, url) {
  document.title = page.title;
  document.body.replaceWith(page.body);
  if (url !== location.href) history.pushState(null, "", url);
  path = location.pathname;
}

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// While the depot reads a file we look every two seconds; what was typed in the meantime is not taken away.
function follow() {
  const shown = document.querySelector("[data-reading]");
  if (!shown) return;
  let isTouched = false;
  document.querySelector("main").addEventListener("input", () => { isTouched = true; });
  const look = async () => {
    if (!shown.isConnected) return;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok ? parsed(await answer.text()) : null;
    if (!shown.isConnected) return;
    if (!page || page.querySelector("[data-reading]")) return setTimeout(look, 2000);
    if (!isTouched) {
      put(page, location.href);
      return welcome();
    }
    const link = shown.querySelector("a");
    link.textContent = shown.dataset.show;
    link.parentElement.replaceChildren(shown.dataset.ready + " ", link);
  };
  setTimeout(look, 1000);
}
welcome();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  // A double click hands in once. The form is usable again soon, for a download leaves the page as it is.
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
  if (form.querySelector("[data-progress]") && [...form.querySelectorAll("[type=file]")].some((input) => input.files.length)) {
    event.preventDefault();
    const several = form.querySelector("[data-each]") && form.querySelector("[type=file]").files.length > 1;
    (several ? sendEach : send)(form);
  }
});

// Sends files ourselves, to show how far they are and to let people stop; the answer becomes the page, as without us.
function send(form) {
  const [shown, said, buttons] = [form.querySelector("[data-progress]"), form.querySelector("[data-progress-said]"), form.querySelectorAll("[type=submit]")];
  const [bar, stop, request] = [shown.querySelector("progress"), shown.querySelector("[data-stop]"), new XMLHttpRequest()];
  const rest = (text) => {
    shown.hidden = true;
    said.textContent = text;
    for (const button of buttons) button.disabled = false;
    delete form.dataset.sent;
    buttons[0].focus();
  };
  request.upload.onprogress = (event) => { bar.value = (100 * event.loaded) / event.total; };
  request.upload.onload = () => { said.textContent = shown.dataset.received; stop.hidden = true; };
  request.onerror = () => rest(shown.dataset.failed);
  request.onabort = () => rest(shown.dataset.stopped);
  request.onload = () => {
    if (!request.getResponseHeader("Content-Type")?.startsWith("text/html")) return rest(shown.dataset.failed);
    put(parsed(request.responseText), request.responseURL);
    scrollTo(0, 0);
    if (!document.querySelector("[data-focus]")) document.getElementById("inhoud")?.focus();
    welcome();
  };
  const size = [...form.querySelectorAll("[type=file]")].flatMap((input) => [...input.files]).reduce((sum, file) => sum + file.size, 0);
  if (size > Number(shown.dataset.limit)) return rest(shown.dataset.tooMuch);
  stop.hidden = false;
  stop.onclick = () => request.abort();
  request.open("POST", form.action);
  request.send(new FormData(form));
  for (const button of buttons) button.disabled = true;
  [bar.value, said.textContent, shown.hidden] = [0, "", false];
  stop.focus();
}

// Sends several files one by one, each with its own progress, stop and retry; without us one form holds them all.
function sendEach(form) {
  const [list, said, input] = [form.querySelector("[data-each]"), form.querySelector("[data-progress-said]"), form.querySelector("[type=file]")];
  const rows = [...input.files].map((file) => ({ file, key: key(), state: "waiting", ...parts(list) }));
  for (const button of form.querySelectorAll("[type=submit]")) button.disabled = true;
  list.replaceChildren(...rows.map((row) => row.item));
  list.hidden = false;
  const tell = (row, state, text) => {
    row.state = state;
    row.said.textContent = text;
    row.bar.hidden = state !== "sending";
    row.stop.hidden = !["waiting", "sending"].includes(state);
    row.retry.hidden = state !== "failed";
    const kept = rows.filter((each) => each.state === "kept").length;
    said.textContent = list.dataset.count.replace("#", kept).replace("#", rows.length);
    const isBusy = rows.some((each) => ["waiting", "sending"].includes(each.state));
    if (kept === rows.length) return location.assign(list.dataset.next);
    if (!isBusy && kept) form.querySelector("[data-onward]").hidden = false;
    if (!isBusy) for (const button of form.querySelectorAll("[type=submit]")) button.disabled = kept > 0;
    if (!isBusy) delete form.dataset.sent;
    const next = rows.find((each) => each.state === "waiting");
    if (next && !rows.some((each) => each.state === "sending")) start(next);
  };
  const start = (row) => {
    if (row.file.size > Number(list.dataset.limit)) return tell(row, "refused", list.dataset.tooLarge);
    const request = new XMLHttpRequest(), data = new FormData(form);
    data.delete(input.name);
    data.set("sleutel", row.key);
    data.set("titel", row.file.name.replace(/\.[^.]+$/, "").slice(0, 200));
    data.append(input.name, row.file);
    request.upload.onprogress = (event) => { row.bar.value = (100 * event.loaded) / event.total; };
    request.onerror = () => tell(row, "failed", list.dataset.failed);
    request.onabort = () => tell(row, "stopped", list.dataset.stopped);
    request.onload = () => {
      const isKept = request.status === 200 && new URL(request.responseURL).pathname !== new URL(form.action).pathname;
      const why = parsed(request.responseText).querySelector(".depot-errors li")?.textContent.trim();
      tell(row, isKept ? "kept" : why ? "refused" : "failed", isKept ? list.dataset.kept : why ?? list.dataset.failed);
    };
    row.stop.onclick = () => request.abort();
    row.state = "sending";
    row.bar.hidden = false;
    request.open("POST", form.action);
    request.send(data);
  };
  for (const row of rows) {
    row.name.textContent = row.file.name;
    for (const button of [row.stop, row.retry]) button.append(Object.assign(document.createElement("span"), { className: "depot-unseen", textContent: ` ${row.file.name}` }));
    row.stop.onclick = () => tell(row, "stopped", list.dataset.stopped);
    row.retry.onclick = () => { row.bar.value = 0; tell(row, "waiting", list.dataset.waiting); };
    row.said.textContent = list.dataset.waiting;
  }
  start(rows[0]);
}

function parts(list) {
  const item = list.nextElementSibling.content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  return { item, name: part("name"), said: part("said"), bar: part("bar"), stop: part("halt"), retry: part("retry") };
}

// A random key (UUID version 4), also where the page came over plain http.
function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  [bytes[6], bytes[8]] = [(bytes[6] & 15) | 64, (bytes[8] & 63) | 128];
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// A page that we put there ourselves is fetched anew on the way back.
addEventListener("popstate", () => { if (location.pathname !== path) location.reload(); });

// Requirements can be dragged into another order; the buttons beside them do the same. The server keeps the order.
function reorder(list) {
  const items = () => [...list.querySelectorAll(":scope > [data-order-item]")];
  let dragged = null, from = 0;
  for (const grip of list.querySelectorAll("[data-grip]")) {
    grip.hidden = false;
    grip.draggable = true;
  }
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-order-item]");
    from = items().indexOf(dragged);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 0, 0);
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-order-item]");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", (event) => {
    const to = items().indexOf(dragged), form = document.querySelector("[data-order-form]");
    const givenUp = event.dataTransfer.dropEffect === "none";
    if (givenUp) list.insertBefore(dragged, items().filter((item) => item !== dragged)[from] ?? null);
    else if (to !== from) {
      [form.elements.eis.value, form.elements.plaats.value] = [dragged.dataset.orderItem, to];
      form.requestSubmit();
    }
    dragged = null;
  });
}
for (const list of document.querySelectorAll("[data-order]")) reorder(list);

// The reviewer's keys, each a link or button of the page; off when somebody types, holds another key or says so.
const keys = document.querySelector("[data-keys]"), usesKeys = () => localStorage.getItem("keys") !== "off";
if (keys) {
  const choice = keys.querySelector("[data-keys-on]");
  [keys.hidden, choice.checked] = [false, usesKeys()];
  choice.onchange = () => localStorage.setItem("keys", choice.checked ? "on" : "off");
  document.addEventListener("keydown", (event) => {
    if (!usesKeys() || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const place = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`), act = place?.querySelector("a, button");
    if (act && (!place.dataset.sure || confirm(place.dataset.sure))) act.click();
  });
}

// A paper's pages come closer in steps; past the width they were drawn for, finer ones are fetched.
for (const paper of document.querySelectorAll("[data-sheets]")) {
  const [tools, sheets] = [paper.querySelector("[data-sheets-tools]"), paper.querySelector(".depot-paper__sheets")];
  if (!tools) continue;
  const steps = [1, 1.5, 2, 3];
  let at = 0;
  tools.hidden = false;
  const show = () => {
    sheets.style.setProperty("--depot-closer", steps[at]);
    tools.querySelector("output").textContent = `${100 * steps[at]}%`;
    if (at) for (const link of sheets.querySelectorAll("a")) link.firstElementChild.src = link.href;
  };
  for (const button of tools.querySelectorAll("[data-closer]")) {
    button.onclick = () => { at = Math.min(Math.max(at + Number(button.dataset.closer), 0), steps.length - 1); show(); };
  }
}

// Whoever leaves a desk leaves the document to colleagues, unless the next page is about the same document.
const desk = document.querySelector("[data-leave]");
if (desk) {
  let stays = false;
  const base = desk.dataset.leave.replace(/[^/]*$/, "");
  document.addEventListener("click", (event) => { stays = event.target.closest("a")?.pathname.startsWith(base) ?? stays; });
  document.addEventListener("submit", () => { stays = true; });
  addEventListener("pagehide", () => { if (!stays) navigator.sendBeacon(desk.dataset.leave, new URLSearchParams({ tot: desk.dataset.until })); });
}

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
    send(form);
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
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = page.title;
    document.body.replaceWith(page.body);
    if (request.responseURL !== location.href) history.pushState(null, "", request.responseURL);
    path = location.pathname;
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

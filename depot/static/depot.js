/* Small comforts; every page does its work without them. */
"use strict";

// "Vul dit in." says more with the question before it, and is read as soon as the page is there.
for (const link of document.querySelectorAll(".depot-errors a")) {
  const control = document.getElementById(link.hash.slice(1));
  const label = control?.closest("fieldset")?.querySelector("legend") ?? control?.labels?.[0];
  const question = label?.firstChild.textContent.trim();
  if (question) link.prepend(question, /[?.]$/.test(question) ? " " : ": ");
}
document.querySelector("[data-focus]")?.focus();

// A double click hands in once. The form is usable again soon, for a download leaves the page as it is.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
});

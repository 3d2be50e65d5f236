// A form that posts is sent once: its button rests until an answer comes, or the page is shown again. data-again: not this one.
const resting = new Map();

const wake = (form) => {
  const button = resting.get(form);
  resting.delete(form);
  if (!button) return;
  button.disabled = false;
  button.removeAttribute("aria-busy");
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "again" in form.dataset) return;
  if (resting.has(form)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const button = event.submitter || form.querySelector("button:not([type=button])");
  resting.set(form, button);
  setTimeout(() => {
    // Later, so that the button's own name and value are sent along.
    if (!button || !resting.has(form)) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
  });
  setTimeout(() => wake(form), 20000);
}, true);
window.addEventListener("pageshow", () => [...resting.keys()].forEach(wake));
document.addEventListener("htmx:afterRequest", (event) => wake(event.target.closest("form")));
document.addEventListener("htmx:validation:halted", (event) => wake(event.target.closest("form")));

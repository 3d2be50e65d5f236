// A form with data-guard asks before unsaved text is left behind; sending it, or being sent on by the server, is no leaving.
const unsaved = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) unsaved.add(form);
});
document.addEventListener("submit", (event) => unsaved.delete(event.target));
document.addEventListener("htmx:afterSwap", () => {
  // A form that came back with errors is as unsaved as it was.
  for (const field of document.querySelectorAll("form[data-guard] [aria-invalid=true]")) unsaved.add(field.form);
});
window.addEventListener("beforeunload", (event) => {
  if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
});

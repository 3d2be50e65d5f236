// Tells the stylesheet that there is JavaScript, and puts the focus on what went wrong.
document.documentElement.classList.add("js");

const focusOnErrors = (root) => {
  const note = root.querySelector("[data-focus]");
  if (note) note.focus();
};
document.addEventListener("DOMContentLoaded", () => focusOnErrors(document));
document.addEventListener("htmx:afterSwap", (event) => focusOnErrors(event.target));
focusOnErrors(document);

// A hidden tab asks nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.closest("[data-poll]") === event.target) event.preventDefault();
});

// What htmx swaps keeps its open folds, and the focus stays where it was. A list that was paged gets it at its top; data-then
// on the button names what gets it instead.
let kept = null;
const sign = (element) =>
  [element.tagName, element.id || element.name, element.value || "", element.ariaLabel || element.textContent.trim()].join("|");
const firstOf = (place, selector) => (selector ? place.querySelector(selector) : null);

document.addEventListener("htmx:beforeSwap", (event) => {
  const place = event.detail.target;
  const asked = event.detail.requestConfig;
  // A button that rests while its form is on its way has lost the focus already.
  const active = document.activeElement === document.body ? asked?.triggeringEvent?.submitter : document.activeElement;
  const inside = Boolean(active) && place.contains(active);
  kept = {
    id: place.id,
    focus: inside ? sign(active) : "",
    then: inside ? active.dataset.then : "",
    poll: Boolean(asked?.elt.matches("[data-poll]")),
    open: [...place.querySelectorAll("details[open] > summary")].map(sign),
  };
});
document.addEventListener("htmx:afterSettle", () => {
  const place = kept && document.getElementById(kept.id);
  if (!place) return;
  const { focus, then, poll, open } = kept;
  kept = null;
  for (const summary of place.querySelectorAll("details:not([open]) > summary")) {
    if (poll && open.includes(sign(summary))) summary.parentElement.open = true;
  }
  if (!focus || (document.activeElement !== document.body && !then)) return;
  const same = [...place.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex]")].find((one) => sign(one) === focus);
  const top = poll ? null : place.querySelector("[role=region][tabindex]");
  const next = firstOf(place, then) || top || same || place;
  if (next === place) place.tabIndex = -1;
  next.focus({ preventScroll: poll });
});

// What is being pressed is not swapped away before it is let go: the browser would drop the click. The answer waits so long.
let pressed = null;
const waiting = new Set();

const letGo = () => {
  pressed = null;
  for (const answer of waiting) {
    waiting.delete(answer);
    answer.onload();
  }
};

document.addEventListener("pointerdown", (event) => (pressed = event.button === 0 ? event.target : null), true);
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => setTimeout(letGo), true);
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!pressed || !event.detail.target?.contains(pressed)) return;
  event.preventDefault();
  waiting.add(event.detail.xhr);
});

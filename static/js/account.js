// The account pages: shows a password while it is typed, and counts down until another code may be asked for.
document.addEventListener("change", (event) => {
  const box = event.target.closest("input[data-show-password]");
  if (box) show(box.form, box.checked);
});
const show = (form, shown) => {
  for (const input of form.querySelectorAll("input[autocomplete$=-password]")) input.type = shown ? "text" : "password";
};
document.addEventListener("submit", (event) => {
  // Hidden again first, so that the browser does not keep it among the words it suggests.
  if (event.target.querySelector("input[data-show-password]:checked")) show(event.target, false);
}, true);
window.addEventListener("pageshow", () => {
  for (const box of document.querySelectorAll("input[data-show-password]")) box.checked = false;
});

const words = (left) => (left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${String(left % 60).padStart(2, "0")} s`);
const waiting = document.querySelector("[data-wait]");
if (waiting) {
  const until = performance.now() + Number(waiting.dataset.wait) * 1000;
  const button = waiting.closest("form").querySelector("[data-wait-button]");
  button.disabled = true;
  const timer = setInterval(() => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      waiting.querySelector("[data-wait-left]").textContent = words(left);
      return;
    }
    clearInterval(timer);
    button.disabled = false;
    waiting.setAttribute("role", "status");
    waiting.textContent = "You can ask for another code now.";
  }, 500);
}

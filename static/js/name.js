// The delete button rests until the name is typed and the boxes are ticked. The server checks all of it again.
const check = (form) => {
  const typed = form.querySelector("[data-confirm-name]");
  const named = !typed || typed.value.trim() === typed.dataset.confirmName.trim();
  const ticked = [...form.querySelectorAll("[data-confirm-tick]")].every((box) => box.checked);
  for (const button of form.querySelectorAll("[data-confirm-button]")) button.disabled = !(named && ticked);
};
const checkAll = () => document.querySelectorAll("form[data-confirm]").forEach(check);

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (form) check(form);
});
document.addEventListener("htmx:afterSettle", checkAll);
checkAll();

// What htmx puts into #dialog-body opens in the dialog; Escape, [data-close] and the backdrop close it, and the focus goes
// back to where it was. A notice that lands in #messages must not stay hidden behind it.
const dialog = document.getElementById("dialog");
let opener = null;

document.addEventListener("htmx:afterSwap", (event) => {
  if (!dialog) return;
  if (event.target.id === "messages" && dialog.open) dialog.close();
  if (event.target.closest("#dialog-body") && !dialog.open && !event.detail.failed) {
    opener = document.activeElement;
    dialog.showModal();
    const title = dialog.querySelector("#dialog-body h1, #dialog-body h2");
    if (title) dialog.setAttribute("aria-label", title.textContent.trim());
  }
});
document.addEventListener("click", (event) => {
  const open = event.target.closest("dialog[open]");
  if (!open || !open.matches("#dialog, #keys")) return;
  if (event.target === open || event.target.closest("[data-close]")) {
    event.preventDefault();
    open.close();
  }
});
if (dialog) {
  dialog.addEventListener("close", () => {
    document.getElementById("dialog-body").replaceChildren();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  });
}

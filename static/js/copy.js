// A button with data-copy copies that text (empty: this page's address) and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button || !navigator.clipboard) return;
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy || location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied: your browser did not allow it";
  }
  setTimeout(() => (button.textContent = before), 2000);
});

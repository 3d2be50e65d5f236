// Signing in: tells the server the browser's time zone, opens the dialog that appears when a session has ended,
// and after it gives every form of the page its new token, so that nothing typed is lost.
"use strict";
{
  const prepare = () => {
    for (const input of document.querySelectorAll("input[data-time-zone]")) {
      input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    }
    const dialog = document.querySelector("dialog[data-sign-in-dialog]:not([open])");
    if (dialog) dialog.showModal();
  };

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:afterSettle", prepare);
  document.addEventListener("signed-in", (event) => {
    const token = event.detail && event.detail.token;
    if (!token) return;
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
  });
}

// An answer that never came is said in words.
const say = (title, text) => {
  const place = document.getElementById("messages");
  if (!place) return;
  const note = document.createElement("div");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  const words = document.createElement("div");
  const strong = document.createElement("b");
  strong.textContent = title;
  words.append(strong, ` ${text}`);
  note.append(words);
  place.replaceChildren(note);
  note.scrollIntoView({ block: "nearest" });
};
const isPoll = (event) => event.target.closest("[data-poll]");
const writes = (event) => event.detail.requestConfig && event.detail.requestConfig.verb !== "get";

document.addEventListener("htmx:sendError", (event) => {
  if (isPoll(event)) return;
  const next = writes(event)
    ? "What you typed is still here. Look whether it happened before you send it again."
    : "Check your connection and try again.";
  say("The dashboard cannot be reached.", next);
});
document.addEventListener("htmx:timeout", (event) => {
  if (!isPoll(event)) say("The dashboard did not answer in time.", "Reload the page to see whether it happened before you do it again.");
});

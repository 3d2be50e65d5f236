// One sound at a time; space stops the one that plays. A button with data-play plays the sound it names.
document.addEventListener(
  "play",
  (event) => {
    for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
  },
  true,
);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (!button) return;
  const player = document.getElementById(button.dataset.player || "player");
  if (!player) return;
  event.preventDefault();
  if (!player.paused && player.getAttribute("src") === button.dataset.play) {
    player.pause();
    return;
  }
  player.setAttribute("src", button.dataset.play);
  player.play().catch(() => {});
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.closest("input, textarea, select, button, a, audio, summary")) return;
  const playing = [...document.querySelectorAll("audio")].find((player) => !player.paused);
  if (playing) {
    event.preventDefault();
    playing.pause();
  }
});

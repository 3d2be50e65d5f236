// The button of the sound that plays says so, however it was started or stopped.
const mark = (event) => {
  const player = event.target;
  if (!player.id) return;
  for (const button of document.querySelectorAll("[data-play]")) {
    if ((button.dataset.player || "player") !== player.id) continue;
    button.setAttribute("aria-pressed", String(!player.paused && player.getAttribute("src") === button.dataset.play));
  }
};
for (const name of ["play", "pause", "ended", "emptied"]) document.addEventListener(name, mark, true);

// A player with its tools: faster and slower, ten seconds back and on, and an address that begins where it stands now.
const clock = (seconds) => {
  const whole = Math.max(Math.floor(seconds) || 0, 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
const sound = (element) => element.closest("[data-hear]")?.querySelector("audio");

const show = () => {
  for (const tools of document.querySelectorAll("[data-hear] [data-tools][hidden]")) tools.hidden = false;
};
show();
document.addEventListener("htmx:afterSettle", show);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-hear] button");
  const player = button && sound(button);
  if (!player) return;
  const { speed, jump, moment } = button.dataset;
  if (speed) {
    player.playbackRate = Number(speed);
    for (const each of button.parentElement.querySelectorAll("[data-speed]"))
      each.setAttribute("aria-pressed", String(each === button));
  } else if (jump) {
    player.currentTime = Math.max(player.currentTime + Number(jump), 0);
  } else if (moment !== undefined) {
    const address = new URL(button.dataset.moment, location.href);
    address.searchParams.set("t", String(Math.floor(player.currentTime)));
    address.hash = player.id;
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(address.href);
      button.textContent = `Copied, from ${clock(player.currentTime)}`;
    } catch {
      button.textContent = "Not copied: your browser did not allow it";
    }
    setTimeout(() => (button.textContent = before), 2000);
  }
});

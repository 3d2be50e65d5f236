// Counts ages up: the server says how old a moment is, the browser only adds what has passed since.
const born = new WeakMap();

const words = (seconds) => {
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
};

const count = () => {
  const now = performance.now();
  for (const element of document.querySelectorAll("time[data-ago]")) {
    if (!born.has(element)) born.set(element, now);
    const seconds = Number(element.dataset.ago) + Math.floor((now - born.get(element)) / 1000);
    const text = words(seconds);
    if (element.textContent !== text) element.textContent = text;
  }
};

count();
setInterval(count, 1000);
document.addEventListener("htmx:afterSettle", count);

// A poll that found nothing new still says that Talkstack was just asked.
document.addEventListener("told", (event) => {
  for (const element of document.querySelectorAll("[data-told] time[data-ago]")) {
    element.dataset.ago = event.detail.value;
    born.set(element, performance.now());
  }
});

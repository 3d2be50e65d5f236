// "/" goes to the search field, "g" and a letter to the line of the sidebar that begins with it, "?" lists the keys.
let going = 0;
const lines = () => [...document.querySelectorAll(".side-nav .nav a")];
const letter = (link) => link.textContent.trim().charAt(0).toLowerCase();

const show = () => {
  const keys = document.getElementById("keys");
  if (!keys || keys.open) return;
  const seen = new Set();
  const rows = [["/", "Search"]];
  for (const link of lines()) {
    if (!seen.has(letter(link))) rows.push([`g ${letter(link)}`, link.childNodes[1].textContent.trim()]);
    seen.add(letter(link));
  }
  const list = document.createElement("dl");
  list.className = "facts";
  for (const [key, words] of rows) {
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(term, meaning);
  }
  const title = document.createElement("h2");
  title.textContent = "Keys";
  keys.querySelector("[data-keys]").replaceChildren(title, list);
  keys.showModal();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, audio, [contenteditable]") || document.querySelector("dialog[open]")) return;
  if (Date.now() - going < 1200) {
    const link = lines().find((one) => letter(one) === event.key.toLowerCase());
    going = 0;
    if (link) link.click();
  } else if (event.key === "g") {
    going = Date.now();
  } else if (event.key === "?") {
    show();
  } else if (event.key === "/") {
    const field = document.querySelector("[data-search], input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
});

// The prompt editor: names the {{variables}} while one types, and what looks like a mistake, with its line. The same
// reading as dashboard/talkstack/prompt.py; the server says the same after saving.
const TOKEN = /\{\{|\}\}|\{|\n/g;
const NAME = /^[\p{L}\p{N}_.-]+$/u;
const SINGLE = /\{[ \t]{0,8}([\p{L}\p{N}_.-]{1,64})[ \t]{0,8}\}(?!\})/uy;
const MOST = 100;
const short = (name) => ([...name].length <= 40 ? name : `${[...name].slice(0, 39).join("")}…`);

const closed = (text, start, end) => {
  const name = text.slice(start + 2, end - 2).trim();
  if (!name) return { wrong: "“{{}}” has no name in it." };
  if (NAME.test(name)) return { name };
  return { wrong: `“{{${short(name)}}}” is not a variable: a name has only letters, digits, “_”, “-” and “.”.` };
};
const UNCLOSED = "“{{” is opened here and not closed with “}}” on the same line.";
const STRAY = "“}}” stands here without a “{{” before it on the same line.";

const single = (text, at) => {
  SINGLE.lastIndex = at;
  const found = SINGLE.exec(text);
  return found && `“{${short(found[1])}}” has single braces: write “{{${short(found[1])}}}” if it is meant as a variable.`;
};

const read = (text) => {
  const variables = new Set();
  const problems = [];
  let line = 1;
  let opened = -1;
  const say = (message) => problems.length < MOST && problems.push({ line, message });
  for (const { 0: sign, index } of text.matchAll(TOKEN)) {
    if (sign === "{{") {
      if (opened >= 0) say(UNCLOSED);
      opened = index;
    } else if (sign === "}}") {
      const mark = opened >= 0 ? closed(text, opened, index + 2) : { wrong: STRAY };
      if (mark.name) variables.add(mark.name);
      else say(mark.wrong);
      opened = -1;
    } else if (sign === "\n") {
      if (opened >= 0) say(UNCLOSED);
      opened = -1;
      line += 1;
    } else if (opened < 0) {
      const wrong = single(text, index);
      if (wrong) say(wrong);
    }
  }
  if (opened >= 0) say(UNCLOSED);
  return { variables: [...variables], problems, lines: line };
};

const item = (className, ...parts) => {
  const element = document.createElement("li");
  if (className) element.className = className;
  element.append(...parts);
  return element;
};
const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });
const some = (number, word) => `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;

const show = (textarea) => {
  const report = textarea.form && textarea.form.querySelector("[data-report]");
  if (!report) return;
  const part = (name) => report.querySelector(`[data-${name}]`);
  const text = textarea.value;
  const { variables, problems, lines } = read(text);
  part("variables").replaceChildren(...variables.map((name) => item("chip", name)));
  part("problems").replaceChildren(...problems.map(({ line, message }) => item("", bold(`Line ${line}`), ` ${message}`)));
  part("variables").hidden = part("asks").hidden = !variables.length;
  part("none").hidden = variables.length > 0;
  part("problems-box").hidden = !problems.length;
  part("size").textContent = `${some([...text].length, "character")}, ${some(lines, "line")}`;
  const wrong = problems.length ? `, ${some(problems.length, "thing")} to check` : "";
  const summary = `${some(variables.length, "variable")}${wrong}.`;
  if (part("summary").textContent !== summary) part("summary").textContent = summary;
};

let waiting = 0;
document.addEventListener("input", (event) => {
  const textarea = event.target.closest("textarea[data-prompt]");
  if (!textarea) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show(textarea), textarea.value.length > 200000 ? 600 : 120);
});

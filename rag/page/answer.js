// One answer: sentences with numbers to press, then the lists of passages.
// Every text is set as text; a press only tells the source panel what to show.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

function makeOpener(data, show) {
  const origins = new Map();
  const nameOf = (key) => {
    const source = data.sources[key];
    const article = data.articles[source.article];
    const where = [article.title, article.date].filter(Boolean).join(", ");
    return `${source.label} : ${where}`;
  };
  const equip = (button, key) => {
    button.type = "button";
    button.title = nameOf(key);
    button.dataset.key = key;
    button.addEventListener("click", () => show(key, button, false));
    if (!origins.has(key)) origins.set(key, button);
  };
  return { equip, nameOf, origins };
}

function drawNumbers(parent, numbers, data, opener) {
  for (const key of numbers) {
    if (!data.sources[key]) continue;
    parent.append("\u202f");
    const button = element("button", "number", key);
    opener.equip(button, key);
    button.setAttribute("aria-label", opener.nameOf(key));
    parent.append(button);
  }
}

function drawSentences(root, data, opener) {
  let paragraph = null;
  for (const sentence of data.sentences || []) {
    if (!paragraph || sentence.quoted) {
      paragraph = element("p", sentence.quoted ? "quoted" : "");
      root.append(paragraph);
    } else {
      paragraph.append(" ");
    }
    paragraph.append(element("span", "", sentence.text));
    drawNumbers(paragraph, sentence.numbers, data, opener);
    if (sentence.doubt) paragraph.append(" ", element("span", "doubt", sentence.doubt));
    if (sentence.quoted) paragraph = null;
  }
}

function drawItem(item, data, opener) {
  const row = element("li");
  const button = element("button", "passage");
  const head = element("span", "head");
  if (item.number) head.append(element("span", "number", item.number));
  head.append(element("span", "title", item.title));
  if (item.date) head.append(element("span", "date", item.date));
  button.append(head, element("span", "quote", item.quote));
  if (data.sources[item.key]) opener.equip(button, item.key);
  row.append(button);
  return row;
}

function drawList(list, data, opener) {
  const box = element("details");
  box.open = list.open;
  const rows = element("ol");
  rows.append(...list.items.map((item) => drawItem(item, data, opener)));
  box.append(element("summary", "", list.title), rows);
  return box;
}

function draw(root, data, opener) {
  root.replaceChildren();
  root.classList.toggle("brief", Boolean(data.brief));
  if (data.understood) root.append(element("p", "quiet", data.understood));
  const [refusal, reason] = data.refusal || [];
  if (refusal) root.append(element("p", "refusal", refusal));
  if (reason) root.append(element("p", "", reason));
  drawSentences(root, data, opener);
  if (data.remark) root.append(element("p", "quiet", data.remark));
  root.append(...(data.lists || []).map((list) => drawList(list, data, opener)));
  if (data.caption) root.append(element("p", "quiet", data.caption));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer");
  const told = JSON.stringify(data);
  if (root.told === told) return undefined;
  root.told = told;

  const show = (key, origin, automatic) => {
    const source = data.sources[key];
    const detail = { turn: data.turn, key, source, article: data.articles[source.article] };
    window.sourcier = { ...detail, origin, automatic };
    window.dispatchEvent(new CustomEvent("sourcier-source", { detail: window.sourcier }));
  };
  const opener = makeOpener(data, show);
  draw(root, data, opener);

  if (root.listener) window.removeEventListener("sourcier-source", root.listener);
  root.listener = ({ detail }) => {
    for (const button of root.querySelectorAll("button[data-key]")) {
      const current = detail && detail.turn === data.turn && detail.key === button.dataset.key;
      button.setAttribute("aria-pressed", String(Boolean(current)));
    }
  };
  window.addEventListener("sourcier-source", root.listener);
  root.listener({ detail: window.sourcier });

  // The newest answer opens its first source once.
  if (data.open && data.sources[data.open] && !(window.sourcierTurn >= data.turn)) {
    window.sourcierTurn = data.turn;
    show(data.open, opener.origins.get(data.open), true);
  }
  return () => window.removeEventListener("sourcier-source", root.listener);
}

// One answer: sentences with numbers to press, then the lists of passages.
// Every text is set as text; a press only tells the source panel what to show.

const FOLDED = ["fact", "yesno"]; // forms of which the first sentences are enough
const SHOWN = 3;
const LEAVING = 150; // milliseconds in which the pointer reaches a card from its number

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
    button.dataset.key = key;
    button.addEventListener("click", () => {
      window.sourcierOrigin = button;
      show(key, false);
    });
    if (!origins.has(key)) origins.set(key, button);
  };
  return { equip, nameOf, origins };
}

function makeCard(root, data) {
  // What a number stands for, while it is pointed at or has the focus: title, date and quote.
  const card = element("div", "card");
  card.setAttribute("role", "tooltip");
  card.id = `card-${data.turn}`;
  card.hidden = true;
  let leaving = 0;
  const hide = () => {
    card.hidden = true;
  };
  const leave = () => {
    leaving = setTimeout(hide, LEAVING);
  };
  const open = (button, key) => {
    clearTimeout(leaving);
    const source = data.sources[key];
    const article = data.articles[source.article];
    const where = element("p", "head");
    where.append(element("span", "title", article.title), element("span", "date", source.when));
    card.replaceChildren(where, element("p", "quote", source.quote));
    card.hidden = false;
    const [frame, place] = [root.getBoundingClientRect(), button.getBoundingClientRect()];
    const left = Math.min(place.left - frame.left, frame.width - card.offsetWidth);
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${place.bottom - frame.top + 4}px`;
  };
  card.addEventListener("pointerenter", () => clearTimeout(leaving));
  card.addEventListener("pointerleave", leave);
  const watch = (button, key) => {
    button.setAttribute("aria-describedby", card.id);
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") open(button, key);
    });
    button.addEventListener("pointerleave", leave);
    button.addEventListener("focus", () => button.matches(":focus-visible") && open(button, key));
    button.addEventListener("blur", hide);
    button.addEventListener("click", hide);
    button.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  };
  return { card, watch };
}

function drawSentence(parent, sentence, data, opener) {
  // The numbers stay on the line of the last word.
  const cut = sentence.text.lastIndexOf(" ") + 1;
  const end = element("span", "together", sentence.text.slice(cut));
  for (const key of sentence.numbers.filter((n) => data.sources[n])) {
    const button = element("button", "number", key);
    opener.equip(button, key);
    opener.watch(button, key);
    button.setAttribute("aria-label", opener.nameOf(key));
    end.append("\u202f", button);
  }
  parent.append(sentence.text.slice(0, cut), end);
}

function drawMarked(parent, sentence, data, opener) {
  // What its source says is marked so; what is not proved is folded under the reason.
  if (!sentence.reworded || !sentence.doubt) {
    drawSentence(parent, sentence, data, opener);
    if (sentence.mark) parent.append(" ", makeMark(sentence.mark));
    return;
  }
  const folded = element("details", "unproved");
  const body = element("span");
  drawSentence(body, sentence, data, opener);
  folded.append(element("summary", "doubt", sentence.doubt), body);
  parent.append(folded);
}

function makeMark(text) {
  const mark = element("span", "proved", "✓");
  mark.title = text;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", text);
  return mark;
}

function drawSentences(root, data, opener) {
  const sentences = data.sentences || [];
  if (data.label) {
    // What the model wrote stands apart, below the quotations, where its draft was.
    const box = element("div", "reworded");
    box.append(element("p", "label", data.label));
    drawParagraphs(box, sentences, data, opener);
    root.append(box);
    return;
  }
  // A lead and two proofs; what else answers a question of fact is one press away.
  const shown = FOLDED.includes(data.form) ? SHOWN : sentences.length;
  drawParagraphs(root, sentences.slice(0, shown), data, opener);
  const rest = sentences.slice(shown);
  if (!rest.length) return;
  const more = element("details");
  more.append(element("summary", "", `Autres citations (${rest.length})`));
  drawParagraphs(more, rest, data, opener);
  root.append(more);
}

function drawItems(root, items, data, opener) {
  if (data.form === "exhaustive" && items[0].quoted) {
    root.append(makeTally(items, data, opener));
    return;
  }
  // Items that have a label and a side are cells, the others stand below each other.
  const cells = items.every((item) => item.label && item.side);
  root.append(cells ? makeTable(items, data, opener) : makeItems(items, data, opener));
}

function makeItems(items, data, opener) {
  const list = element(data.form === "steps" ? "ol" : "ul", "items");
  for (const item of items) {
    const row = element("li");
    const head = [item.label, item.side].filter(Boolean).join(" – ");
    if (head) row.append(element("strong", "", head), "\u00a0: ");
    drawMarked(row, item, data, opener);
    list.append(row);
  }
  return list;
}

function makeTable(items, data, opener) {
  // A row a criterion, a column a side; what was not found stays empty, and says so.
  const table = element("table", "cells");
  const sides = [...new Set(items.map((item) => item.side))];
  const head = element("tr");
  head.append(element("td"), ...sides.map((side) => makeHead(side, "col")));
  table.append(head);
  for (const label of new Set(items.map((item) => item.label))) {
    const row = element("tr");
    row.append(makeHead(label, "row"));
    for (const side of sides) {
      const cell = element("td");
      const found = items.filter((item) => item.label === label && item.side === side);
      for (const item of found) drawMarked(cell, item, data, opener);
      if (!found.length) cell.append(element("span", "quiet", "non trouvé"));
      row.append(cell);
    }
    table.append(row);
  }
  return table;
}

function makeTally(items, data, opener) {
  // A row an article: its date, its title, its first sentence; the others are folded.
  const table = element("table", "tally");
  const rows = [];
  for (const item of items) {
    const last = rows.at(-1)?.[0];
    if (last?.label === item.label && last.side === item.side) rows.at(-1).push(item);
    else rows.push([item]);
  }
  for (const said of rows) {
    const [first, ...others] = said;
    const row = element("tr");
    const cell = element("td");
    const name = makeHead(first.side, "row");
    name.prepend(element("span", "date", first.label));
    const lines = said.map((item) => {
      const line = element("p");
      drawSentence(line, item, data, opener);
      return line;
    });
    cell.append(lines[0]);
    if (others.length) {
      const rest = element("details");
      const told = others.length > 1 ? `${others.length} autres phrases` : "1 autre phrase";
      rest.append(element("summary", "", told), ...lines.slice(1));
      cell.append(rest);
    }
    row.append(name, cell);
    table.append(row);
  }
  return table;
}

function makeHead(text, scope) {
  const head = element("th", "", text);
  head.scope = scope;
  return head;
}

function drawParagraphs(root, sentences, data, opener) {
  let paragraph = null;
  let items = [];
  for (const sentence of [...sentences, null]) {
    if (sentence?.item) {
      // A table may follow a list of what a model wrote.
      const turns = sentence.reworded && items.length && !items.at(-1).side !== !sentence.side;
      if (turns) drawItems(root, items.splice(0), data, opener);
      items.push(sentence);
      continue;
    }
    if (items.length) drawItems(root, items, data, opener);
    if (items.length) paragraph = null;
    items = [];
    if (!sentence) break;
    if (!paragraph || sentence.quoted) {
      // A paragraph holds no fold: what has one is a block.
      const tag = sentence.mark || sentence.doubt ? "div" : "p";
      paragraph = element(tag, sentence.quoted ? "quoted" : "");
      root.append(paragraph);
    } else {
      paragraph.append(" ");
    }
    if (sentence.label) paragraph.append(element("strong", "", sentence.label), "\u00a0: ");
    drawMarked(paragraph, sentence, data, opener);
    if (sentence.doubt && !sentence.reworded) paragraph.append(" ", element("span", "doubt", sentence.doubt));
    if (sentence.quoted) paragraph = null;
  }
}

function drawConflict(conflict, data, opener) {
  const box = element("section", "conflict");
  const versions = element("ul", "versions");
  for (const version of conflict.versions) {
    const row = element("li");
    const button = element("button", "version");
    button.append(element("span", "value", version.value), element("span", "date", version.date));
    button.append(element("span", "title", version.title));
    if (data.sources[version.key]) {
      opener.equip(button, version.key);
      button.querySelector(".value").append("\u202f", element("span", "number", version.key));
    }
    row.append(button);
    versions.append(row);
  }
  box.append(element("h4", "", conflict.title), versions);
  return box;
}

function drawItem(item, data, opener) {
  const row = element("li");
  const button = element("button", "passage");
  const head = element("span", "head");
  if (item.number) head.append(element("span", "number", item.number));
  head.append(element("span", "title", item.title));
  if (item.date) head.append(element("span", "date", item.date));
  button.append(head, element("span", "quote", item.quote));
  if (item.copies) button.append(element("span", "quiet", item.copies));
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
  if (data.scope) root.append(element("p", "quiet", data.scope));
  const [refusal, reason] = data.refusal || [];
  if (refusal) root.append(element("p", "refusal", refusal));
  if (reason) root.append(element("p", "", reason));
  drawSentences(root, data, opener);
  for (const conflict of data.conflicts || []) root.append(drawConflict(conflict, data, opener));
  if (data.remark) root.append(element("p", "quiet", data.remark));
  root.append(...(data.lists || []).map((list) => drawList(list, data, opener)));
  if (data.caption) root.append(element("p", "quiet", data.caption));
  root.append(opener.card);
}

function openFirst(data, show) {
  // The newest answer opens its first source, once, unless the reader chose one meanwhile.
  const chosen = window.sourcier;
  const kept = chosen && !chosen.automatic && chosen.turn === data.turn;
  if (!data.open || !data.sources[data.open] || window.sourcierTurn >= data.turn) return;
  window.sourcierTurn = data.turn;
  if (!kept) show(data.open, true);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer");
  const told = JSON.stringify(data);
  if (root.told !== told) {
    root.told = told;
    const show = (key, automatic) => {
      const source = data.sources[key];
      const article = data.articles[source.article];
      window.sourcier = { turn: data.turn, key, source, article, automatic, data };
      window.dispatchEvent(new CustomEvent("sourcier-source", { detail: window.sourcier }));
    };
    root.opener = { ...makeOpener(data, show), ...makeCard(root, data) };
    draw(root, data, root.opener);
    openFirst(data, show);
  }

  const press = ({ detail }) => {
    for (const button of root.querySelectorAll("button[data-key]")) {
      const current = detail && detail.turn === data.turn && detail.key === button.dataset.key;
      button.setAttribute("aria-pressed", String(Boolean(current)));
    }
  };
  const goBack = ({ detail }) => {
    // Two parts of an answer may have the number: the one that was pressed is meant.
    const pressed = window.sourcierOrigin;
    const meant = pressed?.isConnected && pressed.dataset.key === detail.key;
    if (detail.turn !== data.turn || (meant && !root.contains(pressed))) return;
    const origin = meant ? pressed : root.opener.origins.get(detail.key);
    if (!origin) return;
    for (let box = origin.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
    }
    origin.scrollIntoView({ block: "center" });
    origin.focus({ preventScroll: true });
  };
  press({ detail: window.sourcier });
  const heard = { "sourcier-source": press, "sourcier-return": goBack };
  for (const [name, listener] of Object.entries(root.heard || {})) {
    window.removeEventListener(name, listener);
  }
  root.heard = heard;
  for (const [name, listener] of Object.entries(heard)) window.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(heard)) {
      window.removeEventListener(name, listener);
    }
  };
}

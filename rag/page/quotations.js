// Quotations in sections and rows, each with its article and a button that copies it: a chronology,
// or what sources say of one thing, side by side. After copying.js; every text is set as text.

function drawQuotation(root, card) {
  const box = element("div", "quotation");
  if (card.value) box.append(element("p", "value", card.value));
  const quoted = element("p", "quoted");
  for (const [text, marked] of card.quote) quoted.append(marked ? element("mark", "", text) : text);
  const about = element("p", "about");
  const title = element("button", "title", card.title);
  title.type = "button";
  title.setAttribute("aria-label", `Lire l’article : ${card.title}`);
  title.addEventListener("click", () => root.read(card.article));
  about.append(title);
  if (card.when) about.append(element("span", "date", card.when));
  if (card.more) about.append(element("span", "quiet", card.more));
  box.append(quoted, about);
  drawCopy(box, card.reference);
  return box;
}

function drawRow(root, row) {
  const made = element("li", "row");
  if (row.head) made.append(element("p", "label", row.head));
  const cards = element("div", "side");
  cards.append(...row.cards.map((card) => drawQuotation(root, card)));
  made.append(cards);
  if (row.more.length) {
    // Drawn when they are asked for: a day may have a hundred.
    const box = element("details");
    const place = element("div", "side");
    box.append(element("summary", "", row.rest), place);
    box.addEventListener("toggle", () => {
      if (!box.open || place.childNodes.length) return;
      place.append(...row.more.map((card) => drawQuotation(root, card)));
    });
    made.append(box);
  }
  return made;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".quotations");
  root.read = (article) => setTriggerValue("article", article);
  const told = JSON.stringify(data);
  if (root.told === told) return;
  root.told = told;
  root.replaceChildren();
  for (const section of data.sections) {
    const part = element("section");
    part.append(element(section.level, "", section.head));
    if (section.note) part.append(element("p", "quiet", section.note));
    if (section.rows.length) {
      const rows = element("ol", "rows");
      rows.append(...section.rows.map((row) => drawRow(root, row)));
      part.append(rows);
    }
    root.append(part);
  }
}

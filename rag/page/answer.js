// One answer: sentences with numbers to press, then the lists of passages.
// Every text is set as text; a press only tells the source panel what to show.

const SETTLING = 1500; // milliseconds

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
    button.addEventListener("click", () => show(key, false));
    if (!origins.has(key)) origins.set(key, button);
  };
  return { equip, nameOf, origins };
}

function drawSentence(parent, sentence, data, opener) {
  // The numbers stay on the line of the last word.
  const cut = sentence.text.lastIndexOf(" ") + 1;
  const end = element("span", "together", sentence.text.slice(cut));
  for (const key of sentence.numbers.filter((n) => data.sources[n])) {
    const button = element("button", "number", key);
    opener.equip(button, key);
    button.setAttribute("aria-label", opener.nameOf(key));
    end.append("\u202f", button);
  }
  parent.append(sentence.text.slice(0, cut), end);
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
    drawSentence(paragraph, sentence, data, opener);
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

function nameMessages(host) {
  const message = host?.closest?.('[data-testid="stChatMessage"]');
  message?.setAttribute("aria-label", "Réponse");
}

function showBeginning(root) {
  // Streamlit runs to the end of the page as it grows; an answer is read from its beginning, so
  // this holds it in view until the page settles or the reader moves.
  const scroller = root.getRootNode().host?.closest('[data-testid*="ScrollToBottom"]');
  let moved = false;
  const stop = () => {
    moved = true;
  };
  const gestures = ["wheel", "touchstart", "keydown", "pointerdown"];
  for (const name of gestures) window.addEventListener(name, stop, { once: true, passive: true });
  const end = performance.now() + SETTLING;
  const hold = () => {
    if (moved || performance.now() > end) {
      for (const name of gestures) window.removeEventListener(name, stop);
      return;
    }
    if (root.getBoundingClientRect().top < 60) {
      // A turn of the wheel is what ends Streamlit's own movement.
      scroller?.dispatchEvent(new WheelEvent("wheel"));
      root.scrollIntoView({ block: "start" });
    }
    requestAnimationFrame(hold);
  };
  requestAnimationFrame(hold);
}

function openFirst(data, show) {
  // The newest answer opens its first source, once, unless the reader chose one meanwhile.
  // Returns whether this is that once.
  const chosen = window.sourcier;
  const kept = chosen && !chosen.automatic && chosen.turn === data.turn;
  if (!data.open || !data.sources[data.open] || window.sourcierTurn >= data.turn) return false;
  window.sourcierTurn = data.turn;
  if (!kept) show(data.open, true);
  return !kept;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer");
  const told = JSON.stringify(data);
  if (root.told !== told) {
    root.told = told;
    const show = (key, automatic) => {
      const source = data.sources[key];
      const article = data.articles[source.article];
      window.sourcier = { turn: data.turn, key, source, article, automatic };
      window.dispatchEvent(new CustomEvent("sourcier-source", { detail: window.sourcier }));
    };
    root.opener = makeOpener(data, show);
    draw(root, data, root.opener);
    nameMessages(parentElement.host);
    if (openFirst(data, show)) showBeginning(root);
  }

  const press = ({ detail }) => {
    for (const button of root.querySelectorAll("button[data-key]")) {
      const current = detail && detail.turn === data.turn && detail.key === button.dataset.key;
      button.setAttribute("aria-pressed", String(Boolean(current)));
    }
  };
  const goBack = ({ detail }) => {
    const origin = detail.turn === data.turn && root.opener.origins.get(detail.key);
    if (!origin) return;
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

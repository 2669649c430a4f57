// The source panel: the passage that a number leads to, and its whole article one step away.
// Every text is set as text; an address becomes a link only when it is http or https.

const NARROW = "(max-width: 999px)";

const within = (run, [start, end]) => run.start >= start && run.start < end;

function drawOrigin({ text, url }) {
  const row = element("li");
  let safe = false;
  try {
    safe = ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    safe = false;
  }
  if (!safe) {
    row.textContent = text;
    return row;
  }
  const link = element("a", "", text);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  row.append(link);
  return row;
}

function drawBlocks(parent, blocks, marked, kept) {
  const tags = { heading: "h4", item: "p", paragraph: "p", gap: "p" };
  for (const block of blocks) {
    const runs = kept ? block.runs.filter((run) => within(run, kept)) : block.runs;
    if (block.kind === "gap" && !kept) parent.append(element("p", "quiet", "[…]"));
    if (!runs.length) continue;
    const made = element(tags[block.kind], block.kind);
    for (const run of runs) {
      if (within(run, marked)) made.append(element("mark", "", run.text));
      else made.append(run.text);
    }
    parent.append(made);
  }
}

function drawSteps({ turn, key, data }) {
  // To the citation before and the one after, in the order of the answer.
  const place = data.order.indexOf(key);
  if (place < 0 || data.order.length < 2) return null;
  const steps = element("nav", "steps");
  steps.setAttribute("aria-label", "Citations");
  const step = (to, sign, name) => {
    const button = element("button", "step", sign);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.disabled = !data.order[to];
    button.addEventListener("click", () => {
      const source = data.sources[data.order[to]];
      const article = data.articles[source.article];
      const detail = { turn, key: data.order[to], source, article, data, step: name };
      window.sourcier = detail;
      window.dispatchEvent(new CustomEvent("sourcier-source", { detail }));
    });
    return button;
  };
  steps.append(
    step(place - 1, "‹", "Citation précédente"),
    element("span", "date", `${place + 1} sur ${data.order.length}`),
    step(place + 1, "›", "Citation suivante"),
  );
  return steps;
}

function drawPages(root, { source }) {
  // Drawn by the program from the file, on demand; it stays open from one citation to the next.
  if (!source.paged) return;
  const box = element("details", "pages");
  const place = element("div");
  box.open = Boolean(root.paging);
  box.append(element("summary", "", "Voir la page"), place);
  box.addEventListener("toggle", () => {
    root.paging = box.open;
    if (!box.open || place.childNodes.length) return;
    place.append(element("p", "quiet", "La page se dessine…"));
    const [start, end] = source.marked;
    root.asked = Date.now(); // Streamlit tells nothing that it has just told
    root.ask({ article: source.article, start, end, asked: root.asked });
  });
  root.append(box);
}

function showPages(root, { asked, pictures, remark }) {
  const place = root.querySelector(".pages > div");
  if (!place || root.asked !== asked) return;
  place.replaceChildren();
  for (const { image, caption } of pictures) {
    const figure = element("figure");
    const frame = element("button", "picture");
    frame.type = "button";
    frame.setAttribute("aria-label", `${caption}, agrandir ou réduire`);
    frame.addEventListener("click", () => frame.classList.toggle("large"));
    const picture = element("img");
    picture.src = image;
    picture.alt = caption;
    frame.append(picture);
    figure.append(frame, element("figcaption", "quiet", caption));
    place.append(figure);
  }
  if (remark) place.append(element("p", "quiet", remark));
}

function drawReasons(root, { why }) {
  if (!why.length) return;
  const box = element("details");
  const rows = element("dl", "reasons");
  for (const [name, value, meaning] of why) {
    const told = element("dd", "", value);
    told.append(" ", element("span", "date", meaning));
    rows.append(element("dt", "", name), told);
  }
  box.append(element("summary", "", "Pourquoi ce passage ?"), rows);
  box.addEventListener("toggle", () => box.open && rows.scrollIntoView({ block: "nearest" }));
  root.append(box);
}

function drawHead(root, detail) {
  const { turn, key, source, article } = detail;
  const head = element("header");
  head.append(element("span", "label", source.label));
  if (source.when) head.append(element("span", "date", source.when));
  const steps = drawSteps(detail);
  if (steps) head.append(steps);
  const title = element("h3", "", article.title);
  title.tabIndex = -1;
  const back = element("button", "back", turn < 0 ? "Retour à l’accueil" : "Retour à la réponse");
  back.type = "button";
  back.addEventListener("click", () => {
    window.dispatchEvent(new CustomEvent("sourcier-return", { detail: { turn, key } }));
  });
  root.append(head, title);
  if (source.copies) root.append(element("p", "quiet", source.copies));
  root.append(back);
  return title;
}

function drawSource(root, detail) {
  const { source, article } = detail;
  root.replaceChildren();
  const title = drawHead(root, detail);
  const passage = element("blockquote");
  drawBlocks(passage, article.blocks, source.marked, source.passage);
  root.append(passage);
  if (source.remark) root.append(element("p", "quiet", source.remark));
  drawCopy(root, source.reference);
  drawPages(root, detail);
  if (article.origins.length) {
    const origins = element("ul", "origins");
    origins.append(...article.origins.map(drawOrigin));
    root.append(element("h4", "", "D’après"), origins);
  }
  const whole = element("details");
  const text = element("div", "article");
  whole.append(element("summary", "", "Lire l’article entier"), text);
  whole.addEventListener("toggle", () => {
    if (!whole.open || text.childNodes.length) return;
    drawBlocks(text, article.blocks, source.marked, null);
    const mark = text.querySelector("mark");
    if (mark) mark.scrollIntoView({ block: "center" });
  });
  root.append(whole);
  drawReasons(root, source);
  return title;
}

function fold(root, detail) {
  // On a phone the panel is under the answer: it must not push it away unasked.
  const button = element("button", "unfold", `Lire la source : ${detail.article.title}`);
  button.type = "button";
  button.addEventListener("click", () => drawSource(root, detail));
  root.replaceChildren(button);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".source");
  root.ask = (wanted) => setTriggerValue("page", wanted);
  if (data.page) showPages(root, data.page);
  if (root.conversation !== data.conversation) {
    root.conversation = data.conversation;
    if (window.sourcierConversation !== data.conversation) {
      window.sourcierConversation = data.conversation;
      window.sourcier = undefined;
      window.sourcierTurn = -1;
      document.documentElement.classList.remove("sourced");
    }
    root.replaceChildren();
  }
  const show = (detail) => {
    if (!detail) return;
    // The column comes with its first source.
    document.documentElement.classList.add("sourced");
    const narrow = window.matchMedia(NARROW).matches;
    if (detail.automatic && narrow) {
      fold(root, detail);
      return;
    }
    const title = drawSource(root, detail);
    if (detail.automatic) return;
    if (detail.step) {
      // The reader goes on stepping: the focus stays, on the other button at an end.
      const step = root.querySelector(`.step[aria-label="${detail.step}"]:not(:disabled)`);
      (step || root.querySelector(".step:not(:disabled)"))?.focus({ preventScroll: true });
      return;
    }
    if (narrow) root.scrollIntoView({ block: "start" });
    else root.querySelector("mark")?.scrollIntoView({ block: "nearest" });
    title.focus({ preventScroll: true });
  };
  if (root.listener) window.removeEventListener("sourcier-source", root.listener);
  else if (window.sourcier) show({ ...window.sourcier, automatic: true });
  root.listener = ({ detail }) => show(detail);
  window.addEventListener("sourcier-source", root.listener);
  return () => window.removeEventListener("sourcier-source", root.listener);
}

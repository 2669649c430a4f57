// Copies an answer with its sources. Every text is set as text.

const SAID = 4000; // milliseconds in which the button says what came of it

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

function describe({ lines, sources }) {
  const told = element("div");
  told.append(...lines.map((line) => element("p", "", line)));
  if (sources.length) told.append(element("p", "", "Sources"));
  for (const [number, before, title, after] of sources) {
    const row = element("p");
    row.append(number, before, element("i", "", title), after);
    told.append(row);
  }
  return told;
}

async function copy(told) {
  // Both as formatted text and as plain text: what it is pasted into takes the one that it knows.
  const plain = [...told.children].map((line) => line.textContent).join("\n");
  const shown = { "text/html": told.innerHTML, "text/plain": plain };
  const parts = Object.entries(shown).map(([type, text]) => [type, new Blob([text], { type })]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(parts))]);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".copying");
  root.data = data;
  if (root.childNodes.length) return;
  const button = element("button", "tool");
  const icon = element("span", "icon", "content_copy");
  const label = element("span", "name", "Copier");
  icon.setAttribute("aria-hidden", "true");
  button.type = "button";
  button.title = "Copier la dernière réponse avec ses sources";
  const status = element("span", "said");
  status.setAttribute("role", "status");
  const say = (short, long) => {
    label.textContent = short;
    status.textContent = long;
  };
  button.append(icon, label);
  button.addEventListener("click", async () => {
    try {
      await copy(describe(root.data));
      say("Copié", "Réponse copiée, avec ses sources.");
    } catch {
      // A browser lets a page copy only over https or on this machine.
      say("Copie refusée", "Ce navigateur ne laisse pas copier la page.");
    }
    setTimeout(say, SAID, "Copier", "");
  });
  root.append(button, status);
}

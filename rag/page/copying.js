// What copies a quotation with its reference; it comes before the source of the parts that draw them.
// Every text is set as text.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

function drawReference([before, title, after]) {
  const told = element("span", "reference");
  told.append(before, element("i", "", title), after);
  return told;
}

async function copy(told) {
  // Both as formatted text and as plain text: what it is pasted into takes the one that it knows.
  const shown = { "text/html": told.innerHTML, "text/plain": told.textContent };
  const parts = Object.entries(shown).map(([type, text]) => [type, new Blob([text], { type })]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(parts))]);
}

function drawCopy(root, reference) {
  // A quotation with its reference; a passage that only came near is no quotation.
  if (!reference.length) return;
  const row = element("p", "copying");
  const button = element("button", "copy", "Copier la citation");
  button.type = "button";
  const status = element("span", "quiet");
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const told = drawReference(reference);
    row.querySelector(".reference")?.remove();
    status.textContent = "";
    try {
      await copy(told);
      status.textContent = "Citation copiée, avec sa référence.";
    } catch {
      // A browser lets a page copy only over https or on this machine.
      row.append(told);
      window.getSelection().selectAllChildren(told);
      status.textContent = "Ce navigateur ne laisse pas copier la page : copiez ces mots.";
    }
  });
  row.append(button, " ", status);
  root.append(row);
}

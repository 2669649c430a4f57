// What surrounds the pages. Streamlit's own words are English: this says them in French, for the eye
// and for screen readers. It closes the menu of a phone, and brings a new question into view.

const LOST =
  "Sourcier s’est arrêté, ou ne répond plus sur cette machine. Relancez-le comme vous l’avez ouvert, " +
  "puis rechargez cette page. Rien n’est perdu : la conversation et sa dernière réponse sont dans " +
  "« Historique ».";
const FRENCH = {
  "Send message": "Envoyer la question",
  "Submit": "Envoyer",
  "Drag and drop file here": "Déposez un fichier ici",
  "Drag and drop files here": "Déposez des fichiers ici",
  "Drop file here": "Déposez le fichier ici",
  "Drop files here": "Déposez les fichiers ici",
  "Browse files": "Parcourir",
  "Upload": "Choisir des fichiers",
  "Upload directories": "Choisir un dossier",
  "Choose an option": "Choisir",
  "Choose options": "Choisir",
  "Clear all": "Tout effacer",
  "Clear value": "Effacer",
  "Select all": "Tout choisir",
  "No results": "Aucun résultat",
  "No options to select": "Aucun choix possible",
  "Close": "Fermer",
  "Open": "Ouvrir",
  "Close sidebar": "Fermer le menu",
  "Open sidebar": "Ouvrir le menu",
  "Expand sidebar": "Ouvrir le menu",
  "Collapse sidebar": "Fermer le menu",
  "Fullscreen": "Plein écran",
  "Sidebar": "Menu",
  "file upload": "envoi de fichiers",
  "Close fullscreen": "Quitter le plein écran",
  "Feedback rating": "Avis sur la réponse",
  "Thumbs up": "Réponse utile",
  "Thumbs down": "Réponse à revoir",
  "Connecting": "Connexion…",
  "Skip to main content": "Aller au contenu",
  "App pages": "Pages de Sourcier",
  "visualization": "graphique",
  "group mark container": "groupe de points",
  "Connection error": "La page a perdu Sourcier",
  "Uploading...": "Envoi…",
  "Add files": "Ajouter des fichiers",
  "Drag and drop a file here": "Déposez un fichier ici",
  "File type not allowed.": "Format non accepté.",
  "Only one file is allowed.": "Un seul fichier à la fois.",
  "Multiselect options": "Choix possibles",
  "Selectbox options": "Choix possibles",
  "Selected values": "Choix faits",
  "Chat message from user": "Question",
  "Chat message from assistant": "Réponse",
  "Connection timed out.": LOST,
  "Network Error": LOST,
  "Streamlit server is not responding. Are you connected to the internet?": LOST,
  "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:":
    LOST,
  "Connection lost. Please wait for the app to reconnect, then try again.":
    "La page a perdu Sourcier : attendez qu’elle le retrouve, puis recommencez.",
  "Script execution error": "Erreur de la page",
  "Bad message format": "Message illisible",
  "Page not found": "Page introuvable",
};
const SIZES = { B: "o", KB: "ko", MB: "Mo", GB: "Go" };
const writeSize = (_, number, unit) => `${number.replace(".", ",")}\u00a0${SIZES[unit]}`;
const SIZE = /([\d.]+)\s?([KMG]?B)\b/;
const PATTERNS = [
  [/^([\d.]+)\s?([KMG]?B)$/, writeSize],
  [/^File must be .*$/, (told) => `Fichier trop lourd : ${(told.match(SIZE) || [""])[0].replace(SIZE, writeSize)} au plus.`],
  [/^(.+) files are not allowed\.?$/, "Les fichiers $1 ne sont pas acceptés."],
  [/^Connection failed with status (\d+).*$/s, `${LOST} (code $1)`],
  [/^(\d+)MB per file.*$/, "$1 Mo par fichier"],
  [/^Limit (\d+)MB per file.*$/, "$1 Mo par fichier au plus"],
  [/^(.+) — start$/, "$1 — début"],
  [/^(.+) — end$/, "$1 — fin"],
  [/^Show data: (.+)$/s, "Voir les données : $1"],
  [/^Download as PNG: (.+)$/s, "Enregistrer en image : $1"],
  [/^Fullscreen: (.+)$/s, "Plein écran : $1"],
  [/^Help for (.+)$/s, "Aide : $1"],
  [/^Remove (.+)$/, "Retirer $1"],
  [/^(.+), close by backspace$/, "$1, retirer par la touche Effacement"],
];
const BOX = '[data-testid="stChatInput"] textarea';
const EXCHANGE = '[class*="st-key-exchange-"]';
// Where a draft is, with the buttons below it, and what may be there.
const WRITING = '[class*="st-key-writing-"], [class*="st-key-rewording-"]';
const WRITTEN = '.draft, [data-testid="stAlert"], [class*="st-key-reworded-"]';
const STOPPED = 1000; // milliseconds after which what a draft leaves, or another theme, is there
const GESTURES = ["wheel", "touchstart", "keydown", "pointerdown"];
const HEADER = 112; // pixels, those of Streamlit's own bar and of ours
const HIGH = 0.3; // of the window: a question asked above that stays where it is
const ATTRIBUTES = ["aria-label", "aria-roledescription", "title", "placeholder"];

function translate(text) {
  const told = text.trim();
  if (Object.hasOwn(FRENCH, told)) return text.replace(told, FRENCH[told]);
  for (const [english, french] of PATTERNS) {
    if (english.test(told)) return told.replace(english, french);
  }
  return text;
}

function speak(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    // What the reader wrote and what articles say is not Streamlit's.
    if (node.parentElement?.closest('[data-testid="stChatMessage"], [data-testid="stMarkdown"]')) {
      return;
    }
    const french = translate(node.data);
    if (french !== node.data) node.data = french;
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of ATTRIBUTES) {
    const told = node.getAttribute(name);
    if (told === null) continue;
    const french = translate(told);
    if (french !== told) node.setAttribute(name, french);
  }
}

function speakAll(root) {
  speak(root);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) speak(walker.currentNode);
}

function closeMenu({ target }) {
  // On a phone the menu covers the page that was just chosen in it.
  if (!target.closest?.('[data-testid="stSidebarNavLink"]')) return;
  const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  setTimeout(() => button?.click());
}

function askAgain(node) {
  // A page that has lost the server may have lost its right to be there: it then asks for the
  // password. Any other answer, or none, is left to Streamlit, which tries again by itself.
  if (!node.textContent.includes("Connection error")) return;
  const reload = ({ status }) => status === 401 && location.reload();
  fetch(location.href, { cache: "no-store" }).then(reload, () => {});
}

let typing = false;

function keepTyping(added) {
  // With the first question its box goes from the middle of the page to the end; the focus follows.
  if (!typing || document.activeElement !== document.body || !(added instanceof Element)) return;
  added.querySelector(BOX)?.focus({ preventScroll: true });
}

let holding = null;

function release() {
  holding?.disconnect();
}

function followQuestion(added) {
  // A question just asked stands near the top of the window, wherever the reader was, and its
  // answer is written below it. It keeps its place while what is above it is drawn, until the
  // reader does anything; nothing else moves the page, but a draft below it (showDraft).
  if (!(added instanceof Element)) return;
  const within = added.matches(EXCHANGE) ? [added] : [...added.querySelectorAll(EXCHANGE)];
  if (!within.length) return;
  const exchanges = [...document.querySelectorAll(EXCHANGE)];
  const asked = exchanges.at(-1);
  if (asked !== within.at(-1)) return;
  release();
  const { top } = asked.getBoundingClientRect();
  if (top > HEADER && top < window.innerHeight * HIGH) return;
  asked.scrollIntoView({ block: "start" });
  holding = new ResizeObserver(() => asked.scrollIntoView({ block: "start" }));
  for (const exchange of exchanges.slice(0, -1)) holding.observe(exchange);
}

let drafted = false;

function showDraft() {
  // What was asked to be worded again appears below the quotations, perhaps below the window: it is
  // brought into it once, and then grows where it is.
  const draft = document.querySelector(".draft");
  if (draft && !drafted) draft.scrollIntoView({ block: "nearest" });
  // What takes its place keeps its height: nothing below moves. Stopped, it leaves none.
  if (drafted && !draft) setTimeout(leaveRoom, STOPPED);
  drafted = Boolean(draft);
  for (const place of draft?.closest(EXCHANGE)?.querySelectorAll(WRITING) || []) {
    place.style.minHeight = `${place.offsetHeight}px`;
  }
}

function leaveRoom() {
  for (const exchange of document.querySelectorAll(EXCHANGE)) {
    const places = [...exchange.querySelectorAll(WRITING)];
    if (places.some((place) => place.querySelector(WRITTEN))) continue;
    for (const place of places) place.style.minHeight = "";
  }
}

function showGround() {
  // What stays in view hides what passes below it; Streamlit tells the page no colour of its own.
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return;
  document.documentElement.style.setProperty("--page", getComputedStyle(app).backgroundColor);
}

export default function () {
  document.documentElement.lang = "fr";
  speakAll(document.body);
  showGround();
  if (window.sourcierChrome) return;
  document.addEventListener("click", closeMenu);
  document.addEventListener("focusin", ({ target }) => {
    typing = target.matches(BOX);
  });
  const shades = window.matchMedia("(prefers-color-scheme: dark)");
  shades.addEventListener("change", () => setTimeout(showGround, STOPPED));
  for (const name of GESTURES) window.addEventListener(name, release, { passive: true });
  window.sourcierChrome = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") {
        for (const added of change.addedNodes) {
          askAgain(added);
          speakAll(added);
          followQuestion(added);
          keepTyping(added);
        }
      } else speak(change.target);
    }
    showDraft();
  });
  window.sourcierChrome.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
}

// "/" goes to the search, "?" shows the keys, j and k walk the rows of a table, Enter opens a row.
import { isDialogOpen, openDialog } from "./dialog";

export function startKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
    if (act(event.key)) event.preventDefault();
  });
}

function act(key: string): boolean {
  switch (key) {
    case "/": {
      const search = document.querySelector<HTMLInputElement>("[data-search]");
      search?.focus();
      search?.select();
      return search !== null;
    }
    case "?":
      openDialog(document.getElementById("shortcuts"));
      return true;
    case "j":
      return walk(1);
    case "k":
      return walk(-1);
    default:
      return false; // Enter on the focused link of a row is the browser's own
  }
}

function walk(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLElement>("[data-rows] > * > :first-child a[href], [data-rows] > li .what a[href]")];
  if (links.length === 0) return false;
  const here = links.findIndex((link) => link.closest("tr, li")?.contains(document.activeElement));
  const next = links[Math.min(links.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, select, textarea, [contenteditable]");
}

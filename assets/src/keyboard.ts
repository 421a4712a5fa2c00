// "/" goes to the search, "?" shows the keys, j and k walk the rows of a table, x chooses a row, Enter opens it.
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
    case "x":
      return choose();
    default:
      return false; // Enter on the focused link of a row is the browser's own
  }
}

function walk(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rows] > *")];
  const links = rows.map((row) => row.querySelector<HTMLElement>(".main a[href], .what a[href], :scope > :first-child a[href]"));
  const reached = links.filter((link): link is HTMLElement => link !== null);
  if (reached.length === 0) return false;
  const here = reached.findIndex((link) => link.closest("tr, li")?.contains(document.activeElement));
  const next = reached[Math.min(reached.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function choose(): boolean {
  const box = document.activeElement?.closest("[data-rows] > *")?.querySelector<HTMLInputElement>("input[type=checkbox]");
  if (!box) return false;
  box.checked = !box.checked;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  // a box takes no text: after a click on it the keys still walk
  return target instanceof Element && target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
}

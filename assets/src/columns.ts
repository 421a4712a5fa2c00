// Column chooser: <details data-columns="name"> lists the th[data-col] of the ledger table and
// remembers in localStorage which are off. Only column names are stored, never data.
const PREFIX = "hengjian.columns.";

export function startColumns(): void {
  const chooser = document.querySelector<HTMLElement>("[data-columns]");
  const table = document.querySelector<HTMLTableElement>("table[data-columned]");
  if (!chooser || !table) return;
  const key = PREFIX + (chooser.dataset.columns ?? "");
  const off = new Set(read(key));
  apply(table, off);
  const panel = chooser.querySelector(".pop");
  if (!panel || panel.childElementCount > 0) return;
  for (const head of table.querySelectorAll<HTMLElement>("th[data-col]")) {
    panel.append(choice(head, off, () => {
      localStorage.setItem(key, JSON.stringify([...off]));
      const current = document.querySelector<HTMLTableElement>("table[data-columned]");
      if (current) apply(current, off);
    }));
  }
}

function choice(head: HTMLElement, off: Set<string>, save: () => void): HTMLElement {
  const label = document.createElement("label");
  const box = document.createElement("input");
  const column = head.dataset.col ?? "";
  box.type = "checkbox";
  box.checked = !off.has(column);
  box.addEventListener("change", () => {
    if (box.checked) off.delete(column);
    else off.add(column);
    save();
  });
  label.append(box, head.textContent?.trim() ?? column);
  return label;
}

function apply(table: HTMLTableElement, off: Set<string>): void {
  for (const cell of table.querySelectorAll<HTMLElement>("[data-col]")) {
    cell.hidden = off.has(cell.dataset.col ?? "");
  }
  for (const group of table.querySelectorAll<HTMLTableCellElement>("th[data-group]")) {
    const name = group.dataset.group ?? "";
    const shown = table.querySelectorAll(`th[data-of="${name}"]:not([hidden])`).length;
    group.hidden = shown === 0;
    if (shown > 0) group.colSpan = shown;
  }
}

function read(key: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.filter((item): item is string => typeof item === "string") : [];
  } catch {
    return []; // edited by hand or storage forbidden: show every column
  }
}

// Figures from Excel: in a form[data-entry] two columns (name, value) find their lines by name or code, one column
// fills the lines from where it is pasted. What finds no line is listed in [data-paste-report]: nothing is lost.
export function startPaste(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-entry]")) {
    form.addEventListener("paste", (event) => paste(form, event));
  }
}

interface Read {
  name: string;
  value: string;
  line: string;
}

function paste(form: HTMLFormElement, event: ClipboardEvent): void {
  const target = event.target;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!(target instanceof HTMLInputElement) || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
  event.preventDefault();
  const inputs = [...form.querySelectorAll<HTMLInputElement>("input[data-amount]")];
  const rows = text.replace(/\r\n?/g, "\n").split("\n").map(read);
  while (rows.length && !rows[rows.length - 1]?.line.trim()) rows.pop();
  const named = rows.some((row) => row.name);
  const start = Math.max(0, inputs.indexOf(target));
  const names = named ? index(inputs) : null;
  const lost: string[] = [];
  let filled = 0;
  rows.forEach((row, at) => {
    if (!row.line.trim()) return; // a blank line still counts as a place in one column
    const input = names ? names.get(key(row.name)) : inputs[start + at];
    if (input && put(input, row.value)) filled += row.value ? 1 : 0;
    else lost.push(row.line.trim());
  });
  report(form, filled, lost);
}

/** One line: with several cells the first is the name and the last that looks like a figure is the value. */
function read(line: string): Read {
  const cells = line.split("\t").map((cell) => cell.trim());
  if (cells.length === 1) return { name: "", value: cells[0] ?? "", line };
  const rest = cells.slice(1).filter((cell) => cell);
  const figures = rest.filter((cell) => /^[-+−]?[0-9０-９.,，]+$/.test(cell));
  return { name: cells[0] ?? "", value: figures[figures.length - 1] ?? rest[rest.length - 1] ?? "", line };
}

function index(inputs: HTMLInputElement[]): Map<string, HTMLInputElement> {
  const found = new Map<string, HTMLInputElement>();
  for (const input of inputs) {
    const label = input.labels?.[0]?.textContent ?? "";
    const unit = input.parentElement?.querySelector(".unit")?.textContent ?? "";
    const names = [input.dataset.item ?? "", label, `${label}(${unit})`, `${label}${unit}`, bare(label)];
    for (const name of names) if (key(name) && !found.has(key(name))) found.set(key(name), input);
  }
  return found;
}

function key(text: string): string {
  return text.normalize("NFKC").replace(/[\s:*]/g, "").toLowerCase();
}

/** The name without what stands in brackets behind it. */
function bare(label: string): string {
  return label.normalize("NFKC").replace(/\([^()]*\)$/, "");
}

/** False when the line is locked (a stock carried over) and the figure is another one. */
function put(input: HTMLInputElement, value: string): boolean {
  if (input.readOnly) return !value || Number(value.replace(/,/g, "")) === Number(input.value);
  if (!value) return true;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

function report(form: HTMLFormElement, filled: number, lost: string[]): void {
  const place = form.querySelector<HTMLElement>("[data-paste-report]");
  const text = place?.querySelector("p");
  const list = place?.querySelector("ul");
  if (!place || !text || !list) return;
  const say = (message: string | undefined, count: number): string => (message ?? "").replace("{count}", String(count));
  text.textContent = say(place.dataset.matched, filled) + (lost.length ? say(place.dataset.unmatched, lost.length) : "");
  list.replaceChildren(
    ...lost.map((line) => {
      const item = document.createElement("li");
      item.textContent = line.replace(/\t/g, "  ");
      return item;
    }),
  );
  place.classList.toggle("off", lost.length > 0);
  place.hidden = false;
}

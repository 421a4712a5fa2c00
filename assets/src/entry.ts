// Figures by keyboard only: in a form[data-entry] Enter and the arrows go up and down the amounts,
// Ctrl+Enter sends. Beside each amount stands its change against yesterday: a hint, the server judges.
export function startEntry(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-entry]")) {
    form.addEventListener("keydown", (event) => move(form, event));
    form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement) compare(event.target);
    });
    for (const input of amounts(form)) compare(input);
  }
}

function amounts(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[data-amount]")];
}

function move(form: HTMLFormElement, event: KeyboardEvent): void {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const step = event.key === "ArrowUp" ? -1 : event.key === "Enter" || event.key === "ArrowDown" ? 1 : 0;
  const all = amounts(form);
  const here = all.indexOf(event.target as HTMLInputElement);
  if (step === 0 || here < 0) return;
  event.preventDefault();
  const next = all[here + step];
  next?.focus();
  next?.select();
}

function compare(input: HTMLInputElement): void {
  const place = input.closest("tr")?.querySelector<HTMLElement>(".change");
  if (!place) return;
  const before = Number(input.dataset.yesterday ?? "");
  const now = Number(input.value.replace(/,/g, ""));
  const known = Boolean(input.value.trim()) && before > 0 && Number.isFinite(now);
  const change = known ? (now / before - 1) * 100 : 0;
  const far = Number(input.dataset.far ?? "30"); // percent
  place.textContent = known ? `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(1)} %` : "";
  place.classList.toggle("far", known && Math.abs(change) > far);
}

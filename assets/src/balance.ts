// Beside the figures of a form[data-entry]: sums that go on while one types ([data-sum]), and each stock's balance
// ([data-balance]): a warning, the server takes the report either way. [data-unlock] opens carried stocks.
const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
const TWO = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function startBalances(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-entry]")) {
    form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement) sum(event.target);
      for (const one of form.querySelectorAll<HTMLElement>("[data-balance]")) balance(form, one);
    });
    form.querySelector("[data-unlock]")?.addEventListener("click", () => unlock(form));
  }
}

function figure(input: HTMLInputElement | null | undefined): number | null {
  const text = input?.value.normalize("NFKC").replace(/,/g, "").trim() ?? "";
  return text && Number.isFinite(Number(text)) ? Number(text) : null;
}

function sum(input: HTMLInputElement): void {
  for (const cell of input.closest("tr")?.querySelectorAll<HTMLElement>("[data-sum]:not([data-level])") ?? []) {
    const base = cell.dataset.sum ?? "";
    const now = figure(input);
    // Binary rounding must not show: six places are kept, as the server keeps them.
    const total = Math.round((Number(base) + (now ?? 0)) * 1e6) / 1e6;
    cell.textContent = base || now !== null ? NUMBER.format(total).replace("-", "−") : "—";
  }
}

function balance(form: HTMLFormElement, one: HTMLElement): void {
  const add = (codes: string | undefined): number | null => {
    const known = (codes ?? "").split(" ").map((code) => figure(form.querySelector<HTMLInputElement>(`input[data-item="${code}"]`)));
    const given = known.filter((value): value is number => value !== null);
    return given.length ? given.reduce((a, b) => a + b, 0) : null;
  };
  const opening = add(one.dataset.opening);
  const closing = add(one.dataset.closing);
  const output = one.querySelector("output");
  if (!output) return;
  if (opening === null || closing === null) {
    output.textContent = "—";
    one.classList.remove("off");
    return;
  }
  const came = add(one.dataset.in) ?? 0;
  const went = add(one.dataset.out) ?? 0;
  const residual = closing - (opening + came - went);
  const allowed = (Math.max(came, went) * Number(one.dataset.tolerance)) / 100;
  output.textContent = (one.dataset.text ?? "")
    .replace("{residual}", TWO.format(residual).replace("-", "−"))
    .replace("{allowed}", TWO.format(allowed));
  one.classList.toggle("off", Math.abs(residual) > allowed + 1e-9);
}

function unlock(form: HTMLFormElement): void {
  const locked = [...form.querySelectorAll<HTMLInputElement>("input[data-carried]")];
  for (const input of locked) input.readOnly = false;
  form.querySelector<HTMLTextAreaElement>("textarea[name=explanation]")?.setAttribute("required", "");
  locked[0]?.focus();
}

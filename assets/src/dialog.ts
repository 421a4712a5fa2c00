// data-confirm on a form or button asks before acting; data-dialog="id" opens a hidden panel.
// Own element instead of <dialog>: the browsers of the offices (Chromium 86) differ in its details.
let opener: HTMLElement | null = null;

export function startDialogs(): void {
  document.addEventListener("submit", askFirst, true);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const link = target.closest<HTMLElement>("[data-dialog]");
    if (link?.dataset.dialog) openDialog(document.getElementById(link.dataset.dialog));
    if (target.closest("[data-close]")) closeDialog();
  });
  document.addEventListener("keydown", (event) => {
    const veil = currentVeil();
    if (!veil) return;
    if (event.key === "Escape") closeDialog();
    if (event.key === "Tab") keepFocus(veil, event);
  });
}

export function openDialog(veil: HTMLElement | null): void {
  if (!veil) return;
  opener = document.activeElement as HTMLElement | null;
  veil.hidden = false;
  veil.querySelector<HTMLElement>("[data-first], button, a[href]")?.focus();
}

export function isDialogOpen(): boolean {
  return currentVeil() !== null;
}

function closeDialog(): void {
  const veil = currentVeil();
  if (veil) veil.hidden = true;
  opener?.focus();
}

function currentVeil(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".veil:not([hidden])");
}

function askFirst(event: Event): void {
  const form = event.target as HTMLFormElement;
  const submitter = (event as SubmitEvent).submitter;
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  const veil = document.getElementById("confirm");
  if (!question || !veil || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const words = veil.querySelector<HTMLElement>("[data-question]");
  const yes = veil.querySelector<HTMLButtonElement>("[data-yes]");
  if (!words || !yes) return;
  words.textContent = question;
  yes.onclick = () => {
    closeDialog();
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter ?? undefined);
    delete form.dataset.confirmed;
  };
  openDialog(veil);
}

function keepFocus(veil: HTMLElement, event: KeyboardEvent): void {
  const stops = [...veil.querySelectorAll<HTMLElement>("button, a[href], input")];
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
}

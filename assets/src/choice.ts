// form[data-choice-form]: parts with data-when="a b" show only while the checked radio is a or b.
// Also two small buttons: data-print, and data-fill="form id" that fills in a demo account.
export function startChoices(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-choice-form]")) {
    form.addEventListener("change", () => show(form));
    show(form);
  }
}

export function startButtons(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-print]")) window.print();
    const fill = target.closest<HTMLElement>("[data-fill]");
    if (fill) fillIn(fill);
  });
}

function show(form: HTMLFormElement): void {
  const chosen = form.querySelector<HTMLInputElement>("input[type=radio]:checked")?.value ?? "";
  for (const part of form.querySelectorAll<HTMLElement>("[data-when]")) {
    part.hidden = !(part.dataset.when ?? "").split(" ").includes(chosen);
    // what is not asked is not sent, and does not block as "required"
    for (const control of part.querySelectorAll<HTMLInputElement>("input, select, textarea")) control.disabled = part.hidden;
  }
}

function fillIn(button: HTMLElement): void {
  const form = document.getElementById(button.dataset.fill ?? "") as HTMLFormElement | null;
  const login = form?.querySelector<HTMLInputElement>("input[name=login]");
  const password = form?.querySelector<HTMLInputElement>("input[type=password]");
  if (!form || !login || !password) return;
  login.value = button.dataset.login ?? "";
  password.value = button.dataset.password ?? "";
  form.querySelector<HTMLButtonElement>("button")?.focus();
}

// The side navigation on narrow screens and the <details class="menu"> pop-ups.
export function startMenus(): void {
  const toggle = document.querySelector<HTMLButtonElement>("[data-menu]");
  const side = document.getElementById("side");
  const setOpen = (open: boolean): void => {
    side?.classList.toggle("open", open);
    toggle?.setAttribute("aria-expanded", String(open));
  };
  toggle?.addEventListener("click", () => setOpen(!side?.classList.contains("open")));

  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    closeMenus(target.closest("details.menu"));
    if (!target.closest("#side, [data-menu]")) setOpen(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement?.closest<HTMLDetailsElement>("details.menu[open]");
    closeMenus(null);
    open?.querySelector("summary")?.focus();
    if (side?.classList.contains("open")) {
      setOpen(false);
      toggle?.focus();
    }
  });
  document.addEventListener("change", (event) => {
    const select = event.target as HTMLElement;
    if (select.matches("[data-submit]")) select.closest("form")?.requestSubmit();
  });
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

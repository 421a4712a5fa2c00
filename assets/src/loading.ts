// Work over 300 ms shows a bar; a form is sent once; a refused htmx request is said, not swallowed.
const PATIENCE_MS = 300;

export function startLoading(): void {
  const bar = document.querySelector<HTMLElement>(".loading");
  let pending = 0;
  let timer = 0;
  const begin = (): void => {
    pending += 1;
    if (pending === 1) timer = window.setTimeout(() => bar?.classList.add("on"), PATIENCE_MS);
  };
  const end = (): void => {
    pending = Math.max(0, pending - 1);
    if (pending > 0) return;
    window.clearTimeout(timer);
    bar?.classList.remove("on");
  };
  document.body.addEventListener("htmx:beforeRequest", begin);
  document.body.addEventListener("htmx:afterRequest", end);
  document.body.addEventListener("htmx:responseError", (event) => {
    const request = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
    sayFailure(request.getResponseHeader("X-Request-ID"));
  });
  document.body.addEventListener("htmx:sendError", () => sayFailure(null));
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.matches("[hx-get], [hx-post], [data-download]")) return;
    begin();
    (event as SubmitEvent).submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    // back from the browser's cache: nothing is on its way any more
    end();
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

function sayFailure(requestId: string | null): void {
  const box = document.getElementById("failure");
  if (!box) return;
  box.hidden = false;
  const number = box.querySelector<HTMLElement>("[data-request]");
  if (number) number.textContent = requestId ?? "";
}

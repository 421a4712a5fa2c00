// Autosave: <form data-draft data-draft-url="…" data-draft-saved="… {time}" data-draft-failed="…">
// posts itself 800 ms after a change and says so in its [data-draft-state].
const QUIET_MS = 800;

export function startDrafts(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-draft]")) watch(form);
}

function watch(form: HTMLFormElement): void {
  const url = form.dataset.draftUrl;
  if (!url || form.dataset.draft === "watched") return;
  form.dataset.draft = "watched";
  let timer = 0;
  let sending: AbortController | null = null;
  const stop = (): void => {
    window.clearTimeout(timer);
    sending?.abort();
  };
  form.addEventListener("input", () => {
    stop(); // the newer draft wins
    timer = window.setTimeout(() => {
      sending = new AbortController();
      void save(form, url, sending.signal);
    }, QUIET_MS);
  });
  form.addEventListener("submit", stop);
}

// Not multipart: those requests are counted as uploads, of which a person gets few a minute.
function fields(form: HTMLFormElement): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") body.append(name, value);
  }
  return body;
}

async function save(form: HTMLFormElement, url: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: fields(form),
      headers: { "X-Requested-With": "fetch" },
      credentials: "same-origin",
      redirect: "error", // a redirect is the sign-in page: the draft was not kept
      signal,
    });
    say(form, answer.ok ? form.dataset.draftSaved : form.dataset.draftFailed);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) say(form, form.dataset.draftFailed);
  }
}

function say(form: HTMLFormElement, text: string | undefined): void {
  const place = form.querySelector<HTMLElement>("[data-draft-state]");
  if (!place || !text) return;
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, "0");
  place.textContent = text.replace("{time}", `${two(now.getHours())}:${two(now.getMinutes())}`);
}

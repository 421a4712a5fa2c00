// Behaviour of every page. Nothing here speaks: each text comes from a data attribute of the page.
import htmx from "htmx.org";
import { startBalances } from "./balance";
import { startButtons, startChoices } from "./choice";
import { startColumns } from "./columns";
import { startDialogs } from "./dialog";
import { startDrafts } from "./draft";
import { startEntry } from "./entry";
import { startKeyboard } from "./keyboard";
import { startLoading } from "./loading";
import { startMenus } from "./menu";
import { startPaste } from "./paste";

htmx.config.includeIndicatorStyles = false; // it would write a <style>: style-src 'self' forbids it
htmx.config.allowEval = false; // no hx-on, no js: filters
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // no case data in localStorage

/** Run on the page now and on every fragment that htmx puts in. */
function eachFragment(start: (root: ParentNode) => void): void {
  start(document);
  document.body.addEventListener("htmx:afterSwap", (event) => start(event.target as HTMLElement));
}

startMenus();
startButtons();
startDialogs();
startKeyboard();
startLoading();
eachFragment(startChoices);
eachFragment(startColumns);
eachFragment(startDrafts);
eachFragment(startEntry);
eachFragment(startPaste);
eachFragment(startBalances);
eachFragment((root) => {
  const source = document.body.dataset.chartSrc;
  if (source && root.querySelector("[data-chart]")) {
    void import(source).then((module: { drawCharts: (root: ParentNode) => void }) => module.drawCharts(root));
  }
});

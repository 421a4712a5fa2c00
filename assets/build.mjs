// Bundles the pages' TypeScript and CSS and writes the icon sprite.
// Usage (from build.py): node build.mjs OUT_DIR '["icon","names"]'
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [out, iconList] = process.argv.slice(2);
if (!out || !iconList) throw new Error("usage: node build.mjs OUT_DIR ICON_NAMES_AS_JSON");
mkdirSync(out, { recursive: true });

await build({
  entryPoints: ["src/app.ts", "src/chart.ts", "src/css/app.css"],
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome86"], // 360 and UOS browsers
  legalComments: "linked",
  logLevel: "warning",
});

shortenTokens(`${out}/app.css`);

const { icons, aliases = {} } = JSON.parse(
  readFileSync("node_modules/@iconify-json/lucide/icons.json", "utf8"),
);
const symbols = JSON.parse(iconList).map((name) => {
  const icon = icons[name] ?? icons[aliases[name]?.parent];
  if (!icon) throw new Error(`unknown icon: ${name} (see https://lucide.dev/icons)`);
  return `<symbol id="${name}" viewBox="0 0 24 24">${icon.body}</symbol>`;
});
writeFileSync(`${out}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
copyFileSync("src/mark.svg", `${out}/mark.svg`);

/** Token names are for us to read; the browser gets short ones (a tenth of the file). */
function shortenTokens(path) {
  const css = readFileSync(path, "utf8");
  const names = [...new Set(css.match(/--[a-z][a-z0-9-]*/g) ?? [])];
  const short = new Map(names.map((name, at) => [name, `--${at.toString(36)}`]));
  writeFileSync(path, css.replace(/--[a-z][a-z0-9-]*/g, (name) => short.get(name) ?? name));
}

// Lines and bars with a limit line. <div data-chart="id"> is drawn from <script type="application/json" id="id">:
// {unit, x: [], series: [{name, kind: "line"|"bar"|"points", data: [number|null], dashed?}], limit?: {name, value | data},
//  band?: {name, lo, hi}, areas?: [{name, from, to}], marks?: [{x, name}]}; from, to and x are places on the axis.
import { BarChart, LineChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
} from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent,
  TooltipComponent, CanvasRenderer,
]);

type Amount = number | null;
interface Series { name: string; kind: "line" | "bar" | "points"; data: Amount[]; dashed?: boolean }
interface Limit { name: string; value?: number; data?: Amount[] }
interface Band { name: string; lo: Amount[]; hi: Amount[] }
interface Area { name: string; from: number; to: number }
interface Mark { x: number; name: string }
interface Spec {
  unit: string; x: string[]; series: Series[]; limit?: Limit; band?: Band; areas?: Area[]; marks?: Mark[];
}
interface Shown { seriesName: string; value: unknown; name: string; dataIndex: number }

const INK = "#16202e", INK_2 = "#414e60", INK_3 = "#5a6779", LINE = "#e3e8ef", LINE_2 = "#c8d1dd";
const OVER = "#c5443c", BAND = "#4f9a83";
const LOW = "\u200b"; // the unseen lower line has no name that a reader could meet
const COLOURS = ["#2f74bd", "#8b98a9", "#4f9a83", "#9a7fb5"];
const drawn = new Map<HTMLElement, EChartsType>();

export function drawCharts(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-chart]")) {
    const data = document.getElementById(place.dataset.chart ?? "");
    if (!data || drawn.has(place)) continue;
    const chart = init(place);
    chart.setOption(option(JSON.parse(data.textContent ?? "{}") as Spec, place.getAttribute("aria-label") ?? ""));
    drawn.set(place, chart);
    place.dataset.ready = "1";
  }
}

window.addEventListener("resize", () => {
  for (const [place, chart] of drawn) {
    if (place.isConnected) chart.resize();
    else {
      chart.dispose();
      drawn.delete(place);
    }
  }
});

function option(spec: Spec, label: string): Record<string, unknown> {
  const face = getComputedStyle(document.body).fontFamily;
  const limits = limitData(spec);
  return {
    animation: false,
    aria: { enabled: true, label: { description: label } },
    textStyle: { fontFamily: face },
    color: COLOURS,
    tooltip: {
      trigger: "axis", renderMode: "richText", backgroundColor: "#fff", borderColor: LINE_2, borderWidth: 1,
      padding: [8, 12], textStyle: { color: INK, fontSize: 13, fontFamily: face },
      axisPointer: { type: "line", lineStyle: { color: "#9aa7b8" } },
      formatter: (shown: Shown[]) => tooltip(spec, shown),
    },
    legend: {
      top: 4, right: 4, itemWidth: 16, itemHeight: 8, textStyle: { fontSize: 12, color: INK_2 },
      data: [...spec.series.map((one) => one.name), ...(spec.band ? [spec.band.name] : []), ...(spec.limit ? [spec.limit.name] : [])],
    },
    grid: { left: 8, right: 14, top: 40, bottom: 6, containLabel: true },
    xAxis: {
      type: "category", data: spec.x, axisTick: { show: false }, axisLine: { lineStyle: { color: LINE_2 } },
      axisLabel: { color: INK_3, fontSize: 12, hideOverlap: true },
    },
    yAxis: {
      type: "value", scale: spec.series.every((one) => one.kind !== "bar"), name: spec.unit,
      nameTextStyle: { color: INK_3, fontSize: 12, align: "left", padding: [0, 0, 4, -24] },
      axisLabel: { color: INK_3, fontSize: 12 }, splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      ...bandSeries(spec), ...spec.series.map((one, index) => ({ ...series(one, index, limits), ...(index === 0 ? marked(spec) : {}) })),
      ...limitSeries(spec, limits),
    ],
  };
}

function limitData(spec: Spec): Amount[] {
  if (!spec.limit) return [];
  return spec.limit.data ?? spec.x.map(() => spec.limit?.value ?? null);
}

function series(one: Series, index: number, limits: Amount[]): object {
  const isOver = (value: Amount, at: number): boolean => {
    const limit = limits[at] ?? null;
    return index === 0 && value !== null && limit !== null && value > limit;
  };
  const colour = COLOURS[index % COLOURS.length];
  const data = one.data.map((value, at) => (isOver(value, at) ? { value, itemStyle: { color: OVER }, symbolSize: 7 } : value));
  if (one.kind === "bar") return { name: one.name, type: "bar", data, barMaxWidth: 22, itemStyle: { borderRadius: [2, 2, 0, 0] } };
  if (one.kind === "points") {
    return {
      name: one.name, type: "line", data, symbol: "diamond", symbolSize: 9, z: 4, showAllSymbol: true, connectNulls: false, lineStyle: { width: 0 },
      itemStyle: { color: OVER },
    };
  }
  return {
    name: one.name, type: "line", data, symbol: "circle", symbolSize: one.data.length > 45 ? 3 : 5, connectNulls: false,
    lineStyle: { width: one.dashed ? 1.5 : 2, type: one.dashed ? "dashed" : "solid", color: colour },
  };
}

// The band is two stacked lines: the lower end unseen, the width above it filled.
function bandSeries(spec: Spec): object[] {
  const band = spec.band;
  if (!band) return [];
  const width = band.hi.map((high, at) => (high === null || band.lo[at] == null ? null : high - (band.lo[at] ?? 0)));
  const base = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", silent: true, lineStyle: { width: 1, color: BAND, opacity: 0.6 } };
  const lone = band.hi.filter((high) => high !== null).length < 2 ? { symbol: "rect", symbolSize: [14, 2], showSymbol: true } : {};
  return [
    { ...base, ...lone, name: LOW, data: band.lo, itemStyle: { color: BAND } },
    { ...base, ...lone, name: band.name, data: width, itemStyle: { color: BAND }, areaStyle: { color: BAND, opacity: 0.22 } },
  ];
}

function marked(spec: Spec): object {
  const areas = (spec.areas ?? []).map((one) => [
    { name: one.name, xAxis: one.from, label: { color: INK_3, fontSize: 12, position: "insideTopLeft" } }, { xAxis: one.to },
  ]);
  const marks = (spec.marks ?? []).map((one) => ({ xAxis: one.x, name: one.name }));
  return {
    ...(areas.length ? { markArea: { silent: true, itemStyle: { color: "#8b98a9", opacity: 0.1 }, data: areas } } : {}),
    ...(marks.length ? {
      markLine: {
        silent: true, symbol: ["none", "triangle"], symbolSize: 8, animation: false, lineStyle: { color: OVER, width: 1, type: "dotted" },
        label: { show: marks.length < 12, formatter: "{b}", color: OVER, fontSize: 11, position: "insideEndTop" }, data: marks,
      },
    } : {}),
  };
}

function tooltip(spec: Spec, shown: Shown[]): string {
  const first = shown[0];
  if (!first) return "";
  const lines = [first.name];
  for (const one of shown) {
    if (one.seriesName === LOW || one.seriesName === spec.band?.name) continue;
    if (one.value !== null && one.value !== undefined) lines.push(`${one.seriesName}  ${amount(one.value, spec.unit)}`);
  }
  const low = spec.band?.lo[first.dataIndex] ?? null, high = spec.band?.hi[first.dataIndex] ?? null;
  if (spec.band && low !== null && high !== null) lines.push(`${spec.band.name}  ${amount(low, "")}– ${amount(high, spec.unit)}`);
  return lines.join("\n");
}

function limitSeries(spec: Spec, limits: Amount[]): object[] {
  if (!spec.limit) return [];
  return [{
    name: spec.limit.name, type: "line", data: limits, symbol: "none", step: "middle", color: INK, z: 1,
    lineStyle: { width: 1.5, type: "dashed", color: INK }, itemStyle: { color: INK },
  }];
}

function amount(value: unknown, unit: string): string {
  return typeof value === "number" ? `${value.toLocaleString("en-US", { maximumFractionDigits: 4 })} ${unit}` : "–";
}

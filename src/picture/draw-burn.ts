import type { SKRSContext2D } from "@napi-rs/canvas";
import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { BurnPoint, BurnTimeline } from "./burn-timeline.ts";
import { FONT_FAMILIES, openSurface } from "./canvas.ts";
import { budgetScale, burnScale, timeTicks, type Scale } from "./scales.ts";
import { THEME, type Theme, type ThemeName } from "./theme.ts";

const WIDTH = 1_200;
const HEIGHT = 500;
const LEFT = 76;
const RIGHT = WIDTH - 24;
const BURN = { top: 104, bottom: 330 } as const;
const BUDGET = { top: 376, bottom: 452 } as const;
const TEXT_PX = 15;

/** What everything is drawn with. */
interface Drawing {
  readonly context: SKRSContext2D;
  readonly theme: Theme;
  readonly timeline: BurnTimeline;
  readonly x: (atMs: number) => number;
  /** Writes nothing where there is no font. */
  readonly write: (text: string, x: number, y: number, style?: TextStyle) => void;
}

interface TextStyle {
  readonly color?: string;
  readonly size?: number;
  readonly bold?: boolean;
  readonly align?: "left" | "right" | "center";
}

/** A picture (PNG, 1200 x 500) of a burn with its threshold, and of what was left of the budget. Times are UTC. */
export async function drawBurn(timeline: BurnTimeline, themeName: ThemeName = "light"): Promise<Uint8Array> {
  const surface = await openSurface(WIDTH, HEIGHT);
  const { context, hasText } = surface;
  const theme = THEME[themeName];
  const { startMs, endMs } = timeline;
  const write: Drawing["write"] = (text, x, y, style = {}) => {
    if (!hasText) return;
    context.font = fontOf(style);
    context.fillStyle = style.color ?? theme.text;
    context.textAlign = style.align ?? "left";
    context.fillText(text, x, y);
  };
  const x = (atMs: number): number =>
    LEFT + ((RIGHT - LEFT) * (atMs - startMs)) / Math.max(1, endMs - startMs);
  const drawing: Drawing = { context, theme, timeline, x, write };
  context.fillStyle = theme.background;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.textBaseline = "middle";
  drawTitle(drawing);
  const burns = timeline.points.flatMap(({ long, short }) => [long ?? 0, short ?? 0]);
  const burn = burnScale(Math.max(0, ...burns), timeline.threshold, BURN.bottom, BURN.top);
  const budgets = timeline.points.flatMap(({ budget }) => (budget === undefined ? [] : [budget]));
  const most = budgets.length === 0 ? 1 : Math.max(...budgets);
  const budget = budgetScale(Math.min(1, ...budgets), most, BUDGET.bottom, BUDGET.top);
  drawBreaches(drawing);
  drawGrid(drawing, burn, BURN, (value) => `${value}x`);
  drawGrid(drawing, budget, BUDGET, formatPercent);
  drawTimes(drawing);
  drawLine(drawing, burn, ({ short }) => short, theme.short, 1.5);
  drawLine(drawing, burn, ({ long }) => long, theme.long, 3);
  drawThreshold(drawing, burn.place(timeline.threshold));
  drawLine(drawing, budget, (point) => point.budget, theme.budget, 2.5);
  drawMarks(drawing);
  return surface.png();
}

function fontOf({ bold = false, size = TEXT_PX }: TextStyle): string {
  return `${bold ? "600 " : ""}${size}px ${FONT_FAMILIES}`;
}

function drawTitle({ write, timeline, theme, context }: Drawing): void {
  const { sloName, objective, longWindow, shortWindow, startMs, endMs, points } = timeline;
  context.font = fontOf({ size: 24, bold: true });
  write(fitted(context, sloName, 640), LEFT, 30, { size: 24, bold: true });
  write(`${objective} · ${range(startMs, endMs)}`, LEFT, 58, { color: theme.faint });
  let right = RIGHT;
  const legend = (text: string, color: string): void => {
    write(text, right, 30, { align: "right", color, bold: true });
    right -= context.measureText(text).width + 24;
  };
  if (shortWindow !== undefined) legend(`burn over ${shortWindow}`, theme.short);
  legend(`burn over ${longWindow}`, theme.long);
  if (points.some(({ isBreaching }) => isBreaching)) {
    const where = timeline.isFloor ? "below" : "above";
    const text = `shaded: ${shortWindow === undefined ? where : `both ${where}`} the threshold`;
    write(text, RIGHT, 58, { align: "right", color: theme.faint });
  } else if (points.every(({ long }) => long === undefined)) {
    write("no events", (LEFT + RIGHT) / 2, (BURN.top + BURN.bottom) / 2, { align: "center", size: 20 });
  }
  write("How many times too fast the error budget burns", LEFT, 86, { color: theme.faint });
  const left = points.at(-1)?.budget;
  const words =
    left === undefined ? "" : `: ${left > 0 ? formatPercent(left) : spentBudget(left)} at the end`;
  write(`Error budget left${words}`, LEFT, BUDGET.top - 18, { color: theme.budget, bold: true });
}

function drawGrid(
  { context, theme, write }: Drawing,
  scale: Scale,
  panel: { readonly top: number; readonly bottom: number },
  label: (value: number) => string,
): void {
  context.strokeStyle = theme.grid;
  context.lineWidth = 1;
  context.setLineDash([]);
  for (const tick of scale.ticks) {
    const y = Math.round(scale.place(tick)) + 0.5;
    if (y < panel.top - 1 || y > panel.bottom + 1) continue;
    strokeLine(context, LEFT, y, RIGHT, y);
    write(label(tick), LEFT - 10, y, { align: "right", color: theme.faint, size: 14 });
  }
}

function drawTimes({ context, theme, timeline, x, write }: Drawing): void {
  const { startMs, endMs } = timeline;
  const ticks = timeTicks(startMs, endMs, 9);
  const isDays = endMs - startMs > 36 * HOUR_MS;
  const isWholeDays = ticks.every((atMs) => atMs % DAY_MS === 0);
  const clock = isWholeDays ? DAY : isDays ? DAY_CLOCK : CLOCK;
  for (const atMs of ticks) {
    const at = Math.round(x(atMs)) + 0.5;
    context.strokeStyle = theme.grid;
    context.lineWidth = 1;
    strokeLine(context, at, BURN.top, at, BURN.bottom);
    strokeLine(context, at, BUDGET.top, at, BUDGET.bottom);
    const text = clock.format(atMs);
    const half = isDays && !isWholeDays ? 48 : 24;
    const place = Math.min(RIGHT - half, Math.max(LEFT + half, at));
    write(text, place, BUDGET.bottom + 20, { align: "center", color: theme.faint, size: 14 });
  }
  write("UTC", LEFT - 10, BUDGET.bottom + 20, { align: "right", color: theme.faint, size: 14 });
}

/** Where the condition of the alert holds; people are told once it has lasted as long as the alert wants. */
function drawBreaches({ context, theme, timeline, x }: Drawing): void {
  context.fillStyle = theme.breach;
  const { points } = timeline;
  for (let i = 0; i < points.length; i += 1) {
    if (points[i]?.isBreaching !== true) continue;
    const from = x(points[Math.max(0, i - 1)]!.atMs);
    while (points[i + 1]?.isBreaching === true) i += 1;
    context.fillRect(from, BURN.top, Math.max(2, x(points[i]!.atMs) - from), BURN.bottom - BURN.top);
  }
}

function drawThreshold(drawing: Drawing, y: number): void {
  const { context, theme, timeline, write } = drawing;
  context.strokeStyle = theme.threshold;
  context.lineWidth = 1.5;
  context.setLineDash([7, 5]);
  strokeLine(context, LEFT, y, RIGHT, y);
  context.setLineDash([]);
  const text = `${timeline.tier}: ${timeline.isFloor ? "below" : "above"} ${Number(timeline.threshold.toPrecision(4))}x`;
  context.font = fontOf({ size: 14 });
  layGround(drawing, text, LEFT + 8, y - 12, false);
  write(text, LEFT + 8, y - 12, { size: 14 });
}

/** A gap where there is no value. */
function drawLine(
  { context, timeline, x }: Drawing,
  scale: Scale,
  valueOf: (point: BurnPoint) => number | undefined,
  color: string,
  width: number,
): void {
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  let isDrawing = false;
  for (const [i, point] of timeline.points.entries()) {
    const value = valueOf(point);
    if (value === undefined) {
      isDrawing = false;
      continue;
    }
    const at = [x(point.atMs), scale.place(value)] as const;
    if (isDrawing) context.lineTo(...at);
    else context.moveTo(...at);
    const next = timeline.points[i + 1];
    const isAlone = !isDrawing && (next === undefined || valueOf(next) === undefined);
    if (isAlone) context.fillRect(at[0] - width, at[1] - width, 2 * width, 2 * width);
    isDrawing = true;
  }
  context.stroke();
}

/** Texts of marks that lie close to one another stand in two lines, by turns, above all lines. */
function drawMarks(drawing: Drawing): void {
  const { context, theme, timeline, x, write } = drawing;
  const placed = timeline.marks.map((mark) => ({ ...mark, at: Math.round(x(mark.atMs)) + 0.5 }));
  for (const { at, kind } of placed) {
    context.strokeStyle = theme.text;
    context.lineWidth = kind === "alert" ? 2 : 1.5;
    context.setLineDash(kind === "alert" ? [] : [2, 4]);
    strokeLine(context, at, BURN.top, at, BURN.bottom);
  }
  context.setLineDash([]);
  for (const [i, { at, kind, text }] of placed.entries()) {
    const isRight = at > WIDTH - 220;
    const y = BURN.top + 12 + (i % 2) * 20;
    const place = at + (isRight ? -6 : 6);
    const style = { size: 14, bold: kind === "alert", align: isRight ? "right" : "left" } as const;
    context.font = fontOf(style);
    const short = fitted(context, text, 200);
    layGround(drawing, short, place, y, isRight);
    write(short, place, y, style);
  }
}

/** Text over lines stays legible: it has a ground of its own. The font is set already. */
function layGround({ context, theme }: Drawing, text: string, x: number, y: number, isRight: boolean): void {
  const { width } = context.measureText(text);
  context.globalAlpha = 0.85;
  context.fillStyle = theme.background;
  context.fillRect((isRight ? x - width : x) - 3, y - 9, width + 6, 18);
  context.globalAlpha = 1;
}

function fitted(context: SKRSContext2D, text: string, width: number): string {
  const letters = Array.from(text.replaceAll(/\s+/g, " ")).slice(0, 200);
  const isTooLong = (): boolean => context.measureText(`${letters.join("")}…`).width > width;
  if (letters.length < 12 || !isTooLong()) return letters.join("");
  while (letters.length > 1 && isTooLong()) letters.pop();
  return `${letters.join("")}…`;
}

function strokeLine(context: SKRSContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ day: "numeric", month: "short" });
const DAY_CLOCK = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const DATE = format({ day: "numeric", month: "short", year: "numeric" });

/** `31 Jan 2026, 00:00 – 06:00 UTC`. */
function range(startMs: number, endMs: number): string {
  const [from, to] = [DATE.format(startMs), DATE.format(endMs)];
  const end = from === to ? CLOCK.format(endMs) : `${to}, ${CLOCK.format(endMs)}`;
  return `${from}, ${CLOCK.format(startMs)} – ${end} UTC`;
}

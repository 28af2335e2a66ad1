import { Hono } from "hono";
import { html } from "hono/html";
import type { Span } from "../model/span.ts";
import { parseTraceId } from "../model/trace-id.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { page } from "./pages.ts";
import { time } from "./route-parts.ts";
import { traceAnalysisBody } from "./trace-analysis-body.ts";
import type { TraceAnalysisBody } from "./trace-analysis-schema.ts";
import type { TracePorts } from "./trace-routes.ts";

type Html = ReturnType<typeof html>;

/** A trace in a list. */
export interface ListedTrace {
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  readonly startUnixNano: bigint;
  readonly durationMs: number;
}

export interface TracePagePorts extends TracePorts {
  /** Traces with bad events of an SLO, newest first; undefined: there is no such SLO. */
  readonly badTraces: (
    slo: string,
    range: { readonly startMs: number; readonly endMs: number; readonly signal: AbortSignal },
  ) => Promise<
    | {
        readonly displayName: string;
        /** TraceQL. */
        readonly query: string;
        /** The query is about its service, for the SLO counts no spans. */
        readonly isGuess: boolean;
        readonly traces: readonly ListedTrace[];
      }
    | undefined
  >;
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;

/** `/slos/:name/traces`: what failed, and `/traces/:id`: where the time of one trace went. */
export function createTracePages(ports: TracePagePorts): Hono {
  const app = new Hono();
  app.get("/slos/:name/traces", async (c) => {
    const name = c.req.param("name");
    const { start, end } = c.req.query();
    const endMs = time.safeParse(end ?? "").data ?? ports.now();
    const startMs = Math.min(time.safeParse(start ?? "").data ?? endMs - HOUR_MS, endMs - 1);
    const found = await ports.badTraces(name, { startMs, endMs, signal: c.req.raw.signal });
    if (found === undefined) return c.html(await page("Not found", missing(`No SLO is named ${name}`)), 404);
    const { displayName, query, isGuess, traces } = found;
    const body = html`<nav><a href="/">SLOs</a> / <a href="/slos/${name}">${displayName}</a></nav>
      <h1>What failed</h1>
      <p class="dim">${clock(startMs)} to ${clock(endMs)} UTC</p>
      ${isGuess ? html`<p>This SLO counts metrics; these are traces of its service with errors.</p>` : ""}
      <p><code>${query}</code></p>
      ${traces.length === 0 ? html`<p class="dim">No such trace is stored.</p>` : traceTable(traces)}`;
    return c.html(await page(`${displayName}: what failed`, body, false));
  });
  app.get("/traces/:id", async (c) => {
    const traceId = parseTraceId(c.req.param("id"));
    if (traceId === undefined) return c.html(await page("Not found", missing("This is no trace id")), 400);
    const found = await ports.readTrace(traceId, { signal: c.req.raw.signal });
    if (found === undefined) return c.html(await page("Not found", missing("This trace is not stored")), 404);
    return c.html(await tracePage(traceId, found.spans, found.isTruncated));
  });
  return app;
}

const missing = (text: string): Html | Promise<Html> =>
  html`<h1>${text}</h1>
    <p><a href="/">All SLOs</a></p>`;

const clock = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace("T", " ");

function traceTable(traces: readonly ListedTrace[]): Html | Promise<Html> {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Began</th>
        <th>Root</th>
        <th class="num">Took</th>
        <th></th>
      </tr>
      ${traces.map(
        (trace) =>
          html`<tr>
            <td>${clock(Number(trace.startUnixNano / 1_000_000n))}</td>
            <td>${trace.rootServiceName} <span class="dim">${trace.rootTraceName}</span></td>
            <td class="num">${formatDuration(trace.durationMs)}</td>
            <td><a href="/traces/${trace.traceId}">Open</a></td>
          </tr>`,
      )}
    </table>
  </div>`;
}

const WATERFALL = `
.waterfall { font-size: 13px; } .waterfall td { padding: .15rem .6rem .15rem 0; white-space: nowrap; }
.lane { width: 45%; min-width: 14rem; } .track { position: relative; height: 1rem; background: var(--card); }
.track i { position: absolute; top: .1rem; bottom: .1rem; min-width: 2px; background: var(--dim); opacity: .45; }
.track b { position: absolute; top: .3rem; bottom: .3rem; min-width: 1px; background: var(--fg); }
.track i.failed { background: var(--bad); opacity: .7; }`;

/** More rows than people read. */
const MOST_ROWS = 500;

function tracePage(traceId: string, spans: readonly Span[], isTruncated: boolean): Html | Promise<Html> {
  const trace = traceAnalysisBody(traceId, spans, isTruncated);
  const lengthNs = Math.max(1, ...trace.spans.map(({ startNs, durationNs }) => startNs + durationNs));
  const began = clock(Number(BigInt(trace.originUnixNano) / 1_000_000n));
  return page(
    `Trace ${traceId.slice(0, 8)}`,
    html`<style>
        ${WATERFALL}
      </style>
      <nav><a href="/">SLOs</a> / trace</nav>
      <h1>${trace.spans[0]?.service} <span class="dim">${trace.spans[0]?.name}</span></h1>
      <p class="dim">
        <code>${traceId}</code> · ${began} UTC · ${took(lengthNs)} · ${trace.spans.length} spans
      </p>
      ${trace.blame.map(blameText)} ${repeatedText(trace)}
      <h2>Where the time went</h2>
      ${serviceTable(trace, lengthNs)}
      <h2>Spans</h2>
      <p class="dim">Dark: on the critical path. Red: failed.</p>
      <div class="scroll">
        <table class="waterfall">
          ${trace.spans.slice(0, MOST_ROWS).map((span) => spanRow(span, trace, lengthNs))}
        </table>
      </div>
      ${
        trace.spans.length > MOST_ROWS
          ? html`<p class="dim">The first ${MOST_ROWS} spans; /api/v1/traces/${traceId}/analysis has all.</p>`
          : ""
      }`,
    false,
  );
}

const REASONS: Readonly<Record<TraceAnalysisBody["blame"][number]["reason"], string>> = {
  "own-error": "failed, and nothing below it explains that",
  "no-answer": "failed the call, and sends no spans of its own",
  "open-breaker": "was not called, because it had failed before",
  "slow-callee": "took longer than its caller waited",
  "own-cancellation": "gave up by itself",
  "own-time": "took more time than usual",
};

const blameText = ({ name, reason }: TraceAnalysisBody["blame"][number]): Html | Promise<Html> =>
  html`<p><span class="state breached">${name}</span> ${REASONS[reason]}.</p>`;

function repeatedText({ repeatedCalls }: TraceAnalysisBody): Html | Promise<Html> | string {
  const worst = repeatedCalls[0];
  if (worst === undefined) return "";
  return html`<p>
    <span class="state at_risk">${worst.spanIds.length} times</span> the same call, ${took(worst.totalNs)} in
    all:
    <code>${worst.what}</code>
  </p>`;
}

function serviceTable({ services }: TraceAnalysisBody, lengthNs: number): Html | Promise<Html> {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Service</th>
        <th class="num">On the critical path</th>
        <th class="num">Share</th>
        <th class="num">Spans</th>
        <th class="num">Failed</th>
      </tr>
      ${services.map(
        ({ service, criticalNs, spans, errors }) =>
          html`<tr>
            <td>${service}</td>
            <td class="num">${took(criticalNs)}</td>
            <td class="num">${Math.round((criticalNs / lengthNs) * 100)} %</td>
            <td class="num">${spans}</td>
            <td class="num">${errors}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function spanRow(
  span: TraceAnalysisBody["spans"][number],
  { criticalPath }: TraceAnalysisBody,
  lengthNs: number,
): Html | Promise<Html> {
  const place = (fromNs: number, ns: number): string =>
    `left:${((fromNs / lengthNs) * 100).toFixed(2)}%;width:${((ns / lengthNs) * 100).toFixed(2)}%`;
  const critical = criticalPath.filter(({ spanId }) => spanId === span.spanId);
  return html`<tr>
    <td style="padding-left:${Math.min(span.depth, 20) * 0.8}rem">
      ${span.service} <span class="dim">${span.name}</span>
      ${span.failure === "none" ? "" : html`<span class="breached">${span.failure}</span>`}
    </td>
    <td class="num">${took(span.durationNs)}</td>
    <td class="lane">
      <div class="track">
        <i
          class="${span.failure === "none" ? "" : "failed"}"
          style="${place(span.startNs, span.durationNs)}"
        ></i>
        ${critical.map(({ fromNs, toNs }) => html`<b style="${place(fromNs, toNs - fromNs)}"></b>`)}
      </div>
    </td>
  </tr>`;
}

/** `12.3 ms`, `450 µs`. */
function took(ns: number): string {
  if (ns >= 1e9) return formatDuration(ns / 1e6);
  return ns >= 1e6 ? `${Number((ns / 1e6).toPrecision(3))} ms` : `${Math.round(ns / 1e3)} µs`;
}

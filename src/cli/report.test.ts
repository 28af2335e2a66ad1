import { describe, expect, it } from "vitest";
import { sampleReport } from "../report/sample-report.ts";
import { printReportAsCsv } from "./report-csv.ts";
import { printReportAsHtml } from "./report-html.ts";
import { printReportAsMarkdown } from "./report-markdown.ts";
import { runReport } from "./report.ts";

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.split("\r\n").slice(0, -1)) {
    rows.push(
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
      ),
    );
  }
  return rows;
}

describe("the report", () => {
  it("is Markdown that a wiki takes", () => {
    expect(printReportAsMarkdown(sampleReport(), "owner")).toMatchInlineSnapshot(`
      "# SLO report 2026-10

      2026-10-01 00:00 to 2026-11-01 00:00 (Europe/Berlin)

      3 of 4 SLOs met their target, 1 had no data; in 2026-09 it was 1. 3 alerts fired, for 9 h 40 min together.

      ## By owner

      | Owner | SLOs | Met | Missed | No data | Met before | Alerts | Most budget spent |
      | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |
      | no owner | 1 | 1 | 0 | 0 | 0 | 1, 40 min | 27 % (search-freshness) |
      | payments | 2 | 2 | 0 | 0 | 1 | 2, 9 h | 73 % (payment-availability) |
      | shop | 2 | 0 | 1 | 1 | 0 | none | 133 % (cart-availability) |

      ## no owner

      | SLO | Result | SLI | Target | Budget spent | Bad | Coverage | Alerts | Before (2026-09) |
      | --- | --- | ---: | ---: | ---: | --- | --- | --- | --- |
      | search-freshness | met | 99.87 % | 99.5 % | 27 % | 12 of 8,928 | 31 days, 2 without an event | 1 warning; 40 min firing | no data |

      - search-freshness: longest incident 40 min from 2026-10-21 00:00, warning (ticket-slow)

      ## payments

      | SLO | Result | SLI | Target | Budget spent | Bad | Coverage | Alerts | Before (2026-09) |
      | --- | --- | ---: | ---: | ---: | --- | --- | --- | --- |
      | Payments work (payment-availability) | met | 99.927 % | 99.9 % | 73 % | 1,901 of 2,592,000 | 31 days | 1 critical, 1 warning; 9 h firing | 99.89 %, 112 % spent, missed |
      | Payments are quick (payment-latency) | met | 99.46 % | 99 % | 54 % | 14,100 of 2,592,000 | 31 days | none | 99.63 %, 37 % spent, met |

      - payment-availability: longest incident 9 h from 2026-10-03 12:00, warning (ticket-slow)
      - payment-latency: without corrections 97.7 %, missed, 228 % of the budget, 61,000 of 2,680,000 bad
      - payment-latency: Its definition changed in this period: all of it is reported by the one of today.

      ## shop

      | SLO | Result | SLI | Target | Budget spent | Bad | Coverage | Alerts | Before (2026-09) |
      | --- | --- | ---: | ---: | ---: | --- | --- | --- | --- |
      | Cart \\| \\<b\\>works\\</b\\> (cart-availability) | **missed** | 99.87 % | 99.9 % | 133 % | 160 of 120,000 | covered 12 of 31 days | none | no data |
      | =HYPERLINK(1) (export) | no data | no data | 99.9 % | no data | 0 of 0 | 31 days, 31 without an event | none | no data |
      "
    `);
  });

  it("is CSV with a line for each SLO, in columns that stay", () => {
    const [head, ...rows] = parseCsv(printReportAsCsv(sampleReport()));
    expect(head?.slice(0, 18)).toEqual(
      "period,period_start,period_end,counted_until,time_zone,service,owner,slo,display_name,target,result,sli,budget_spent,counted,good_events,bad_events,total_events,raw_result".split(
        ",",
      ),
    );
    expect(rows).toHaveLength(5);
    expect(rows.every((row) => row.length === head?.length)).toBe(true);
    const of = (slo: string, column: string) => rows.find((row) => row[7] === slo)?.[head!.indexOf(column)];
    expect(of("payment-availability", "longest_episode_seconds")).toBe("32400");
    expect(of("payment-latency", "raw_result")).toBe("missed");
    expect([of("cart-availability", "covered_days"), of("cart-availability", "period_days")]).toEqual([
      "12",
      "31",
    ]);
    expect([of("export", "sli"), of("export", "result")]).toEqual(["", "no_data"]);
    // A spreadsheet would run it.
    expect(of("export", "display_name")).toBe("'=HYPERLINK(1)");
  });

  it("is a page on its own, in which names are text", () => {
    const page = printReportAsHtml(sampleReport(), "service");
    expect(page).toContain("Cart | &lt;b&gt;works&lt;/b&gt;");
    expect(page).not.toMatch(/<script|src=|href=|url\(/);
    expect(page).toContain("covered 12 of 31 days");
    expect(page).toContain("without corrections 97.7 %, missed");
  });

  it("says why it cannot be had", async () => {
    let said = "";
    const io = {
      stdout: { write: () => true },
      stderr: { write: (text: string) => (said += text) },
      isTerminal: false,
    };
    const options = { period: "month", timeZone: "UTC", by: "service", format: "json" } as const;
    expect(await runReport({ ...options, server: "http://127.0.0.1:9" }, io)).toBe(2);
    expect(said).toMatch(/^noroshi report: could not run: http:\/\/127.0.0.1:9 cannot be reached/);
  });
});

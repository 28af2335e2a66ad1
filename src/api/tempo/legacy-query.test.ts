import { describe, expect, it } from "vitest";
import { parseTraceQuery } from "../../traceql/parse-query.ts";
import { legacyQuery } from "./legacy-query.ts";

const query = (tags: string, minMs?: number, maxMs?: number) => legacyQuery({ tags, minMs, maxMs });

describe("a search by tags", () => {
  it.each([
    ["", "{ }"],
    ["error=true", "{ status = error }"],
    ["status.code=ok name=x", '{ status = ok && name =~ "(?is).*x.*" }'],
    ["http.status_code=500", '{ (.http.status_code =~ "(?is).*500.*" || .http.status_code = 500) }'],
    ['url="a b\\"c" k=v', '{ .url =~ "(?is).*a b\\"c.*" && .k =~ "(?is).*v.*" }'],
    ["path=/a.b", '{ .path =~ "(?is).*/a\\\\.b.*" }'],
    ["root.service.name=shop", '{ rootServiceName =~ "(?is).*shop.*" }'],
    ["k(=x", '{ ."k(" =~ "(?is).*x.*" }'],
  ])("%s is %s", (tags, expected) => {
    expect(query(tags)).toBe(expected);
    expect(parseTraceQuery(expected)).toMatchObject({ ok: true });
  });

  it("bounds the duration of the trace", () => {
    expect(query("", 1.5, 3_600_000)).toBe(
      "{ traceDuration >= 1500000ns && traceDuration <= 3600000000000ns }",
    );
    expect(parseTraceQuery(query("a=1", 0.000_001))).toMatchObject({ ok: true });
  });
});

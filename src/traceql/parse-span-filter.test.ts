import { describe, expect, it } from "vitest";
import { parseSpanFilter } from "./parse-span-filter.ts";
import { printFilter } from "./print-filter.ts";

function canonical(text: string): string {
  const parsed = parseSpanFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message} at ${parsed.error.position}`);
  return printFilter(parsed.filter);
}

function fault(text: string) {
  const parsed = parseSpanFilter(text);
  if (parsed.ok) throw new Error(`${text} was taken as ${printFilter(parsed.filter)}`);
  return parsed.error;
}

describe("parseSpanFilter", () => {
  it.each([
    ["{}", "{ }"],
    ["  {\n}\n", "{ }"],
    ["{true}", "{ }"],
    ["{ false }", "{ false }"],
    [
      '{resource.service.name="payment"&&kind=server}',
      '{ resource.service.name = "payment" && kind = server }',
    ],
    ["{ span.http.response.status_code<500 }", "{ span.http.response.status_code < 500 }"],
    ["{ 500 > span.code }", "{ span.code < 500 }"],
    ['{ span."my key" = 1 }', '{ span."my key" = 1 }'],
    ['{ span.a."b c".d != nil }', '{ span."a.b c.d" != nil }'],
    ['{ ."" = "" }', '{ ."" = "" }'],
    ["{ .foo-bar = -1.50 }", "{ .foo-bar = -1.5 }"],
    ["{ .x = 500.0 || .x = 1e21 }", "{ .x = 500.0 || .x = 1e+21 }"],
    ["{ .x }", "{ .x = true }"],
    ["{ !.x }", "{ !(.x = true) }"],
    ["{ !!(.x = 1) }", "{ !!(.x = 1) }"],
    ["{ (.a = 1 && (.b = 2 && .c = 3)) }", "{ .a = 1 && .b = 2 && .c = 3 }"],
    ["{ .a = 1 || .b = 2 && .c = 3 }", "{ .a = 1 || .b = 2 && .c = 3 }"],
    ["{ (.a = 1 || .b = 2) && .c = 3 }", "{ (.a = 1 || .b = 2) && .c = 3 }"],
    ["{ span:name = `a\\d` }", '{ name = "a\\\\d" }'],
    ['{ name =~ "GET /[a-z]+" }', '{ name =~ "GET /[a-z]+" }'],
    ['{ name = "tab\\tquote\\"\\u00e9" }', '{ name = "tab\\u0009quote\\"é" }'],
    ["{ span:duration <= 1m30s }", "{ duration <= 90s }"],
    ["{ duration > 1.5s && duration < 2h }", "{ duration > 1500ms && duration < 2h }"],
    ["{ duration > 0 }", "{ duration > 0s }"],
    ["{ duration > 1.5ns }", "{ duration > 1ns }"],
    ["{ span:status != error && span:kind = unspecified }", "{ status != error && kind = unspecified }"],
    ['{ span:statusMessage =~ ".*" }', '{ statusMessage =~ ".*" }'],
    ["{ nestedSetParent < 0 }", "{ nestedSetParent < 0 }"],
    ["{ 0 > nestedSetParent }", "{ nestedSetParent < 0 }"],
    ["{ span:parentID = nil }", "{ nestedSetParent < 0 }"],
    ["{ span:parentID != nil }", "{ nestedSetParent >= 0 }"],
    ['{ trace:rootName = "x" && trace:rootService != nil }', '{ rootName = "x" && rootServiceName != nil }'],
    ["{ .x = 9223372036854775807 }", "{ .x = 9223372036854775807 }"],
  ])("reads %s as %s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  it.each([
    ["", 0, /empty/, /\{ \}/],
    ["span.x = 1", 0, /braces are missing/, /^\{ span\.x = 1 \}$/],
    ["{ span.x = 1", 12, /ends too early/, /\}/],
    ["{ http.status_code = 500 }", 2, /no scope/, /span\.http\.status_code/],
    ['{ kind = "server" }', 9, /span kind/, /^write kind = server$/],
    ["{ kind = 2 }", 9, /span kind/, /unspecified, internal, server/],
    ['{ status = "ERROR" }', 11, /a status/, /write status = error/],
    ["{ kind > server }", 7, /does not work with kind/, /= and !=/],
    ['{ duration > "300ms" }', 13, /duration.*not with a string/, /300ms/],
    ["{ duration > 300 }", 13, /without a unit/, /300ms/],
    ["{ span.x =~ 5 }", 12, /needs a string/, /5\.\./],
    ['{ name =~ "a(" }', 10, /RE2.*missing closing \)/, undefined],
    ['{ name =~ "(?=a)" }', 10, /Perl/, undefined],
    ['{ name =~ "a{,2}" }', 10, /\{0,n\}/, undefined],
    ["{ name = server }", 9, /a string, not with the span kind/, /name = "server"/],
    ["{ span.x = server }", 11, /span kind/, /"server"/],
    ["{ statusmesage = `x` }", 2, /not known/, /statusMessage/],
    ["{ durration > 1s }", 2, /not known/, /duration/],
    ["{ route = `x` }", 2, /not known/, /span\.route/],
    ["{ traceDuration > 1s }", 2, /not supported/, /one span/],
    ["{ event.x = 1 }", 2, /event\. attributes are not supported/, /span\./],
    ["{ .x = 1 } | count() > 2", 11, /pipelines/, /\{ … \}/],
    ["{ .x = 1 } >> { .y = 2 }", 11, />>.*not supported in an SLI filter/, /one \{ … \}/],
    ["{ .x = 1 } && { .y = 2 }", 11, /&&.*not supported/, undefined],
    ["({ .x = 1 }) && { .y = 2 }", 0, /not supported/, undefined],
    ["{ .x + 1 > 2 }", 5, /arithmetic/, undefined],
    ["{ .x == 1 }", 5, /==/, /write =/],
    ["{ .x = 1 & .y = 2 }", 9, /&/, /&&/],
    ["{ .x = 1, .y = 2 }", 8, /commas/, /&&/],
    ["{ .x = .y }", 7, /two fields/, /literal/],
    ["{ 1 = 1 }", 2, /two literals/, undefined],
    ["{ 1 < .x < 3 }", 9, /two sides/, /&&/],
    ["{ !.x = 1 }", 2, /! binds tighter/, /!\( … \)/],
    ["{ .x > true }", 5, /> does not work with a boolean/, undefined],
    ["{ .x < nil }", 5, /nil/, undefined],
    ["{ .x = 5xx }", 7, /5xx is neither/, /quoted/],
    ["{ .x = 1d }", 7, /1d is neither/, /h/],
    ["{ .x = 'a' }", 7, /single quotes/, /"…"/],
    ["{ .x = “a” }", 7, /typographic/, /straight/],
    ["{ not (.x = 1) }", 2, /not is not known/, /!\( … \)/],
    ['{ .x = "a\\d" }', 9, /\\d is not an escape/, /backquotes/],
    ['{ .x = "a', 7, /never closed/, undefined],
    ["{ .x = 9223372036854775808 }", 7, /64 bits/, /9223372036854775808\.0/],
    ["{ . = 1 }", 3, /name of the attribute is missing/, undefined],
    ["{ name }", 7, /not expected/, /a comparison/],
    ["{ .x = 1 .y = 2 }", 9, /two conditions/, undefined],
    ["{ nestedSetParent = 5 }", 20, /root/, /nestedSetParent < 0/],
    ["{ .x = 1 } x", 11, /nothing may follow/, undefined],
    ["{ .x = \ud800 }", 7, /surrogate/, undefined],
  ])("refuses %s at %i", (text, position, message, hint) => {
    const error = fault(text);
    expect(error.message).toMatch(message);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
    expect(error.position).toBe(position);
  });

  it("gives line and column from 1", () => {
    expect(fault('{ .a = 1 &&\n  kind = "server"\n}')).toMatchObject({ position: 21, line: 2, column: 10 });
  });

  it("bounds depth and size", () => {
    expect(fault(`{ ${"(".repeat(100_000)} }`).message).toMatch(/longer/);
    expect(fault(`{ ${"(".repeat(1_000)}`).message).toMatch(/nested deeper/);
    expect(fault(`{ ${"!".repeat(1_000)}true }`).message).toMatch(/nested deeper/);
    expect(fault(`{ ${Array.from({ length: 501 }, () => ".x = 1").join(" || ")} }`).message).toMatch(/500/);
  });
});

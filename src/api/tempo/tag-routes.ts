import type { Context, Hono } from "hono";
import type { TagNames, TagScope, TagValue } from "../../model/tag-field.ts";
import { DAY_MS } from "../../model/time.ts";
import { jsonResponse } from "../prometheus/json-response.ts";
import type { TagSelection, TempoPorts } from "./ports.ts";
import { readCount, readRange } from "./read-params.ts";
import { INTRINSIC_TAGS, readLegacyTag, readTag, type Tag } from "./tag-name.ts";
import { invalidParameter } from "./tempo-error.ts";

const VALUES = { otherwise: 1_000, most: 10_000 };
const NAMES = { otherwise: 5_000, most: 5_000 };

/** By the names that the API has for them. */
const SCOPES: readonly (readonly [name: string, scope: TagScope])[] = [
  ["event", "event"],
  ["instrumentation", "scope"],
  ["link", "link"],
  ["resource", "resource"],
  ["span", "span"],
];
const INTRINSIC = "intrinsic";

/** Adds the lists of tags and of their values. Without a time range they are about the last day. */
export function addTagRoutes(app: Hono, ports: TempoPorts): void {
  app.get("/api/v2/search/tags", async (c) => {
    const limit = readCount(c, "limit", NAMES);
    const scopes = (await namesByScope(c, ports, true)).map(([name, tags]) => ({
      name,
      tags: tags.slice(0, limit),
    }));
    return jsonResponse(c, [JSON.stringify({ scopes, metrics: {} })]);
  });
  app.get("/api/search/tags", async (c) => {
    const limit = readCount(c, "limit", NAMES);
    const names = new Set((await namesByScope(c, ports, false)).flatMap(([, tags]) => tags));
    return jsonResponse(c, [
      JSON.stringify({ tagNames: [...names].toSorted().slice(0, limit), metrics: {} }),
    ]);
  });
  app.get("/api/v2/search/tag/:tag/values", async (c) => {
    const tagValues = await valuesOf(c, ports, readTag(c.req.param("tag")));
    return jsonResponse(c, [JSON.stringify({ tagValues, metrics: {} })]);
  });
  app.get("/api/search/tag/:tag/values", async (c) => {
    const found = await valuesOf(c, ports, readLegacyTag(c.req.param("tag")));
    const tagValues = [...new Set(found.map(({ value }) => value))];
    return jsonResponse(c, [JSON.stringify({ tagValues, metrics: {} })]);
  });
}

function readSelection(c: Context, ports: TempoPorts): TagSelection {
  const query = c.req.query("q")?.trim();
  return {
    ...readRange(c, ports.now(), DAY_MS),
    query: query === "" ? undefined : query,
    signal: c.req.raw.signal,
  };
}

/** Names by the API's name of their scope; intrinsics where they are asked for, or all scopes are and `withIntrinsics`. */
async function namesByScope(
  c: Context,
  ports: TempoPorts,
  withIntrinsics: boolean,
): Promise<readonly (readonly [scope: string, tags: readonly string[]])[]> {
  const asked = c.req.query("scope") || "all";
  if (asked === "none") return [];
  const wanted = SCOPES.filter(([name]) => asked === "all" || asked === name);
  if (wanted.length === 0 && asked !== INTRINSIC) {
    const known = ["all", INTRINSIC, ...SCOPES.map(([name]) => name)].join(", ");
    throw invalidParameter("scope", `${JSON.stringify(asked)} is none of ${known}`);
  }
  const intrinsic = asked === INTRINSIC || (asked === "all" && withIntrinsics);
  const names: TagNames | undefined =
    wanted.length === 0 ? undefined : await ports.tagNames(readSelection(c, ports));
  return [
    ...wanted
      .map(([name, scope]) => [name, names?.[scope] ?? []] as const)
      .filter(([, tags]) => tags.length > 0),
    ...(intrinsic ? [[INTRINSIC, INTRINSIC_TAGS] as const] : []),
  ];
}

async function valuesOf(c: Context, ports: TempoPorts, tag: Tag): Promise<readonly TagValue[]> {
  const limit = readCount(c, "limit", VALUES);
  if (tag.kind === "known") return tag.values.slice(0, limit);
  return ports.tagValues(tag.field, readSelection(c, ports), limit);
}

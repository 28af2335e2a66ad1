import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { timestampMs } from "../../../model/time.ts";
import { seededRandom } from "../random.ts";
import { startCompany } from "./company.ts";
import type { Company } from "./company.ts";
import { startLoad } from "./load.ts";

/** Reads just enough of OTLP's protobuf to judge the company's traces without the code that the service reads them with. */
type Fields = Map<number, (bigint | Buffer)[]>;

function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at]!;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const value =
      wire === 0 ? varint() : wire === 1 ? take(8) : wire === 5 ? take(4) : take(Number(varint()));
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const all = (fields: Fields, id: number): Buffer[] => (fields.get(id) ?? []) as Buffer[];
const text = (fields: Fields, id: number): string => all(fields, id)[0]?.toString("utf8") ?? "";

function attributesOf(list: readonly Buffer[]): Record<string, string | number> {
  return Object.fromEntries(
    list.map((bytes) => {
      const pair = fieldsOf(bytes);
      const value = fieldsOf(all(pair, 2)[0] ?? Buffer.alloc(0));
      return [text(pair, 1), value.has(1) ? text(value, 1) : Number(value.get(3)?.[0] ?? 0)];
    }),
  );
}

interface SeenSpan {
  readonly service: string;
  readonly version: string;
  readonly region: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Record<string, string | number>;
  readonly events: readonly string[];
  readonly isError: boolean;
}

function spansOf(body: Buffer): SeenSpan[] {
  return all(fieldsOf(body), 1).flatMap((bytes) => {
    const resourceSpans = fieldsOf(bytes);
    const resource = attributesOf(all(fieldsOf(all(resourceSpans, 1)[0]!), 1));
    return all(resourceSpans, 2).flatMap((scope) =>
      all(fieldsOf(scope), 2).map((bytes): SeenSpan => {
        const span = fieldsOf(bytes);
        return {
          service: String(resource["service.name"]),
          version: String(resource["service.version"]),
          region: String(resource["cloud.region"]),
          traceId: all(span, 1)[0]!.toString("hex"),
          spanId: all(span, 2)[0]!.toString("hex"),
          parentId: all(span, 4)[0]?.toString("hex") ?? "",
          name: text(span, 5),
          kind: Number(span.get(6)?.[0] ?? 0n),
          startNs: all(span, 7)[0]!.readBigUInt64LE(),
          endNs: all(span, 8)[0]!.readBigUInt64LE(),
          attributes: attributesOf(all(span, 9)),
          events: all(span, 11).map((event) => text(fieldsOf(event), 2)),
          isError: all(span, 15).some((status) => fieldsOf(status).get(3)?.[0] === 2n),
        };
      }),
    );
  });
}

const SERVER = 2;
const CONSUMER = 5;
const SIM_NOW = timestampMs(1_700_000_000_000);

describe("the company of the demo", () => {
  const spans: SeenSpan[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      spans.push(...spansOf(Buffer.concat(chunks)));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  let company: Company;

  const phase = async (requests: number): Promise<void> => {
    const load = startLoad({
      entryUrl: () => company.entryUrl(),
      requestsPerSecond: 200,
      random: seededRandom(7),
    });
    while (load.sent() < requests) await new Promise((resolve) => setTimeout(resolve, 20));
    await load.stop();
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const otlpUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    company = await startCompany({ otlpUrl, now: () => SIM_NOW, speed: 600, random: seededRandom(42) });
    await phase(400);
    company.setFaults([
      {
        service: "card-processor",
        endpoint: "POST /v1/authorizations",
        share: 0.5,
        effect: {
          kind: "fail",
          status: 503,
          errorType: "AcquirerTimeout",
          message: "no answer from the acquirer",
        },
      },
      { service: "kyc", share: 1, effect: { kind: "slow", addMs: 5_000 } },
    ]);
    await company.deploy("payment", "2.4.1");
    await phase(150);
    await company.stop();
  });

  afterAll(() => receiver.close());

  it("makes whole traces that begin at the gateway, at the simulated time", () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    const roots = spans.filter((span) => span.parentId === "");
    expect(roots.length).toBeGreaterThanOrEqual(300);
    for (const root of roots) {
      expect(root.service).toBe("web-gateway");
      expect(root.kind).toBe(SERVER);
      expect(root.startNs).toBe(BigInt(SIM_NOW) * 1_000_000n);
    }
    for (const span of spans) {
      if (span.parentId !== "") expect(byId.get(span.parentId)?.traceId).toBe(span.traceId);
    }
  });

  it("keeps every span inside its parent, and a consumer after its producer", () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    for (const span of spans) {
      const parent = byId.get(span.parentId);
      expect(span.endNs).toBeGreaterThan(span.startNs);
      if (parent === undefined) continue;
      if (span.kind === CONSUMER) {
        expect(span.startNs).toBeGreaterThan(parent.endNs);
      } else {
        expect(span.startNs).toBeGreaterThanOrEqual(parent.startNs);
        expect(span.endNs).toBeLessThanOrEqual(parent.endNs);
      }
    }
  });

  it("has a dozen services, all of which take part", () => {
    expect(company.serviceCount).toBe(12);
    expect(new Set(spans.map((span) => span.service)).size).toBe(12);
  });

  it("describes server spans by the semantic conventions", () => {
    for (const span of spans.filter((span) => span.kind === SERVER)) {
      expect(span.name).toBe(`${span.attributes["http.request.method"]} ${span.attributes["http.route"]}`);
      expect(span.attributes["url.path"]).toMatch(/^\/[\w/-]+$/);
      expect(span.attributes["http.response.status_code"]).toBeGreaterThanOrEqual(200);
    }
  });

  it("fails only where a fault is, and says so with a status, a type and an exception event", () => {
    const failed = spans.filter(
      (span) => span.kind === SERVER && Number(span.attributes["http.response.status_code"]) >= 500,
    );
    expect(new Set(failed.map((span) => span.service))).toEqual(
      new Set(["card-processor", "payment", "checkout", "wallet", "web-gateway"]),
    );
    for (const span of failed) {
      expect(span.isError).toBe(true);
      expect(span.events).toEqual(["exception"]);
      expect(span.attributes["error.type"]).toBe(
        span.service === "card-processor" ? "AcquirerTimeout" : "UpstreamFailure",
      );
    }
    expect(spans.filter((span) => span.service === "fraud-check" && span.isError)).toEqual([]);
  });

  it("is slow where a fault makes it slow, without waiting for real", () => {
    const slow = spans.filter((span) => span.service === "kyc" && span.endNs - span.startNs > 1_000_000_000n);
    expect(slow.length).toBeGreaterThan(0);
    expect(
      spans
        .filter((span) => span.service === "fraud-check")
        .every((span) => span.endNs - span.startNs < 150_000_000n),
    ).toBe(true);
  });

  it("runs two versions after a deployment", () => {
    const versions = new Set(spans.filter((span) => span.service === "payment").map((span) => span.version));
    expect(versions).toEqual(new Set(["2.4.0", "2.4.1"]));
  });

  it("answers some requests with 4xx that are no errors of the service", () => {
    const refused = spans.filter((span) => {
      const status = Number(span.attributes["http.response.status_code"]);
      return span.kind === SERVER && status >= 400 && status < 500;
    });
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((span) => !span.isError)).toBe(true);
  });
});

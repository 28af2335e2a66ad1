import { isMap, isScalar } from "yaml";
import { suggestName } from "../model/nearest-name.ts";
import type { Slo } from "../slo/slo.ts";
import type { DiagnosticSink } from "../spec/diagnostic.ts";
import { readFields, readItems, requireField, type Fields } from "../spec/fields.ts";
import { location, report, type Place } from "../spec/place.ts";
import { sourceOffset } from "../spec/scalar-position.ts";
import { readFilledText, readText } from "../spec/scalars.ts";
import { parseFile, peekText } from "../spec/yaml-documents.ts";
import { readExpectation } from "./read-expectation.ts";
import { partNames } from "./part-traffic.ts";
import { readTraffic, type Traffic } from "./read-traffic.ts";
import type { TestCase, WrittenExpectation } from "./test-case.ts";

/** One document of a test file, before its specs are loaded. */
export interface TestDocument {
  /** Files and folders as they are written, relative to the test file; empty where the document names none. */
  readonly specs: readonly { readonly path: string; readonly place: Place }[];
  readonly cases: readonly Place[];
}

const DOCUMENT_FIELDS = ["description", "specs", "cases"];
const CASE_FIELDS = ["name", "description", "slo", "start", "traffic", "expect"];
/** Midnight of a Thursday; a calendar window begins here. */
const DEFAULT_START_MS = Date.UTC(2026, 0, 1);

/** Reads a file of tests up to what needs the specs. What is wrong is reported. */
export function parseTestFile(path: string, text: string, sink: DiagnosticSink): readonly TestDocument[] {
  const { roots } = parseFile(path, text, sink, true);
  if (roots.length === 0 && sink.errorCount() === 0) {
    const message = "there is no test in the file";
    const hint = "write cases: as docs/testing-slos.md shows";
    sink.add({ severity: "error", file: path, line: 1, column: 1, path: "", message, hint });
  }
  return roots.flatMap((root) => readDocument(root) ?? []);
}

function readDocument(root: Place): TestDocument | undefined {
  const apiVersion = isMap(root.node) ? peekText(root.node, "apiVersion") : undefined;
  if (apiVersion !== undefined) {
    const hint = "name the test file, e.g. payment.test.yaml; its specs: names the files with SLOs";
    report(root, "error", `this is a document of ${apiVersion}, not a test`, hint);
    return undefined;
  }
  const fields = readFields(root, DOCUMENT_FIELDS);
  const cases = fields && requireField(fields, "cases", "write cases: and a list of them");
  const items = cases && readItems(cases);
  if (fields === undefined || items === undefined) return undefined;
  if (items.length === 0) report(cases!, "error", "there is no case", "write at least one");
  return { specs: readSpecPaths(fields.get("specs")), cases: items };
}

/** One path or a list of them. */
function readSpecPaths(place: Place | undefined): TestDocument["specs"] {
  if (place === undefined) return [];
  const items = isScalar(place.node) ? [place] : (readItems(place) ?? []);
  return items.flatMap((item) => {
    const path = readFilledText(item);
    return path === undefined ? [] : [{ path, place: item }];
  });
}

/** Reads one case. Undefined when something is wrong with it, which has been reported. */
export function readCase(place: Place, slos: readonly Slo[]): TestCase | undefined {
  const errorsBefore = place.document.sink.errorCount();
  const fields = readFields(place, CASE_FIELDS);
  if (fields === undefined) return undefined;
  const namePlace = requireField(fields, "name", "write what the case shows, e.g. name: an outage pages");
  const name = namePlace && readFilledText(namePlace);
  const slo = readSloName(fields, slos);
  const startMs = readStart(fields.get("start"));
  const trafficPlace = requireField(
    fields,
    "traffic",
    "write steps, e.g. - {for: 1h, rate: 100, errors: 1%}",
  );
  const traffic = trafficPlace && readTraffic(trafficPlace, slo && partNames(slo));
  const expect = requireField(fields, "expect", 'write what must come true, e.g. - "nothing fires"');
  const expectations = readExpectations(expect, slo, traffic);
  if (place.document.sink.errorCount() > errorsBefore) return undefined;
  if (name === undefined || slo === undefined || traffic === undefined || startMs === undefined)
    return undefined;
  const { steps, marks, beforeMs } = traffic;
  const where = location(place);
  return { name, location: where, slo, startMs, originMs: startMs + beforeMs, steps, marks, expectations };
}

function readSloName(fields: Fields, slos: readonly Slo[]): Slo | undefined {
  const place = requireField(fields, "slo", "write the name of the SLO that the traffic is for");
  const name = place && readFilledText(place);
  if (name === undefined) return undefined;
  const slo = slos.find((candidate) => candidate.name === name);
  if (slo !== undefined) return slo;
  const names = slos.map((candidate) => candidate.name);
  const hint = names.length === 0 ? "no SLO was found in the specs of this file" : suggestName(name, names);
  report(place!, "error", `the specs have no sound SLO "${name}"`, hint);
  return undefined;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})$/;

function readStart(place: Place | undefined): number | undefined {
  if (place === undefined) return DEFAULT_START_MS;
  const text = readText(place);
  if (text === undefined) return undefined;
  const startMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (startMs % 10_000 === 0) return startMs;
  const message = Number.isNaN(startMs) ? `"${text}" is not a time` : "the seconds are not a multiple of 10";
  report(place, "error", message, "write e.g. 2026-01-31T12:00:00Z");
  return undefined;
}

function readExpectations(
  place: Place | undefined,
  slo: Slo | undefined,
  traffic: Traffic | undefined,
): readonly WrittenExpectation[] {
  if (place === undefined) return [];
  const items = isScalar(place.node) ? [place] : (readItems(place) ?? []);
  if (items.length === 0) report(place, "error", "nothing is expected", 'write e.g. - "nothing fires"');
  if (slo === undefined || traffic === undefined) return [];
  const endMs = traffic.steps.reduce((sum, { durationMs }) => sum + durationMs, 0) - traffic.beforeMs;
  return items.flatMap((item) => {
    const text = readFilledText(item);
    if (text === undefined) return [];
    const read = readExpectation(text, slo, traffic.marks, endMs);
    if (read.ok) return [{ text, location: location(item), expectation: read.expectation }];
    const { offset, message, hint } = read.fault;
    const at = isScalar(item.node) ? sourceOffset(item.document.text, item.node, offset) : item.offset;
    report(item, "error", message, hint, at);
    return [];
  });
}

import { describe, expect, it } from "vitest";
import { AttributeType } from "../../model/attributes.ts";
import { attributeText } from "./attribute-text.ts";
import { plainDecimal } from "./metric-labels.ts";
import {
  type NamedKind,
  prometheusLabelName,
  prometheusMetricName,
  prometheusUnit,
} from "./prometheus-name.ts";

describe("metric names", () => {
  it.each<[name: string, unit: string, kind: NamedKind, expected: string]>([
    ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds"],
    ["http.server.request.duration_seconds", "s", "other", "http_server_request_duration_seconds"],
    ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
    ["requests", "", "counter", "requests_total"],
    ["requests_total", "", "counter", "requests_total"],
    ["total.requests", "", "counter", "requests_total"],
    ["requests", "{request}", "counter", "requests_total"],
    ["requests", "1", "counter", "requests_total"],
    ["requests", "1/s", "counter", "requests_per_second_total"],
    ["cpu.usage", "1", "gauge", "cpu_usage_ratio"],
    ["ratio.of.hits", "1", "gauge", "of_hits_ratio"],
    ["connections", "1", "other", "connections"],
    ["memory.usage", "By", "gauge", "memory_usage_bytes"],
    ["throughput", "By/s", "gauge", "throughput_bytes_per_second"],
    ["throughput", "By/{custom}", "gauge", "throughput_bytes"],
    ["speed", "m/s", "gauge", "speed_meters_per_second"],
    ["speed", "m/m", "gauge", "speed_meters_per_minute"],
    ["response_time", "ms", "gauge", "response_time_milliseconds"],
    ["fan", "{rotation}/min", "gauge", "fan_per_min"],
    ["fill", "%", "gauge", "fill_percent"],
    ["disk", "TiBy", "gauge", "disk_tebibytes"],
    ["disk", "kBy", "gauge", "disk_kilobytes"],
    ["custom", "custom_unit", "gauge", "custom_custom_unit"],
    ["custom", "unit@with#special/chars", "gauge", "custom_unit_with_special_per_chars"],
    ["a__b...c", "x__y", "gauge", "a_b_c_x_y"],
    ["_leading.and.trailing_", "", "gauge", "leading_and_trailing"],
    ["job:rate:5m", "", "gauge", "job:rate:5m"],
    ["9lives", "", "gauge", "_9lives"],
    ["größe", "", "gauge", "gr_e"],
    ["@#$", "", "gauge", ""],
    ["", "", "gauge", ""],
  ])("%j in %j as a %s is %j", (name, unit, kind, expected) => {
    expect(prometheusMetricName(name, unit, kind)).toBe(expected);
  });

  it.each([
    ["s", "seconds"],
    ["By/s", "bytes_per_second"],
    ["1/s", "per_second"],
    ["1", ""],
    ["{x}", ""],
    ["", ""],
  ])("the unit %j is %j", (unit, expected) => {
    expect(prometheusUnit(unit)).toBe(expected);
  });
});

describe("label names", () => {
  it.each([
    ["http.request.method", "http_request_method"],
    ["http_status", "http_status"],
    ["9lives", "key_9lives"],
    ["_private", "key_private"],
    [".private", "key_private"],
    ["__reserved__", "__reserved__"],
    ["a..b", "a__b"],
    ["🔥a", "key_a"],
    ["名前", ""],
    ["@", ""],
    ["", ""],
  ])("%j is %j", (key, expected) => {
    expect(prometheusLabelName(key)).toBe(expected);
  });
});

describe("label values", () => {
  it.each<[AttributeType, string | number | bigint | boolean, string]>([
    [AttributeType.string, "a b", "a b"],
    [AttributeType.int, -7, "-7"],
    [AttributeType.int, 9007199254740993n, "9007199254740993"],
    [AttributeType.double, 0.25, "0.25"],
    [AttributeType.bool, true, "true"],
    [AttributeType.json, "{}", ""],
    [AttributeType.json, '{"bytesValue":"AQI="}', "AQI="],
    [
      AttributeType.json,
      '{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"},{"boolValue":false},{}]}}',
      '["a",1,false,null]',
    ],
    [
      AttributeType.json,
      '{"kvlistValue":{"values":[{"key":"b","value":{"doubleValue":1.5}},{"key":"a","value":{"stringValue":"\\""}}]}}',
      '{"a":"\\"","b":1.5}',
    ],
  ])("type %i, %s is %j", (type, value, expected) => {
    expect(attributeText(type, value)).toBe(expected);
  });

  it.each([
    [0.005, "0.005"],
    [1, "1"],
    [-2.5, "-2.5"],
    [1e21, "1000000000000000000000"],
    [1.5e-7, "0.00000015"],
    [-2e-10, "-0.0000000002"],
    [1.2345e22, "12345000000000000000000"],
    [Number.POSITIVE_INFINITY, "+Inf"],
  ])("the bound %d is %j", (value, expected) => {
    expect(plainDecimal(value)).toBe(expected);
  });
});

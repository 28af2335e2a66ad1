import { encodeWriteV1 } from "../../src/ingest/remote-write/sample-write.ts";
import { snappyEncode } from "../../src/ingest/remote-write/snappy-encode.ts";

/** A series as a test describes it: labels with `__name__`, samples as [epoch milliseconds, value] in time order. */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [timeMs: number, value: number])[];
}

/** Posts series as Prometheus does, by remote write 1.0; the status of the answer. */
export async function remoteWrite(url: string, series: readonly TestSeries[]): Promise<number> {
  const body = encodeWriteV1({
    series: series.map(({ labels, samples }) => ({
      labels: Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
      samples: samples.map(([timeMs, value]) => ({ timeMs, value })),
    })),
  });
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    body: snappyEncode(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** A series as a test describes it: labels with `__name__`, samples as [epoch milliseconds, value] in time order. */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [timeMs: number, value: number])[];
}

/** A `prometheus.WriteRequest` (remote write 1.0), compressed. */
export function remoteWriteBody(series: readonly TestSeries[]): Buffer {
  return snappyLiterals(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
}

/** Posts a body as Prometheus does; the status of the answer. */
export async function remoteWrite(url: string, series: readonly TestSeries[]): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    body: remoteWriteBody(series),
  });
  await response.arrayBuffer();
  return response.status;
}

function timeSeries({ labels, samples }: TestSeries): Buffer {
  const names = Object.keys(labels).sort();
  return Buffer.concat([
    ...names.map((name) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name]!))])),
    ),
    ...samples.map(([timeMs, value]) => {
      const bytes = Buffer.alloc(9);
      bytes[0] = 0x09;
      bytes.writeDoubleLE(value, 1);
      return field(2, Buffer.concat([bytes, Buffer.from([0x10]), varint(timeMs)]));
    }),
  ]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Snappy's block format without a single copy: larger than it need be, and right. */
function snappyLiterals(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let from = 0; from < bytes.length; from += 65_536) {
    const part = bytes.subarray(from, from + 65_536);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(part.length - 1, 1);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

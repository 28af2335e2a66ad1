import type { LedgerEntry } from "../../ledger/ledger-entry.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS =
  "slo at state good total missing budget_ratio remaining excluded_good excluded_total covered_from revision corrections windows_ms burns".split(
    " ",
  );
const STATES: Readonly<Record<LedgerEntry["state"], number>> = {
  no_data: 0,
  met: 1,
  at_risk: 2,
  breached: 3,
};

/** Appends to the ledger; repeated with the same token, rows are stored once. */
export async function insertLedgerEntries(
  clickhouse: ClickHouse,
  entries: readonly LedgerEntry[],
  token: string,
): Promise<void> {
  if (entries.length === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const entry of entries) {
      const { counts, raw, burns } = entry;
      out.string(entry.slo);
      out.int64FromNumber(Math.floor(entry.at));
      out.uint8(STATES[entry.state]);
      out.float64(counts.good);
      out.float64(counts.total);
      out.float64(counts.missing ?? 0);
      out.float64(counts.budgetRatio ?? 0);
      out.float64(entry.remainingRatio ?? Number.NaN);
      out.float64(raw.good - counts.good);
      out.float64(raw.total - counts.total);
      out.int64FromNumber(Math.floor(entry.coveredFromMs));
      out.string(entry.revision);
      out.string(entry.corrections);
      out.varint(burns.length);
      for (const { windowMs } of burns) out.uint64FromNumber(windowMs);
      out.varint(burns.length);
      for (const { burnRate } of burns) out.uint32(float32Bits(burnRate ?? Number.NaN));
    }
    await clickhouse.insert("evaluate", {
      table: "slo_ledger",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount: entries.length,
      deduplicationToken: `ledger-${token}`,
    });
  });
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function float32Bits(value: number): number {
  float[0] = value;
  return bits[0]!;
}

/** The types of a table's columns as the engine knows them, asked once. */
export interface TableStructures {
  /** `a UInt64, b String` in the order of `columns`. Rejects when a column does not exist. */
  readonly of: (table: string, columns: readonly string[]) => Promise<string>;
}

const COLUMN_TYPES = `
SELECT name, type
FROM system.columns
WHERE database = currentDatabase() AND table = {table:String}`;

type Ask = (
  sql: string,
  params: Readonly<Record<string, string>>,
) => Promise<readonly { readonly name: string; readonly type: string }[]>;

export function createTableStructures(ask: Ask): TableStructures {
  const known = new Map<string, string>();
  return {
    of: async (table, columns) => {
      const key = `${table}(${columns.join()})`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const types = new Map((await ask(COLUMN_TYPES, { table })).map((row) => [row.name, row.type]));
      const parts = columns.map((column) => {
        const type = types.get(column);
        if (type === undefined) throw new TypeError(`the table ${table} has no column ${column}`);
        return `\`${column}\` ${type}`;
      });
      const structure = parts.join(", ");
      known.set(key, structure);
      return structure;
    },
  };
}

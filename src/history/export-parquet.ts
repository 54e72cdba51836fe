import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell } from '../http/csv.js';
import { type Column, columnsOf, dictionary } from './export-columns.js';
import { type About, deidentifiedHead, headOf } from './export-csv.js';

/** Rows of one group, all of which are in memory: some 10 MB. */
const GROUP_ROWS = 50_000;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];

/**
 * Apache Parquet, a group of rows at a time: the columns of the CSV with times as timestamps (ms, UTC). The head of the CSV is in the
 * file's metadata as `vigil.about` (JSON, lines of cells), what it means as `vigil.dictionary`. The end of such a file is what makes
 * it one, so a file that was cut off is none.
 */
export async function* parquetExport(about: About, rows: AsyncIterable<Cell[][]>): AsyncGenerator<Uint8Array> {
  const columns = columnsOf(about.isDeidentified);
  const head = about.isDeidentified ? deidentifiedHead(about) : headOf(about);
  const out = new ByteWriter(1024 * 1024);
  const writer = new ParquetWriter({
    writer: out,
    schema: schemaOf(columns),
    createdBy: 'Vigil',
    kvMetadata: [
      { key: 'vigil.about', value: JSON.stringify(head) },
      { key: 'vigil.dictionary', value: JSON.stringify(dictionary()) },
    ],
  });
  const group: Cell[][] = [];
  const write = async (): Promise<void> => {
    if (group.length === 0) return;
    await writer.write({ columnData: columns.map((column, i) => dataOf(column, group, i)), rowGroupSize: GROUP_ROWS });
    group.length = 0;
  };
  for await (const some of rows) {
    for (const row of some) group.push(row);
    if (group.length < GROUP_ROWS) continue;
    await write();
    yield taken(out);
  }
  await write();
  await writer.finish();
  yield taken(out);
}

/** What was written since it was asked last; positions in the file go on. */
function taken(out: ByteWriter): Uint8Array {
  const bytes = out.getBytes().slice();
  out.index = 0;
  return bytes;
}

function schemaOf(columns: readonly Column[]): Schema {
  const of = ({ name, type }: Column): Schema[number] => {
    const column = { name, repetition_type: 'OPTIONAL' } as const;
    switch (type) {
      case 'time':
        return { ...column, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' };
      case 'text':
        return { ...column, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
      case 'number':
        return { ...column, type: 'DOUBLE' };
      case 'count':
        return { ...column, type: 'INT64' };
    }
  };
  return [{ name: 'history', num_children: columns.length }, ...columns.map(of)];
}

function dataOf({ name, type }: Column, rows: readonly Cell[][], at: number) {
  const data = rows.map((row) => {
    const cell = row[at] ?? null;
    if (cell === null) return null;
    if (type === 'time') return new Date(cell as number);
    return type === 'count' ? BigInt(cell as number) : cell;
  });
  return { name, data };
}

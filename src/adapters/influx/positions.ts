import { type InfluxServer, rangeOf } from './influx-server.js';
import { line, quoted } from './lines.js';

const POSITION = 'position';

/** How far each partition of the log is stored: one point each, always the same one. */
export class Positions {
  constructor(
    private readonly server: InfluxServer,
    private readonly bucket: string,
  ) {}

  async save(partition: number, offset: string): Promise<void> {
    await this.server.write(this.bucket, line(POSITION, { partition: String(partition) }, [['offset', offset]], 0));
  }

  async load(partition: number): Promise<string | null> {
    const filter = `r._measurement == "${POSITION}" and r.partition == ${quoted(String(partition))}`;
    const flux = `from(bucket: ${quoted(this.bucket)}) |> ${rangeOf(0, 1)} |> filter(fn: (r) => ${filter})`;
    const [row] = await this.server.rows(flux);
    return (row?.['_value'] as string | undefined) ?? null;
  }

  async forget(): Promise<void> {
    await this.server.remove(this.bucket, `_measurement="${POSITION}"`, { fromMs: 0, toMs: 0 });
  }
}

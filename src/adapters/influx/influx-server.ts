import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type FluxTableMetaData, HttpError, InfluxDB } from '@influxdata/influxdb-client';
import type { Clock } from '@vigil/clock';
import { z } from 'zod';
import { influxError, InfluxOutage } from './influx-error.js';

/** Where the server is, as the settings say. */
export interface InfluxSettings {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  /** Name of the bucket of single samples; those of minutes, of hours and of positions are named after it. */
  readonly bucket: string;
}

export interface InfluxServerOptions extends InfluxSettings {
  readonly clock: Clock;
  /** Patience with one call (wall time). */
  readonly timeoutMs?: number;
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

const TIMEOUT_MS = 10_000;
/** A long answer that goes on coming may take so many times that. */
const ANSWER_TIMES = 6;
const SOCKETS_MAX = 8;

/**
 * The server through the transport of its client. The client's own WriteApi is not used: its `flush()` and `close()` resolve while
 * batches are still on their way, and it repeats and drops by itself. Here one call is one HTTP request, and what resolves was answered.
 *
 * @throws InfluxOutage for what may succeed later; BatchRefused for what will not as it is
 */
export class InfluxServer {
  readonly bucket: string;
  readonly org: string;
  private readonly client: InfluxDB;
  private readonly agent: HttpAgent | HttpsAgent;
  private notBeforeWallMs = 0;

  constructor(private readonly options: InfluxServerOptions) {
    const { url, token } = options;
    this.bucket = options.bucket;
    this.org = options.org;
    const sockets = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.agent = url.startsWith('https:') ? new HttpsAgent(sockets) : new HttpAgent(sockets);
    this.client = new InfluxDB({
      url,
      token,
      timeout: this.timeoutMs,
      transportOptions: { agent: this.agent },
    });
  }

  /** Resolves when the server answered that the lines are stored, which it fsyncs before. */
  async write(bucket: string, lines: string): Promise<void> {
    const query = `org=${encodeURIComponent(this.org)}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    await this.call((signal) =>
      this.client.transport.request(`/api/v2/write?${query}`, lines, { method: 'POST', headers, signal }),
    );
  }

  /** Rows of all tables of all results, in the order in which they came. */
  async query(flux: string, take: (row: Row) => void): Promise<void> {
    await this.call(async () => {
      const signal = AbortSignal.timeout(this.timeoutMs * ANSWER_TIMES);
      const rows = this.client.getQueryApi(this.org).iterateRows(flux);
      for await (const { values, tableMeta } of rows) {
        if (signal.aborted) throw new InfluxOutage('influx-silent', 0);
        take(rowOf(values, tableMeta));
      }
    });
  }

  async rows(flux: string): Promise<Row[]> {
    const rows: Row[] = [];
    await this.query(flux, (row) => rows.push(row));
    return rows;
  }

  /** Deletes what the predicate (over tags) names, both times inclusive, epoch ms. */
  async remove(bucket: string, predicate: string, range: { readonly fromMs: number; readonly toMs: number }): Promise<void> {
    const query = `org=${encodeURIComponent(this.org)}&bucket=${encodeURIComponent(bucket)}`;
    const [start, stop] = [isoOf(range.fromMs), isoOf(range.toMs)];
    await this.ask('POST', `/api/v2/delete?${query}`, z.unknown(), { start, stop, predicate });
  }

  /** One call of the management API, JSON both ways; the answer has to have this form. */
  ask<T>(method: 'GET' | 'POST' | 'PATCH', path: string, form: z.ZodType<T>, body?: unknown): Promise<T> {
    const headers = { accept: 'application/json' };
    return this.call(async (signal) => {
      const answer: unknown = await this.client.transport.request(path, body, { method, headers, signal });
      return understood(form, answer);
    });
  }

  /** The same for what may not be there: null then. */
  find<T>(path: string, form: z.ZodType<T>): Promise<T | null> {
    const headers = { accept: 'application/json' };
    return this.call(async (signal) => {
      try {
        const answer: unknown = await this.client.transport.request(path, undefined, { method: 'GET', headers, signal });
        return understood(form, answer);
      } catch (error) {
        if (error instanceof HttpError && error.statusCode === 404) return null;
        throw error;
      }
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? TIMEOUT_MS;
  }

  private async call<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.options;
    if (clock.wallMs() < this.notBeforeWallMs) throw new InfluxOutage('influx-busy', this.notBeforeWallMs - clock.wallMs());
    try {
      // The client's own patience ends with silence; an answer that drips would never end.
      return await run(AbortSignal.timeout(this.timeoutMs));
    } catch (error) {
      const told = influxError(error);
      if (told instanceof InfluxOutage && told.retryAfterMs > 0) this.notBeforeWallMs = clock.wallMs() + told.retryAfterMs;
      throw told;
    }
  }
}

function understood<T>(form: z.ZodType<T>, answer: unknown): T {
  const parsed = form.safeParse(answer);
  if (!parsed.success) throw new InfluxOutage('influx-not-understood', 0);
  return parsed.data;
}

/** A query that fails after its answer has begun says so in a table of its own. @throws InfluxOutage */
function rowOf(values: readonly string[], meta: FluxTableMetaData): Row {
  if (meta.columns.some(({ label }) => label === 'error') && meta.columns.some(({ label }) => label === 'reference')) {
    throw new InfluxOutage('influx-failed', 0);
  }
  const row: Record<string, string | number | boolean | null> = {};
  for (const { index, label, dataType, defaultValue } of meta.columns) {
    // What is the same in each row, such as the name of the result, is told once, as the default.
    row[label] = valueOf(values[index] || defaultValue, dataType);
  }
  return row;
}

/** Times as epoch ms. */
function valueOf(text: string, dataType: string): string | number | boolean | null {
  if (dataType === 'string') return text;
  if (text === '') return null;
  if (dataType === 'double' || dataType === 'long' || dataType === 'unsignedLong') return Number(text);
  if (dataType === 'boolean') return text === 'true';
  return dataType.startsWith('dateTime') ? Date.parse(text) : text;
}

/** The latest moment that the server knows, rounded down to ms. */
const LATEST_MS = 9_223_372_036_853;
/** The earliest time that is asked for: no reading is older than the epoch. */
const EARLIEST_MS = 0;

export function isoOf(ms: number): string {
  return new Date(Math.min(LATEST_MS, Math.max(EARLIEST_MS, ms))).toISOString();
}

/** `range(…)` of Flux, half-open; null: without an end. */
export function rangeOf(fromMs: number, toMs: number | null): string {
  return `range(start: ${isoOf(fromMs)}, stop: ${isoOf(toMs ?? LATEST_MS)})`;
}

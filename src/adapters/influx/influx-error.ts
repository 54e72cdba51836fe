import { HttpError } from '@influxdata/influxdb-client';
import { PlatformError } from '@vigil/domain';
import type { RefusedReason } from '../../ports/history-health.js';

/** What is wrong with the server, for logs, metrics and the runbook (`docs/runbook.md#history-in-influxdb`). Add, never rename. */
export type InfluxTrouble =
  | 'influx-silent'
  | 'influx-token-refused'
  | 'influx-not-found'
  | 'influx-busy'
  | 'influx-failed'
  | 'influx-refuses-batches'
  | 'influx-not-understood';

/** What to look at; the first word after the code names the setting. No value of a setting is in it. */
export const WHAT_TO_DO: Readonly<Record<InfluxTrouble, string>> = {
  'influx-silent': 'INFLUX_URL: nothing answers there in time. Is InfluxDB running, and is the network between open?',
  'influx-token-refused':
    'INFLUX_TOKEN: InfluxDB refuses it (401 or 403). It must be of INFLUX_ORG, and may read and write its buckets and tasks',
  'influx-not-found': 'INFLUX_ORG or INFLUX_BUCKET: InfluxDB does not know it (404), or INFLUX_URL is another service',
  'influx-busy': 'InfluxDB is asked to do more than it can or may (429, 503); history waits and tries again',
  'influx-failed':
    'InfluxDB fails (5xx): look at its own log. After its disk was full it takes nothing until there is room and it was restarted',
  'influx-refuses-batches': 'INFLUX_URL: something before InfluxDB refuses the size of a single point (413)',
  'influx-not-understood': 'INFLUX_URL: the answer is not that of InfluxDB 2',
};

/** The outage as the platform knows it, with what is wrong. */
export class InfluxOutage extends PlatformError {
  constructor(
    readonly trouble: InfluxTrouble,
    /** The server asked not to be asked again for so long; 0 where it said nothing. */
    readonly retryAfterMs: number,
    cause?: unknown,
  ) {
    super('store-unavailable', {}, true, cause);
  }
}

/** The server has the batch but for some points, or will never take it as it is (400, 413, 422). */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused';

  constructor(
    readonly reason: RefusedReason,
    /** How many points it dropped, where it said so. The others of the batch are stored. */
    readonly dropped: number | null,
    readonly status: number,
  ) {
    super(`${status} ${reason}`);
  }
}

const TROUBLE_OF: Readonly<Record<number, InfluxTrouble>> = {
  401: 'influx-token-refused',
  403: 'influx-token-refused',
  404: 'influx-not-found',
  408: 'influx-silent',
  429: 'influx-busy',
  503: 'influx-busy',
};
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);
/** A server that asks for more waits so long, and is asked again. */
const RETRY_AFTER_MS_MAX = 60_000;

/** What a call came to that did not succeed. */
export function influxError(error: unknown): InfluxOutage | BatchRefused {
  if (error instanceof InfluxOutage) return error;
  if (!(error instanceof HttpError))
    return new InfluxOutage(isUnreadable(error) ? 'influx-not-understood' : 'influx-silent', 0, error);
  const { statusCode } = error;
  if (REFUSALS.has(statusCode)) return refusal(statusCode, error.message);
  const trouble = TROUBLE_OF[statusCode] ?? (statusCode >= 500 ? 'influx-failed' : 'influx-not-understood');
  // The client reads the header as a number, which is of seconds. No cause: the body of an answer may repeat what was sent.
  return new InfluxOutage(trouble, Math.min(error.retryAfter() * 1_000, RETRY_AFTER_MS_MAX));
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError;
}

function refusal(status: number, message: string): BatchRefused {
  const dropped = /dropped=(\d+)/.exec(message)?.[1];
  return new BatchRefused(reasonOf(status, message), dropped === undefined ? null : Number(dropped), status);
}

function reasonOf(status: number, message: string): RefusedReason {
  if (status === 413) return 'too-large';
  if (message.includes('field type conflict')) return 'type-conflict';
  if (message.includes('retention policy')) return 'beyond-retention';
  return status === 400 ? 'not-parsed' : 'other';
}

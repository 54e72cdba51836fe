import type { Cancel, Clock } from '@vigil/clock';
import {
  bedKey,
  type BedId,
  type EpochMs,
  type GatewayId,
  gatewayKey,
  type LogEvent,
  type LogEventOf,
  type Origin,
} from '@vigil/contracts';
import type { BedTable } from './devices/bed-table.js';
import type { FaultBoard } from './faults/fault-board.js';
import type { DeviceStates } from './intake/device-states.js';
import type { Fleet } from './intake/fleet.js';
import type { Intake } from './intake/intake.js';
import type { LogRecord } from './log-record.js';
import type { GatewayMetrics } from './metrics.js';
import type { Spool } from './spool/spool.js';
import type { Uplink } from './uplink/uplink.js';
import { VERSION } from './version.js';

const EVERY_MS = 1_000;

export interface TickerOptions {
  readonly gatewayId: GatewayId;
  readonly beds: BedTable;
  readonly states: DeviceStates;
  readonly intake: Intake;
  readonly faults: Pick<FaultBoard, 'takeEphemeral'>;
  readonly fleet?: Pick<Fleet, 'takeEphemeral'>;
  readonly spool: Spool;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  /** Sees the same time pass as the log does. */
  readonly watch?: { tick(events: readonly LogEvent[]): void };
}

/**
 * Once a wall second: "time has passed" for each bed that sent nothing in it, the gateway's own state, faults, what is new of
 * devices, and gaps that are final. Silence is
 * an event like any other, so that "no data" replays.
 *
 * @returns stops it
 */
export function startTicker(options: TickerOptions): Cancel {
  return options.clock.every(EVERY_MS, () => {
    options.intake.declareGaps();
    const states = options.fleet?.takeEphemeral() ?? [];
    const ticks = tickRecords(options);
    options.watch?.tick(ticks.flatMap(({ event }) => event ?? []));
    options.uplink.offerEphemeral([...ticks, ...options.faults.takeEphemeral(), ...states]);
  });
}

export function tickRecords(options: TickerOptions): LogRecord[] {
  const { gatewayId, beds, states, intake, spool, uplink, clock, metrics } = options;
  const atMs = clock.nowMs() as EpochMs;
  const active = intake.takeActiveBeds();
  const bedIds = beds.bedIds();
  const origins = new Map(bedIds.map((bedId) => [bedId, originOf(beds.devicesOf(bedId), states)]));
  const ticks = bedIds
    .filter((bedId) => !active.has(bedId))
    .map((bedId) => tick({ gatewayId, bedId, atMs, origin: origins.get(bedId)! }));
  metrics.ticks.inc(ticks.length);
  const { count, oldestWallMs } = spool.pending();
  const status: LogEventOf<'gatewayStatus'> = {
    v: 1,
    kind: 'gatewayStatus',
    id: `status/${gatewayId}/${atMs}`,
    key: gatewayKey(gatewayId),
    origin: oneOrigin([...origins.values()]),
    atMs,
    gatewayId,
    bedIds,
    pending: count,
    oldestPendingMs: oldestWallMs === null ? 0 : Math.max(0, clock.wallMs() - oldestWallMs),
    accepted: intake.accepted,
    rejected: intake.rejected,
    spoolBytes: spool.bytes,
    version: VERSION,
    lagMs: uplink.report().lagMs,
    configIssuedAtMs: beds.config?.issuedAtMs ?? null,
  };
  return [...ticks, status].map((event) => ({
    lane: 'numerics',
    key: event.key,
    body: Buffer.from(JSON.stringify(event)),
    event,
  }));
}

function tick(facts: { gatewayId: GatewayId; bedId: BedId; atMs: EpochMs; origin: Origin }): LogEventOf<'tick'> {
  const { gatewayId, bedId, atMs, origin } = facts;
  const id = `tick/${gatewayId}/${bedId}/${atMs}`;
  return { v: 1, kind: 'tick', id, key: bedKey(bedId), origin, atMs, bedId, gatewayId };
}

/** As its devices last said: a simulated bed that falls silent must not page as a live one. */
function originOf(deviceIds: readonly string[], states: DeviceStates): Origin {
  return oneOrigin(deviceIds.flatMap((id) => states.originOf(id) ?? []));
}

/** Live as soon as one is live, and where nothing is known. */
function oneOrigin(origins: readonly Origin[]): Origin {
  return origins.includes('live') ? 'live' : (origins[0] ?? 'live');
}

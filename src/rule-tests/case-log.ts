import {
  BedId,
  bedKey,
  type DeviceId,
  type DeviceMessage,
  type EpochMs,
  type GatewayId,
  LogEvent,
  type MetricName,
  metricRow,
  type Reading,
} from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { CASE_MESSAGES_MAX, type CaseEvent, type Cell, type RuleCase } from './case.js';

/** A day's beginning, so that windows begin with the case; the year means nothing. */
export const CASE_START_MS = Date.UTC(2026, 0, 1);

const BED = BedId.parse('bed-1');
const DEVICE = 'monitor-1' as DeviceId;
const GATEWAY = 'gw-1' as GatewayId;
const BOOT = '00000000-0000-4000-8000-000000000001';
const TICK_MS = 1_000;
const envelope = { v: 1, key: bedKey(BED), origin: 'test' } as const;

/** A case that would come to more messages than it may. */
export class CaseTooLong extends Error {
  override readonly name = 'CaseTooLong';
}

/**
 * The case as the log would carry it: one bed, one patient, one monitor, a gateway that ticks once a second while no data come.
 * Pure; the same case gives the same events. Without an `admit` of its own the patient is there from the start.
 *
 * @throws CaseTooLong
 */
export function caseLog(ruleCase: RuleCase): readonly LogEvent[] {
  const said = ruleCase.rows.flatMap((row) => row.events.map((event) => ({ atMs: row.atMs, event })));
  const log: LogEvent[] = [activation(0, ruleCase.ruleSet, 0), assignment(ruleCase)];
  if (!said.some(({ event }) => event.event === 'admit')) {
    const { ageGroup, careUnitId } = ruleCase;
    log.push(controlEvent({ event: 'admit', ageGroup, ...(careUnitId !== null && { careUnitId }) }, 0, 'first'));
  }
  const timed = [
    ...said.flatMap(({ atMs, event }, n) => (event.event === 'silent' ? [] : [controlEvent(event, atMs, String(n))])),
    ...messagesOf(ruleCase),
  ].toSorted((a, b) => a.atMs - b.atMs);
  return [...log, ...withTicks(timed, ruleCase.untilMs)];
}

/** Second by second; a gateway ticks for a bed of which it has heard nothing for a second. */
function withTicks(events: readonly LogEvent[], untilMs: number): LogEvent[] {
  const all: LogEvent[] = [];
  let heardMs = -Infinity;
  let next = 0;
  for (let atMs = 0; atMs <= untilMs; atMs += TICK_MS) {
    for (; next < events.length && events[next]!.atMs <= CASE_START_MS + atMs; next++) {
      all.push(events[next]!);
      if (events[next]!.kind === 'deviceMessage') heardMs = events[next]!.atMs - CASE_START_MS;
    }
    if (atMs - heardMs < TICK_MS) continue;
    const tick = { ...envelope, kind: 'tick', id: `tick/${atMs}`, bedId: BED, gatewayId: GATEWAY } as const;
    all.push({ ...tick, atMs: (CASE_START_MS + atMs) as EpochMs });
  }
  // Those of the last part of a second.
  return [...all, ...events.slice(next).filter((event) => event.atMs <= CASE_START_MS + untilMs)];
}

function messagesOf(ruleCase: RuleCase): DeviceMessage[] {
  const byTime = new Map<number, Reading[]>();
  const metrics = new Set(ruleCase.rows.flatMap((row) => [...row.cells.keys()]));
  let count = 0;
  for (const metric of metrics) {
    for (const { atMs, reading } of readingsOf(ruleCase, metric)) {
      const there = byTime.get(atMs);
      if (there === undefined) {
        count += 1;
        if (count > CASE_MESSAGES_MAX) throw new CaseTooLong(`more than ${CASE_MESSAGES_MAX} messages; shorten the case`);
        byTime.set(atMs, [reading]);
      } else there.push(reading);
    }
  }
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([sinceMs, readings], seq) => {
      const atMs = (CASE_START_MS + sinceMs) as EpochMs;
      const from = { bedId: BED, deviceId: DEVICE, gatewayId: GATEWAY, bootId: BOOT, seq, deviceAtMs: atMs, gatewayAtMs: atMs };
      return { ...envelope, kind: 'deviceMessage' as const, id: `${DEVICE}/${BOOT}/${seq}`, atMs, ...from, readings };
    });
}

interface Said {
  readonly atMs: number;
  readonly cell: Cell;
}

/** All readings of one metric: those of the rows and, where the case fills, those between them at the metric's interval. */
function readingsOf({ rows, fill, intervalsMs, untilMs }: RuleCase, metric: MetricName): { atMs: number; reading: Reading }[] {
  const said: Said[] = rows.flatMap(({ atMs, cells, events }) => {
    const cell = cells.get(metric);
    if (cell !== undefined) return [{ atMs, cell }];
    return events.some(({ event }) => event === 'silent') ? [{ atMs, cell: 'stop' as const }] : [];
  });
  const row = metricRow(metric);
  const everyMs = intervalsMs[metric] ?? row.nominalIntervalMs;
  return said.flatMap(({ atMs, cell }, n) => {
    if (cell === 'stop') return [];
    const next = said[n + 1];
    const toMs = fill === 'none' ? atMs + 1 : (next?.atMs ?? untilMs + 1);
    const made: { atMs: number; reading: Reading }[] = [];
    for (let t = atMs; t < toMs; t += everyMs) {
      const value = fill === 'line' ? between(cell, next?.cell, (t - atMs) / (toMs - atMs)) : cell.value;
      const rounded =
        typeof value === 'number' && row.kind === 'numeric'
          ? Number((Math.round(value / row.resolution) * row.resolution).toFixed(3))
          : value;
      made.push({ atMs: t, reading: { metric, value: rounded, unit: row.unit, quality: cell.quality } });
    }
    return made;
  });
}

function between(from: Exclude<Cell, 'stop'>, to: Cell | undefined, share: number): Reading['value'] {
  const goal = to === undefined || to === 'stop' ? null : to.value;
  if (typeof from.value !== 'number' || typeof goal !== 'number') return from.value;
  return from.value + (goal - from.value) * share;
}

function activation(sinceMs: number, ruleSet: RuleCase['ruleSet'], n: number): LogEvent {
  const event = { ...envelope, kind: 'ruleSetActivated', id: `rules/${n}`, atMs: CASE_START_MS + sinceMs } as const;
  return LogEvent.parse({ ...event, hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'rule test' });
}

function assignment({ intervalsMs }: RuleCase): LogEvent {
  const event = { ...envelope, kind: 'deviceAssigned', id: 'device', atMs: CASE_START_MS };
  return LogEvent.parse({ ...event, deviceId: DEVICE, bedId: BED, fromMs: 0, toMs: null, intervalsMs });
}

function controlEvent(said: Exclude<CaseEvent, { event: 'silent' }>, sinceMs: number, n: string): LogEvent {
  const atMs = CASE_START_MS + sinceMs;
  const event = { ...envelope, id: `${said.event}/${n}`, atMs, bedId: BED, encounterId: 'stay-1' };
  const by = 'rule-test';
  switch (said.event) {
    case 'admit': {
      const { event: kind, ...who } = said;
      return LogEvent.parse({ ...event, kind, patientId: 'patient-1', ...who });
    }
    case 'profile':
      return LogEvent.parse({ ...event, kind: 'stayProfileSet', ageGroup: said.ageGroup, by });
    case 'limits': {
      const { metric, low, high, forMs } = said;
      return LogEvent.parse({ ...event, kind: 'limitsSet', metric, low, high, toMs: atMs + forMs, reason: 'rule test', by });
    }
    case 'charted': {
      const { validated, score, items } = said;
      const chartId = `chart-${n}`;
      return LogEvent.parse({ ...event, kind: 'charted', chartId, by, validated, ...(score !== undefined && { score }), items });
    }
    case 'spo2Scale':
      return LogEvent.parse({ ...event, kind: 'scoreSettingsSet', spo2Scale: said.scale, reason: 'rule test', by });
    case 'activate':
      return activation(sinceMs, said.ruleSet, sinceMs);
    case 'discharge':
      return LogEvent.parse({ ...event, kind: 'discharge' });
    default:
      return LogEvent.parse({ ...event, kind: said.event, causeId: 'rule-test' });
  }
}

import {
  AlarmTransition,
  type BedsideAlarm,
  LogEvent,
  type MetricName,
  metricRow,
  type Quality,
  type ReadingValue,
  type RuleSet,
} from '@vigil/contracts';
import { contentHash } from './hash.js';
import { emptyPartition, type PartitionState } from './state.js';
import { step, type StepCounts } from './step.js';

/** Events for tests of the engine. Seconds count from an epoch that is a whole number of windows. */
const EPOCH_MS = 1_000_000_000_200_000;

export const testRules: RuleSet = {
  v: 1,
  name: 'test',
  latenessMs: 5_000,
  rules: [
    limit('hr-high', 'heartRate', 'high', 120, 2, 10_000, 'medium'),
    limit('spo2-low', 'spo2', 'low', 90, 1, 15_000, 'medium'),
    limit('spo2-desat', 'spo2', 'low', 80, 1, 15_000, 'high'),
    {
      kind: 'windowMean',
      id: 'hr-mean-5min',
      metric: 'heartRate',
      sizeMs: 300_000,
      side: 'high',
      limit: 100,
      coveragePct: 50,
      priority: 'medium',
      source: 'test',
    },
    { kind: 'noData', id: 'no-data', metric: 'any', intervals: 3, transportMs: 10_000, priority: 'high', source: 'test' },
    { kind: 'noData', id: 'no-spo2', metric: 'spo2', intervals: 3, transportMs: 10_000, priority: 'low', source: 'test' },
  ],
};

const envelope = (id: string, atS: number, key = 'bed:icu-1'): object => ({
  v: 1,
  id,
  key,
  origin: 'live',
  atMs: EPOCH_MS + atS * 1_000,
});

export function activation(): LogEvent {
  return LogEvent.parse({
    ...envelope('rules', 0),
    kind: 'ruleSetActivated',
    hash: contentHash(testRules),
    ruleSet: testRules,
    rate: 1,
    by: 'test',
  });
}

export function assign(deviceId: string): LogEvent {
  return LogEvent.parse({
    ...envelope(`assign/${deviceId}`, 0),
    kind: 'deviceAssigned',
    deviceId,
    bedId: 'icu-1',
    fromMs: 0,
    toMs: null,
    intervalsMs: {},
  });
}

export function admit(atS: number): LogEvent {
  return LogEvent.parse({ ...envelope(`admit/${atS}`, atS), kind: 'admit', bedId: 'icu-1', encounterId: 'e1', patientId: 'p1' });
}

export function discharge(atS: number): LogEvent {
  return LogEvent.parse({ ...envelope(`discharge/${atS}`, atS), kind: 'discharge', bedId: 'icu-1', encounterId: 'e1' });
}

/** Rules, one device on the bed, one patient in it. */
export function bedLog(): LogEvent[] {
  return [activation(), assign('mon-1'), admit(0)];
}

let seq = 0;

export function message(
  atS: number,
  values: Partial<Record<MetricName, ReadingValue>>,
  more: { quality?: Quality; deviceId?: string; seq?: number } = {},
): LogEvent {
  const deviceId = more.deviceId ?? 'mon-1';
  const readings = Object.entries(values).map(([metric, value]) => ({
    metric,
    value,
    unit: metricRow(metric as MetricName).unit,
    quality: value === null || more.quality === 'artefact' ? (more.quality ?? 'notMeasured') : 'valid',
  }));
  const at = EPOCH_MS + atS * 1_000;
  const n = more.seq ?? seq++;
  return LogEvent.parse({
    ...envelope(`${deviceId}/boot/${n}`, atS),
    kind: 'deviceMessage',
    bedId: 'icu-1',
    deviceId,
    gatewayId: 'gw-1',
    bootId: 'boot',
    seq: n,
    deviceAtMs: at,
    gatewayAtMs: at,
    readings,
  });
}

type SaidAlarm = { code: string } & Partial<BedsideAlarm>;

/** What the device says of its own alarms; physiological, medium and active unless said otherwise. */
export function deviceAlarm(
  atS: number,
  alarms: readonly SaidAlarm[],
  more: { deviceId?: string; seq?: number; boot?: string } = {},
): LogEvent {
  const deviceId = more.deviceId ?? 'mon-1';
  const n = more.seq ?? seq++;
  const at = Math.round(EPOCH_MS + atS * 1_000);
  return LogEvent.parse({
    ...envelope(`${deviceId}/alarms/${more.boot ?? 'boot'}/${n}`, 0),
    atMs: at,
    kind: 'deviceAlarm',
    bedId: 'icu-1',
    deviceId,
    gatewayId: 'gw-1',
    bootId: more.boot ?? 'boot',
    seq: n,
    deviceAtMs: at,
    gatewayAtMs: at,
    alarms: alarms.map((alarm) => ({ kind: 'physiological', priority: 'medium', active: true, ...alarm })),
  });
}

export function tick(atS: number): LogEvent {
  return LogEvent.parse({ ...envelope(`tick/${atS}`, atS), kind: 'tick', bedId: 'icu-1', gatewayId: 'gw-1' });
}

export function command(alarmId: string, atS: number): LogEvent {
  return {
    ...envelope(`command/${atS}`, atS),
    kind: 'command',
    command: 'acknowledge',
    commandId: `00000000-0000-4000-8000-${String(atS).padStart(12, '0')}`,
    alarmId,
    by: 'amy',
  } as LogEvent;
}

export interface Ran {
  readonly state: PartitionState;
  readonly transitions: readonly AlarmTransition[];
  readonly counts: StepCounts;
}

export function run(events: readonly LogEvent[], options: { check?: boolean } = {}): Ran {
  const result = step(emptyPartition(), events);
  const transitions = result.effects.map((e) => e.transition);
  if (options.check === true) for (const t of transitions) expect(AlarmTransition.parse(t)).toEqual(t);
  return { state: result.state, transitions, counts: result.counts };
}

/** `code cause priority presence @seconds` per transition. */
export function summary(transitions: readonly AlarmTransition[]): string[] {
  return transitions.map((t) => `${t.conditionCode} ${t.cause} ${t.priority} ${t.presence} @${(t.atMs - EPOCH_MS) / 1_000}`);
}

function limit(
  id: string,
  metric: MetricName,
  side: 'low' | 'high',
  at: number,
  hysteresis: number,
  delayMs: number,
  priority: 'medium' | 'high',
): RuleSet['rules'][number] {
  return {
    kind: 'limit',
    id,
    metric,
    side,
    limit: at,
    hysteresis,
    onDelayMs: delayMs,
    offDelayMs: 15_000,
    priority,
    source: 'test',
  };
}

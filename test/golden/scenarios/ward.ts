import { bedKey, BedId, type DeviceMessage, LogEvent, type Reading, type RuleSet } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { courseMonitor } from '@vigil/simulator';
import { eventTime, NO_SKEW, type SkewState } from '../../../edge-gateway/src/intake/skew.js';
import type { Scenario } from './scenario.js';

/** Everything is as true time would have it except where a delivery says otherwise. True times are ms since the start. */
export interface Delivery {
  /** What the device's own clock says at a true time, ms since the start too; may be far off. */
  readonly clockMs?: (trueMs: number) => number;
  /** The device sends nothing. */
  readonly isSilent?: (trueMs: number) => boolean;
  /** When the gateway takes what the device measured at a true time; left out: at once. */
  readonly takenMs?: (trueMs: number) => number;
  /** When the log gets a message; left out: when the gateway took it. Infinity: never. */
  readonly arrivesMs?: (message: { readonly seq: number; readonly trueMs: number }) => number;
  /** Whether the log gets it twice. */
  readonly isTwice?: (seq: number) => boolean;
  /** The device keeps what it measures and sends it later, so that the gateway hears nothing of it now. */
  readonly isKept?: (trueMs: number) => boolean;
  /** The gateway reaches nobody: no ticks either. */
  readonly isCut?: (trueMs: number) => boolean;
  /** The bed at which the device is at a true time; left out: the first one. */
  readonly bedAt?: (trueMs: number) => string;
}

export const START_MS = Date.UTC(2026, 0, 1);
export const BED = 'icu-1';
const DEVICE = 'sim-icu-1';
const GATEWAY = 'gw-1';
const BOOT = '00000000-0000-4000-8000-000000000001';
const SEED = 7;

interface Arrival {
  readonly arrivesMs: number;
  readonly event: LogEvent;
}

/** The log that a unit with this one patient would have: rules, device, admission, and then what happens, in log order. */
export function wardLog(scenario: Scenario, ruleSet: RuleSet): readonly LogEvent[] {
  const { ageGroup, intervalsMs = {} } = scenario;
  const own = (scenario.events ?? []).some(({ event }) => typeof event === 'object' && event.kind === 'admit');
  const opening = [
    logEvent('rules', 0, { kind: 'ruleSetActivated', hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'scenario' }),
    logEvent('device', 0, { kind: 'deviceAssigned', deviceId: DEVICE, bedId: BED, fromMs: 0, toMs: null, intervalsMs }),
    ...(own
      ? []
      : [logEvent('admit', 0, { kind: 'admit', bedId: BED, ...STAY, patientId: 'p1', ...(ageGroup && { ageGroup }) })]),
  ];
  const said = (scenario.events ?? []).map(({ atMs, key, event }, n): Arrival => {
    const content = typeof event === 'function' ? event(ruleSet) : event;
    return { arrivesMs: atMs, event: logEvent(`said/${n}`, atMs, content, key) };
  });
  const sent = messages(scenario);
  const all = [...said, ...sent, ...ticks(scenario)].toSorted((a, b) => a.arrivesMs - b.arrivesMs);
  return [...opening, ...all.map(({ event }) => event)];
}

export const STAY = { encounterId: 'e1' } as const;

export function logEvent(id: string, atMs: number, event: object, key: string = bedKey(BedId.parse(BED))): LogEvent {
  return LogEvent.parse({ v: 1, id: `${id}/${atMs}`, key, origin: 'simulated', atMs: START_MS + atMs, ...event });
}

const same = (ms: number): number => ms;

function messages(scenario: Scenario): Arrival[] {
  const { clockMs = same, takenMs = same, isSilent, arrivesMs, isTwice, bedAt } = scenario.delivery ?? {};
  const monitor = courseMonitor({ seed: SEED, bedId: `${BED}/${scenario.name}`, ...scenario });
  const arrivals: Arrival[] = [];
  let skew: SkewState = NO_SKEW;
  let seq = 0;
  for (let trueMs = 0; trueMs <= scenario.minutes * 60_000; trueMs += 1_000) {
    const readings = monitor(trueMs);
    if (readings === null || isSilent?.(trueMs) === true) continue;
    const gatewayAtMs = START_MS + takenMs(trueMs);
    const deviceAtMs = START_MS + clockMs(trueMs);
    const time = eventTime(skew, { bootId: BOOT, seq, deviceAtMs, gatewayAtMs, wallMs: gatewayAtMs, rate: 1 });
    skew = time.state;
    const event = message(bedAt?.(trueMs) ?? BED, seq, { ...time, deviceAtMs, gatewayAtMs }, asTheGatewayTakes(readings));
    const atLogMs = arrivesMs?.({ seq, trueMs }) ?? takenMs(trueMs);
    if (Number.isFinite(atLogMs)) arrivals.push({ arrivesMs: atLogMs, event });
    if (isTwice?.(seq) === true) arrivals.push({ arrivesMs: atLogMs + 2_000, event });
    seq += 1;
  }
  return arrivals;
}

/** A heart or pulse rate of 0 is no value: the gateway says so before the log has it (intake). */
function asTheGatewayTakes(readings: readonly Reading[]): Reading[] {
  return readings.map((reading) =>
    reading.value === 0 && (reading.metric === 'heartRate' || reading.metric === 'pulseRate')
      ? { ...reading, value: null, quality: 'notMeasured' }
      : reading,
  );
}

interface Times {
  readonly atMs: number;
  readonly deviceAtMs: number;
  readonly gatewayAtMs: number;
  readonly clockSuspect: boolean;
}

function message(bed: string, seq: number, { clockSuspect, ...times }: Times, readings: Reading[]): DeviceMessage {
  return {
    ...{ v: 1, id: `${DEVICE}/${BOOT}/${seq}`, key: `bed:${bed}`, origin: 'simulated', kind: 'deviceMessage' },
    ...{ bedId: bed, deviceId: DEVICE, gatewayId: GATEWAY, bootId: BOOT, seq, ...times, readings },
    ...(clockSuspect ? { clockSuspect } : {}),
  } as DeviceMessage;
}

/** The gateway ticks once a second for each bed that it has heard nothing of for a second, while it reaches the log. */
function ticks({ minutes, intervalsMs, vitals, delivery = {} }: Scenario): Arrival[] {
  const made: Arrival[] = [];
  const isContinuous = vitals.some((vital) => (intervalsMs?.[vital] ?? 1_000) <= 1_000 && !SPOT.has(vital));
  for (let trueMs = 1_000; trueMs <= minutes * 60_000; trueMs += 1_000) {
    if (delivery.isCut?.(trueMs) === true) continue;
    const bed = delivery.bedAt?.(trueMs) ?? BED;
    const isHeard = isContinuous && delivery.isSilent?.(trueMs) !== true && delivery.isKept?.(trueMs) !== true;
    const event = { kind: 'tick', bedId: bed, gatewayId: GATEWAY };
    if (!isHeard) made.push({ arrivesMs: trueMs, event: logEvent(`tick/${bed}`, trueMs, event, `bed:${bed}`) });
  }
  return made;
}

const SPOT: ReadonlySet<string> = new Set(['temperature', 'nibpSystolic', 'nibpDiastolic', 'nibpMean']);

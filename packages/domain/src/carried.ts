import {
  AlarmEvidence,
  AlarmId,
  AlarmKind,
  type CarriedStay,
  EncounterId,
  longestShelfMs,
  MetricName,
  Origin,
  Presence,
  Priority,
  STANDBY_MS_MAX,
  StaffId,
  StandbyPlace,
} from '@vigil/contracts';
import { z } from 'zod';
import { BEDSIDE_RULE } from './bedside-alarms.js';
import { carriedScores, takeCarriedScores } from './scores/carry.js';
import { own } from './own.js';
import { LIMITS_CHANGED, STANDBY, STAY_CORRECTED } from './rules/built-in.js';
import { plainRules } from './rules/memory.js';
import { SHELVES_MAX, SHELVES_OVER_MAX } from './shelves.js';
import { STANDBYS_OVER_MAX } from './standby.js';
import type { ActiveRules, BedState, OpenAlarm, ShelfState, StandbyState } from './state.js';

/** Alarms that go along at most; a bed has some dozen. */
const ALARMS_MAX = 128;
const ms = z.number().int().nonnegative();

const CarriedAlarm = z.looseObject({
  alarmId: AlarmId,
  rev: z.number().int().positive(),
  conditionCode: z.string().min(1).max(80),
  kind: AlarmKind,
  metric: MetricName.nullable(),
  onsetMs: ms,
  encounterId: EncounterId.nullable(),
  origin: Origin,
  active: z.boolean(),
  signal: z.object({ presence: Presence, priority: Priority, sinceMs: ms }),
  flapping: z.literal(true).optional(),
  telling: z.enum(['alone', 'joined']).optional(),
  quietFromMs: ms.optional(),
  soundedRev: z.number().int().positive().optional(),
  evidence: AlarmEvidence,
  ruleId: z.string().max(64),
  adopted: z.enum(['held', 'confirmed']).optional(),
});

const Phase = z.looseObject({ phase: z.enum(['inside', 'pending', 'active', 'clearing']), sinceMs: ms });
const Override = z.looseObject({ low: z.number().nullable(), high: z.number().nullable(), toMs: ms });

const standbyId = z.string().min(1).max(64);
const CarriedShelf = z.object({ shelfId: standbyId, fromMs: ms, toMs: ms, priority: Priority, by: StaffId });

/**
 * What of a bed's state goes along with its patient (D6): what was found out about the person. What is known of the old bed's devices
 * stays there. Each part is read by itself: one that this engine does not understand begins anew, the alarms above all go on.
 */
const Parts = {
  ruleSetHash: z.string().max(64),
  alarms: z.array(CarriedAlarm).max(ALARMS_MAX),
  limits: z.record(z.string().max(80), Phase),
  windows: z.record(z.string().max(80), z.looseObject({ active: z.boolean() })),
  rules: z.record(z.string().max(80), Phase),
  scope: z.string().max(128),
  overrides: z.partialRecord(MetricName, Override),
  notAccepted: z.array(AlarmId).max(ALARMS_MAX),
  standby: z.object({ standbyId, fromMs: ms, toMs: ms, place: StandbyPlace }),
  standbysOver: z.array(standbyId).max(STANDBYS_OVER_MAX),
  shelves: z.record(z.string().max(80), CarriedShelf),
  shelvesOver: z.array(standbyId).max(SHELVES_OVER_MAX),
} as const;

/** Technical conditions of the stay and not of the bed's devices. */
const ABOUT_THE_STAY: ReadonlySet<string> = new Set(['notAccepted', STANDBY, STAY_CORRECTED, LIMITS_CHANGED]);

/**
 * An alarm of the person, as against one of a device, a sensor or a gateway of this bed, which the patient leaves behind. What a bedside device
 * raised goes along as something that still has to be seen: nothing on the new bed can end it.
 */
export function goesAlong(alarm: OpenAlarm): boolean {
  if (ABOUT_THE_STAY.has(alarm.conditionCode)) return true;
  if (alarm.kind !== 'physiological') return false;
  return !isOfDevice(alarm) || alarm.signal.presence !== 'ack';
}

export function isOfDevice(alarm: Pick<OpenAlarm, 'ruleId'>): boolean {
  return alarm.ruleId === BEDSIDE_RULE;
}

/** Plain data for the event; it shares nothing with the bed. */
export function carriedOf(bed: BedState, encounterId: EncounterId, ruleSetHash: string, atMs: number): CarriedStay {
  const alarms = Object.values(bed.alarms)
    .filter(goesAlong)
    .slice(0, ALARMS_MAX)
    .map((alarm) => ({ ...alarm, encounterId: alarm.encounterId ?? encounterId }));
  const { limits, windows, overrides, notAccepted, standby, standbysOver, shelves, shelvesOver } = bed;
  const scores = carriedScores(bed);
  const state = {
    ...{ ruleSetHash, alarms, limits, windows, rules: plainRules(bed.rules), overrides, notAccepted },
    ...(scores === null ? {} : { scores }),
    ...(bed.scope === undefined ? {} : { scope: bed.scope }),
    ...(standby === undefined ? {} : { standby: { ...standby, back: undefined } }),
    ...(standbysOver === undefined ? {} : { standbysOver }),
    ...(shelves === undefined ? {} : { shelves }),
    ...(shelvesOver === undefined ? {} : { shelvesOver }),
  };
  return {
    v: 1,
    fromBedId: bed.bedId,
    atMs: atMs as CarriedStay['atMs'],
    state: JSON.parse(JSON.stringify(state)) as CarriedStay['state'],
  };
}

/** The alarms that come along; none where they can't be read. */
export function carriedAlarms(carried: CarriedStay | undefined): OpenAlarm[] {
  return (readPart(carried, 'alarms') ?? []) as OpenAlarm[];
}

/** The standby that comes along, bounded again: it holds at the new bed as it would have at the old one. */
export function carriedStandby(carried: CarriedStay | undefined): StandbyState | undefined {
  const read = readPart(carried, 'standby');
  return read === undefined ? undefined : { ...read, toMs: Math.min(read.toMs, read.fromMs + STANDBY_MS_MAX) };
}

/** Standbys of the stay that were over at the old bed. */
export function carriedOver(carried: CarriedStay | undefined): readonly string[] {
  return readPart(carried, 'standbysOver') ?? [];
}

/** Shelves of the stay, bounded again, and those that were over at the old bed. */
export function carriedShelves(carried: CarriedStay | undefined): {
  readonly hold: Readonly<Record<string, ShelfState>>;
  readonly over: readonly string[];
} {
  const read = Object.entries(readPart(carried, 'shelves') ?? {}).slice(0, SHELVES_MAX);
  const bounded = read.map(([code, shelf]): [string, ShelfState] => [
    code,
    { ...shelf, toMs: Math.min(shelf.toMs, shelf.fromMs + longestShelfMs(shelf.priority)) },
  ]);
  return { hold: Object.fromEntries(bounded), over: readPart(carried, 'shelvesOver') ?? [] };
}

function readPart<K extends keyof typeof Parts>(
  carried: CarriedStay | undefined,
  part: K,
): z.infer<(typeof Parts)[K]> | undefined {
  // The event may be read again after a crash: nothing that changes is shared with it.
  const read = Parts[part].safeParse(structuredClone(own(carried?.state, part)));
  return read.success ? (read.data as z.infer<(typeof Parts)[K]>) : undefined;
}

/**
 * Goes on with what was known of the person. States of rules that are not in force here are left out; what rules remember is
 * only worth something under the same rule set.
 */
export function takeCarried(bed: BedState, carried: CarriedStay, rules: ActiveRules | null): void {
  const isSame = rules !== null && readPart(carried, 'ruleSetHash') === rules.hash;
  const known = new Set(rules?.ruleSet.rules.map((rule) => rule.id) ?? []);
  const keep = <T>(states: Record<string, T> | undefined): Record<string, T> =>
    Object.fromEntries(Object.entries(states ?? {}).filter(([id]) => known.has(id)));
  bed.limits = { ...keep(readPart(carried, 'limits')), ...bed.limits } as BedState['limits'];
  if (isSame) {
    bed.windows = { ...keep(readPart(carried, 'windows')), ...bed.windows } as BedState['windows'];
    const remembered = { ...keep(readPart(carried, 'rules')), ...bed.rules };
    if (Object.keys(remembered).length > 0) bed.rules = remembered as NonNullable<BedState['rules']>;
    // Without knowing for whom the states were made, a bed whose rules are of one age or unit would begin them all anew.
    const scope = readPart(carried, 'scope');
    if (bed.scope === undefined && scope !== undefined) bed.scope = scope;
  }
  bed.overrides = { ...(readPart(carried, 'overrides') as BedState['overrides'] | undefined), ...bed.overrides };
  bed.notAccepted = [...new Set([...bed.notAccepted, ...(readPart(carried, 'notAccepted') ?? [])])];
  if (bed.scores === undefined) takeCarriedScores(bed, structuredClone(own(carried.state, 'scores')));
}

/** Alarm ids by which somebody may still speak of them at the old bed. */
export function idsOf(alarms: readonly OpenAlarm[]): OpenAlarm['alarmId'][] {
  return alarms.map((alarm) => alarm.alarmId);
}

import { AlarmTransition, LogEvent, type RuleSet } from '@vigil/contracts';
import { canonical, emptyPartition, guardedStep } from '@vigil/domain';
import type { DeIdentifier } from './de-identify.js';
import { firstDifference } from './difference.js';
import { ReplayRefused } from './refused.js';
import { alarmLine, type Placed } from './replay.js';
import { type StateJson, stateFromJson, stateToJson } from './state-json.js';
import { stepBatch } from './step-batch.js';
import { NEAR_MS, shiftFor } from './time-shift.js';

/** Events of one incident; a day of one bed that is heard every second is 90,000. */
export const INCIDENT_EVENTS_MAX = 200_000;

/** One bed of an incident as it was: what the engine knew of it at the beginning, and what came then. */
export interface BedRecord {
  readonly state: StateJson;
  readonly events: readonly LogEvent[];
}

/** A de-identified incident: a file of `test/golden/incidents`, and the alarms that it raises. */
export interface Incident {
  readonly beds: readonly BedRecord[];
  readonly expected: readonly AlarmTransition[];
}

export interface RecordOptions {
  readonly beds: ReadonlySet<string>;
  /** Event time, half open: from the first event of a bed that is not older to the last that is. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What comes this much later is no late part of the period. */
const LATE_MS_MAX = 600_000;

interface Recording {
  readonly state: StateJson;
  readonly events: LogEvent[];
  /** How many of them belong to the period. */
  through: number;
  isOver: boolean;
}

function note(record: Recording, event: LogEvent, toMs: number): void {
  const isOfAll = event.kind === 'ruleSetActivated';
  if (!isOfAll && event.atMs >= toMs + LATE_MS_MAX) record.isOver = true;
  if (record.isOver) return;
  record.events.push(event);
  if (!isOfAll && event.atMs < toMs) record.through = record.events.length;
}

/**
 * Takes the period of each bed out of the events of one partition, with the state of the engine before it. `identifier` hears
 * all that ever happened at these beds.
 * @throws ReplayRefused for more than `INCIDENT_EVENTS_MAX`
 */
export async function recordBeds(
  batches: AsyncIterable<readonly Placed[]>,
  { beds, fromMs, toMs }: RecordOptions,
  identifier: DeIdentifier,
): Promise<readonly BedRecord[]> {
  const records = new Map<string, Recording>();
  const state = emptyPartition();
  const keys = new Set([...beds].map((bed) => `bed:${bed}`));
  for await (const placed of batches) {
    for (const { event } of placed) {
      const isOfAll = event.kind === 'ruleSetActivated';
      if (!isOfAll && !keys.has(event.key)) continue;
      identifier.learn(event);
      if (!isOfAll && !records.has(event.key) && event.atMs >= fromMs && event.atMs < toMs) {
        records.set(event.key, { state: stateToJson(state, (key) => key === event.key), events: [], through: 0, isOver: false });
      }
      for (const [key, record] of records) if (isOfAll || key === event.key) note(record, event, toMs);
      requireFew([...records.values()].reduce((sum, record) => sum + record.events.length, 0));
      guardedStep(state, event);
    }
  }
  return [...records.values()].map((record) => ({ state: record.state, events: record.events.slice(0, record.through) }));
}

/**
 * The same incident without anything that names somebody, somewhere or a day, with the alarms that it raises.
 *
 * Checked before it is given: the new incident raises the very alarms of the old one, under their new names; and no old name or
 * time is left in it. @throws ReplayRefused when either is not so, when there is nothing in the period
 */
export function makeIncident(beds: readonly BedRecord[], identifier: DeIdentifier): Incident {
  const startMs = Math.min(...beds.flatMap(({ events }) => events.map((event) => event.atMs)));
  if (!Number.isFinite(startMs)) throw new ReplayRefused('these beds have no events in that period');
  identifier.begin(shiftFor(startMs, beds.flatMap(ruleSetsOf)));
  const records = beds.map(({ state, events }) => {
    const before = identifier.transitions(alarmsOf([{ state, events }]));
    const made = {
      state: identifier.state(state),
      events: events.map((event) => told(identifier, event)),
    };
    const after = alarmsOf([made]);
    requireSame(before, after);
    return { made, after };
  });
  const incident = { beds: records.map(({ made }) => made), expected: records.flatMap(({ after }) => after) };
  requireNothingLeft(incidentLines(incident).join('\n'), identifier.originals(), startMs);
  return incident;
}

function told(identifier: DeIdentifier, event: LogEvent): LogEvent {
  const { success, data, error } = LogEvent.safeParse(identifier.event(event));
  if (success) return data;
  const field = error.issues[0]!.path.join('.');
  throw new ReplayRefused(
    `an event of the kind ${event.kind} is none without what its field ${field} says: no test is made of it`,
  );
}

/** What the engine makes of the beds of an incident, one after another. */
export function alarmsOf(beds: readonly BedRecord[]): readonly AlarmTransition[] {
  return beds.flatMap((bed) => {
    const state = stateFromJson(bed.state);
    return stepBatch(state, bed.events).transitions.map(({ transition }) => transition);
  });
}

/** One line for each bed's state, each followed by its events. */
export function incidentLines({ beds }: Pick<Incident, 'beds'>): readonly string[] {
  return beds.flatMap(({ state, events }) => [canonicalInOrder({ state }), ...events.map((event) => canonical({ event }))]);
}

/** @throws Error for a line that is none of an incident */
export function parseIncident(text: string): readonly BedRecord[] {
  const beds: { state: StateJson; events: LogEvent[] }[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const { state, event } = JSON.parse(line) as { state?: StateJson; event?: unknown };
    if (state !== undefined) beds.push({ state, events: [] });
    else beds.at(-1)!.events.push(LogEvent.parse(event));
  }
  return beds;
}

export function expectedLines({ expected }: Pick<Incident, 'expected'>): readonly string[] {
  return expected.map(alarmLine);
}

export function parseExpected(text: string): readonly AlarmTransition[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => AlarmTransition.parse(JSON.parse(line)));
}

/** The order of keys in a state is part of it: the engine goes through them in that order. */
const canonicalInOrder = (value: unknown): string => JSON.stringify(value);

/** Ids of the rules and suppressions of an incident, which the hospital chose: they stay, because conditions are named after them. */
export function ruleIdsIn({ beds }: Pick<Incident, 'beds'>): readonly string[] {
  const sets = beds.flatMap(ruleSetsOf);
  const ids = sets.flatMap(({ rules, suppressions = [] }) => [...rules, ...suppressions].map(({ id }) => id));
  return [...new Set(ids)].sort();
}

function ruleSetsOf({ state, events }: BedRecord): readonly RuleSet[] {
  const before = stateFromJson(state).engine.rules;
  const later = events.flatMap((event) => (event.kind === 'ruleSetActivated' ? [event.ruleSet] : []));
  return before === null ? later : [before.ruleSet, ...later];
}

function requireFew(events: number): void {
  if (events > INCIDENT_EVENTS_MAX) {
    throw new ReplayRefused(`more than ${INCIDENT_EVENTS_MAX} events: choose a shorter period or fewer beds`);
  }
}

/** Names of rules are left out, and so is the label that is made of them. */
function requireSame(before: readonly AlarmTransition[], after: readonly AlarmTransition[]): void {
  const difference = firstDifference(before, after);
  if (difference !== null) {
    throw new ReplayRefused(
      `the de-identified incident raises other alarms (first difference: ${difference}): no test is made of it`,
    );
  }
}

/** The last look before the file is written. Short names and words of the engine are found by chance. */
function requireNothingLeft(text: string, originals: readonly string[], startMs: number): void {
  const words = new Set(text.match(/[A-Za-z0-9][A-Za-z0-9_-]*/g) ?? []);
  const left = originals.filter((original) => original.length >= 4 && /[0-9-]/.test(original) && words.has(original));
  if (left.length > 0) throw new ReplayRefused(`${left.length} of the old names are still in it: no test is made of it`);
  const times = (text.match(/\b[0-9]{12,16}\b/g) ?? []).map(Number);
  // A device may count its messages by the clock.
  const seconds = [...text.matchAll(/"(?:seq|fromSeq|toSeq)":([0-9]{10})\b/g)].map(([, found]) => Number(found) * 1_000);
  if ([...times, ...seconds].some((ms) => Math.abs(ms - startMs) < NEAR_MS)) {
    throw new ReplayRefused('a time of the old day is still in it: no test is made of it');
  }
}

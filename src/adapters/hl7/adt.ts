import type { Hl7Message, Hl7Segment } from '@medplum/core';
import { type FeedIdentifier, type FeedKind, FeedMove, type PlaceName, type QuarantineReason } from '@vigil/contracts';
import { dayOf, momentOf } from './hl7-time.js';
import { repetitions, segmentsOf, textAt, wholeAt } from './segments.js';

const KINDS: Readonly<Record<string, FeedKind>> = {
  A01: 'admit',
  A02: 'transfer',
  A03: 'discharge',
  A04: 'register',
  A08: 'update',
  A11: 'cancelAdmit',
  A12: 'cancelTransfer',
  A13: 'cancelDischarge',
  A40: 'merge',
};
/** PV1-2 of table 0004 of those who lie in no bed: outpatient, recurring, preadmitted, commercial. */
const OUTPATIENTS: ReadonlySet<string> = new Set(['O', 'R', 'P', 'C']);
const SEXES = { F: 'female', M: 'male', O: 'other', A: 'other', U: 'unknown', N: 'unknown' } as const;
const IDENTIFIERS_MAX = 8;
const MERGED_MAX = 4;

export interface AdtSettings {
  /** Assigning authority of the record number (PID-3.4). */
  readonly mrnAuthority: string;
  readonly timeZone: string;
  /** MSH-11 that counts: `P`, on a demo site others as well. */
  readonly processingIds: readonly string[];
}

/** Where a message is at fault, by table 0357 of HL7; never what stands there. */
export interface Fault {
  readonly reason: QuarantineReason;
  readonly code: '100' | '101' | '102' | '200' | '201' | '202';
  readonly segment: string;
  readonly field: number | null;
  /** Whose it is, as far as it can be read, so that what comes after it waits. */
  readonly about: readonly FeedIdentifier[];
}

const fault = (reason: QuarantineReason, code: Fault['code'], segment: string, field: number | null = null): Fault => ({
  ...{ reason, code, segment, field, about: [] },
});

/** What an ADT message says, or where it is at fault. Source of the fields: HL7 v2.5.1, chapters 2 and 3. */
export function readAdt(message: Hl7Message, messageId: string, settings: AdtSettings): FeedMove | Fault {
  const header = message.header;
  const kind = kindOf(message, settings);
  if (typeof kind !== 'string') return kind;
  const evn = segmentsOf(message, 'EVN');
  const pid = segmentsOf(message, 'PID');
  const pv1 = segmentsOf(message, 'PV1');
  if (pid[0] === undefined) return fault('missing-segment', '100', 'PID');
  const facility = `hl7:${textAt(header, { field: 4 })}`;
  const identifiers = identifiersOf(pid[0], 3, settings);
  const visit = pv1[0] === undefined ? null : visitOf(pv1[0], facility);
  const about = [...identifiers, ...(visit === null ? [] : [visit])].slice(0, IDENTIFIERS_MAX);
  const wrong = segmentFault(kind, { evn, pid, pv1, mrg: segmentsOf(message, 'MRG') });
  if (wrong !== null) return { ...wrong, about };
  if (identifiers.length === 0) return { ...fault('missing-field', '101', 'PID', 3), about };
  const atMs = timeOf(evn[0]!, header, settings.timeZone);
  if (atMs === null) return { ...fault('missing-field', '102', 'EVN', 2), about };
  const person = personOf(pid[0]);
  const read = FeedMove.safeParse({
    ...{ v: 1, source: 'hl7', messageId, kind, atMs, person, visit, identifiers: identifiers.slice(0, IDENTIFIERS_MAX) },
    place: pv1[0] === undefined ? null : placeOf(pv1[0], 3, facility),
    fromPlace: pv1[0] === undefined ? null : placeOf(pv1[0], 6, facility),
    merged: segmentsOf(message, 'MRG').flatMap((mrg) => identifiersOf(mrg, 1, settings).slice(0, MERGED_MAX)),
    ...(pv1[0] !== undefined && OUTPATIENTS.has(textAt(pv1[0], { field: 2 })) ? { outpatient: true } : {}),
  });
  if (read.success) return read.data;
  return { ...fault('missing-field', '102', ...whereOf(read.error.issues[0]!.path)), about };
}

function kindOf(message: Hl7Message, settings: AdtSettings): FeedKind | Fault {
  const { header } = message;
  if (!settings.processingIds.includes(textAt(header, { field: 11 }))) return fault('unknown-event', '202', 'MSH', 11);
  if (textAt(header, { field: 9 }) !== 'ADT') return fault('unknown-event', '200', 'MSH', 9);
  const event = textAt(header, { field: 9, component: 2 });
  const kind = KINDS[event];
  if (kind === undefined) return fault('unknown-event', '201', 'MSH', 9);
  const [evn] = segmentsOf(message, 'EVN');
  const again = evn === undefined ? '' : textAt(evn, { field: 1 });
  // A header that says one thing and an event that says another are two messages, and nobody can say which.
  return again !== '' && again !== event ? fault('unknown-event', '201', 'EVN', 1) : kind;
}

type Named = Readonly<Record<'evn' | 'pid' | 'pv1' | 'mrg', readonly Hl7Segment[]>>;

/** A segment that is not there, or of which there are two, so that one may be another patient's. */
function segmentFault(kind: FeedKind, segments: Named): Fault | null {
  const needed = ['evn', kind === 'merge' ? 'mrg' : 'pv1'] as const;
  const missing = needed.find((name) => segments[name].length === 0);
  if (missing !== undefined) return fault('missing-segment', '100', missing.toUpperCase());
  const twice = (['pid', 'pv1', 'mrg'] as const).find((name) => segments[name].length > 1);
  return twice === undefined ? null : fault('ambiguous-patient', '100', twice.toUpperCase());
}

/** CX: value, and who gave it (namespace or universal id). Those of the configured authority first, because there is a bound. */
function identifiersOf(segment: Hl7Segment, field: number, { mrnAuthority }: AdtSettings): readonly FeedIdentifier[] {
  const all = Array.from({ length: repetitions(segment, field) }, (_, repetition) => {
    const at = { field, repetition };
    const [namespace, universal] = [0, 1].map((subcomponent) => textAt(segment, { ...at, component: 4, subcomponent }));
    const isOurs = namespace === mrnAuthority || universal === mrnAuthority;
    return { system: isOurs ? mrnAuthority : namespace || universal!, value: textAt(segment, at) };
  }).filter(({ value }) => value !== '');
  const isOurs = ({ system }: FeedIdentifier): boolean => system === mrnAuthority;
  return [...all.filter(isOurs), ...all.filter((each) => !isOurs(each) && each.value.length <= 64 && each.system.length <= 160)];
}

function visitOf(pv1: Hl7Segment, facility: string): FeedIdentifier | null {
  const value = textAt(pv1, { field: 19 });
  if (value === '') return null;
  return { system: textAt(pv1, { field: 19, component: 4 }) || facility, value };
}

/** Point of care, room, bed and facility as they were sent: one name, of which nothing is read. */
function placeOf(pv1: Hl7Segment, field: number, facility: string): PlaceName | null {
  const parts = [1, 2, 3, 4].map((component) => wholeAt(pv1, { field, component }));
  const value = parts.join('^').replace(/\^+$/, '');
  return value === '' ? null : { system: facility, value };
}

function personOf(pid: Hl7Segment): Readonly<Record<string, string>> {
  const names = Array.from({ length: repetitions(pid, 5) }, (_, repetition) => repetition);
  const legal = names.find((repetition) => textAt(pid, { field: 5, component: 7, repetition }) === 'L') ?? 0;
  const birth = textAt(pid, { field: 7 });
  const said: Readonly<Record<string, string>> = {
    familyName: textAt(pid, { field: 5, repetition: legal }),
    givenName: textAt(pid, { field: 5, component: 2, repetition: legal }),
    // What is coarser than a day says nothing; what is no day is a fault.
    birthDate: dayOf(birth) ?? (/^\d{4}(\d{2})?$/.test(birth) ? '' : birth),
    sex: SEXES[textAt(pid, { field: 8 }) as keyof typeof SEXES] ?? '',
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

/** EVN-6 says when it happened, EVN-2 when it was recorded, MSH-7 when it was sent. One that is there and can't be read is a fault. */
function timeOf(evn: Hl7Segment, header: Hl7Segment, timeZone: string): number | null {
  const stamps = [textAt(evn, { field: 6 }), textAt(evn, { field: 2 }), textAt(header, { field: 7 })];
  const stamp = stamps.find((each) => each !== '');
  return stamp === undefined ? null : momentOf(stamp, timeZone);
}

/** Segment and field of what does not fit into a move. */
function whereOf([first, second]: readonly PropertyKey[]): [segment: string, field: number] {
  switch (first) {
    case 'visit':
      return ['PV1', 19];
    case 'place':
      return ['PV1', 3];
    case 'fromPlace':
      return ['PV1', 6];
    case 'merged':
      return ['MRG', 1];
    case 'person':
      return ['PID', second === 'birthDate' ? 7 : 5];
    default:
      return ['PID', 3];
  }
}

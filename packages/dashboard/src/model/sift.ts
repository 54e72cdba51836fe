import { AlarmSnapshot, AlarmView, BedView, CareUnitDelta, CareUnitSnapshot, ReadingView } from '@vigil/contracts';
import type { z } from 'zod';

/** What could not be read, by id, with where it belongs as far as that can be told. */
export type Unreadable = ReadonlyMap<string, string>;

/** So many alarms, and so many values, that can't be read are named; that there are more changes nothing that anybody does. */
const NAMED_MAX = 200;

/** Ids of alarms are 26 letters and digits; those of beds and of their values are not. */
export const isAlarmId = (id: string): boolean => /^[a-z2-7]{26}$/.test(id) || id.startsWith('alarms#');

/** The newest of each kind: whatever a server says for days, what is kept of it has an end. */
export function bounded(unreadable: Unreadable): Unreadable {
  const alarms = [...unreadable].filter(([id]) => isAlarmId(id));
  const values = [...unreadable].filter(([id]) => !isAlarmId(id));
  if (alarms.length <= NAMED_MAX && values.length <= NAMED_MAX) return unreadable;
  return new Map([...alarms.slice(-NAMED_MAX), ...values.slice(-NAMED_MAX)]);
}

export interface Sifted<T> {
  /** Null: not even the frame of the message can be read. */
  readonly message: T | null;
  readonly bad: Unreadable;
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (raw: unknown): raw is Plain => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const textOf = (raw: Plain, key: string): string => (typeof raw[key] === 'string' ? raw[key].slice(0, 80) : '');

/** `raw` with only those items of its list that can be read. The others are named and left out. */
function sift(
  raw: unknown,
  key: string,
  read: (item: unknown) => unknown,
  nameOf: (item: Plain) => readonly [string, string],
): { readonly raw: unknown; readonly bad: Map<string, string> } {
  const bad = new Map<string, string>();
  if (!isPlain(raw) || !Array.isArray(raw[key])) return { raw, bad };
  const good: unknown[] = [];
  raw[key].forEach((item: unknown, i) => {
    const readable = read(item);
    if (readable !== null) return good.push(readable);
    const [id, label] = isPlain(item) ? nameOf(item) : ['', ''];
    return bad.set(id || `${key}#${i}`, label);
  });
  return { raw: { ...raw, [key]: good }, bad };
}

const withSchema =
  (schema: z.ZodType) =>
  (item: unknown): unknown =>
    schema.safeParse(item).success ? item : null;

/** One alarm that can't be read must not hide the others. */
export function siftAlarms(raw: unknown): Sifted<AlarmSnapshot> {
  const { raw: rest, bad } = sift(raw, 'alarms', withSchema(AlarmView), (item) => [
    textOf(item, 'alarmId'),
    textOf(item, 'bedLabel'),
  ]);
  return { message: AlarmSnapshot.safeParse(rest).data ?? null, bad };
}

/** Where a single alarm that can't be read belongs. */
export function alarmName(raw: unknown): readonly [string, string] | null {
  if (!isPlain(raw) || !isPlain(raw['alarm'])) return null;
  const id = textOf(raw['alarm'], 'alarmId');
  return id ? [id, textOf(raw['alarm'], 'bedLabel')] : null;
}

/** A value that can't be read is no value: what was known of it grows old on the screen and says so. */
const withReadings =
  (schema: z.ZodType, bad: Map<string, string>) =>
  (item: unknown): unknown => {
    if (!isPlain(item)) return null;
    const bedId = textOf(item, 'bedId');
    const sifted = sift(item, 'readings', withSchema(ReadingView), (reading) => [`${bedId}/${textOf(reading, 'metric')}`, bedId]);
    for (const [id, label] of sifted.bad) bad.set(id, label);
    return schema.safeParse(sifted.raw).success ? sifted.raw : null;
  };

function siftBeds<T>(raw: unknown, message: z.ZodType<T>, bed: z.ZodType): Sifted<T> {
  const badReadings = new Map<string, string>();
  const { raw: rest, bad } = sift(raw, 'beds', withReadings(bed, badReadings), (item) => [
    textOf(item, 'bedId'),
    textOf(item, 'label') || textOf(item, 'bedId'),
  ]);
  return { message: message.safeParse(rest).data ?? null, bad: new Map([...badReadings, ...bad]) };
}

export const siftUnit = (raw: unknown): Sifted<CareUnitSnapshot> => siftBeds(raw, CareUnitSnapshot, BedView);
export const siftDelta = (raw: unknown): Sifted<CareUnitDelta> => siftBeds(raw, CareUnitDelta, CareUnitDelta.shape.beds.element);

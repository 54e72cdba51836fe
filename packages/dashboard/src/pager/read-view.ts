import type { PagerView } from '@vigil/contracts';

/** What the server said of a page: the view, or that it is none, with the number to call as far as that can be told. */
export type ReadView =
  { readonly view: PagerView; readonly callNumber: string | null } | { readonly view: null; readonly callNumber: string | null };

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (raw: unknown): raw is Plain => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const isText = (raw: unknown): raw is string => typeof raw === 'string';
const isTime = (raw: unknown): raw is number => typeof raw === 'number' && Number.isFinite(raw);
const isFlag = (raw: unknown): raw is boolean => typeof raw === 'boolean';
const orNull =
  (is: (raw: unknown) => boolean) =>
  (raw: unknown): boolean =>
    raw === null || is(raw);
const oneOf =
  (...words: readonly string[]) =>
  (raw: unknown): boolean =>
    isText(raw) && words.includes(raw);

const isPriority = oneOf('low', 'medium', 'high');
const isKind = oneOf('physiological', 'technical');

const OTHER: Readonly<Record<string, (raw: unknown) => boolean>> = {
  pageId: isText,
  bedLabel: isText,
  priority: isPriority,
  kind: isKind,
  together: isFlag,
  queuedWallMs: isTime,
};
const GOING = { name: isText, arrived: isFlag };
const listOf =
  (parts: Readonly<Record<string, (raw: unknown) => boolean>>) =>
  (raw: unknown): boolean =>
    Array.isArray(raw) && raw.every((each) => isPlain(each) && Object.entries(parts).every(([key, is]) => is(each[key])));

/** By hand and without the contract's schemas, whose library is four times the size of this page. A test holds it against them. */
const VIEW: Readonly<Record<string, (raw: unknown) => boolean>> = {
  state: oneOf('open', 'accepted', 'ended', 'expired', 'used'),
  staffName: isText,
  bedLabel: isText,
  careUnitLabel: isText,
  alarmId: (raw) => raw === undefined || isText(raw),
  callNumber: orNull(isText),
  priority: isPriority,
  kind: isKind,
  test: isFlag,
  raisedWallMs: isTime,
  nextAtMs: orNull(isTime),
  nextName: orNull(isText),
  acceptedByName: orNull(isText),
  acceptedAtMs: orNull(isTime),
  active: isFlag,
  serverWallMs: isTime,
  mine: oneOf('nothing', 'accepted', 'arrived', 'declined'),
  accepts: listOf(GOING),
  acceptsNeeded: isTime,
  arriveByMs: orNull(isTime),
  others: listOf(OTHER),
};
const DEFAULTS = { callNumber: null, mine: 'nothing', accepts: [], acceptsNeeded: 1, arriveByMs: null, others: [] };

/** @param clean what is done to each text: names of people and places come from outside */
export function readView(json: string, clean: (text: string) => string): ReadView {
  let raw: unknown;
  try {
    raw = JSON.parse(json, (_, value: unknown) => (isText(value) ? clean(value) : value));
  } catch {
    return { view: null, callNumber: null };
  }
  if (!isPlain(raw)) return { view: null, callNumber: null };
  const callNumber = isText(raw['callNumber']) ? raw['callNumber'] : null;
  const view: Plain = { ...DEFAULTS, ...raw };
  if (!Object.entries(VIEW).every(([key, is]) => is(view[key]))) return { view: null, callNumber };
  return { view: view as unknown as PagerView, callNumber };
}

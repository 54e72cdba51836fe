import type { PagerView } from '@vigil/contracts';

/** What the server said of a page: the view, or that it is none, with the number to call as far as that can be told. */
export type ReadView =
  | {
      readonly view: PagerView;
      readonly callNumber: string | null;
      /** Something in its lists could not be read and is left out: what is asked of this person stands all the same. */
      readonly isPartly: boolean;
    }
  | { readonly view: null; readonly callNumber: string | null };

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
const LISTS = { accepts: GOING, others: OTHER };

/** What can be read of a list; `isAll`: that is everything in it. */
function listIn(raw: unknown, parts: Readonly<Record<string, (raw: unknown) => boolean>>) {
  const given: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const items = given.filter((each) => isPlain(each) && Object.entries(parts).every(([key, is]) => is(each[key])));
  return { items, isAll: Array.isArray(raw) && items.length === given.length };
}

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
  nextNames: (raw) => raw === undefined || (Array.isArray(raw) && raw.every(isText)),
  acceptedByName: orNull(isText),
  acceptedAtMs: orNull(isTime),
  active: isFlag,
  serverWallMs: isTime,
  mine: oneOf('nothing', 'accepted', 'arrived', 'declined'),
  acceptsNeeded: isTime,
  arriveByMs: orNull(isTime),
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
  const lists = Object.entries(LISTS).map(([name, parts]) => [name, listIn(view[name], parts)] as const);
  const read = { ...view, ...Object.fromEntries(lists.map(([name, { items }]) => [name, items])) };
  return { view: read as unknown as PagerView, callNumber, isPartly: lists.some(([, { isAll }]) => !isAll) };
}

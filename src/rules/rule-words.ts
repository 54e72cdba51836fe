import { Rule, RuleLevel, RuleSet, Suppression, WindowSpec } from '@vigil/contracts';

/** Durations that a file may write without `Ms` and with a unit: `onDelay: 15 s` is `onDelayMs: 15000`. */
const DURATIONS = [
  ...(['lateness', 'onDelay', 'offDelay', 'size', 'hop', 'gap', 'over', 'transport', 'recent', 'baseline', 'within'] as const),
  ...(['release', 'after'] as const),
];
/** Instants that a file may write as dates: `from: 2027-01-31T07:00:00Z` is `fromMs`. */
const INSTANTS = ['from', 'to'] as const;

export type Word = { readonly key: string; readonly as: 'plain' | 'duration' | 'instant' };

/** What a key of a file means, among those that belong in its place; null for one that does not. */
export function wordOf(name: string, allowed: ReadonlySet<string>): Word | null {
  const long = `${name}Ms`;
  if (allowed.has(name)) return { key: name, as: 'plain' };
  if (!allowed.has(long)) return null;
  if ((DURATIONS as readonly string[]).includes(name)) return { key: long, as: 'duration' };
  return (INSTANTS as readonly string[]).includes(name) ? { key: long, as: 'instant' } : null;
}

/** How a file writes a key of the contract, and what its value is there. */
export function wordFor(key: string): Word {
  const short = key.replace(/Ms$/, '');
  if (short === key) return { key, as: 'plain' };
  if ((DURATIONS as readonly string[]).includes(short)) return { key: short, as: 'duration' };
  return (INSTANTS as readonly string[]).includes(short) ? { key: short, as: 'instant' } : { key, as: 'plain' };
}

const keysOf = (shape: object): ReadonlySet<string> => new Set(Object.keys(shape));

export const SET_KEYS = keysOf(RuleSet.shape);
export const LEVEL_KEYS = keysOf(RuleLevel.shape);
export const SUPPRESSION_KEYS = keysOf(Suppression.shape);
/** What a block says of all of its rules. */
export const FOR_KEYS: ReadonlySet<string> = new Set(['ageGroups', 'careUnitIds', 'fromMs', 'toMs']);
export const BLOCK_KEYS: ReadonlySet<string> = new Set(['for', 'rules']);

const KINDS = new Map(Rule.options.map((option) => [option.shape.kind.value as string, keysOf(option.shape)]));
const WINDOWS = new Map(WindowSpec.options.map((option) => [option.shape.type.value as string, keysOf(option.shape)]));
export const KIND_NAMES = [...KINDS.keys()];
export const WINDOW_NAMES = [...WINDOWS.keys()];

/** Keys of a rule of this kind; null where the kind is none, and zod then says which there are. */
export const ruleKeys = (kind: unknown): ReadonlySet<string> | null => KINDS.get(String(kind)) ?? null;
export const windowKeys = (type: unknown): ReadonlySet<string> | null => WINDOWS.get(String(type)) ?? null;

/** The key that was probably meant: one letter more, less or other, or two changed places. */
export function nearestOf(name: string, allowed: Iterable<string>): string | null {
  const known = [...allowed].flatMap((key) => [key, ...(wordFor(key).key === key ? [] : [wordFor(key).key])]);
  const lower = name.toLowerCase();
  return known.find((key) => key.toLowerCase() === lower) ?? known.find((key) => isNear(lower, key.toLowerCase())) ?? null;
}

function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  const restA = a.slice(from);
  const restB = b.slice(from);
  const isSwapped = restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
  return (
    restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1) || (restA.length > 1 && isSwapped)
  );
}

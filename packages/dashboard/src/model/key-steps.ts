/** A key that waits for another one waits so long. Wall time. */
export const KEY_WAIT_MS = 3_000;
const DIGITS_MAX = 4;
/** Hands that write in a field and leave it go on for a moment: no key counts before there was none for so long. Wall time. */
export const HANDS_OFF_MS = 400;

/** What the keys pressed so far wait for. */
export type KeyWait =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'go'; readonly atMs: number }
  | { readonly kind: 'bed'; readonly digits: string; readonly atMs: number }
  /** `a` was pressed, and the site wants Enter behind it. */
  | { readonly kind: 'accept'; readonly atMs: number };

export const GO_TO = { b: 'beds', a: 'alarms', o: 'on-call', d: 'devices', u: 'privacy' } as const;
type Place = (typeof GO_TO)[keyof typeof GO_TO];

export type KeyAction =
  | { readonly do: 'nothing' }
  | {
      readonly do:
        'accept' | 'acknowledge' | 'ask-accept' | 'sound' | 'next' | 'previous' | 'record' | 'escalate' | 'speak' | 'help';
    }
  | { readonly do: 'go'; readonly place: Place }
  | { readonly do: 'bed'; readonly digits: string };

export interface KeyStep {
  readonly wait: KeyWait;
  readonly action: KeyAction;
  /** The key was for us: the browser does nothing with it. */
  readonly taken: boolean;
}

export const NO_WAIT: KeyWait = { kind: 'nothing' };
const done = (action: KeyAction): KeyStep => ({ wait: NO_WAIT, action, taken: true });
const waiting = (wait: KeyWait): KeyStep => ({ wait, action: { do: 'nothing' }, taken: true });
const ignored: KeyStep = { wait: NO_WAIT, action: { do: 'nothing' }, taken: false };

const SINGLE: Readonly<Record<string, KeyAction>> = {
  k: { do: 'acknowledge' },
  m: { do: 'sound' },
  n: { do: 'next' },
  p: { do: 'previous' },
  r: { do: 'record' },
  e: { do: 'escalate' },
  S: { do: 'speak' },
  '?': { do: 'help' },
};

/**
 * Whether a key is still of what was being written when the field was left, and which key was the last of it.
 *
 * @param lastMs the last key of it, of the field or behind it; null: there is none
 */
export function stillWriting(lastMs: number | null, nowMs: number): number | null {
  return lastMs !== null && nowMs - lastMs < HANDS_OFF_MS ? nowMs : null;
}

/**
 * One key after another (dashboard.md §6.0); pure. What was waited for too long is forgotten, so that no key of a minute ago gives
 * this one another meaning.
 */
export function keyStep(before: KeyWait, key: string, nowMs: number, acceptNeedsEnter: boolean): KeyStep {
  const wait = before.kind !== 'nothing' && nowMs - before.atMs > KEY_WAIT_MS ? NO_WAIT : before;
  if (key === 'Escape') return { ...ignored, taken: wait.kind !== 'nothing' };
  if (wait.kind === 'go' && key in GO_TO) return done({ do: 'go', place: GO_TO[key as keyof typeof GO_TO] });
  if (wait.kind === 'accept' && key === 'Enter') return done({ do: 'accept' });
  if (wait.kind === 'bed' && key === 'Enter') return wait.digits ? done({ do: 'bed', digits: wait.digits }) : ignored;
  if (/^\d$/.test(key)) {
    const digits = ((wait.kind === 'bed' ? wait.digits : '') + key).slice(-DIGITS_MAX);
    return waiting({ kind: 'bed', digits, atMs: nowMs });
  }
  if (key === 'g') return waiting({ kind: 'go', atMs: nowMs });
  if (key === 'b') return waiting({ kind: 'bed', digits: '', atMs: nowMs });
  if (key === 'a') {
    return acceptNeedsEnter
      ? { wait: { kind: 'accept', atMs: nowMs }, action: { do: 'ask-accept' }, taken: true }
      : done({ do: 'accept' });
  }
  const action = SINGLE[key];
  return action ? done(action) : ignored;
}

/** The bed whose label has this number and no other; undefined where there is none, or more than one. */
export function bedByNumber<B extends { readonly label: string }>(beds: Iterable<B>, digits: string): B | undefined {
  const wanted = Number(digits);
  const found = [...beds].filter(({ label }) => Number(/(\d+)\D*$/.exec(label)?.[1] ?? Number.NaN) === wanted);
  return found.length === 1 ? found[0] : undefined;
}

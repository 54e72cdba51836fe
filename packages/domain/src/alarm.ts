import type { Presence, Priority } from '@vigil/contracts';
import { unreachable } from './invariant.js';

/** The signal of one alarm: what staff perceive, not what is wrong with the patient. */
export interface SignalState {
  readonly presence: Presence;
  readonly priority: Priority;
  readonly sinceMs: number;
}

interface Onset {
  readonly kind: 'onset';
  readonly atMs: number;
  readonly priority: Priority;
}
interface End {
  readonly kind: 'end';
  readonly atMs: number;
  readonly latching: boolean;
}
interface Acknowledge {
  readonly kind: 'acknowledge';
  readonly atMs: number;
}
/** The subject is gone (discharge): nothing is left to look at. */
interface Close {
  readonly kind: 'close';
  readonly atMs: number;
}
/** The condition holds still, and is less urgent. Nothing sounds anew: a person who has not looked has still to. */
interface Lower {
  readonly kind: 'lower';
  readonly atMs: number;
  readonly priority: Priority;
}
export type SignalEvent = Onset | End | Acknowledge | Close | Lower;

/** Work for the shell, in order. The machine itself does nothing. */
export type SignalEffect = { readonly do: 'annunciate'; readonly priority: Priority } | { readonly do: 'silence' };

export interface SignalStep {
  readonly state: SignalState;
  readonly effects: readonly SignalEffect[];
}

type Moves = {
  readonly onset: (s: SignalState, e: Onset) => SignalStep;
  readonly end: (s: SignalState, e: End) => SignalStep;
  readonly acknowledge: (s: SignalState, e: Acknowledge) => SignalStep;
  readonly close: (s: SignalState, e: Close) => SignalStep;
  readonly lower: (s: SignalState, e: Lower) => SignalStep;
};

/** The state table of docs/architecture.md, which a test reads against this one. A missing cell does not compile. */
export const SIGNAL_TABLE: Record<Presence, Moves> = {
  off: { onset: sound, end: stay, acknowledge: stay, close: stay, lower: stay },
  on: {
    onset: soundIfRaised,
    end: latchOrQuiet,
    acknowledge: (s, e) => quiet(s, e.atMs, 'ack'),
    close: (s, e) => quiet(s, e.atMs, 'off'),
    lower: sink,
  },
  latched: {
    onset: resume,
    end: stay,
    acknowledge: (s, e) => quiet(s, e.atMs, 'off'),
    close: (s, e) => quiet(s, e.atMs, 'off'),
    lower: stay,
  },
  ack: { onset: soundIfRaised, end: settle, acknowledge: stay, close: settle, lower: sink },
};

/** The one place where an alarm signal changes. Total: every state takes every event. */
export function signalStep(state: SignalState, event: SignalEvent): SignalStep {
  switch (event.kind) {
    case 'onset':
      return SIGNAL_TABLE[state.presence].onset(state, event);
    case 'end':
      return SIGNAL_TABLE[state.presence].end(state, event);
    case 'acknowledge':
      return SIGNAL_TABLE[state.presence].acknowledge(state, event);
    case 'close':
      return SIGNAL_TABLE[state.presence].close(state, event);
    case 'lower':
      return SIGNAL_TABLE[state.presence].lower(state, event);
    default:
      return unreachable(event, 'signal event');
  }
}

function stay(state: SignalState): SignalStep {
  return { state, effects: [] };
}

function sound(_: SignalState, { atMs, priority }: Onset): SignalStep {
  return { state: { presence: 'on', priority, sinceMs: atMs }, effects: [{ do: 'annunciate', priority }] };
}

/** Acknowledging a medium alarm must not hide that it has become a high one. */
function soundIfRaised(state: SignalState, event: Onset): SignalStep {
  return PRIORITY_RANK[event.priority] > PRIORITY_RANK[state.priority] ? sound(state, event) : stay(state);
}

/** A later rise from here is news again, also after an acknowledgement. */
function sink(state: SignalState, event: Lower): SignalStep {
  return stay(PRIORITY_RANK[event.priority] < PRIORITY_RANK[state.priority] ? { ...state, priority: event.priority } : state);
}

/** The signal never stopped, so there is nothing to start. */
function resume(state: SignalState, event: Onset): SignalStep {
  return soundIfRaised({ ...state, presence: 'on' }, event);
}

/** A latched signal goes on sounding until someone acknowledges it. */
function latchOrQuiet(state: SignalState, { atMs, latching }: End): SignalStep {
  return latching ? stay({ ...state, presence: 'latched' }) : quiet(state, atMs, 'off');
}

function settle(state: SignalState, { atMs }: End | Close): SignalStep {
  return stay({ ...state, presence: 'off', sinceMs: atMs });
}

function quiet(state: SignalState, atMs: number, presence: 'off' | 'ack'): SignalStep {
  return { state: { ...state, presence, sinceMs: atMs }, effects: [{ do: 'silence' }] };
}

export const PRIORITY_RANK: Record<Priority, number> = { low: 0, medium: 1, high: 2 };

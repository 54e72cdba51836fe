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
  /** A person has put this condition away for a while, and it is no more urgent than what was put away. */
  readonly isShelved?: boolean;
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
/** Somebody has seen it long ago, and the condition holds still. */
interface Remind {
  readonly kind: 'remind';
  readonly atMs: number;
}
/** A person puts it away for a while. */
interface Shelve {
  readonly kind: 'shelve';
  readonly atMs: number;
}
/** That is over, and the condition holds. */
interface Unshelve {
  readonly kind: 'unshelve';
  readonly atMs: number;
}
export type SignalEvent = Onset | End | Acknowledge | Close | Lower | Remind | Shelve | Unshelve;

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
  readonly remind: (s: SignalState, e: Remind) => SignalStep;
  readonly shelve: (s: SignalState, e: Shelve) => SignalStep;
  readonly unshelve: (s: SignalState, e: Unshelve) => SignalStep;
};

/** The state table of docs/architecture.md, which a test reads against this one. A missing cell does not compile. */
export const SIGNAL_TABLE: Record<Presence, Moves> = {
  off: {
    ...{ onset: soundUnlessShelved, end: stay, acknowledge: stay, close: stay, lower: sink },
    ...{ remind: stay, shelve: stay, unshelve: soundAgain },
  },
  on: {
    onset: soundIfRaised,
    end: latchOrQuiet,
    acknowledge: (s, e) => quiet(s, e.atMs, 'ack'),
    close: (s, e) => quiet(s, e.atMs, 'off'),
    lower: sink,
    remind: stay,
    shelve: (s, e) => quiet(s, e.atMs, 'off'),
    unshelve: stay,
  },
  latched: {
    onset: resume,
    end: stay,
    acknowledge: (s, e) => quiet(s, e.atMs, 'off'),
    close: (s, e) => quiet(s, e.atMs, 'off'),
    lower: stay,
    remind: stay,
    shelve: (s, e) => quiet(s, e.atMs, 'off'),
    unshelve: stay,
  },
  ack: {
    ...{ onset: soundIfRaised, end: settle, acknowledge: stay, close: settle, lower: sink },
    ...{ remind: soundAgain, shelve: settle, unshelve: stay },
  },
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
    case 'remind':
      return SIGNAL_TABLE[state.presence].remind(state, event);
    case 'shelve':
      return SIGNAL_TABLE[state.presence].shelve(state, event);
    case 'unshelve':
      return SIGNAL_TABLE[state.presence].unshelve(state, event);
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

/** What is shelved is told and makes no sound; its priority is known all the same. */
function soundUnlessShelved(state: SignalState, event: Onset): SignalStep {
  return event.isShelved === true ? stay({ ...state, priority: event.priority }) : sound(state, event);
}

/** With the priority that it has had all the time. */
function soundAgain({ priority }: SignalState, { atMs }: Remind | Unshelve): SignalStep {
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

function settle(state: SignalState, { atMs }: End | Close | Shelve): SignalStep {
  return stay({ ...state, presence: 'off', sinceMs: atMs });
}

function quiet(state: SignalState, atMs: number, presence: 'off' | 'ack'): SignalStep {
  return { state: { ...state, presence, sinceMs: atMs }, effects: [{ do: 'silence' }] };
}

export const PRIORITY_RANK: Record<Priority, number> = { low: 0, medium: 1, high: 2 };

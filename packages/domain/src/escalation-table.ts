import type { EscalationState } from '@vigil/contracts';

/**
 * What may happen to an escalation. `due`: a time has come. `accept` to `pass`: what people say. The rest is news of the alarm: its
 * condition is over, it is more urgent than ever before, it came to another bed, what a gateway raised does hold, a person has it
 * put away, that is over, it was acknowledged long ago and holds still.
 */
export const ESCALATION_EVENTS = [
  ...['due', 'accept', 'decline', 'arrive', 'pass'],
  ...['over', 'rise', 'elsewhere', 'confirm', 'shelve', 'unshelve', 'remind'],
] as const satisfies readonly string[];
export type EscalationEventKind =
  'due' | 'accept' | 'decline' | 'arrive' | 'pass' | 'over' | 'rise' | 'elsewhere' | 'confirm' | 'shelve' | 'unshelve' | 'remind';

/**
 * - `stay`: nothing changes. `refuse`: nothing changes, and who asked for it is told so.
 * - `tell`: the next step. `ask`: is somebody there? If not, the next step.
 * - `note…`: the answer is noted; enough of them accept it, or call for the next step.
 * - `giveBack`: the next step at once. `hurry`: what waits for its first page waits no longer.
 * - `end`: nobody else is told. `settle`: nobody is asked for any more, and who went stays shown. `putAway`: ended until it is taken out.
 * - `anew`: from the first step, as the policy now says. `anewIfHeld`: where it holds, and nobody has put it away.
 */
export type EscalationMove =
  | 'stay'
  | 'refuse'
  | 'tell'
  | 'ask'
  | 'noteAccept'
  | 'noteDecline'
  | 'noteArrival'
  | 'giveBack'
  | 'hurry'
  | 'end'
  | 'settle'
  | 'putAway'
  | 'anew'
  | 'anewIfHeld';

type Row = { readonly [Event in EscalationEventKind]: EscalationMove };

const RUNS: Row = {
  due: 'tell',
  accept: 'noteAccept',
  decline: 'noteDecline',
  arrive: 'noteArrival',
  pass: 'giveBack',
  over: 'end',
  rise: 'anew',
  elsewhere: 'anew',
  confirm: 'hurry',
  shelve: 'putAway',
  unshelve: 'stay',
  remind: 'stay',
};

/** The one place that says what an escalation does. Total: every state has an answer to every event, or it does not compile. */
export const ESCALATION_TABLE: { readonly [State in EscalationState]: Row } = {
  idle: {
    due: 'stay',
    accept: 'noteAccept',
    decline: 'refuse',
    arrive: 'refuse',
    pass: 'refuse',
    over: 'stay',
    rise: 'anew',
    elsewhere: 'anewIfHeld',
    confirm: 'stay',
    shelve: 'stay',
    unshelve: 'anew',
    remind: 'stay',
  },
  pending: RUNS,
  running: RUNS,
  accepted: {
    due: 'ask',
    accept: 'refuse',
    decline: 'refuse',
    arrive: 'noteArrival',
    pass: 'giveBack',
    over: 'settle',
    rise: 'anew',
    elsewhere: 'stay',
    confirm: 'stay',
    shelve: 'putAway',
    unshelve: 'anew',
    remind: 'stay',
  },
  ended: {
    due: 'stay',
    accept: 'noteAccept',
    decline: 'refuse',
    arrive: 'noteArrival',
    pass: 'refuse',
    over: 'settle',
    rise: 'anew',
    elsewhere: 'anewIfHeld',
    confirm: 'stay',
    shelve: 'putAway',
    unshelve: 'anew',
    remind: 'anew',
  },
};

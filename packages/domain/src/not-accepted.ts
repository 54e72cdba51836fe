import type { LogEventOf } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { LIMITS_CHANGED, STAY_CORRECTED } from './rules/built-in.js';
import type { BedState, OpenAlarm } from './state.js';

/** Nobody accepted an alarm until its escalation ran out: that is an alarm of its own. */
export function notAccepted(bed: BedState, event: LogEventOf<'escalationExhausted'>, conditions: Conditions): void {
  const open = Object.values(bed.alarms).find((a) => a.alarmId === event.alarmId);
  if (open === undefined) return;
  if (open.conditionCode === 'notAccepted') return allTold(open, bed, event, conditions);
  const said = conditions.openOf('notAccepted');
  if (!bed.notAccepted.includes(event.alarmId)) {
    bed.notAccepted.push(event.alarmId);
    // People are being told already. Begun anew by each further alarm of a patient who gets worse, it would never come to its last step.
    if (said?.telling !== undefined && said.active && said.signal.presence === 'on') {
      said.telling = 'joined';
      return;
    }
    // Said before, and nobody has accepted: once more when it ran out once more, after a rise or in another care unit. A copy is no later.
  } else if (event.atMs <= (said?.onsetMs ?? Infinity)) return;
  tell(bed, event, conditions);
}

/** Somebody may have accepted the one that is there, for another alarm: this one pages anew. */
function tell(bed: BedState, { atMs, origin }: LogEventOf<'escalationExhausted'>, conditions: Conditions): void {
  conditions.closeOne('notAccepted', atMs);
  conditions.raise(
    {
      ...{ conditionCode: 'notAccepted', kind: 'technical', priority: 'high', metric: null },
      ...{ evidence: NO_EVIDENCE, ruleId: 'notAccepted', origin },
    },
    atMs,
  );
  const raised = bed.alarms['notAccepted'];
  if (raised !== undefined) raised.telling = 'alone';
}

/** The word itself has gone to everybody. Who was told first does not know of what joined it since: that is told anew, once. */
function allTold(said: OpenAlarm, bed: BedState, event: LogEventOf<'escalationExhausted'>, conditions: Conditions): void {
  const hasJoined = said.telling === 'joined' && said.active;
  delete said.telling;
  if (hasJoined && said.signal.presence === 'on') tell(bed, event, conditions);
}

/** Somebody goes: for the alarm that nobody had accepted, or for the word of it. */
export function accepted(bed: BedState, { alarmId }: LogEventOf<'command'>): void {
  bed.notAccepted = bed.notAccepted.filter((id) => id !== alarmId);
  const said = bed.alarms['notAccepted'];
  if (said?.alarmId === alarmId) delete said.telling;
}

/** An alarm that nobody accepted and that is over needs nobody any more. */
export function dropAnswered(bed: BedState, conditions: Conditions, atMs: number): void {
  if (bed.alarms['notAccepted']?.active !== true) return;
  const holding = new Set(
    Object.values(bed.alarms)
      .filter((a) => a.active)
      .map((a) => a.alarmId),
  );
  bed.notAccepted = bed.notAccepted.filter((id) => holding.has(id));
  if (bed.notAccepted.length === 0) conditions.end('notAccepted', atMs);
}

/** Conditions that nothing measured can end: they are over once somebody has seen them. */
const UNTIL_SEEN = [STAY_CORRECTED, LIMITS_CHANGED];

/** Ends those that somebody has acknowledged. */
export function dropSeen(bed: BedState, conditions: Conditions, atMs: number): void {
  for (const code of UNTIL_SEEN) if (bed.alarms[code]?.signal.presence === 'ack') conditions.end(code, atMs);
}

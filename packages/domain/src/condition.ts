import type { AlarmEvidence, AlarmKind, AlarmTransition, MetricName, Origin, Priority } from '@vigil/contracts';
import type { SignalEffect } from './alarm.js';
import type { OpenAlarm } from './state.js';

/** Work for the shell: commit the transition, then tell whoever listens. */
export interface TransitionEffect {
  readonly transition: AlarmTransition;
  readonly signal: readonly SignalEffect[];
  /** The event on the log that made it; for the shell to say when that was read, never part of what is decided. */
  readonly eventId: string | null;
}

export interface Condition {
  readonly conditionCode: string;
  readonly kind: AlarmKind;
  readonly priority: Priority;
  readonly metric: MetricName | null;
  readonly evidence: AlarmEvidence;
  readonly ruleId: string;
  readonly origin: Origin;
}

export const NO_EVIDENCE: AlarmEvidence = {
  value: null,
  unit: null,
  limit: null,
  side: null,
  samples: null,
  samplesExpected: null,
};

/** A physiological alarm that is or was high stays until somebody has seen it; the others end by themselves. */
export function latches(alarm: Pick<OpenAlarm, 'kind' | 'peak'> & { readonly signal: { readonly priority: Priority } }): boolean {
  return alarm.kind === 'physiological' && (alarm.signal.priority === 'high' || alarm.peak === 'high');
}

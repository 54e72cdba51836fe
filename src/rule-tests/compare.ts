import type { Priority } from '@vigil/contracts';
import type { AlarmStretch } from './stretch.js';

/** An alarm that a person expects, with how exactly. Times as in `AlarmStretch`. */
export interface ExpectedAlarm {
  readonly conditionCode: string;
  readonly priority: Priority;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly toleranceMs: number;
  /** True for one that may be there and need not. */
  readonly optional?: boolean;
}

/**
 * `missing`: no alarm of this condition was left for it. `different`: there is one, at another time or priority.
 * `unexpected`: nobody expected it.
 */
export type Difference =
  | { readonly is: 'missing'; readonly expected: ExpectedAlarm }
  | { readonly is: 'different'; readonly expected: ExpectedAlarm; readonly actual: AlarmStretch; readonly why: string }
  | { readonly is: 'unexpected'; readonly actual: AlarmStretch };

/**
 * What is different between the alarms that came and those that were expected; empty when all is as expected. Each alarm
 * answers one expectation: first those that fit, then the nearest of the same condition, so that a person reads "12 s late"
 * and not "one missing, one too many".
 */
export function compareAlarms(expected: readonly ExpectedAlarm[], actual: readonly AlarmStretch[]): readonly Difference[] {
  const left = new Set(actual);
  const unmet: ExpectedAlarm[] = [];
  for (const want of expected.toSorted((a, b) => Number(a.optional ?? false) - Number(b.optional ?? false))) {
    const fits = nearest(
      want,
      [...left].filter((had) => whyNot(want, had) === null),
    );
    if (fits !== undefined) left.delete(fits);
    else if (want.optional !== true) unmet.push(want);
  }
  const differences = unmet.map((want): Difference => {
    const near = nearest(
      want,
      [...left].filter((had) => had.conditionCode === want.conditionCode),
    );
    if (near === undefined) return { is: 'missing', expected: want };
    left.delete(near);
    return { is: 'different', expected: want, actual: near, why: whyNot(want, near)! };
  });
  return [...differences, ...[...left].map((had): Difference => ({ is: 'unexpected', actual: had }))];
}

/** Why an alarm is not the expected one, in words; null when it is. */
function whyNot(want: ExpectedAlarm, had: AlarmStretch): string | null {
  if (want.conditionCode !== had.conditionCode) return 'another condition';
  const reasons = [
    want.priority === had.priority ? null : `${had.priority} instead of ${want.priority}`,
    shift('begins', want.fromMs, had.fromMs, want.toleranceMs),
    want.toMs === null || had.toMs === null
      ? want.toMs === had.toMs
        ? null
        : want.toMs === null
          ? 'is over, and should still hold'
          : 'still holds, and should be over'
      : shift('ends', want.toMs, had.toMs, want.toleranceMs),
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? null : reasons.join(', ');
}

function shift(what: string, wantMs: number, hadMs: number, toleranceMs: number): string | null {
  const byMs = hadMs - wantMs;
  if (Math.abs(byMs) <= toleranceMs) return null;
  return `${what} ${Math.abs(byMs) / 1_000} s ${byMs > 0 ? 'late' : 'early'}`;
}

function nearest(want: ExpectedAlarm, among: readonly AlarmStretch[]): AlarmStretch | undefined {
  return among.toSorted((a, b) => Math.abs(a.fromMs - want.fromMs) - Math.abs(b.fromMs - want.fromMs))[0];
}

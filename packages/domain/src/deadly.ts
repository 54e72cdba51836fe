import type { Priority, RuleSet } from '@vigil/contracts';

/** Of bedside devices, whose names for alarms differ: a heart that does not beat or pump, and breath that has stopped. */
const NAMES =
  /^device\..*(asystol|standstill|v-?fib|v-?tach|vent-?(fib|tach)|ventricular|fibrillation|arrest|no-pulse|pulseless|apn(o?e)a)/;
/** Codes of IEEE 11073-10101: asystole 3::3076, apnoea 3::3072, of 15 s 3::3284, of 30 s 3::3292. Source: DICOM PS3.16, CID 3038. */
const NUMBERS: ReadonlySet<string> = new Set(['199684', '199680', '199892', '199900'].map((code) => `device.mdc-${code}`));

/**
 * True for what nobody waits with, by the name that a bedside device has for it. What a device calls high and names by a number that is not
 * known here may be that.
 */
export function isDeadlyName(conditionCode: string, priority: Priority): boolean {
  return (
    NAMES.test(conditionCode) || NUMBERS.has(conditionCode) || (priority === 'high' && conditionCode.startsWith('device.mdc-'))
  );
}

/** The same of an alarm that this rule raises, as the rule says by itself. */
export function isDeadly(conditionCode: string, ruleId: string, priority: Priority, ruleSet: RuleSet | null): boolean {
  const isSaid = ruleSet?.rules.some(({ id, neverShelve }) => id === ruleId && neverShelve === true) === true;
  return isSaid || isDeadlyName(conditionCode, priority);
}

import { emptyPartition, step } from '@vigil/domain';
import { CASE_START_MS, caseLog } from './case-log.js';
import type { RuleCase } from './case.js';
import { compareAlarms, type Difference } from './compare.js';
import { type AlarmStretch, stretchesOf } from './stretch.js';

export interface CaseResult {
  readonly messages: number;
  /** Times since the start of the case, as in its files. */
  readonly alarms: readonly AlarmStretch[];
  readonly differences: readonly Difference[];
}

/** Runs a case through the engine itself, on event time. Pure; twice the same case is twice the same result. */
export function runCase(ruleCase: RuleCase): CaseResult {
  const log = caseLog(ruleCase);
  const { effects } = step(emptyPartition(), log);
  const alarms = stretchesOf(effects.map((effect) => effect.transition)).map((alarm) => ({
    ...alarm,
    fromMs: alarm.fromMs - CASE_START_MS,
    toMs: alarm.toMs === null ? null : alarm.toMs - CASE_START_MS,
  }));
  const messages = log.filter((event) => event.kind === 'deviceMessage').length;
  return { messages, alarms, differences: compareAlarms(ruleCase.expected, alarms) };
}

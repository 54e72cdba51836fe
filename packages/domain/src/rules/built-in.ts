import { DEVICE_FAULTS, GATEWAY_FAULTS } from '@vigil/contracts';
import { BEDSIDE_RULE, TOO_MANY } from '../bedside-alarms.js';

/** Raised when a gateway worked in an outage with rules that were never in force here. */
export const UNKNOWN_RULES = 'unknownRules';

/** Alarms that no rule set decides about. Their rule id is their condition code, but for that of bedside devices. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...['leadsOff', 'deviceMismatch', 'gatewayLost', 'notAccepted', BEDSIDE_RULE, TOO_MANY],
  ...DEVICE_FAULTS,
  ...GATEWAY_FAULTS,
  UNKNOWN_RULES,
]);

export function isBuiltIn(ruleId: string): boolean {
  return BUILT_IN.has(ruleId);
}

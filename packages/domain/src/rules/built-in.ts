import { DEVICE_FAULTS, GATEWAY_FAULTS } from '@vigil/contracts';

/** What bedside devices raise by themselves. */
export const BEDSIDE_RULE = 'deviceAlarm';
/** They raise more than one bed holds. */
export const TOO_MANY = 'deviceAlarmsTooMany';

/** Raised when a gateway worked in an outage with rules that were never in force here. */
export const UNKNOWN_RULES = 'unknownRules';

/** Two devices send a metric that one of them names. */
export const CHANNEL_CONFLICT = 'channelConflict';
/** Nothing is expected from the monitor, and silence is hidden meanwhile. */
export const STANDBY = 'standby';
/** Another person lies here than was believed; stands until somebody has seen it. */
export const STAY_CORRECTED = 'stayCorrected';
/** The bed was put into another care unit, and other rules hold for who lies here; stands until somebody has seen it. */
export const LIMITS_CHANGED = 'limitsChanged';

/** A bedside device has its alarms off, or paused without an end, for long. */
export const BEDSIDE_OFF = 'bedsideOff';

/** Alarms that no rule set decides about. Their rule id is their condition code, but for that of bedside devices. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  ...['leadsOff', 'deviceMismatch', 'gatewayLost', 'notAccepted', BEDSIDE_RULE, TOO_MANY],
  ...DEVICE_FAULTS,
  ...GATEWAY_FAULTS,
  ...[UNKNOWN_RULES, CHANNEL_CONFLICT, STANDBY, STAY_CORRECTED, LIMITS_CHANGED, BEDSIDE_OFF],
]);

export function isBuiltIn(ruleId: string): boolean {
  return BUILT_IN.has(ruleId);
}

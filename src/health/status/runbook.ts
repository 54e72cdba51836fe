import { DEVICE_FAULTS, GATEWAY_FAULTS, ON_CALL_TROUBLES } from '@vigil/contracts';
import { BUILT_IN } from '@vigil/domain';

const ON_CALL: ReadonlySet<string> = new Set(ON_CALL_TROUBLES.map((code) => `onCall.${code}`));

/** A part of the health check in an engineer's words: what it means that it is not ready, and where the runbook has it. */
export interface PartWords {
  readonly means: string;
  /** Anchors of docs/runbook.md. */
  readonly entries: readonly string[];
}

/** As docs/runbook.md, "Parts of the health check", has them; `runbook.test.ts` compares. */
export const PART_WORDS: Readonly<Record<string, PartWords>> = {
  alarms: {
    means: 'alarms of patients are found late, or not at all',
    entries: ['alarms-behind', 'another-log', 'log-unavailable'],
  },
  engine: {
    means: 'the engine fails in every event of some beds: nobody watches those here',
    entries: ['engine-beds-are-not-watched'],
  },
  store: { means: 'nothing that is found can be kept', entries: ['store-away'] },
  history: {
    means: 'readings are not read from the log for history: charts wait; alarms of patients do not depend on it',
    entries: ['store-away', 'alarms-behind'],
  },
  'history-store': { means: 'readings are not stored, or late: charts wait', entries: ['history-store'] },
  'history-refused': {
    means: 'readings of the last hour were not taken by the store: charts lack them',
    entries: ['history-refused'],
  },
  live: { means: 'screens get no new values or alarms; pages go on', entries: ['alarms-behind', 'log-unavailable'] },
  relay: {
    means: 'what people acknowledge or change waits for its way to the engine',
    entries: ['log-unavailable', 'store-unavailable'],
  },
  'log-gaps': { means: 'events were gone before they were read', entries: ['log-gaps'] },
  shedding: { means: 'history, then screens yield to alarms', entries: ['shedding'] },
  watchdog: {
    means: 'nobody asks whether people are told: if paging stops now, no mail says so',
    entries: ['parts-of-the-health-check'],
  },
  rules: { means: 'part of the rule set in force can’t run', entries: ['rules-left-out'] },
  policy: { means: 'the policy tells nobody of some alarms', entries: ['policy-silent'] },
  keys: { means: 'a key is not to be had: names are not shown', entries: ['keys-unavailable'] },
  'audit-log': { means: 'the audit log is not what it was, or waits', entries: ['audit-log'] },
  'audit-anchors': { means: 'fewer than two anchors took a checkpoint', entries: ['audit-anchors'] },
  feed: { means: 'messages of the hospital are not worked off', entries: ['messages-of-the-hospital-wait'] },
  fhir: {
    means: 'nothing goes to the records of the hospital',
    entries: ['nothing-goes-to-the-records-of-the-hospital'],
  },
  backup: { means: 'the newest good back-up is too old, or there is none', entries: ['backup'] },
  site: { means: 'this process can’t say what it does, and hears nobody: the database is away from it', entries: ['store-away'] },
  processors: {
    means: 'no process finds alarms, or not all of those that share them do: alarms may be missing',
    entries: ['a-process-of-the-site-is-gone'],
  },
  news: {
    means: 'Redis does not carry news between processes; they look at the store each second',
    entries: ['news-between-processes'],
  },
  paging: { means: 'escalations or pages stand still', entries: ['paging-silent'] },
};

/** What the engine, a gateway or on-call raises by itself, by the last part of its code; each has its entry. */
const ENTRIES: ReadonlySet<string> = new Set(['noData', 'leadsOff', 'canary', ...BUILT_IN, ...DEVICE_FAULTS, ...GATEWAY_FAULTS]);

/**
 * Anchor in docs/runbook.md of a technical condition; null: it has none, as what a bedside device says of itself. Pure.
 *
 * @param conditionCode e.g. `noData`, `heartRate.leadsOff`, `onCall.nobodyOnCall`
 */
export function runbookEntryOf(conditionCode: string): string | null {
  if (ON_CALL.has(conditionCode)) return conditionCode.replace('.', '').toLowerCase();
  const code = conditionCode.slice(conditionCode.lastIndexOf('.') + 1);
  const isOurs = ENTRIES.has(conditionCode) || /\.(noData|leadsOff)$/.test(conditionCode);
  return isOurs && !conditionCode.startsWith('device.') ? code.toLowerCase() : null;
}

/** @param runbookUrl where the site keeps docs/runbook.md; null: nowhere that a browser reaches, so there is no link */
export const runbookLink = (runbookUrl: string | null, entry: string): string | null =>
  runbookUrl === null ? null : `${runbookUrl}#${entry}`;

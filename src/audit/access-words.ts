import type { AccessReportLine } from '@vigil/contracts';
import type { AuditEntry } from '../ports/audit-trail.js';

/** What each action is called when a patient reads about it. */
const WHAT: Readonly<Record<string, string>> = {
  'bed.read': 'looked at the bed and its readings',
  'history.read': 'looked at earlier readings',
  'history.gap': 'was to store readings that were lost on the way',
  'alarm.read': 'looked at alarms',
  'alarm.accept': 'went to an alarm',
  'alarm.acknowledge': 'marked an alarm as seen',
  'alarm.shelve': 'had a condition make no sound for a while, or sound again',
  'alarm.shelve.agree': 'agreed, as a second person, that a high condition makes no sound',
  'alarm.label': 'said what an alarm was worth',
  'alarm.export': 'took out alarms as a table',
  'on-call.notes': 'looked at what one shift wrote for the next',
  'patient.read': 'looked at the personal details',
  'patient.create': 'recorded the personal details',
  'patient.erase': 'erased the personal details',
  'history.erase': 'erased what was measured',
  'patient.search': 'searched for the record',
  'encounter.read': 'looked at the stay',
  'encounter.admit': 'admitted to a bed',
  'encounter.discharge': 'ended the stay',
  'encounter.transfer': 'moved to another bed',
  'encounter.correct': 'put right who lay where, and since when',
  'standby.set': 'said that the patient is away from the monitor, or back',
  'device.assign': 'put a device to the bed, or took one away',
  'device.check': 'compared a device with what it says, before it was put to a bed',
  'assignment.correct': 'put right which device was at the bed',
  'feed.apply': 'took over what the hospital’s records say',
  'ehr.correct': 'put right at the hospital’s records what had been sent of the wrong person',
  'task.read': 'looked at a message of the hospital that waits',
  'task.resolve': 'settled a message of the hospital that waits',
  'encounter.limits.read': 'looked at the alarm limits of the stay',
  'encounter.limits.set': 'set alarm limits for the stay',
  'encounter.profile.set': 'set the age group of the stay',
  'encounter.scores.read': 'looked at the scores of the stay',
  'observation.chart': 'charted observations',
  'score-settings.set': 'set how the stay is scored',
  'break-glass.use': 'opened the record in an emergency',
  'break-glass.end': 'ended the emergency access',
  'break-glass.read': 'looked at an emergency access',
  'break-glass.review': 'reviewed an emergency access',
  'page.queue': 'told a member of staff of an alarm',
  'page.undelivered': 'could not send any message about an alarm',
  'escalation.skip': 'found nobody to tell of an alarm',
  'escalation.exhausted': 'had told everybody of an alarm, and nobody came',
  'audit.read': 'looked at who saw the record',
  'audit.export': 'took out the list of who saw the record',
  'audit.report': 'made a report like this one',
  'path.export': 'took out the way of readings, without anything of a patient',
  'audit.hold': 'had the list of who saw the record kept for longer',
};

/** Parts of Vigil by the name under which they act. */
const PARTS: Readonly<Record<string, string>> = {
  'system:feed': 'Vigil (messages of the hospital)',
  'system:escalation': 'Vigil (telling staff of alarms)',
  'system:simulator': 'Vigil (simulated site)',
  'system:keys': 'Vigil (keys of records)',
  'system:retention': 'Vigil (keeping of records)',
  'system:history': 'Vigil (storing of readings)',
  'system:ehr-out': 'Vigil (sending to the hospital’s records)',
  anonymous: 'somebody who had not signed in',
};

const WHY: Readonly<Record<NonNullable<AuditEntry['purpose']>, string>> = {
  treatment: 'treatment',
  emergency: 'emergency, outside the usual rights; reviewed afterwards',
  operations: 'running of the hospital',
};

/** One line of a patient's access report: who (by name), when, what, from where and why. */
export function accessLine(
  { entry, seq, wallMs }: { readonly entry: AuditEntry; readonly seq: number; readonly wallMs: number },
  names: ReadonlyMap<string, string>,
): AccessReportLine {
  const { actor, action, purpose, outcome } = entry;
  const what = WHAT[action] ?? `did "${action}"`;
  const tried = outcome === 'allowed' ? what : `tried: ${what} (${outcome === 'refused' ? 'refused' : 'did not work'})`;
  return {
    seq,
    atMs: wallMs as AccessReportLine['atMs'],
    who: names.get(actor) ?? PARTS[actor] ?? actor,
    roles: [...entry.roles],
    what: entry.detail.startsWith('live,') ? `${tried} on a screen of the care unit` : tried,
    from: whereFrom(entry),
    why: purpose === null ? 'work of the system' : WHY[purpose],
    emergency: purpose === 'emergency' || entry.grantId !== null,
    outcome,
  };
}

function whereFrom({ stationId, ip }: AuditEntry): string {
  if (stationId !== null) return `station ${stationId}`;
  return ip === null ? 'Vigil itself' : `address ${ip}`;
}

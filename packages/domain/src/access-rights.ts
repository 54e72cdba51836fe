import type { Role } from '@vigil/contracts';

/** What can be asked for. Read actions that show a patient are marked in `READS_PATIENT`. */
export type Action =
  | 'bed.read'
  | 'history.read'
  /** Means of one metric of a bed, by a program that an administrator gave this to: no names, no ids of patients. */
  | 'history.machine-read'
  | 'alarm.read'
  | 'alarm.accept'
  | 'alarm.acknowledge'
  /** Say that an alarm was of use, a nuisance or an artefact. */
  | 'alarm.label'
  /** Take alarms of a care unit out as a table. */
  | 'alarm.export'
  /** Put a condition of a patient away for a while, with a reason and an end. */
  | 'alarm.shelve'
  /** As the second person for a high one: nobody agrees with themselves. */
  | 'alarm.shelve.agree'
  /** Sound off at one station for two minutes at most. */
  | 'audio.pause'
  /** What is off, shelved, paused or on standby in a care unit. */
  | 'limits-off.read'
  /** Schedules, shifts, overrides and who is on call now: nothing of a patient. */
  | 'on-call.read'
  | 'on-call.manage'
  /** Hand-over notes, which may name patients; also for whoever has a turn about now, wherever they are. */
  | 'on-call.notes'
  /** Offer, take or hand over a turn of one's own. */
  | 'on-call.swap'
  /** Escalation policies and their life. */
  | 'policy.read'
  | 'policy.propose'
  /** As the second person. */
  | 'policy.approve'
  /** How others can be reached: whether, never at which address. */
  | 'contact.read'
  | 'contact.manage'
  /** Counts of alarms and of answers: nothing of a patient. */
  | 'report.read'
  /** How the way of an alarm is: canary, escalator, channels. */
  | 'status.read'
  /** Send a test alarm the whole way, now. */
  | 'self-test.run'
  | 'patient.read'
  | 'patient.create'
  | 'encounter.read'
  | 'encounter.admit'
  | 'encounter.discharge'
  | 'encounter.transfer'
  /** Which limits hold for a stay, and who set them. */
  | 'encounter.limits.read'
  /** Limits that are as close as those of the unit or closer. */
  | 'encounter.limits.set'
  /** Limits that let pass what those of the unit would not. */
  | 'encounter.limits.widen'
  /** Which age group's rules hold for a stay. */
  | 'encounter.profile.set'
  /** Scores of a stay, what they were made of, and how they are made. */
  | 'encounter.scores.read'
  /** Observations at the bedside, single ones and complete sets. */
  | 'observation.chart'
  /** The SpO2 scale of NEWS2: scale 2 is for whom a physician has set a target of 88 to 92 %. */
  | 'score-settings.set'
  /** Rule sets and their life: nothing of a patient. */
  | 'rule-set.read'
  | 'rule-set.propose'
  /** As the second person: nobody approves what they proposed. */
  | 'rule-set.approve'
  | 'rule-set.activate'
  /** Who really lay where: another patient, bed or beginning, or a discharge that was none. */
  | 'encounter.correct'
  /** That nothing is expected from the monitor for a while. */
  | 'standby.set'
  /** Care units, beds and what the hospital calls them: nothing of a patient. */
  | 'place.read'
  | 'place.manage'
  /** Which device is at which bed: nothing of a patient. */
  | 'device-assignment.read'
  /** Put a device to a bed, or take it away. */
  | 'device.assign'
  /** The same where somebody lies: asked for beside `device.assign`. */
  | 'device.assign.occupied'
  /** What a device says that is nobody's, to compare it with the device at the bedside before it is put to a bed. */
  | 'device.check'
  /** Say that an assignment was wrong, so that what was stored goes to where it belongs. */
  | 'assignment.correct'
  /** Devices whose readings belong to nobody yet: how many and since when, nothing of what they say. */
  | 'tray.read'
  /** That something of the hospital's systems waits, and why: nothing of a patient. */
  | 'task.list'
  /** What it says, with the names in it. */
  | 'task.read'
  /** Apply, dismiss or link what waits. */
  | 'task.resolve'
  /** The same for what is at a care unit: asked for beside `task.resolve`. */
  | 'task.resolve.placed'
  | 'site.export'
  | 'site.import'
  /** How the exchange with the hospital's systems goes: counts, ages and codes, nothing of a patient. */
  | 'integration.read'
  /** Have what was refused sent again. */
  | 'integration.retry'
  | 'assignment.read'
  | 'assignment.create'
  | 'staff.read'
  | 'reject.read'
  /** What of the log does not count: its place and why, nothing of its content. */
  | 'dead-letter.read'
  /** Have the log read one again. */
  | 'dead-letter.rerun'
  /** How devices and gateways are: nothing of a patient. */
  | 'device.read'
  /** The registry, the right of devices to speak, and quarantine. */
  | 'device.manage'
  /** Take the way of readings out for the maker of a device: nothing of a patient. */
  | 'path.export'
  /** Search the audit trail, one row or many. */
  | 'audit.read'
  /** Take the audit trail out, whole or for one patient. */
  | 'audit.export'
  /** Have the log of all looks checked against its signatures. */
  | 'audit.verify'
  /** Set or lift a legal hold. */
  | 'audit.hold'
  | 'account.read'
  | 'account.manage'
  | 'station.read'
  | 'station.manage'
  /** Open the record of one patient in an emergency. */
  | 'break-glass.use'
  | 'break-glass.read'
  | 'break-glass.review'
  | 'key.read'
  | 'key.rotate'
  /** Destroy the keys of one patient, so that nobody can read the record again. */
  | 'patient.erase'
  | 'gateway.config';

/**
 * Where a right holds.
 *
 * - `anywhere`: the subject's place does not matter.
 * - `care unit`: the subject is in a care unit where the actor works now.
 * - `care unit or treating`: that, or the actor treats the patient, or a page names the actor for this alarm.
 * - `treating`: the actor treats the patient (treating.ts).
 * - `care unit and treating`: both.
 * - `own gateway`: the subject is the gateway that the actor is.
 */
export type Where = 'anywhere' | 'care unit' | 'care unit or treating' | 'treating' | 'care unit and treating' | 'own gateway';

/** Whom the table has a row for: the roles of people, and what is no person. */
export type Holder = Exclude<Role, 'service'> | 'service' | 'gateway' | 'history-reader' | 'station';

/** Actions whose answer shows a patient: each leaves an audit row before the answer goes out. */
export const READS_PATIENT: ReadonlySet<Action> = new Set([
  'bed.read',
  'history.read',
  'history.machine-read',
  'alarm.read',
  'alarm.export',
  'patient.read',
  'encounter.read',
  'encounter.limits.read',
  'encounter.scores.read',
  'task.read',
  'device.check',
  'limits-off.read',
  'on-call.notes',
]);

/** What everybody who cares for patients may do. */
const CLINICAL = {
  'bed.read': 'care unit or treating',
  'alarm.read': 'care unit or treating',
  'alarm.accept': 'care unit or treating',
  'alarm.acknowledge': 'care unit or treating',
  'alarm.label': 'care unit or treating',
  'alarm.export': 'care unit',
  'alarm.shelve': 'care unit and treating',
  'audio.pause': 'care unit',
  'limits-off.read': 'care unit',
  'on-call.read': 'anywhere',
  'on-call.swap': 'anywhere',
  'on-call.notes': 'care unit',
  'policy.read': 'anywhere',
  'contact.read': 'care unit',
  'report.read': 'care unit',
  'status.read': 'anywhere',
  'self-test.run': 'anywhere',
  'history.read': 'treating',
  'patient.read': 'treating',
  // A stay that is over is in no care unit any more.
  'encounter.read': 'care unit or treating',
  'encounter.admit': 'care unit',
  // It ends the watching, so that it takes more than a page or an acceptance from afar.
  'encounter.discharge': 'care unit and treating',
  'encounter.transfer': 'care unit and treating',
  'encounter.limits.read': 'care unit or treating',
  // They change what is watched, as the discharge does.
  'encounter.limits.set': 'care unit and treating',
  'encounter.profile.set': 'care unit and treating',
  'encounter.scores.read': 'care unit or treating',
  // Whoever stands at the bed charts, as whoever stands there acknowledges.
  'observation.chart': 'care unit or treating',
  'standby.set': 'care unit and treating',
  'place.read': 'anywhere',
  'device-assignment.read': 'anywhere',
  // Whoever brings a monitor to the bed says so at once: a delay is what takes readings to the wrong place.
  'device.assign': 'care unit',
  'device.assign.occupied': 'care unit',
  'device.check': 'anywhere',
  'tray.read': 'anywhere',
  'rule-set.read': 'anywhere',
  'assignment.read': 'anywhere',
  'staff.read': 'anywhere',
  'break-glass.use': 'anywhere',
} as const;

const MEDICAL = {
  ...CLINICAL,
  'encounter.limits.widen': 'care unit and treating',
  'alarm.shelve.agree': 'care unit or treating',
} as const;

/** What decides who is told: proposed and approved by two of them. */
const POLICIES = { 'policy.propose': 'anywhere', 'policy.approve': 'anywhere' } as const;

/** What changes what has been: whoever answers for the patient, and it is seen by all who do. */
const CORRECTS = { 'encounter.correct': 'care unit and treating', 'assignment.correct': 'care unit and treating' } as const;

/** What decides about rules: two of them, always. */
const RULES = { 'rule-set.propose': 'anywhere', 'rule-set.approve': 'anywhere', 'rule-set.activate': 'anywhere' } as const;

/** Deny by default: what is not in the table nobody may do. */
export const RIGHTS: Readonly<Record<Holder, Readonly<Partial<Record<Action, Where>>>>> = {
  nurse: CLINICAL,
  physician: { ...MEDICAL, ...RULES, ...POLICIES, ...CORRECTS, 'score-settings.set': 'care unit and treating' },
  'on-call': MEDICAL,
  'charge-nurse': {
    ...CLINICAL,
    ...RULES,
    ...POLICIES,
    ...CORRECTS,
    'alarm.shelve.agree': 'care unit or treating',
    'on-call.manage': 'care unit',
    'contact.manage': 'care unit',
    'task.list': 'care unit',
    'task.read': 'care unit',
    'task.resolve': 'care unit',
    'task.resolve.placed': 'care unit',
    'patient.create': 'anywhere',
    'assignment.create': 'care unit',
    'station.read': 'care unit',
    'station.manage': 'care unit',
    'break-glass.read': 'care unit',
  },
  biomed: {
    'place.read': 'anywhere',
    'device-assignment.read': 'anywhere',
    // They prepare beds; at one where somebody lies, whoever cares for that person says what watches it.
    'device.assign': 'anywhere',
    'tray.read': 'anywhere',
    'device.manage': 'anywhere',
    'integration.read': 'anywhere',
    'integration.retry': 'anywhere',
    'assignment.read': 'anywhere',
    'staff.read': 'anywhere',
    'reject.read': 'anywhere',
    'dead-letter.read': 'anywhere',
    'device.read': 'anywhere',
    'path.export': 'anywhere',
    'station.read': 'anywhere',
    'status.read': 'anywhere',
    'self-test.run': 'anywhere',
    'report.read': 'anywhere',
    'rule-set.read': 'anywhere',
    // They know the devices; that the rule is right for patients, a physician or a nurse in charge says.
    'rule-set.propose': 'anywhere',
    'rule-set.activate': 'anywhere',
  },
  admin: {
    ...POLICIES,
    'policy.read': 'anywhere',
    'on-call.read': 'anywhere',
    'on-call.manage': 'anywhere',
    'contact.read': 'anywhere',
    'contact.manage': 'anywhere',
    'report.read': 'anywhere',
    'status.read': 'anywhere',
    'self-test.run': 'anywhere',
    'place.read': 'anywhere',
    'place.manage': 'anywhere',
    'task.list': 'anywhere',
    // What is at no care unit is for nobody else; without its names, they can't say whose it is, only what to do with it.
    'task.resolve': 'anywhere',
    'site.export': 'anywhere',
    'site.import': 'anywhere',
    'integration.read': 'anywhere',
    'integration.retry': 'anywhere',
    'assignment.read': 'anywhere',
    'assignment.create': 'anywhere',
    'staff.read': 'anywhere',
    'reject.read': 'anywhere',
    'dead-letter.read': 'anywhere',
    'dead-letter.rerun': 'anywhere',
    'device.read': 'anywhere',
    'account.read': 'anywhere',
    'account.manage': 'anywhere',
    'station.read': 'anywhere',
    'station.manage': 'anywhere',
    'key.read': 'anywhere',
    'rule-set.read': 'anywhere',
  },
  'security-officer': {
    'audit.read': 'anywhere',
    'audit.export': 'anywhere',
    'audit.verify': 'anywhere',
    'audit.hold': 'anywhere',
    'staff.read': 'anywhere',
    'account.read': 'anywhere',
    'break-glass.read': 'anywhere',
    'break-glass.review': 'anywhere',
    'key.read': 'anywhere',
    'key.rotate': 'anywhere',
    'patient.erase': 'anywhere',
  },
  auditor: {
    'policy.read': 'anywhere',
    'on-call.read': 'anywhere',
    'report.read': 'anywhere',
    'audit.read': 'anywhere',
    'audit.export': 'anywhere',
    'audit.verify': 'anywhere',
    'staff.read': 'anywhere',
    'break-glass.read': 'anywhere',
    'rule-set.read': 'anywhere',
  },
  /** Admissions come from another program: the simulator of the demo. */
  service: {
    'patient.read': 'anywhere',
    'patient.create': 'anywhere',
    'encounter.read': 'anywhere',
    'encounter.admit': 'anywhere',
    'encounter.discharge': 'anywhere',
    'encounter.transfer': 'anywhere',
  },
  gateway: { 'gateway.config': 'own gateway' },
  /** A dashboard outside of Vigil, for the care units that were chosen for it. */
  'history-reader': { 'history.machine-read': 'care unit' },
  /** A shared screen looks and does nothing. */
  station: { 'bed.read': 'care unit', 'alarm.read': 'care unit' },
};

/** What a break-glass grant opens for its patient, to whoever has the right elsewhere. It never discharges. */
export const UNDER_BREAK_GLASS: ReadonlySet<Action> = new Set([
  'bed.read',
  'alarm.read',
  'alarm.accept',
  'alarm.acknowledge',
  'alarm.label',
  'history.read',
  'patient.read',
  'encounter.read',
  'encounter.limits.read',
  'encounter.scores.read',
]);

import { randomUUID } from 'node:crypto';
import { Site } from '@vigil/contracts';
import { tokenHash } from '../../src/access/tokens.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { batch, transition, alarmIdNo } from '../contract/alarm-fixtures.js';
import { type Api, GATEWAY_TOKEN, PASSWORD, SERVICE_TOKEN, site as wardSite, startApi } from './api-fixture.js';

/** Who asks. `gateway`: gw-1, of `icu`. `page-link`: somebody with nothing but the token of a page. */
export const ACTORS = [
  'nurse',
  'charge-nurse',
  'physician',
  'on-call',
  'biomed',
  'admin',
  'security-officer',
  'auditor',
  'service',
  'gateway',
  'station',
  'anonymous',
  'page-link',
] as const;
export type ActorName = (typeof ACTORS)[number];

/**
 * Where the subject is, seen from care unit `icu`, in which everybody with a care unit works.
 *
 * - `treated`: in the bed that the nurse, the physician and the on-call person are assigned to
 * - `own`: in another bed of the care unit
 * - `other`: in another care unit
 * - `glass`: there too, and whoever may has opened the record in an emergency
 * - `past`: discharged from the care unit two days ago
 * - `any`: its place does not matter
 */
export const SITUATIONS = ['any', 'treated', 'own', 'other', 'glass', 'past'] as const;
export type Situation = (typeof SITUATIONS)[number];

export const WARD = {
  treated: { careUnitId: 'icu', bedId: 'icu-1', patientId: 'pat-1', encounterId: 'enc-1', alarmId: alarmIdNo(1) },
  own: { careUnitId: 'icu', bedId: 'icu-2', patientId: 'pat-2', encounterId: 'enc-2', alarmId: alarmIdNo(2) },
  other: { careUnitId: 'imc', bedId: 'imc-1', patientId: 'pat-3', encounterId: 'enc-3', alarmId: alarmIdNo(3) },
  glass: { careUnitId: 'imc', bedId: 'imc-2', patientId: 'pat-4', encounterId: 'enc-4', alarmId: alarmIdNo(4) },
  past: { careUnitId: 'icu', bedId: 'icu-3', patientId: 'pat-5', encounterId: 'enc-5', alarmId: alarmIdNo(5) },
  any: { careUnitId: 'icu', bedId: 'icu-3', patientId: 'pat-6', encounterId: 'enc-6', alarmId: alarmIdNo(6) },
} as const;

/** The device at the bed of each situation that has one; `mon-free` stands nowhere. */
export const DEVICES = { treated: 'mon-treated', own: 'mon-own', other: 'mon-other', any: 'mon-any' } as const;

const PEOPLE = ['nurse', 'charge-nurse', 'physician', 'on-call', 'biomed', 'admin', 'security-officer', 'auditor'] as const;
export type PersonName = (typeof PEOPLE)[number];
/** Those who care for patients, and so may open a record in an emergency. */
const CLINICAL: readonly PersonName[] = ['nurse', 'charge-nurse', 'physician', 'on-call'];

const patient = (n: number) => ({
  patientId: `pat-${n}`,
  mrn: `M${n}`,
  familyName: `FAMILY${n}`,
  givenName: 'Given',
  birthDate: '1960-01-02',
  sex: 'other' as const,
});
const person = (name: string) => ({ staffId: name, username: name, name: `Person ${name}`, roles: [name] });

const site = Site.parse({
  ...wardSite,
  beds: ['icu-1', 'icu-2', 'icu-3', 'imc-1', 'imc-2'].map((bedId) => ({ bedId, careUnitId: bedId.slice(0, 3), label: bedId })),
  devices: [...Object.values(DEVICES), 'mon-free'].map((deviceId) => ({ deviceId, gatewayId: 'gw-1', profile: 'monitor' })),
  deviceAssignments: [],
  patients: [1, 2, 3, 4, 5, 6].map(patient),
  encounters: [
    { encounterId: 'enc-1', patientId: 'pat-1', bedId: 'icu-1' },
    { encounterId: 'enc-2', patientId: 'pat-2', bedId: 'icu-2' },
    { encounterId: 'enc-3', patientId: 'pat-3', bedId: 'imc-1' },
    { encounterId: 'enc-4', patientId: 'pat-4', bedId: 'imc-2' },
  ],
  // `zed` is whom accounts are changed of; `una` opens records that are reviewed.
  staff: [...PEOPLE.map(person), { ...person('zed'), roles: ['biomed'] }, { ...person('una'), roles: ['nurse'] }],
  staffAssignments: [
    { staffId: 'nurse', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' },
    { staffId: 'charge-nurse', careUnitId: 'icu', bedId: null, role: 'charge' },
    { staffId: 'physician', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' },
    { staffId: 'on-call', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' },
  ],
});

const DAY_MS = 24 * 3_600_000;

/** A site with one person of each kind, signed in, and a subject in each situation. */
export class Ward {
  private readonly tokens = new Map<ActorName, string>();
  private stationCookie = '';
  pageToken = '';

  /** Assignments of those devices, by situation. */
  readonly assigned = new Map<Situation, string>();

  private constructor(readonly api: Api) {}

  static async open(): Promise<Ward> {
    const ward = new Ward(await startApi({ site, env: { VIGIL_REQUESTS_PER_S: '10000', VIGIL_SECOND_FACTOR_ROLES: 'none' } }));
    await ward.fill();
    await ward.assignDevices();
    for (const name of PEOPLE) ward.tokens.set(name, await ward.api.token(name));
    ward.tokens.set('service', SERVICE_TOKEN);
    ward.tokens.set('gateway', GATEWAY_TOKEN);
    await ward.enrolStation();
    await ward.openRecords();
    ward.pageToken = await ward.page(0, 'any');
    ward.tokens.set('page-link', ward.pageToken);
    return ward;
  }

  get who() {
    const wallMs = this.api.clock.wallMs();
    const audit = auditEntry({ actor: 'system:test', action: 'test', object: 'test', outcome: 'allowed' });
    return { audit, nowMs: this.api.clock.nowMs(), wallMs };
  }

  /** Who sends the request, as headers. */
  credentials(actor: ActorName): {
    readonly as?: string | { readonly cookie: string };
    readonly headers: Record<string, string>;
  } {
    if (actor === 'anonymous') return { headers: {} };
    if (actor === 'station') return { as: { cookie: this.stationCookie }, headers: { origin: this.api.url } };
    return { as: this.tokens.get(actor)!, headers: {} };
  }

  /** A session of its own, for a request that ends it; the actor's own one stays. */
  async fresh(actor: ActorName): Promise<ReturnType<Ward['credentials']>> {
    const isPerson = (PEOPLE as readonly string[]).includes(actor);
    return isPerson ? { as: await this.api.token(actor), headers: {} } : this.credentials(actor);
  }

  /**
   * The token of a page about an alarm of its own, for the nurse: `any` opens and accepts for her, the others are too
   * old, about an alarm of the care unit (`own`) and of another one (`other`).
   */
  async page(n: number, situation: Situation): Promise<string> {
    const { stores, clock } = this.api;
    const token = `page-${n}-`.padEnd(43, 'x');
    const alarmId = alarmIdNo(1_000 + n);
    const { bedId, encounterId } = WARD[situation === 'any' ? 'treated' : situation];
    const nowMs = clock.nowMs();
    await stores.alarmState.commit(batch([transition({ alarmId, bedId, encounterId, onsetMs: nowMs, atMs: nowMs })]));
    const due = (await stores.escalations.due(clock.wallMs() + DAY_MS, 10_000)).find((each) => each.alarm.alarmId === alarmId)!;
    const step = { escalation: { ...due.escalation, rev: due.escalation.rev + 1 }, pages: [], skipped: [], exhausted: false };
    const page = {
      pageId: `page-${n}`,
      staffId: 'nurse',
      channel: 'smtp',
      address: 'nurse@hospital.test',
      step: 0,
      reason: 'test',
      subject: 'TEST',
      text: 'TEST',
      tokenHash: tokenHash(token),
      expiresAtMs: clock.wallMs() + (situation === 'any' ? DAY_MS : -1),
      test: true,
    };
    await stores.escalations.advance(due, step as never, [page as never], nowMs, clock.wallMs());
    return token;
  }

  private async fill(): Promise<void> {
    const { stores, clock } = this.api;
    const nowMs = clock.nowMs();
    const past = WARD.past;
    await stores.directory.admit({ ...past, atMs: nowMs - 9 * DAY_MS } as never, this.who);
    await stores.directory.discharge(past.encounterId as never, nowMs - 2 * DAY_MS, this.who);
    for (const each of [WARD.treated, WARD.own, WARD.other, WARD.glass]) {
      const more = { alarmId: each.alarmId, bedId: each.bedId, encounterId: each.encounterId, onsetMs: nowMs, atMs: nowMs };
      await stores.alarmState.commit(batch([transition(more)]));
    }
  }

  private async assignDevices(): Promise<void> {
    const author = { by: 'admin', source: 'person', sourceRef: null, ...this.who } as const;
    for (const situation of ['treated', 'own', 'other', 'any'] as const) {
      const request = {
        deviceId: DEVICES[situation],
        bedId: WARD[situation].bedId,
        fromMs: this.api.clock.nowMs(),
        reason: 'routine',
      };
      const change = { ...author, commandId: randomUUID() };
      const { value } = await this.api.stores.deviceAssignments.assign(request as never, change as never);
      this.assigned.set(situation, value.assignmentId);
    }
  }

  private async enrolStation(): Promise<void> {
    const as = this.tokens.get('charge-nurse')!;
    const made = await this.api.call('POST', '/api/v1/stations', { as, body: { careUnitId: 'icu', label: 'Desk' } });
    const enrolled = await this.api.call('POST', '/api/v1/station-session', { body: { code: made.body.enrolmentCode } });
    this.stationCookie = enrolled.headers.getSetCookie()[0]!.split(';')[0]!;
  }

  private async openRecords(): Promise<void> {
    for (const name of CLINICAL) {
      const body = { patientId: WARD.glass.patientId, reason: 'emergency' };
      await this.api.call('POST', '/api/v1/break-glass', { as: this.tokens.get(name)!, body });
    }
  }
}

export { PASSWORD };

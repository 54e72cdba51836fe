import { randomUUID } from 'node:crypto';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { ON_CALL_REQUESTS } from './access-on-call.js';
import { type ActorName, PASSWORD, type Situation, WARD, type Ward } from './access-ward.js';

export interface Cell {
  readonly ward: Ward;
  readonly actor: ActorName;
  readonly situation: Situation;
  /** Another one for each request. */
  readonly n: number;
}

export interface Parts {
  /** Fills the path's parameters beside those of the subject, e.g. `{token}`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses, or codes of problems, of a request that access lets through; left out: any below 400. */
  readonly done?: readonly (number | string)[];
  /** It ends the session, so that each cell needs one of its own. */
  readonly endsSession?: boolean;
}

type Builder = (cell: Cell) => Parts | Promise<Parts>;

const WRONG_TICKET = 'no-such-ticket-0123456789';
const subject = ({ situation }: Cell) => WARD[situation];
/**
 * A revision that nobody has: refused with 412, and only after access was decided. Time stands still here, so that two alarms are
 * pressed in the same instant: that is refused after access was decided too.
 */
const command: Builder = () => ({
  headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
  body: {},
  done: [412, 'impossible-rate'],
});
const answering: Builder = () => ({
  headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
  body: { reason: 'other' },
  done: [412],
});
/** The same for a stay. */
const moved = (metric: string) => ({
  params: { metric },
  headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
  done: [412],
});
const bogusCredential = { id: 'AAAA', rawId: 'AAAA', type: 'public-key' };
const hex = (n: number, length: number): string => n.toString(16).padStart(length, '0');

const NO_RULES = { params: { hash: hex(1, 64) } };
/** About a rule set that is not there, which is said only once access was decided. */
const movedRules = (body: object) => ({
  ...NO_RULES,
  headers: { 'if-match': '"1"', 'idempotency-key': randomUUID() },
  body,
  done: [404],
});

/** About a device that is not there, which is said only once access was decided. */
const NO_DEVICE = { params: { deviceId: 'no-such-device' }, done: [404] };
const atRev1 = () => ({ headers: { 'if-match': '"1"', 'idempotency-key': randomUUID() } });

/** Readings are kept with the alarm, so that 404 says that it is not the caller's. */
async function withSnapshot(cell: Cell): Promise<Parts> {
  const { alarmSnapshots } = cell.ward.api.stores;
  const { alarmId } = subject(cell);
  await alarmSnapshots.follow({ nowMs: 1, wallMs: 1, rate: 1 }, 1_000);
  const content = { fromMs: 0, toMs: 1, devices: [], metrics: [], gaps: [], lacks: [] } as never;
  const taken = { alarmId: alarmId as never, content, readings: 0, complete: true, nextWallMs: null, wallMs: 1 };
  if ((await alarmSnapshots.of(taken.alarmId)) === 'waiting') await alarmSnapshots.keep(taken);
  return {};
}

/** Whose ways are looked at: of somebody with a duty in `icu`, or of somebody with none there. */
const staffOf = ({ situation }: Cell) => ({ params: { staffId: situation === 'own' ? 'physician' : 'una' } });
const PUSH = { endpoint: 'https://push.example/x', p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) };

/** A way that this person has: always the same one. */
async function browserOf(cell: Cell): Promise<string> {
  const { staffId } = staffOf(cell).params;
  const contact = { staffId, channel: 'webPush', address: JSON.stringify(PUSH), label: null, source: 'browser' };
  const change = { ...cell.ward.who, commandId: randomUUID(), by: staffId, source: 'person', sourceRef: null };
  return (await cell.ward.api.stores.contacts.add(contact as never, change as never)).value.contactId;
}

/** About a way that is not there. */
const NO_CONTACT = () => ({
  params: { contactId: '00000000-0000-4000-8000-000000000001' },
  headers: { 'if-match': '"1"', 'idempotency-key': randomUUID() },
  done: [404],
});

const fromPage = async ({ ward, situation, n }: Cell): Promise<Parts> => ({
  params: { token: await ward.page(n, situation) },
  headers: { origin: ward.api.url },
});

/** A task at the care unit of the situation; `any`: at none. */
async function taskOf({ ward, situation }: Cell): Promise<Parts> {
  const careUnitId = situation === 'any' ? null : WARD[situation].careUnitId;
  const task = { taskId: `task-${situation}`, kind: 'tray', reason: 'stay-unknown', careUnitId, bedId: null, patientId: null };
  await ward.api.stores.tasks.open({ ...task, detail: {} } as never, 1);
  return { params: { taskId: task.taskId } };
}
/** A revision that nobody has; what is no message can't be applied anyway. */
const movedTask = (body: object) => ({
  headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
  body,
  done: [412, 'feed-refused'],
});

/** A grant of `staffId` for the patient of no place, opened an hour ago. */
async function grantOf({ ward, n }: Cell, staffId: string, endsInMs: number): Promise<string> {
  const grantId = `bg-${hex(n, 32)}`;
  const wallMs = ward.api.clock.wallMs();
  const grant = {
    grantId,
    staffId,
    patientId: 'pat-6',
    bedId: null,
    careUnitId: null,
    reason: 'other',
    text: null,
    openedWallMs: wallMs - 3_600_000,
    endsWallMs: wallMs + endsInMs,
  };
  await ward.api.stores.breakGlass.open(
    grant as never,
    auditEntry({ actor: staffId, action: 'test', object: 'test', outcome: 'allowed' }),
  );
  return grantId;
}

const stationOf: Builder = async ({ ward, situation, n }) => {
  const careUnitId = situation === 'other' ? 'imc' : 'icu';
  const as = { as: await tokenOf(ward, 'admin'), body: { careUnitId, label: `Screen ${n}` } };
  const { body } = await ward.api.call('POST', '/api/v1/stations', as);
  return { params: { stationId: body.station.stationId }, body: undefined };
};
const tokenOf = async (ward: Ward, actor: ActorName): Promise<string> => ward.credentials(actor).as as string;

/** About the device at the bed of the situation; refused with 412, and only after access was decided. */
const spanOf =
  (body: object): Builder =>
  ({ ward, situation }) => ({
    params: { assignmentId: ward.assigned.get(situation)! },
    headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
    body,
    done: [412],
  });
/** A revision of a place that nobody has. */
const movedPlace = (body: object | null): Builder => {
  return () => ({ ...moved('heartRate'), ...(body === null ? {} : { body }) });
};
const ALIAS = { query: '?system=pas&value=W1' };
/** A duty of its own, in the care unit of the situation, and a revision of it that nobody has. */
const dutyOf: Builder = async ({ ward, situation, n }) => {
  const careUnitId = situation === 'other' ? 'imc' : 'icu';
  const duty = { staffId: 'zed', careUnitId, role: 'primary', fromMs: 8e12 + n, toMs: 8.1e12 };
  const { body } = await ward.api.call('POST', '/api/v1/assignments', { as: await tokenOf(ward, 'admin'), body: duty });
  return { ...moved('heartRate'), params: { assignmentId: body.assignmentId } };
};

const zed = { params: { staffId: 'zed' } } as const;
const plain: Builder = () => ({});

/** How each route is asked for, so that nothing but access can refuse it. */
export const REQUESTS: Readonly<Record<string, Builder>> = {
  'GET /health/live': plain,
  'GET /health/ready': () => ({ done: [200, 503] }),
  'GET /health/escalation': () => ({ done: [200, 503] }),
  'GET /metrics': plain,
  'GET /api/v1/display': plain,
  'POST /api/v1/csp-reports': () => ({ body: [] }),
  'POST /api/v1/ehr/notify': plain,
  'PUT /api/v1/ehr/notify': plain,
  'POST /api/v1/ehr/notify/{type}/{id}': () => ({ params: { type: 'Patient', id: '17' } }),
  'PUT /api/v1/ehr/notify/{type}/{id}': () => ({ params: { type: 'Patient', id: '17' } }),

  'GET /api/v1/care-units': plain,
  'GET /api/v1/care-units/{careUnitId}': plain,
  // The id is taken, which is said only once access was decided.
  'POST /api/v1/care-units': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { careUnitId: 'icu', label: 'ICU' },
    done: [409],
  }),
  'PATCH /api/v1/care-units/{careUnitId}': movedPlace({ label: 'ICU' }),
  'POST /api/v1/care-units/{careUnitId}/retire': movedPlace(null),
  'GET /api/v1/beds/{bedId}/place': plain,
  'POST /api/v1/beds': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1' },
    done: [409],
  }),
  'PATCH /api/v1/beds/{bedId}/place': movedPlace({ label: 'ICU 3' }),
  'POST /api/v1/beds/{bedId}/retire': movedPlace(null),
  'GET /api/v1/bed-aliases': plain,
  'PUT /api/v1/bed-aliases': () => ({ ...moved('heartRate'), ...ALIAS, body: { bedId: 'icu-3' } }),
  'DELETE /api/v1/bed-aliases': () => ({ ...moved('heartRate'), ...ALIAS }),
  'GET /api/v1/site/export': plain,
  'POST /api/v1/site/import': () => ({ body: { file: 'v: 1' } }),
  'GET /api/v1/device-assignments': plain,
  'GET /api/v1/tray': plain,
  'GET /api/v1/devices/{deviceId}/check': () => ({ params: { deviceId: 'mon-free' } }),
  'GET /api/v1/device-assignments/{assignmentId}': ({ ward }) => ({ params: { assignmentId: ward.assigned.get('any')! } }),
  // Nobody says why it is said so late, which is asked for only once access was decided.
  'POST /api/v1/device-assignments': (cell) => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { deviceId: 'mon-free', bedId: subject(cell).bedId, fromMs: cell.ward.api.clock.nowMs() - 90_000 },
    done: ['reason-required'],
  }),
  'POST /api/v1/device-assignments/{assignmentId}/end': spanOf({}),
  'POST /api/v1/device-assignments/{assignmentId}/correct': spanOf({ voided: true, reason: 'wrong-device', note: 'test' }),
  'GET /api/v1/staff': plain,
  'GET /api/v1/staff/{staffId}/reachability': staffOf,
  'POST /api/v1/staff/{staffId}/contact-methods': (cell) => ({
    ...staffOf(cell),
    headers: { 'idempotency-key': randomUUID() },
    body: { channel: 'sms', address: '+43123456789' },
  }),
  'DELETE /api/v1/staff/{staffId}/contact-methods/{contactId}': async (cell) => ({
    params: { ...staffOf(cell).params, contactId: await browserOf(cell) },
    headers: { 'if-match': '"99"', 'idempotency-key': randomUUID() },
    done: [412],
  }),
  // Nobody here has a way by which a test may go: said only once access was decided.
  'POST /api/v1/staff/{staffId}/test-pages': (cell) => ({ ...staffOf(cell), done: [409] }),
  'GET /api/v1/staff/{staffId}/test-pages/{testId}': async (cell) => {
    const { params } = staffOf(cell);
    const ways = [{ pageId: randomUUID(), channel: 'smtp' }];
    const test = { ...params, testId: randomUUID(), by: 'zed', ways };
    await cell.ward.api.stores.testPages.begin(test as never, cell.ward.api.clock.wallMs());
    return { params: { ...params, testId: test.testId } };
  },
  ...ON_CALL_REQUESTS,
  'GET /api/v1/assignments': plain,
  'POST /api/v1/assignments': (cell) => ({
    body: { staffId: 'zed', careUnitId: subject(cell).careUnitId, role: 'primary', fromMs: 9e12 + cell.n, toMs: 9.1e12 },
  }),
  'GET /api/v1/assignments/{assignmentId}': async (cell) => ({ ...(await dutyOf(cell)), headers: {}, done: [200] }),
  'PATCH /api/v1/assignments/{assignmentId}': async (cell) => ({ ...(await dutyOf(cell)), body: { staffId: 'una' } }),
  'DELETE /api/v1/assignments/{assignmentId}': dutyOf,
  'GET /api/v1/beds': plain,
  'GET /api/v1/beds/{bedId}': plain,
  'GET /api/v1/beds/{bedId}/history': ({ ward, situation }) => {
    const nowMs = ward.api.clock.nowMs();
    const [from, to] = situation === 'past' ? [nowMs - 8 * 86_400_000, nowMs - 7 * 86_400_000] : [nowMs, nowMs + 1_000];
    return { query: `?metric=heartRate&from=${from}&to=${to}` };
  },
  'GET /api/v1/machine/beds/{bedId}/history': ({ ward }) => {
    const nowMs = ward.api.clock.nowMs();
    return { query: `?metric=heartRate&from=${nowMs - 600_000}&to=${nowMs}&every=60000` };
  },
  'GET /api/v1/beds/{bedId}/history/export': ({ ward, situation }) => {
    const nowMs = ward.api.clock.nowMs();
    const [from, to] = situation === 'past' ? [nowMs - 8 * 86_400_000, nowMs - 7 * 86_400_000] : [nowMs, nowMs + 1_000];
    return { query: `?metric=heartRate,spo2&from=${from}&to=${to}&reason=transfer` };
  },
  'GET /api/v1/beds/{bedId}/gaps': ({ ward, situation }) => {
    const nowMs = ward.api.clock.nowMs();
    const [from, to] = situation === 'past' ? [nowMs - 8 * 86_400_000, nowMs - 7 * 86_400_000] : [nowMs, nowMs + 1_000];
    return { query: `?from=${from}&to=${to}` };
  },
  'GET /api/v1/beds/{bedId}/gaps/export': () => ({ query: '?from=0&to=1' }),
  'GET /api/v1/patients': plain,
  'POST /api/v1/patients/search': () => ({ body: { mrn: 'M1' } }),
  'GET /api/v1/patients/{patientId}': plain,
  'POST /api/v1/patients': ({ n }) => ({
    body: { patientId: `new-${n}`, mrn: `N${n}`, familyName: 'NEW', givenName: 'Nora', birthDate: '1970-01-01', sex: 'female' },
  }),
  'GET /api/v1/encounters': plain,
  'GET /api/v1/encounters/{encounterId}': plain,
  'GET /api/v1/encounters/{encounterId}/history': () => ({ query: '?metric=heartRate&from=0&to=1' }),
  'GET /api/v1/encounters/{encounterId}/history/export': () => ({ query: '?metric=heartRate,spo2&from=0&to=1&reason=transfer' }),
  'GET /api/v1/history/dictionary': plain,
  'GET /api/v1/encounters/{encounterId}/data-quality': () => ({ query: '?from=0&to=1' }),
  'GET /api/v1/devices/{deviceId}/data-quality': () => ({ params: { deviceId: 'sim-icu-1' }, query: '?from=0&to=1' }),
  // The bed is taken, which is said only once access was decided.
  'POST /api/v1/encounters': (cell) => ({ body: { patientId: 'pat-6', bedId: subject(cell).bedId }, done: [409] }),
  // It would end before it began; a stay that has ended is answered again.
  'POST /api/v1/encounters/{encounterId}/discharge': () => ({ body: { atMs: 1 }, done: [409, 200] }),
  'POST /api/v1/encounters/{encounterId}/transfer': () => ({ body: { bedId: 'icu-1', atMs: 1 }, done: [409, 200] }),
  'GET /api/v1/encounters/{encounterId}/changes': () => ({ query: '?from=0&to=1' }),
  'GET /api/v1/encounters/{encounterId}/limits': plain,
  'PUT /api/v1/encounters/{encounterId}/limits/{metric}': (cell) => ({
    ...moved('heartRate'),
    body: { low: null, high: 110, reason: 'test', toMs: cell.ward.api.clock.nowMs() + 3_600_000 },
  }),
  'DELETE /api/v1/encounters/{encounterId}/limits/{metric}': () => moved('heartRate'),
  'GET /api/v1/care-units/{careUnitId}/limits': plain,
  'GET /api/v1/care-units/{careUnitId}/standby': plain,
  'GET /api/v1/care-units/{careUnitId}/not-watched': plain,
  'GET /api/v1/care-units/{careUnitId}/limits-off': plain,
  'GET /api/v1/care-units/{careUnitId}/audio-pauses': plain,
  'POST /api/v1/care-units/{careUnitId}/audio-pauses': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { seconds: 10 },
    done: [201, 'impossible-rate'],
  }),
  'DELETE /api/v1/care-units/{careUnitId}/audio-pauses/{pauseId}': () => ({
    params: { pauseId: 'none' },
    // Without a key it is refused, once access was decided.
    done: [400],
  }),
  'GET /api/v1/encounters/{encounterId}/shelves': plain,
  // Without a revision it is refused, once access was decided.
  'POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree': () => ({ params: { shelfId: 'none' }, done: [428] }),
  'DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}': () => ({ params: { shelfId: 'none' }, done: [428] }),
  // One person shelves it, and for the others it is shelved already.
  'POST /api/v1/encounters/{encounterId}/shelves': (cell) => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { conditionCode: 'heartRate.high', reason: 'treatment-known', toMs: cell.ward.api.clock.nowMs() + 3_600_000 },
    done: [201, 409, 'impossible-rate'],
  }),
  // One person sets it, and for the others it is set already.
  'POST /api/v1/encounters/{encounterId}/standby': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { place: 'imaging' },
    done: [201, 409, 'impossible-rate'],
  }),
  'DELETE /api/v1/encounters/{encounterId}/standby': () => ({ headers: { 'idempotency-key': randomUUID() } }),
  'POST /api/v1/encounters/{encounterId}/correct': () => ({
    ...moved('heartRate'),
    body: { patientId: 'pat-6', reason: 'wrong-patient', note: 'test' },
  }),
  'POST /api/v1/encounters/{encounterId}/reopen': () => ({ ...moved('heartRate'), body: { reason: 'other', note: 'test' } }),
  'GET /api/v1/encounters/{encounterId}/profile': plain,
  'PUT /api/v1/encounters/{encounterId}/profile': () => ({ ...moved('heartRate'), body: { ageGroup: 'adult' } }),
  'GET /api/v1/encounters/{encounterId}/scores': plain,
  'GET /api/v1/encounters/{encounterId}/scores/{score}/history': () => ({ params: { score: 'news2' }, query: '?from=0&to=1' }),
  'POST /api/v1/encounters/{encounterId}/observations': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { items: [{ item: 'consciousness', value: 'A' }] },
  }),
  'PUT /api/v1/encounters/{encounterId}/score-settings': () => ({
    ...moved('spo2'),
    body: { spo2Scale: 2, reason: 'target 88-92 %' },
  }),
  'GET /api/v1/alarms': plain,
  'GET /api/v1/alarms/export': (cell) => ({ query: `?careUnit=${subject(cell).careUnitId}&from=0&to=1000&reason=other` }),
  'GET /api/v1/alarms/{alarmId}': plain,
  'GET /api/v1/alarms/{alarmId}/explanation': plain,
  'GET /api/v1/alarms/{alarmId}/path': plain,
  'GET /api/v1/alarms/{alarmId}/path/export': plain,
  'GET /api/v1/alarms/{alarmId}/snapshot': withSnapshot,
  'PUT /api/v1/alarms/{alarmId}/label': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { label: 'nuisance' },
  }),
  'DELETE /api/v1/alarms/{alarmId}/label': () => ({ headers: { 'idempotency-key': randomUUID() } }),
  'GET /api/v1/reports/alarm-load': (cell) => ({ query: `?careUnit=${subject(cell).careUnitId}&from=0&to=1000` }),
  'POST /api/v1/alarms/{alarmId}/accept': command,
  'POST /api/v1/alarms/{alarmId}/decline': answering,
  'POST /api/v1/alarms/{alarmId}/arrive': command,
  'POST /api/v1/alarms/{alarmId}/pass': answering,
  'POST /api/v1/alarms/{alarmId}/acknowledge': command,
  'GET /api/v1/pages/{token}': ({ ward }) => ({ params: { token: ward.pageToken } }),
  'POST /api/v1/pages/{token}/accept': async ({ ward, situation, n }) => ({
    params: { token: await ward.page(n, situation) },
    headers: { origin: ward.api.url },
  }),
  'POST /api/v1/pages/{token}/decline': async (cell) => ({ ...(await fromPage(cell)), body: { reason: 'too-far' } }),
  'POST /api/v1/pages/{token}/arrived': (cell) => fromPage(cell),
  // Nobody has accepted, so there is nothing to give back.
  'POST /api/v1/pages/{token}/help': async (cell) => ({ ...(await fromPage(cell)), body: { reason: 'other' }, done: [409] }),
  'POST /api/v1/pages/{token}/opened': (cell) => fromPage(cell),
  'GET /api/v1/gateways/{gatewayId}/config': ({ situation }) => ({
    params: { gatewayId: situation === 'other' ? 'gw-2' : 'gw-1' },
  }),
  'GET /api/v1/rule-sets': plain,
  'POST /api/v1/rule-sets': () => ({ headers: { 'idempotency-key': randomUUID() }, body: { file: 'no rules' }, done: [400] }),
  'GET /api/v1/rule-sets/{hash}': () => ({ ...NO_RULES, done: [404] }),
  'GET /api/v1/rule-sets/{hash}/diff': () => ({ ...NO_RULES, done: [404] }),
  'GET /api/v1/rule-sets/{hash}/file': () => ({ ...NO_RULES, done: [404] }),
  'POST /api/v1/rule-sets/{hash}/propose': () => movedRules({ reason: 'test' }),
  'POST /api/v1/rule-sets/{hash}/approve': () => movedRules({ comparedWith: hex(1, 64) }),
  'POST /api/v1/rule-sets/{hash}/reject': () => movedRules({ reason: 'test' }),
  'POST /api/v1/rule-sets/{hash}/activate': () => movedRules({}),
  'POST /api/v1/rule-sets/{hash}/withdraw': () => movedRules({ reason: 'test' }),
  'GET /api/v1/policies': plain,
  'GET /api/v1/policies/in-force': plain,
  'POST /api/v1/policies': () => ({ headers: { 'idempotency-key': randomUUID() }, body: { content: 'none' }, done: [400] }),
  'POST /api/v1/policies/simulate': () => ({ body: { content: 'none' }, done: [400] }),
  'GET /api/v1/policies/{hash}': () => ({ ...NO_RULES, done: [404] }),
  'GET /api/v1/policies/{hash}/file': () => ({ ...NO_RULES, done: [404] }),
  'POST /api/v1/policies/{hash}/simulate': () => ({ ...NO_RULES, body: {}, done: [404] }),
  'POST /api/v1/policies/{hash}/propose': () => movedRules({ reason: 'test' }),
  'POST /api/v1/policies/{hash}/approve': () => movedRules({ comparedWith: [hex(1, 64)], reason: 'test' }),
  'POST /api/v1/policies/{hash}/reject': () => movedRules({ reason: 'test' }),
  'POST /api/v1/policies/{hash}/withdraw': () => movedRules({ reason: 'test' }),
  'POST /api/v1/policies/{hash}/activate': () => movedRules({ reason: 'test' }),
  'GET /api/v1/rejects': plain,
  'GET /api/v1/tasks': plain,
  'GET /api/v1/tasks/{taskId}': taskOf,
  'GET /api/v1/tasks/{taskId}/detail': taskOf,
  'GET /api/v1/tasks/{taskId}/said': taskOf,
  'POST /api/v1/tasks/{taskId}/apply': async (cell) => ({ ...(await taskOf(cell)), ...movedTask({ note: 'x' }) }),
  'POST /api/v1/tasks/{taskId}/dismiss': async (cell) => ({ ...(await taskOf(cell)), ...movedTask({ note: 'x' }) }),
  'POST /api/v1/tasks/{taskId}/link': async (cell) => ({
    ...(await taskOf(cell)),
    ...movedTask({ note: 'x', patientId: 'pat-1' }),
  }),
  'GET /api/v1/dead-letters': plain,
  'POST /api/v1/dead-letters/{deadLetterId}/rerun': ({ n }) => ({ params: { deadLetterId: hex(n, 32) }, done: [404] }),
  'GET /api/v1/integrations': plain,
  'POST /api/v1/self-tests': plain,
  // Whether there is one yet depends on the order of the rows.
  'GET /api/v1/self-tests/newest': () => ({ done: [200, 404] }),
  'GET /api/v1/status': plain,
  'POST /api/v1/integrations/fhir/retry': plain,
  'GET /api/v1/devices': plain,
  'GET /api/v1/fleet/to-fix': plain,
  'POST /api/v1/devices': ({ n }) => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { deviceId: `new-${n}`, gatewayId: 'gw-1', profile: 'monitor' },
  }),
  'GET /api/v1/devices/{deviceId}': () => NO_DEVICE,
  'PATCH /api/v1/devices/{deviceId}': () => ({ ...NO_DEVICE, ...atRev1(), body: { owner: 'ICU' } }),
  'POST /api/v1/devices/{deviceId}/quarantine': () => ({ ...NO_DEVICE, ...atRev1(), body: { reason: 'other' } }),
  'POST /api/v1/devices/{deviceId}/release': () => ({ ...NO_DEVICE, ...atRev1(), body: { reason: 'checked' } }),
  'POST /api/v1/devices/{deviceId}/retire': () => ({ ...NO_DEVICE, ...atRev1(), body: { reason: 'replaced' } }),
  'POST /api/v1/devices/{deviceId}/enrolments': () => NO_DEVICE,
  'DELETE /api/v1/devices/{deviceId}/certificates/{fingerprint}': () => ({
    ...NO_DEVICE,
    params: { ...NO_DEVICE.params, fingerprint: hex(1, 64) },
  }),
  // A token that nobody was given.
  'POST /api/v1/device-enrolments': () => ({
    body: { token: WRONG_TICKET, csr: '-----BEGIN CERTIFICATE REQUEST-----' },
    done: ['wrong-code'],
  }),
  'GET /api/v1/gateways': plain,
  'GET /api/v1/audit': plain,
  'GET /api/v1/audit/export': plain,
  'GET /api/v1/audit/summary': plain,
  'POST /api/v1/audit/patients': () => ({ body: { mrn: 'MRN-1' } }),
  'GET /api/v1/audit/chain': plain,
  'POST /api/v1/audit/verifications': () => ({ body: {} }),
  'GET /api/v1/audit/verifications/{verificationId}': () => ({
    params: { verificationId: '00000000-0000-4000-8000-000000000000' },
    done: [404],
  }),
  'GET /api/v1/audit/{seq}/proof': () => ({ params: { seq: '999999' }, done: [404] }),
  'GET /api/v1/audit/holds': plain,
  'POST /api/v1/audit/holds': () => ({ body: { patientId: 'pat-6', reason: 'complaint' } }),
  'DELETE /api/v1/audit/holds/{holdId}': () => ({ params: { holdId: `hold-${hex(1, 32)}` }, done: [404] }),
  'GET /api/v1/patients/{patientId}/access-report': plain,
  'GET /api/v1/fhir/AuditEvent': () => ({ query: '?patient=pat-1' }),
  'GET /api/v1/fhir/AuditEvent/{id}': () => ({ params: { id: '1' } }),

  'POST /api/v1/break-glass': () => ({ body: { patientId: 'pat-6', reason: 'emergency' } }),
  'GET /api/v1/break-glass/mine': plain,
  'DELETE /api/v1/break-glass/{grantId}': async (cell) => {
    const isPerson = ['nurse', 'charge-nurse', 'physician', 'on-call'].includes(cell.actor);
    const owner = cell.situation === 'own' && isPerson ? cell.actor : 'una';
    return { params: { grantId: await grantOf(cell, owner, 3_600_000) } };
  },
  'GET /api/v1/break-glass': plain,
  'POST /api/v1/break-glass/{grantId}/review': async (cell) => ({
    params: { grantId: await grantOf(cell, cell.situation === 'own' ? 'security-officer' : 'una', -1) },
    body: { outcome: 'justified' },
  }),

  'POST /api/v1/session': () => ({ body: { username: 'zed', password: PASSWORD } }),
  'GET /api/v1/session': plain,
  'DELETE /api/v1/session': () => ({ endsSession: true }),
  'POST /api/v1/session/second-factor': () => ({ body: { ticket: WRONG_TICKET, code: '000000' }, done: [410] }),
  'POST /api/v1/session/password': () => ({
    body: { ticket: WRONG_TICKET, newPassword: 'a quite new pass phrase' },
    done: [410],
  }),
  'POST /api/v1/session/second-factor/enrolment': () => ({ body: { ticket: WRONG_TICKET }, done: [410] }),
  'POST /api/v1/session/second-factor/enrolment/confirm': () => ({
    body: { ticket: WRONG_TICKET, code: '000000' },
    done: [410],
  }),
  // There are no passkeys on an address without a name.
  'POST /api/v1/session/passkey/options': () => ({ body: {}, done: [400] }),
  'POST /api/v1/session/passkey/verify': () => ({
    body: {
      ticket: WRONG_TICKET,
      credential: { ...bogusCredential, response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' } },
    },
    done: [410],
  }),
  'GET /api/v1/session/methods': plain,
  'GET /api/v1/session/oidc/start': plain,
  'GET /api/v1/session/oidc/callback': () => ({ query: '?code=x&state=x' }),
  'POST /api/v1/session/oidc/backchannel-logout': () => ({ body: { logout_token: 'x' }, done: [404] }),

  'GET /api/v1/sessions': plain,
  // The one that asks stays.
  'DELETE /api/v1/sessions': plain,
  'DELETE /api/v1/sessions/{sessionRef}': () => ({ params: { sessionRef: hex(1, 16) }, done: [404] }),
  'POST /api/v1/push-receipts/{token}': () => ({ params: { token: 'x'.repeat(40) } }),
  'POST /api/v1/providers/twilio/status': () => ({ query: '?page=page-1', body: {} }),
  'POST /api/v1/providers/twilio/voice': () => ({ query: '?token=x', body: { Digits: '1' } }),
  'GET /api/v1/account/contact-methods': plain,
  'POST /api/v1/account/contact-methods': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { channel: 'smtp', address: 'me@hospital.test' },
  }),
  'PATCH /api/v1/account/contact-methods/{contactId}': () => ({ ...NO_CONTACT(), body: { label: null } }),
  'DELETE /api/v1/account/contact-methods/{contactId}': NO_CONTACT,
  'PUT /api/v1/account/contact-order': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { high: [], medium: [], low: [] },
    done: [200, 400],
  }),
  'POST /api/v1/account/contact-methods/{contactId}/test': NO_CONTACT,
  'POST /api/v1/account/contact-methods/{contactId}/confirm': () => ({ ...NO_CONTACT(), body: { code: '000000' } }),
  'GET /api/v1/account/push-key': plain,
  'GET /api/v1/account/push-subscriptions': plain,
  'POST /api/v1/account/push-subscriptions': () => ({
    headers: { 'idempotency-key': randomUUID() },
    body: { endpoint: PUSH.endpoint, keys: { p256dh: PUSH.p256dh, auth: PUSH.auth } },
  }),
  'DELETE /api/v1/account/push-subscriptions/{contactId}': NO_CONTACT,
  'GET /api/v1/account': plain,
  'POST /api/v1/account/password': () => ({
    body: { oldPassword: 'not this one', newPassword: 'a quite new pass phrase' },
    done: [400],
  }),
  'POST /api/v1/account/totp': plain,
  'POST /api/v1/account/totp/confirm': () => ({ body: { ticket: WRONG_TICKET, code: '000000' }, done: [410] }),
  'DELETE /api/v1/account/totp': plain,
  'POST /api/v1/account/recovery-codes': () => ({ done: [409] }),
  'POST /api/v1/account/passkeys/options': () => ({ done: [400] }),
  'POST /api/v1/account/passkeys': () => ({
    body: {
      ticket: WRONG_TICKET,
      name: 'key',
      credential: { ...bogusCredential, response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' } },
    },
    done: [410],
  }),
  'DELETE /api/v1/account/passkeys/{passkeyId}': () => ({ params: { passkeyId: `pk-${hex(1, 16)}` }, done: [404] }),

  'GET /api/v1/accounts': plain,
  'GET /api/v1/accounts/{staffId}': () => zed,
  'POST /api/v1/accounts': ({ n }) => ({
    body: { staffId: `made-${n}`, username: `made-${n}`, name: 'Made Here', roles: [], password: false },
  }),
  'PUT /api/v1/accounts/{staffId}/roles': () => ({ ...zed, body: { roles: ['biomed'] } }),
  'POST /api/v1/accounts/{staffId}/disable': () => ({ params: { staffId: 'una' } }),
  'POST /api/v1/accounts/{staffId}/enable': () => ({ params: { staffId: 'una' } }),
  'POST /api/v1/accounts/{staffId}/reset': () => ({ params: { staffId: 'una' }, body: {} }),
  'DELETE /api/v1/accounts/{staffId}/sessions': () => zed,
  'GET /api/v1/accounts/{staffId}/identity-links': () => zed,
  'POST /api/v1/accounts/{staffId}/identity-links': () => ({ ...zed, body: { subject: 'subject' }, done: [404] }),
  'DELETE /api/v1/accounts/{staffId}/identity-links/{linkId}': () => ({
    params: { staffId: 'zed', linkId: `il-${hex(1, 16)}` },
    done: [404],
  }),

  'GET /api/v1/stations': plain,
  'POST /api/v1/stations': (cell) => ({ body: { careUnitId: subject(cell).careUnitId, label: `Screen ${cell.n}` } }),
  'DELETE /api/v1/stations/{stationId}': stationOf,
  'POST /api/v1/stations/{stationId}/off': async (about) => ({
    ...(await stationOf(about)),
    body: { reason: 'other', untilMs: about.ward.api.clock.wallMs() + 60_000 },
  }),
  'DELETE /api/v1/stations/{stationId}/off': stationOf,
  'POST /api/v1/station-session': () => ({ body: { code: 'no-such-code' }, done: ['wrong-code'] }),
  'GET /api/v1/station-session': plain,

  'GET /api/v1/keys': plain,
  'POST /api/v1/keys/rotate': () => ({ body: { what: 'key-encryption' } }),
  'POST /api/v1/patients/{patientId}/erase': (cell) => ({
    params: { patientId: `gone-${cell.n}` },
    body: { reason: 'patient-request' },
    done: [404],
  }),
};

/**
 * A bed is renamed, or goes to another care unit, while an alarm of its patient runs: nothing of what is watched changes, or it is
 * said loudly. The real store and API on one side, the real engine on the other; it reads what the store sends to the log.
 */
import { type AlarmTransition, LogEvent, Site } from '@vigil/contracts';
import { emptyPartition, type PartitionState, step } from '@vigil/domain';
import { batch } from '../contract/alarm-fixtures.js';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const limit = (id: string, metric: string, side: 'low' | 'high', value: number, more: object = {}) => ({
  ...{ kind: 'limit', id, metric, side, limit: value, hysteresis: 2, onDelayMs: 0, offDelayMs: 0 },
  ...{ priority: 'high', source: 'test', ...more },
});
/** One limit for everybody, one of the ICU alone. */
const rules = [limit('hr-high', 'heartRate', 'high', 120), limit('spo2-icu', 'spo2', 'low', 90, { careUnitIds: ['icu'] })];
const site = Site.parse({ ...wardSite, ruleSet: { v: 2, name: 'ward', latenessMs: 2_000, rules } });

let api: Api;
let engine: PartitionState;
const transitions: AlarmTransition[] = [];
const taken = new Set<string>();
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'dan', 'ida']) tokens.set(name, await api.token(name));
  engine = emptyPartition();
  await pump();
  await hear({ heartRate: 150, spo2: 97 });
  const own = { low: null, high: 110, reason: 'test', toMs: Math.round(api.clock.nowMs()) + 3_600_000 };
  const headers = { 'if-match': '"0"', 'idempotency-key': newKey() };
  await as('amy', 'PUT', '/encounters/enc-1/limits/heartRate', { headers, body: own });
  await pump();
  await hear({ heartRate: 150, spo2: 97 });
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });

/** The engine reads these, and what it derives is stored. @returns the condition codes of what it derived */
async function take(events: readonly LogEvent[]): Promise<string[]> {
  const { state, effects } = step(engine, events);
  engine = state;
  const derived = effects.map((effect) => effect.transition);
  transitions.push(...derived);
  if (derived.length > 0) await api.stores.alarmState.commit(batch(derived));
  return derived.map(({ conditionCode, cause }) => `${conditionCode} ${cause}`);
}

/** What the store has put on the log since last time. */
async function pump(): Promise<string[]> {
  const fresh = (await api.stores.logRelay.next(1_000)).map((row) => row.event).filter(({ id }) => !taken.has(id));
  for (const { id } of fresh) taken.add(id);
  return take(fresh);
}

const UNITS = { heartRate: '/min', spo2: '%' } as const;
async function hear(values: Partial<Record<keyof typeof UNITS, number>>): Promise<string[]> {
  await api.clock.advance(1_000);
  const atMs = Math.round(api.clock.nowMs());
  const readings = Object.entries(values).map(([metric, value]) => ({
    ...{ metric, value, unit: UNITS[metric as keyof typeof UNITS], quality: 'valid', origin: 'simulated' },
  }));
  const names = { bedId: 'icu-1', deviceId: 'sim-icu-1', gatewayId: 'gw-1', bootId: 'boot', seq: atMs % 1_000_000 };
  const event = { v: 1, id: `m/${atMs}`, key: 'bed:icu-1', origin: 'simulated', atMs, kind: 'deviceMessage', ...names };
  return take([LogEvent.parse({ ...event, deviceAtMs: atMs, gatewayAtMs: atMs, readings })]);
}

/** Everything by which the patient is watched, as people, escalation and engine have it; without the name of the place. */
async function watched(name: string): Promise<string> {
  const alarms = (await as(name, 'GET', '/alarms?bed=icu-1')).body.items.map((alarm: Record<string, unknown>) => {
    const { text: _text, bedLabel: _label, ...rest } = alarm;
    return rest;
  });
  const limits = (await as('amy', 'GET', '/encounters/enc-1/limits')).body;
  const { label: _label, careUnitId: _unit, ...bed } = (await as(name, 'GET', '/beds/icu-1')).body;
  const due = await api.stores.escalations.due(api.clock.wallMs() + 86_400_000, 100);
  const pages = due.map(({ alarm, escalation }) => [alarm.alarmId, escalation]);
  const rulesInForce = (await api.stores.ruleSets.active())?.hash;
  return JSON.stringify({ alarms, limits, bed, pages, rulesInForce, engine: engine.keys.get('bed:icu-1') });
}

async function place(body: object): Promise<number> {
  const rev = (await as('dan', 'GET', '/beds/icu-1/place')).headers.get('etag')!;
  const headers = { 'if-match': rev, 'idempotency-key': newKey() };
  return (await as('dan', 'PATCH', '/beds/icu-1/place', { headers, body })).status;
}

test('renamed in mid-alarm: every limit, alarm, presence, page and rule is what it was, and so is the engine to the byte', async () => {
  const before = await watched('amy');
  expect(before).toContain('"conditionCode":"heartRate.high"');
  expect(await place({ label: 'Bay 1' })).toBe(200);
  expect(await pump()).toEqual([]);
  expect(await watched('amy')).toBe(before);
  expect((await as('amy', 'GET', '/beds/icu-1')).body.label).toBe('Bay 1');
  const alarmId = transitions.find(({ conditionCode }) => conditionCode === 'heartRate.high')!.alarmId;
  await hear({ heartRate: 151, spo2: 97 });
  expect(new Set(transitions.filter(({ metric }) => metric === 'heartRate').map((each) => each.alarmId))).toEqual(
    new Set([alarmId]),
  );
});

test('to a care unit with other rules: the alarm goes on under its id, and what changed stands until somebody has seen it', async () => {
  expect(await place({ careUnitId: 'imc', reason: 'reorganised' })).toBe(200);
  expect(await pump()).toEqual(['limitsChanged onset']);
  const told = transitions.at(-1)!;
  expect([told.kind, told.priority, told.evidence.because]).toEqual(['technical', 'medium', ['spo2-icu']]);
  // It is loud where the bed is now, and nobody has to know where it was.
  const seen = async (): Promise<
    readonly { readonly conditionCode: string; readonly alarmId: string; readonly presence: string }[]
  > => (await as('ida', 'GET', '/alarms?bed=icu-1')).body.items;
  expect((await seen()).map(({ conditionCode, presence }) => `${conditionCode} ${presence}`).sort()).toEqual([
    'heartRate.high on',
    'limitsChanged on',
  ]);
  expect(await hear({ heartRate: 152, spo2: 80 })).toEqual([]);
  const { body } = await as('ida', 'GET', `/alarms/${told.alarmId}`);
  const headers = { 'if-match': `"${body.rev}"`, 'idempotency-key': newKey() };
  expect((await as('ida', 'POST', `/alarms/${told.alarmId}/acknowledge`, { headers, body: {} })).status).toBe(200);
  expect(await pump()).toEqual(['limitsChanged acknowledged', 'limitsChanged end']);
  expect((await seen()).filter(({ presence }) => presence !== 'off').map(({ conditionCode }) => conditionCode)).toEqual([
    'heartRate.high',
  ]);
});

test('back again it is said again, and the limit of the ICU watches as before', async () => {
  expect(await place({ careUnitId: 'icu', reason: 'reorganised' })).toBe(200);
  expect(await pump()).toEqual(['limitsChanged onset']);
  expect(await hear({ heartRate: 152, spo2: 80 })).toEqual(['spo2.low onset']);
});

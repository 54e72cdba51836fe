import { BedId, EncounterId, type LogEvent } from '@vigil/contracts';
import { decideFeed, emptyPartition, type PartitionState, step } from '@vigil/domain';
import { readSettings } from '../../src/config.js';
import { hl7Listening } from '../../src/composition/hl7-listening.js';
import { FeedModule } from '../../src/feed/feed.module.js';
import { FeedService } from '../../src/feed/feed.service.js';
import { Integrations } from '../../src/health/integrations.js';
import type { Log } from '../../src/ports/log.js';
import { changeOf } from '../contract/feed-messages.js';
import { message } from '../../packages/domain/src/test-kit.js';
import { RawSender } from '../support/hl7-clients.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const HL7 = { VIGIL_HL7_PORT: '0', VIGIL_HL7_MRN_AUTHORITY: 'HOSP', VIGIL_TIME_ZONE: 'UTC', VIGIL_SOURCE: 'simulator' };

/** The hospital's interface engine, the real port, the real store, and the engine as a reader of what the store relays. */
class Ward {
  private number = 0;
  private seen = 0;
  engine: PartitionState = emptyPartition();
  readonly lines: string[] = [];

  private constructor(
    readonly api: Api,
    private readonly hospital: RawSender,
  ) {}

  static async open(): Promise<Ward> {
    const lines: string[] = [];
    const say = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
    const log: Log = { info: say('info'), warn: say('warn'), error: say('error') };
    const settings = readSettings({ ...HL7, VIGIL_DATA_DIR: '.' });
    const api = await startApi({ env: HL7, workers: [FeedModule.from(log, await hl7Listening(settings))] });
    // What is worked off happens later than what the site began with.
    await api.clock.advance(5_000);
    const ward = new Ward(api, await RawSender.to(api.app.get(FeedService, { strict: false }).port!));
    for (const [value, bedId] of [
      ['ICU^1', 'icu-1'],
      ['ICU^2', 'icu-2'],
      ['ICU^3', 'imc-1'],
    ] as const) {
      const change = changeOf({ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() }, 'dan');
      await api.stores.places.setAlias({ system: 'hl7:H', value }, BedId.parse(bedId), change);
    }
    return ward;
  }

  /** Sends an event of the hospital, hears AA, and waits until it is worked off. */
  async says(
    event: string,
    facts: { readonly pid: string; readonly bed?: string; readonly visit?: string; readonly mrg?: string },
  ): Promise<void> {
    const at = new Date(this.api.clock.nowMs())
      .toISOString()
      .replace(/[-:TZ]/g, '')
      .slice(0, 14);
    const id = `m${++this.number}`;
    const last =
      facts.mrg === undefined ? `PV1|1|I|${facts.bed ?? ''}||||||||||||||||${facts.visit ?? ''}` : `MRG|${facts.mrg}^^^HOSP`;
    this.hospital.send(
      [`MSH|^~\\&|HIS|H|V|H|${at}||ADT^${event}|${id}|P|2.5`, `EVN||${at}`, `PID|1||${facts.pid}`, last].join('\r'),
    );
    expect(await this.hospital.answer()).toContain(`MSA|AA|${id}`);
    while ((await this.api.stores.feedRecords.next(1)).length > 0) await new Promise((resolve) => setImmediate(resolve));
    // The one in work commits before it leaves the list.
    await this.api.stores.feedRecords.backlog();
  }

  /** Has the engine read what was relayed since, and these. */
  async reads(...more: readonly LogEvent[]) {
    const rows = await this.api.stores.logRelay.next(500);
    const fresh = rows.filter(({ seq }) => seq > this.seen).map(({ event }) => event);
    this.seen = rows.at(-1)?.seq ?? this.seen;
    const result = step(this.engine, structuredClone([...fresh, ...more]));
    this.engine = result.state;
    return { fresh, transitions: result.effects.map(({ transition }) => transition) };
  }

  get state(): string {
    return JSON.stringify([...this.engine.keys]);
  }

  /** So that what is of the same patient goes on. */
  async dismisses(taskId: string): Promise<void> {
    const { clock, stores } = this.api;
    const change = changeOf({ nowMs: clock.nowMs(), wallMs: clock.wallMs() }, 'carol');
    await stores.feedRecords.settle({ taskId, ifRev: 1 }, { do: 'dismiss', note: 'seen' }, decideFeed, change);
  }

  /** What people are told of this exchange. */
  async integration() {
    return (await this.api.app.get(Integrations).report()).find(({ name }) => name === 'hl7-in');
  }

  async openTasks() {
    return (await this.api.stores.tasks.list({ state: 'open', limit: 20 })).items;
  }

  async end(): Promise<void> {
    this.hospital.end();
    await this.api.end();
  }
}

const EMMA = 'M20^^^HOSP||Example^Emma||19800101|F';
const FRANK = 'M21^^^HOSP||Example^Frank||19700101|M';

let ward: Ward;
beforeEach(async () => void (ward = await Ward.open()));
afterEach(() => ward.end());

/** What the hospital says, and why it waits for a person. */
const MISFITS: readonly [string, Parameters<Ward['says']>[1], string][] = [
  // A stay that overlaps, an occupied bed, twice, a place without a name, and another person under the number.
  ['A01', { pid: EMMA, bed: 'ICU^3', visit: 'V9' }, 'patient-elsewhere'],
  ['A01', { pid: FRANK, bed: 'ICU^2', visit: 'V21' }, 'bed-taken'],
  ['A02', { pid: FRANK, bed: 'ICU^2', visit: 'V21' }, 'bed-taken'],
  ['A01', { pid: FRANK, bed: 'ICU^99', visit: 'V21' }, 'unknown-place'],
  ['A03', { pid: FRANK.replace('M21', 'M20'), bed: 'ICU^2', visit: 'V20' }, 'person-differs'],
];

test('what does not fit is a task with its reason, and nothing else happens anywhere', async () => {
  await freeBeds();
  await ward.says('A01', { pid: EMMA, bed: 'ICU^2', visit: 'V20' });
  await ward.reads();
  const before = ward.state;
  for (const [event, facts, reason] of MISFITS) {
    await ward.says(event, facts);
    const { fresh, transitions } = await ward.reads();
    expect([fresh, transitions]).toEqual([[], []]);
    expect(ward.state).toBe(before);
    const [task] = await ward.openTasks();
    expect(task).toMatchObject({ kind: 'feed', reason });
    expect(await ward.integration()).toMatchObject({ state: 'waiting', queue: 0, waiting: { [reason]: 1 } });
    await ward.dismisses(task!.taskId);
  }
  expect(await ward.integration()).toMatchObject({ state: 'working', waiting: {}, lagMs: 0, lastTrouble: null });
  expect(ward.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
});

test('moves that the hospital’s messages brought stand in the list of the stay, each once, beside the entry of its message', async () => {
  await freeBeds();
  const { api } = ward;
  const startMs = api.clock.wallMs();
  for (const [event, bed] of [
    ['A01', 'ICU^1'],
    ['A02', 'ICU^2'],
    ['A12', 'ICU^1'],
    ['A03', 'ICU^1'],
  ] as const) {
    await api.clock.advance(1_000);
    await ward.says(event, { pid: EMMA, bed, visit: 'V20' });
  }
  const { items: stays } = await api.stores.directory.encounters({ limit: 50 });
  const [stay] = stays.filter(({ patientId }) => !/^pat-\d$/.test(patientId));
  const as = await api.token('carol');
  const path = `/api/v1/encounters/${stay!.encounterId}/changes?from=${startMs}&to=${startMs + 3_600_000}`;
  const { status, body } = await api.call('GET', path, { as });
  expect(status).toBe(200);
  const left = (await api.stores.directory.bed(BedId.parse('icu-1')))!.label;
  expect(body.items.map((each: Record<string, unknown>) => [each['kind'], each['by'], each['fromBed']])).toEqual([
    ['discharged', 'system:feed', null],
    ['corrected', 'system:feed', null],
    ['transferred', 'system:feed', left],
    ['admitted', 'system:feed', null],
  ]);
  const trail = (await api.stores.auditTrail.list({ actor: 'system:feed', limit: 50 })).items;
  const messages = trail.filter(({ action }) => action === 'feed.apply').map(({ object }) => object);
  expect(new Set(messages).size).toBe(4);
  expect(messages).toHaveLength(4);
  // Whose message it was stands in each.
  const ofStay = trail.filter(({ object }) => object === `encounter:${stay!.encounterId}`);
  expect(ofStay.map(({ detail }) => detail.replace(/^bed:\S+ /, '')).sort()).toEqual([...messages].sort());
  expect(ofStay.every(({ patientIds }) => patientIds.includes(stay!.patientId))).toBe(true);
});

test('a merge in mid-alarm goes on with the alarm', async () => {
  await freeBeds();
  await ward.says('A01', { pid: EMMA, bed: 'ICU^1', visit: 'V20' });
  await ward.reads();
  const s = Math.ceil((ward.api.clock.nowMs() - EPOCH_MS) / 1_000);
  const reads = (atS: number, heartRate: number) => message(s + atS, { heartRate }, { deviceId: 'sim-icu-1' });
  const first = await ward.reads(reads(1, 150), reads(2, 150));
  const opened = first.transitions.filter(({ conditionCode }) => conditionCode === 'heartRate.high');
  expect(opened).toHaveLength(1);
  await ward.says('A40', { pid: FRANK.replace('M21', 'M22').replace('Frank||19700101|M', 'Emma||19800101|F'), mrg: 'M20' });
  const { fresh, transitions } = await ward.reads();
  expect(fresh).toMatchObject([{ kind: 'patientMerged', bedId: 'icu-1' }]);
  const { alarmId, rev } = opened[0]!;
  expect(transitions.filter((each) => each.alarmId !== alarmId)).toEqual([]);
  const later = await ward.reads(reads(3, 90), reads(4, 90));
  const ended = later.transitions.filter(({ conditionCode }) => conditionCode === 'heartRate.high');
  expect(ended.map((each) => [each.alarmId, each.rev])).toEqual([[alarmId, rev + transitions.length + 1]]);
  expect(await ward.openTasks()).toEqual([]);
});

test('a nurse in charge reads what waits, frees the bed and has it applied', async () => {
  await freeBeds();
  await ward.says('A01', { pid: EMMA, bed: 'ICU^2', visit: 'V20' });
  await ward.says('A01', { pid: FRANK, bed: 'ICU^2', visit: 'V21' });
  const { api } = ward;
  const as = await api.token('carol');
  const { body: list } = await api.call('GET', '/api/v1/tasks?state=open', { as });
  expect(list.items).toMatchObject([{ reason: 'bed-taken', careUnitId: 'icu' }]);
  expect(JSON.stringify(list)).not.toMatch(/Frank|Example|M21/);
  const path = `/api/v1/tasks/${list.items[0].taskId}`;
  const { body: read } = await api.call('GET', `${path}/detail`, { as });
  expect(read.detail.message.person).toMatchObject({ givenName: 'Frank' });
  const { body: said } = await api.call('GET', `${path}/said`, { as });
  expect(said.said).toMatchObject({ kind: 'admit', source: 'hl7' });
  expect(JSON.stringify(said)).not.toMatch(/Frank|Example|M21|V21/);
  const command = () => ({
    as,
    headers: { 'if-match': '"1"', 'idempotency-key': newKey() },
    body: { note: 'the bed is free now' },
  });
  expect(await api.call('POST', `${path}/apply`, command())).toMatchObject({ status: 409, body: { code: 'feed-refused' } });
  const bed = await api.stores.directory.bed(BedId.parse('icu-2'));
  const change = changeOf({ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() }, 'carol');
  await api.stores.directory.discharge(EncounterId.parse(bed!.encounter!.encounterId), api.clock.nowMs(), change);
  const done = await api.call('POST', `${path}/apply`, command());
  expect(done).toMatchObject({ status: 200, body: { state: 'done', resolution: 'applied', resolvedBy: 'carol' } });
  expect((await api.stores.directory.bed(BedId.parse('icu-2')))?.encounter?.patient).toMatchObject({ givenName: 'Frank' });
});

/** Epoch of the engine's test kit. */
const EPOCH_MS = 1_000_000_000_200_000;

/** Whoever the site put into a bed is discharged. */
async function freeBeds(): Promise<void> {
  const { api } = ward;
  for (const { encounterId } of (await api.stores.directory.encounters({ open: true, limit: 50 })).items) {
    const change = changeOf({ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() }, 'carol');
    await api.stores.directory.discharge(encounterId, api.clock.nowMs() - 1_000, change);
  }
}

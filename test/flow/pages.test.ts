import { StaffId } from '@vigil/contracts';
import { nextPages } from '@vigil/domain';
import { newToken, tokenHash } from '../../src/access/tokens.js';
import { uuidFrom } from '../../src/http/sha.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { alarmIdNo, batch, ending, transition } from '../contract/alarm-fixtures.js';
import { type Api, startApi } from './api-fixture.js';

const id = alarmIdNo(1);
const accepting = [['amy', 'alarm.accept', `alarm:${id}`, 'allowed']];
let api: Api;
let link: string;
beforeEach(async () => {
  api = await startApi();
  await api.stores.alarmState.commit(batch([transition()]));
  link = await pageAmy();
});
afterEach(() => api.end());

/** Queues the first page of the alarm, as the escalator does, and answers the token of its link. */
async function pageAmy(): Promise<string> {
  const { clock, stores } = api;
  const wallMs = clock.wallMs();
  const due = (await stores.escalations.due(wallMs, 10))[0]!;
  const token = newToken();
  const page = {
    pageId: 'page-1',
    staffId: StaffId.parse('amy'),
    channel: 'smtp' as const,
    address: 'amy@hospital.test',
    step: 0,
    reason: 'step 1: primary nurse of this bed',
    subject: 'TEST',
    text: 'TEST',
    tokenHash: tokenHash(token),
    expiresAtMs: wallMs + 600_000,
    test: true,
  };
  const step = nextPages(due.escalation, due.route, due.onDuty, wallMs);
  await stores.escalations.advance(due, step, [page], clock.nowMs(), wallMs);
  return token;
}

const look = () => api.call('GET', `/api/v1/pages/${link}`);
const accept = (as?: string) => api.call('POST', `/api/v1/pages/${link}/accept`, as === undefined ? {} : { as });
const escalation = async () => (await api.stores.alarms.get(id))!.escalation;

test('looking at the link shows no patient, needs no sign-in and changes nothing', async () => {
  const before = await api.stores.alarms.get(id);
  const rows = await api.audited(async () => {
    for (let i = 0; i < 3; i++) {
      const { status, headers, body } = await look();
      expect(status).toBe(200);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(body).toMatchObject({ state: 'open', staffName: 'Amy Nurse', bedLabel: 'ICU 1', careUnitLabel: 'ICU', test: true });
      expect(JSON.stringify(body)).not.toMatch(/TESTMAN|148|heart/i);
    }
  });
  expect(rows).toEqual([]);
  expect(await api.stores.alarms.get(id)).toEqual(before);
  expect((await api.call('GET', `/api/v1/pages/${link}/accept`)).status).toBe(405);
});

test('the link accepts for its named person, and only once', async () => {
  const rows = await api.audited(async () => {
    const first = await accept();
    expect([first.status, first.body.state, first.body.acceptedByName]).toEqual([200, 'accepted', 'Amy Nurse']);
  });
  expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual(accepting);
  expect(await escalation()).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
  const again = await api.audited(async () => {
    const second = await accept();
    expect([second.status, second.body.code]).toEqual([410, 'link-expired']);
  });
  expect(again.map((r) => [r.action, r.outcome])).toEqual([['alarm.accept', 'refused']]);
});

test('a link accepts for its person on whosever phone it is, and the audit trail says on whose', async () => {
  const carol = await api.token('carol');
  const rows = await api.audited(async () => expect((await accept(carol)).body.acceptedByName).toBe('Amy Nurse'));
  expect(rows).toMatchObject([{ actor: 'amy', roles: [], detail: 'page:page-1 by link, signed in as carol' }]);
});

test('two taps at once accept once', async () => {
  const rows = await api.audited(async () => {
    const both = await Promise.all([accept(), accept()]);
    expect(both.filter((reply) => reply.status === 200).length).toBeGreaterThanOrEqual(1);
  });
  expect(rows.filter((r) => r.outcome === 'allowed' && r.detail !== 'repeated')).toHaveLength(1);
  expect((await escalation()).rev).toBe(3);
});

test('after ten minutes it accepts for nobody, but for whoever signs in while the escalation runs', async () => {
  await api.clock.advance(600_000);
  expect((await look()).body.state).toBe('expired');
  expect((await accept()).status).toBe(410);
  expect((await accept(await api.token('ida'))).status).toBe(404);
  expect((await accept(await api.token('eve'))).status).toBe(404);
  const carol = await api.token('carol');
  const rows = await api.audited(async () => {
    expect((await accept(carol)).body).toMatchObject({ state: 'accepted', acceptedByName: 'Carol Charge' });
  });
  expect(rows.map((r) => [r.actor, r.outcome])).toEqual([['carol', 'allowed']]);
});

test('where somebody else has accepted, the link says who', async () => {
  const headers = { 'if-match': '"2"', 'idempotency-key': '00000000-0000-4000-8000-000000000009' };
  const as = await api.token('carol');
  expect((await api.call('POST', `/api/v1/alarms/${id}/accept`, { as, headers, body: {} })).status).toBe(200);
  expect((await look()).body).toMatchObject({ state: 'accepted', acceptedByName: 'Carol Charge' });
  expect((await accept()).status).toBe(409);
});

test('when the alarm is over the link says so, and signing in does not revive it', async () => {
  await api.stores.alarmState.commit(batch([ending()]));
  expect((await look()).body.state).toBe('ended');
  await api.clock.advance(600_000);
  expect((await accept(await api.token('amy'))).status).toBe(410);
});

/** The policy ends, and nobody has accepted. */
async function runOut(): Promise<void> {
  const { clock, stores } = api;
  for (const waitMs of [30_000, 60_000]) {
    await clock.advance(waitMs);
    const due = (await stores.escalations.due(clock.wallMs(), 10))[0]!;
    const step = nextPages(due.escalation, due.route, due.onDuty, clock.wallMs());
    await stores.escalations.advance(due, step, [], clock.nowMs(), clock.wallMs());
  }
  expect((await escalation()).state).toBe('ended');
}

test('where nobody is left to be told the link says no end of the alarm: it accepts, and so does whoever signs in later', async () => {
  await runOut();
  expect((await look()).body).toMatchObject({ state: 'open', active: true, nextAtMs: null });
  expect((await accept()).body).toMatchObject({ state: 'accepted', acceptedByName: 'Amy Nurse' });
});

test('a link that is too old accepts for whoever signs in, also where nobody is left to be told', async () => {
  await runOut();
  await api.clock.advance(600_000);
  expect((await look()).body.state).toBe('expired');
  expect((await accept(await api.token('carol'))).body).toMatchObject({ acceptedByName: 'Carol Charge' });
});

test('a made-up link is not there, and what is sent to it says nothing', async () => {
  const reply = await api.call('GET', `/api/v1/pages/${newToken()}`);
  expect([reply.status, reply.body.code]).toEqual([404, 'not-found']);
  expect((await api.call('GET', '/api/v1/pages/short')).status).toBe(404);
});

test('tokens are in no metric and no audit row', async () => {
  await look();
  await accept();
  const { body } = await api.call('GET', '/metrics');
  expect(body).toContain('route="/api/v1/pages/:token"');
  expect(body).not.toContain(link);
  const rows = (await api.stores.auditTrail.list({ limit: 100 })).items;
  expect(JSON.stringify(rows)).not.toContain(link);
});

test('a link that is tried too often has to wait', async () => {
  let last = await accept();
  for (let i = 0; i < 60; i++) last = await accept();
  expect([last.status, Number(last.headers.get('retry-after')) > 0]).toEqual([429, true]);
});

test('whoever guesses at links has to wait, and holds up nobody behind the same address who was paged', async () => {
  const guess = () => api.call('POST', `/api/v1/pages/${newToken()}/accept`);
  const guesses = [];
  for (let i = 0; i < 62; i++) guesses.push((await guess()).status);
  expect([guesses[0], guesses.at(-1)]).toEqual([404, 429]);
  expect((await look()).status).toBe(200);
  expect((await accept()).body).toMatchObject({ state: 'accepted', acceptedByName: 'Amy Nurse' });
});

test('nobody can use up the command of somebody else’s link', async () => {
  const ben = await api.token('ben');
  for (const name of ['page/page-1', 'page/page-1/amy']) {
    const headers = { 'if-match': '"1"', 'idempotency-key': uuidFrom(name) };
    expect((await api.call('POST', `/api/v1/alarms/${id}/acknowledge`, { as: ben, headers, body: {} })).status).toBe(200);
  }
  expect((await accept()).status).toBe(200);
});

test('the link of somebody whose account was disabled stops no escalation', async () => {
  const audit = auditEntry({ actor: 'dan', action: 'test', object: 'test', outcome: 'allowed' });
  await api.stores.accounts.setDisabled(StaffId.parse('amy'), true, { audit, wallMs: api.clock.wallMs() });
  const rows = await api.audited(async () => expect((await accept()).status).toBe(410));
  expect(rows.map((r) => [r.action, r.object, r.outcome])).toEqual([['alarm.accept', `alarm:${id}`, 'refused']]);
  expect((await escalation()).state).toBe('running');
});

const say = (verb: string, body: unknown = {}, as?: string) =>
  api.call('POST', `/api/v1/pages/${link}/${verb}`, { body, ...(as === undefined ? {} : { as }) });

test('whatever only fetches the address, as mail scanners do, says nothing and accepts nothing', async () => {
  const before = await escalation();
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    for (const what of ['', '/accept', '/decline', '/arrived', '/help', '/opened'])
      await api.call(method, `/api/v1/pages/${link}${what}`);
  }
  expect(await escalation()).toEqual(before);
  expect((await say('opened')).status).toBe(204);
  expect((await escalation()).pages[0]!.receipts.map((each) => each.stage)).toContain('opened');
});

test('who declines by the link has it noted, and the next step is due at once; who can go after all still may', async () => {
  const rows = await api.audited(async () => {
    expect((await say('decline', { reason: 'too-far' })).body).toMatchObject({ state: 'open', mine: 'declined' });
  });
  expect(rows).toMatchObject([
    { actor: 'amy', action: 'alarm.accept', outcome: 'allowed', detail: 'decline, page:page-1 by link' },
  ]);
  expect(await api.stores.escalations.due(api.clock.wallMs(), 10)).toHaveLength(1);
  expect((await say('decline', { reason: 'tired' })).status).toBe(400);
  expect((await accept()).body).toMatchObject({ state: 'accepted', mine: 'accepted' });
});

test('who accepted by the link says to be there, or gives it back; a link that is too old does neither', async () => {
  await accept();
  expect((await say('arrived')).body).toMatchObject({ mine: 'arrived', accepts: [{ name: 'Amy Nurse', arrived: true }] });
  expect((await say('help', { reason: 'other' })).body).toMatchObject({ state: 'used', mine: 'declined', acceptedByName: null });
  expect((await escalation()).state).toBe('running');
  expect((await say('help', { reason: 'other' })).status).toBe(410);
  await api.clock.advance(600_000);
  for (const verb of ['decline', 'arrived', 'help', 'accept']) {
    expect((await say(verb, verb === 'decline' || verb === 'help' ? { reason: 'other' } : {})).status).toBe(410);
  }
});

describe('of several alarms', () => {
  const other = alarmIdNo(2);
  /** Queues a page for amy of another alarm; of the same patient it joins the first. */
  async function another(more: Record<string, unknown>): Promise<void> {
    const { clock, stores } = api;
    await stores.alarmState.commit(batch([transition({ alarmId: other, conditionCode: 'spo2.low', ...more })]));
    const due = (await stores.escalations.due(clock.wallMs(), 10)).find((each) => each.alarm.alarmId === other)!;
    const step = nextPages(due.escalation, due.route, due.onDuty, clock.wallMs());
    const page = {
      ...{ pageId: 'page-2', staffId: StaffId.parse('amy'), channel: 'smtp' as const, address: 'amy@hospital.test', step: 0 },
      ...{ reason: 'test', subject: 'TEST', text: 'TEST', tokenHash: tokenHash(newToken()), burstMs: 30_000, test: true },
      expiresAtMs: clock.wallMs() + 600_000,
    };
    await stores.escalations.advance(due, step, [page], clock.nowMs(), clock.wallMs());
  }

  test('what the message told of too is accepted with it', async () => {
    await another({});
    expect((await look()).body.others).toMatchObject([{ pageId: 'page-2', bedLabel: 'ICU 1', together: true }]);
    const rows = await api.audited(async () => expect((await accept()).status).toBe(200));
    expect(rows.map((row) => row.object)).toEqual([`alarm:${other}`, `alarm:${id}`]);
    expect((await api.stores.alarms.get(other))!.escalation).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
    expect((await look()).body.others).toEqual([]);
  });

  test('another bed is listed without anything of its patient, and taken by a tap of its own, once', async () => {
    await another({ bedId: 'icu-2', encounterId: null });
    const { body } = await look();
    expect(body.others).toMatchObject([{ pageId: 'page-2', bedLabel: 'ICU 2', priority: 'high', together: false }]);
    expect(JSON.stringify(body)).not.toMatch(/TESTMAN|PROBE|spo2/i);
    expect((await say('accept', { pageId: 'page-2' })).body).toMatchObject({ state: 'open', mine: 'nothing', others: [] });
    expect((await api.stores.alarms.get(other))!.escalation).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
    expect((await escalation()).state).toBe('running');
    expect((await say('accept', { pageId: 'page-2' })).status).toBe(404);
  });

  test('an alarm of the whole care unit is listed by the name of the unit: it was said to be of an unknown gateway', async () => {
    const ofUnit = { bedId: null, encounterId: null, careUnitId: 'icu', metric: null, kind: 'technical' };
    await another({ ...ofUnit, conditionCode: 'onCall.nobodyOnCall' });
    expect((await look()).body.others).toMatchObject([{ bedLabel: expect.stringMatching(/^all of (?!icu)/), kind: 'technical' }]);
  });

  test('the link of somebody whose account was disabled lists nothing else', async () => {
    await another({ bedId: 'icu-2', encounterId: null });
    const audit = auditEntry({ actor: 'dan', action: 'test', object: 'test', outcome: 'allowed' });
    await api.stores.accounts.setDisabled(StaffId.parse('amy'), true, { audit, wallMs: api.clock.wallMs() });
    expect((await look()).body.others).toEqual([]);
    expect((await say('accept', { pageId: 'page-2' })).status).toBe(404);
  });

  test('a link takes no page of anybody else', async () => {
    expect((await say('accept', { pageId: 'page-of-carol' })).status).toBe(404);
    expect((await escalation()).state).toBe('running');
  });
});

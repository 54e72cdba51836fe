import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChainState, isIncluded, leafHash, openSigningKeyFile, readCheckpoint } from '@vigil/audit-chain';
import { AuditEvent, type AuditRow } from '@vigil/contracts';
import { AUDIT_SPOOL_FILE } from '../../src/audit/audit-spool.js';
import { Checkpoints } from '../../src/audit/checkpoints.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { apiRoutes, type ApiRoute } from '../support/api-routes.js';
import { type Api, newKey, startApi } from './api-fixture.js';

/** Answered without an event: they show no patient and change nothing. Refusals leave one here too. */
const NO_EVENT = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /health',
  'GET /metrics',
  'GET /api/v1/session',
  'GET /api/v1/station-session',
  'GET /api/v1/care-units',
  // What words of a file mean.
  'GET /api/v1/history/dictionary',
  'GET /api/v1/staff',
  'GET /api/v1/assignments',
  'GET /api/v1/assignments/{assignmentId}',
  // How the site is set up, and which device is at which bed.
  'GET /api/v1/care-units/{careUnitId}',
  'GET /api/v1/beds/{bedId}/place',
  'GET /api/v1/bed-aliases',
  'GET /api/v1/device-assignments',
  'GET /api/v1/device-assignments/{assignmentId}',
  // That something waits, how many and why; what it says is `tasks/{taskId}/detail`.
  'GET /api/v1/tasks',
  'GET /api/v1/tasks/{taskId}',
  'GET /api/v1/tasks/{taskId}/said',
  'GET /api/v1/tray',
  'GET /api/v1/integrations',
  'GET /api/v1/rejects',
  'GET /api/v1/dead-letters',
  // Rules are about nobody.
  'GET /api/v1/rule-sets',
  'GET /api/v1/rule-sets/{hash}',
  'GET /api/v1/rule-sets/{hash}/diff',
  'GET /api/v1/rule-sets/{hash}/file',
  'GET /api/v1/devices',
  // Things, nothing of a patient.
  'GET /api/v1/devices/{deviceId}',
  'GET /api/v1/devices/{deviceId}/data-quality',
  'GET /api/v1/fleet/to-fix',
  'GET /api/v1/gateways',
  'GET /api/v1/gateways/{gatewayId}/config',
  // What a phone sees before anybody signed in: no patient.
  'GET /api/v1/pages/{token}',
  // Accounts, screens and keys: staff and settings. Changes of them are in the trail.
  'GET /api/v1/account',
  'GET /api/v1/sessions',
  'GET /api/v1/session/methods',
  'GET /api/v1/accounts',
  'GET /api/v1/accounts/{staffId}',
  'GET /api/v1/accounts/{staffId}/identity-links',
  'GET /api/v1/stations',
  'GET /api/v1/keys',
  // The caller's own grants, as ids: each was an event when it was opened.
  'GET /api/v1/break-glass/mine',
  // Who is on call by which schedule, and who is told by which policy: staff and settings. Hand-over notes are in the trail.
  'GET /api/v1/on-call/now',
  'GET /api/v1/on-call/schedules',
  'GET /api/v1/on-call/schedules/{scheduleId}',
  'GET /api/v1/on-call/schedules/{scheduleId}/changes',
  'GET /api/v1/on-call/schedules/{scheduleId}/overrides',
  'GET /api/v1/on-call/schedules/{scheduleId}/shifts',
  'GET /api/v1/on-call/swaps',
  'GET /api/v1/on-call/swaps/{swapId}',
  'GET /api/v1/policies',
  'GET /api/v1/policies/in-force',
  'GET /api/v1/policies/{hash}',
  'GET /api/v1/policies/{hash}/file',
  'GET /api/v1/account/contact-methods',
  'GET /api/v1/account/push-key',
  'GET /api/v1/account/push-subscriptions',
  'GET /api/v1/staff/{staffId}/reachability',
  'GET /api/v1/staff/{staffId}/test-pages/{testId}',
  // Counts and ages.
  'GET /api/v1/reports/alarm-load',
  'GET /api/v1/status',
  'GET /api/v1/self-tests/newest',
  // How the log itself is; whoever looks into it is in it.
  'GET /api/v1/audit/chain',
  'GET /api/v1/audit/verifications/{verificationId}',
  'GET /health/escalation',
  // What a phone says of a page: shown, and decides nothing.
  'POST /api/v1/pages/{token}/opened',
  'POST /api/v1/push-receipts/{token}',
  // On the way to the identity provider nothing has happened yet.
  'GET /api/v1/session/oidc/start',
  'POST /api/v1/session/passkey/options',
  // Nothing of a person, and asked by every page.
  'GET /api/v1/display',
  // A browser's report of what the content policy stopped.
  'POST /api/v1/csp-reports',
]);

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_REQUESTS_PER_S: '10000', VIGIL_SECOND_FACTOR_ROLES: 'none' } });
});
afterAll(() => api.end());

const as = async (username: string): Promise<string> => {
  const known = tokens.get(username);
  if (known !== undefined && (await api.call('GET', '/api/v1/session', { as: known })).status === 200) return known;
  const token = await api.token(username);
  tokens.set(username, token);
  return token;
};
const isRefused = (status: number): boolean => [401, 403, 410, 429].includes(status);
const contents = async (rows: readonly AuditRow[]): Promise<readonly unknown[]> => {
  const read = await Promise.all(rows.map(({ seq }) => api.stores.auditLog.read({ afterSeq: seq - 1, toSeq: seq, limit: 1 })));
  return read.map(([entry]) => JSON.parse(entry!.content));
};

describe('while the trail takes no events (D28)', () => {
  afterEach(() => api.breakAudit(false));

  const spooled = (): string => {
    const file = join(api.dataDir, AUDIT_SPOOL_FILE);
    try {
      return readFileSync(file, 'utf8');
    } catch {
      // Merged, and gone between two looks.
      return '';
    }
  };

  /** The merge is done by ticks of the clock, and by a disk that takes its time. */
  const merged = async (): Promise<void> => {
    for (let n = 0; n < 500 && spooled() !== ''; n++) await api.clock.advance(1_000);
    expect(spooled()).toBe('');
  };

  test('an emergency goes on, and its events are there once, marked, when the trail is back', async () => {
    const ida = await as('ida');
    const rows = await api.audited(async () => {
      api.breakAudit(true);
      const body = { patientId: 'pat-1', reason: 'emergency', text: 'found unresponsive' };
      const opened = await api.call('POST', '/api/v1/break-glass', { as: ida, headers: { 'idempotency-key': newKey() }, body });
      expect(opened.status).toBeLessThan(300);
      expect((await api.call('GET', '/api/v1/patients/pat-1', { as: ida })).body.familyName).toBe('TESTMAN');
      expect((await api.call('GET', '/api/v1/patients/pat-1', { as: await as('carol') })).status).toBe(503);
      expect(spooled()).toContain('patient:pat-1');
      api.breakAudit(false);
      await merged();
    });
    const read = rows.filter((row) => row.actor === 'ida' && row.action === 'patient.read');
    expect(read).toHaveLength(1);
    expect(read[0]).toMatchObject({
      purpose: 'emergency',
      outcome: 'allowed',
      patientIds: ['pat-1'],
      grantId: expect.any(String),
    });
    expect(spooled()).toBe('');
  });

  test('whoever goes to an alarm is not held up when only the audit table is broken', async () => {
    const amy = await as('amy');
    await api.stores.alarmState.commit(batch([transition({ alarmId: alarmIdNo(7) })]));
    const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
    db.exec("create trigger broken before insert on audit begin select raise(abort, 'broken'); end");
    let status = 0;
    const rows = await api.audited(async () => {
      const headers = { 'idempotency-key': newKey(), 'if-match': '"1"' };
      status = (await api.call('POST', `/api/v1/alarms/${alarmIdNo(7)}/accept`, { as: amy, headers })).status;
      expect(spooled()).toContain('alarm.accept');
      db.exec('drop trigger broken');
      await merged();
    });
    db.close();
    expect(status).toBe(200);
    expect((await api.stores.alarms.get(alarmIdNo(7)))?.escalation.state).toBe('accepted');
    expect(rows.filter((row) => row.action === 'alarm.accept')).toMatchObject([
      { actor: 'amy', object: `alarm:${alarmIdNo(7)}`, patientIds: ['pat-1'], outcome: 'allowed' },
    ]);
  });
});

describe('whoever looks into the trail', () => {
  let eve: string;
  const search = async (query: string): Promise<AuditRow[]> =>
    (await api.call('GET', `/api/v1/audit?${query}`, { as: eve })).body.items as AuditRow[];
  beforeAll(async () => void (eve = await as('eve')));

  test('finds who viewed a patient, in a list and by name, and nobody else', async () => {
    const amy = await as('amy');
    const fromMs = api.clock.wallMs();
    await api.clock.advance(10);
    await api.call('GET', '/api/v1/beds', { as: amy });
    await api.call('GET', '/api/v1/beds/icu-1', { as: amy });
    await api.call('GET', '/api/v1/beds/icu-2', { as: amy });
    const rows = await search(`patient=pat-1&actor=amy&from=${fromMs}`);
    expect(rows.map((row) => row.object)).toEqual(['bed:icu-1', 'beds']);
    expect(rows[1]!.patientIds).toContain('pat-1');
  });

  test('narrows by action, object, outcome and time, page by page, and leaves an event of its own', async () => {
    await api.call('GET', '/api/v1/audit', { as: await as('amy') });
    const refused = await search('outcome=refused&limit=5');
    expect(new Set(refused.map((row) => row.outcome))).toEqual(new Set(['refused']));
    expect((await search('action=session.login&limit=500')).every((row) => row.action === 'session.login')).toBe(true);
    expect((await search('object=bed:icu-1')).every((row) => row.object === 'bed:icu-1')).toBe(true);
    expect(await search('to=1')).toEqual([]);
    const first = (await api.call('GET', '/api/v1/audit?actor=amy&limit=2', { as: eve })).body;
    const second = (await api.call('GET', `/api/v1/audit?actor=amy&limit=2&cursor=${first.next}`, { as: eve })).body;
    expect(second.items[0].seq).toBeLessThan(first.items[1].seq);
    const rows = await api.audited(() => search('patient=pat-1&outcome=allowed'));
    expect(rows).toMatchObject([
      { action: 'audit.read', patientIds: ['pat-1'], detail: expect.stringContaining('outcome=allowed') },
    ]);
  });

  test('proves, without the database, that an entry is in the signed log', async () => {
    const signer = openSigningKeyFile(join(api.dataDir, 'audit', 'signing-key.json'), { create: true });
    const quiet = { made: () => undefined, broken: (why: string) => void expect(why).toBe(''), away: () => undefined };
    const { auditLog: log } = api.stores;
    await new Checkpoints({ log, clock: api.clock, openSigner: () => signer, publish: () => undefined, report: quiet }).look();
    const { body } = await api.call('GET', '/api/v1/audit/3/proof', { as: eve });
    const read = readCheckpoint(body.checkpoint, signer.publicKeys);
    if (!read.ok) throw new Error(read.fault);
    const path = (body.path as string[]).map((hash) => Buffer.from(hash, 'base64'));
    const { size, root } = read.checkpoint;
    expect(isIncluded({ leaf: leafHash(Buffer.from(body.entry)), index: 2, size, root, path })).toBe(true);
    expect((await api.call('GET', '/api/v1/audit/999999/proof', { as: eve })).status).toBe(404);
  });

  test('takes it out as lines that lead from their beginning to the checkpoint', async () => {
    const { body, headers } = await api.call('GET', '/api/v1/audit/export', { as: eve });
    expect(headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([lines[0].kind, lines.at(-1).kind]).toEqual(['vigil-audit-export', 'end']);
    const state = ChainState.restore(lines[0].state);
    const roots = new Map<number, string>();
    for (const line of lines.filter(({ kind }) => kind === 'entry')) {
      expect(state.append(Buffer.from(line.content)).toString('base64')).toBe(line.chain);
      roots.set(line.seq, state.frontier.root().toString('base64'));
    }
    const [note] = lines.filter(({ kind }) => kind === 'checkpoint');
    expect(note.note.split('\n')[2]).toBe(roots.get(note.size));
    expect(lines.at(-1).entries).toBe(roots.size);
  });

  test('takes out one patient with a proof for each entry', async () => {
    const { body } = await api.call('GET', '/api/v1/audit/export?patient=pat-1', { as: eve });
    const lines = (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const root = Buffer.from(lines[1].note.split('\n')[2], 'base64');
    const proved = lines.filter((line) => line.kind === 'entry' && line.size !== null);
    expect(proved.length).toBeGreaterThan(3);
    for (const { seq, size, content, path } of proved) {
      const hashes = (path as string[]).map((hash) => Buffer.from(hash, 'base64'));
      expect(isIncluded({ leaf: leafHash(Buffer.from(content)), index: seq - 1, size, root, path: hashes })).toBe(true);
      expect(content).toContain('pat-1');
    }
  });

  test('part of the time is taken out as a whole stretch that goes on from its state', async () => {
    const look = () => api.call('GET', '/api/v1/beds', { as: eve });
    await look();
    await api.clock.advance(1_000);
    const from = api.clock.wallMs();
    for (let n = 0; n < 5; n++) await look();
    await api.clock.advance(1_000);
    const to = api.clock.wallMs();
    await look();
    const { body } = await api.call('GET', `/api/v1/audit/export?from=${from}&to=${to}`, { as: eve });
    const lines = (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const state = ChainState.restore(lines[0].state);
    expect(state.size).toBe(lines[0].afterSeq);
    for (const { content, chain } of lines.filter(({ kind }) => kind === 'entry')) {
      expect(state.append(Buffer.from(content)).toString('base64')).toBe(chain);
    }
    expect([state.size, lines.at(-1).entries]).toEqual([lines[0].toSeq, 5]);
  });

  test('reads it as FHIR, by patient and date, page by page', async () => {
    const { body, headers } = await api.call(
      'GET',
      '/api/v1/fhir/AuditEvent?patient=pat-1&_count=2&date=ge2000-01-01T00:00:00Z',
      { as: eve },
    );
    expect(headers.get('content-type')).toContain('application/fhir+json');
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(body.entry).toHaveLength(2);
    for (const { resource } of body.entry) expect(AuditEvent.parse(resource)).toEqual(resource);
    const next = new URL(body.link.find(({ relation }: { relation: string }) => relation === 'next').url);
    const second = (await api.call('GET', `${next.pathname}${next.search}`, { as: eve })).body;
    expect(Number(second.entry[0].resource.id)).toBeGreaterThan(Number(body.entry[1].resource.id));
    const one = new URL(body.entry[0].fullUrl);
    expect((await api.call('GET', one.pathname, { as: eve })).body).toEqual(body.entry[0].resource);
    expect((await api.call('GET', '/api/v1/fhir/AuditEvent?date=2020', { as: eve })).status).toBe(400);
  });

  test('reports to a patient who looked, when, from where and why, in words, and marks the emergency', async () => {
    const rows = await api.audited(async () => {
      const { status, body } = await api.call('GET', '/api/v1/patients/pat-1/access-report', { as: eve });
      expect(status).toBe(200);
      expect(body.lines).toContainEqual(
        expect.objectContaining({
          who: 'Amy Nurse',
          roles: ['nurse'],
          what: 'looked at the bed and its readings',
          why: 'treatment',
          emergency: false,
        }),
      );
      expect(body.lines).toContainEqual(
        expect.objectContaining({
          who: 'Ida Nurse',
          what: 'looked at the personal details',
          emergency: true,
          why: expect.stringContaining('emergency'),
        }),
      );
      expect(JSON.stringify(body)).not.toMatch(/TESTMAN|1960/);
    });
    expect(rows).toMatchObject([{ actor: 'eve', action: 'audit.report', object: 'patient:pat-1', patientIds: ['pat-1'] }]);
  });

  test('prints the report as a page without script or style', async () => {
    const page = await api.call('GET', '/api/v1/patients/pat-1/access-report', { as: eve, headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toContain('no-store');
    expect(page.body).toContain('Amy Nurse (nurse)');
    expect(page.body).not.toMatch(/<script|style=|<style|TESTMAN/);
  });

  test('holds what must be kept, and lifts the hold; each is an event', async () => {
    const rows = await api.audited(async () => {
      const key = { 'idempotency-key': newKey() };
      const body = { patientId: 'pat-2', reason: 'litigation', reference: 'AZ 4/26' };
      const set = () => api.call('POST', '/api/v1/audit/holds', { as: eve, headers: key, body });
      const first = await set();
      expect([first.status, (await set()).body.holdId]).toEqual([201, first.body.holdId]);
      expect(await api.stores.auditLog.isHeld('pat-2' as never)).toBe(true);
      const lifted = await api.call('DELETE', `/api/v1/audit/holds/${first.body.holdId}`, { as: eve });
      expect(lifted.body).toMatchObject({ liftedBy: 'eve' });
      expect(await api.stores.auditLog.isHeld('pat-2' as never)).toBe(false);
    });
    expect(rows.map((row) => [row.action, row.patientIds, row.detail])).toEqual([
      ['audit.hold', ['pat-2'], 'set, litigation'],
      ['audit.hold', ['pat-2'], 'set, litigation'],
      ['audit.hold', ['pat-2'], 'lifted'],
    ]);
    expect((await api.call('POST', '/api/v1/audit/holds', { as: await as('dan'), body: {} })).status).toBe(403);
  });
});

// Last, because it ends stays and sessions.
describe('every route, for everybody', () => {
  const name = ({ method, path }: ApiRoute): string => `${method} ${path}`;
  let routes: readonly ApiRoute[];
  beforeAll(async () => void (routes = await apiRoutes(api)));

  test('leaves exactly one event, of the right shape; none where nothing is shown or changed', async () => {
    const wrong: string[] = [];
    for (const route of routes) {
      for (const who of [null, 'amy', 'carol', 'dan', 'eve']) {
        // So that what anonymous callers may write a minute is never used up.
        await api.clock.advance(1_500);
        const token = who === null ? {} : { as: await as(who) };
        let status = 0;
        const rows = await api.audited(async () => {
          status = (await api.call(route.method, route.filled, { ...token, ...(route.hasBody ? { body: {} } : {}) })).status;
        });
        // To hear that nobody is signed in is no refusal of whoever only asks.
        const asks = who === null && name(route) === 'GET /api/v1/session';
        const expected = asks || (NO_EVENT.has(name(route)) && !isRefused(status)) ? 0 : 1;
        if (rows.length !== expected) wrong.push(`${name(route)} by ${who ?? 'nobody'}: ${rows.length} events with ${status}`);
        for (const event of await contents(rows)) expect(AuditEvent.safeParse(event).error).toBeUndefined();
        for (const row of rows) {
          const outcome = isRefused(status) ? 'refused' : status < 300 ? 'allowed' : null;
          if (outcome !== null && row.outcome !== outcome)
            wrong.push(`${name(route)} by ${who ?? 'nobody'}: ${row.outcome} with ${status}`);
          if (who !== null && row.actor !== who) wrong.push(`${name(route)} by ${who}: names ${row.actor}`);
        }
      }
    }
    // A new read that shows no patient belongs into NO_EVENT above; anything else needs an action that is audited.
    expect(wrong).toEqual([]);
  }, 120_000);

  test('that would show or change something answers nothing while the trail takes no events', async () => {
    const shown: string[] = [];
    for (const route of routes.filter((each) => each.method === 'GET' && !NO_EVENT.has(name(each)))) {
      for (const who of ['amy', 'carol', 'eve']) {
        await api.clock.advance(1_500);
        const token = await as(who);
        api.breakAudit(true);
        const { status } = await api.call(route.method, route.filled, { as: token });
        api.breakAudit(false);
        if (status < 300) shown.push(`${name(route)} by ${who}: ${status}`);
      }
    }
    expect(shown).toEqual([]);
  }, 60_000);
});

/** The whole platform on PostgreSQL: people, alarms, stays and the commands of the terminal, where most is stored by one request. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSigningKeyFile } from '@vigil/audit-chain';
import { Checkpoints } from '../../src/audit/checkpoints.js';
import { accountCommand } from '../../src/composition/account-command.js';
import { withCommandStores } from '../../src/composition/command-stores.js';
import { examineDatabase } from '../../src/composition/database-findings.js';
import { databaseOf, readableFile } from '../../src/composition/database.js';
import { verifyAuditCommand } from '../../src/composition/verify-audit-command.js';
import { readStoredRuleSets } from '../../src/adapters/sql/stored-rule-sets.js';
import { TransitionsFile } from '../../src/adapters/sql/transitions-file.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { everythingIn, onPostgres, type PostgresServer, postgresOfTests } from '../support/postgres.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const postgres: PostgresServer | null = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;

here('a platform on PostgreSQL', () => {
  let api: Api;
  let env: { readonly DATABASE_URL: string };
  let own: string;
  const tokens = new Map<string, string>();
  beforeAll(async () => {
    own = mkdtempSync(join(tmpdir(), 'vigil-pg-flow-'));
    env = { DATABASE_URL: await postgres!.empty() };
    api = await startApi({ env: { ...env, VIGIL_SECOND_FACTOR_ROLES: 'none' } });
    for (const name of ['amy', 'carol', 'dan', 'eve']) tokens.set(name, await api.token(name));
  }, 120_000);
  afterAll(async () => {
    await api.end();
    await postgres!.stop();
    rmSync(own, { recursive: true, force: true });
  });
  const as = (name: string, method: string, path: string, more: Parameters<Api['call']>[2] = {}) =>
    api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });

  test('an alarm is found, shown, accepted once and kept with who did it', async () => {
    await api.stores.alarmState.commit(batch([transition()]));
    const seen = await as('amy', 'GET', `/alarms/${alarmIdNo(1)}`);
    expect(seen.body).toMatchObject({ careUnitId: 'icu', escalation: { state: 'running' } });
    const headers = { 'if-match': '"1"', 'idempotency-key': newKey() };
    const accept = () => as('amy', 'POST', `/alarms/${alarmIdNo(1)}/accept`, { headers, body: {} });
    const [first, again] = [await accept(), await accept()];
    expect(first.body).toMatchObject({ repeated: false, alarm: { escalation: { state: 'accepted', acceptedBy: 'amy' } } });
    expect(again.body).toEqual({ ...first.body, repeated: true });
    const { body } = await as('eve', 'GET', '/audit?action=alarm.accept');
    expect(body.items.map((row: { actor: string; outcome: string }) => [row.actor, row.outcome])).toEqual([
      ['amy', 'allowed'],
      ['amy', 'allowed'],
    ]);
  });

  test('of one press that comes four times at one moment one is carried out, and the others hear of it', async () => {
    await api.stores.alarmState.commit(batch([transition({ alarmId: alarmIdNo(2) })]));
    const headers = { 'if-match': '"1"', 'idempotency-key': newKey() };
    const press = () => as('carol', 'POST', `/alarms/${alarmIdNo(2)}/accept`, { headers, body: {} });
    const answers = await Promise.all(Array.from({ length: 4 }, press));
    expect(answers.map(({ status, body }) => `${status} ${String(body.repeated)}`).sort()).toEqual([
      '200 false',
      ...['200 true', '200 true', '200 true'],
    ]);
  });

  test('a name is nowhere in the database as it is', async () => {
    const all = await everythingIn(env.DATABASE_URL);
    expect(all).toContain('pat-1');
    expect(all).not.toMatch(/TESTMAN|PROBE/);
  });

  test('the commands of the terminal work on it', async () => {
    const machine = { dataDir: api.dataDir, env };
    const lines = await accountCommand(machine, { do: 'create', username: 'root', name: 'Root Admin', roles: ['admin'] });
    expect(lines[0]).toContain('root');
    expect(await withCommandStores(machine, (stores) => stores.accounts.staffIdOf('root'))).toBe('root');
    const place = databaseOf(api.dataDir, env.DATABASE_URL);
    const rules = await readableFile(place, 'rules');
    expect(readStoredRuleSets(rules.file).map(({ state }) => state)).toEqual(['active']);
    rules.end();
    const copy = await readableFile(place, 'transitions');
    const stored = new TransitionsFile(copy.file, copy.end);
    expect((await stored.find([`${alarmIdNo(1)}/1`])).size).toBe(1);
    stored.close();
    // The server of the tests forgets on purpose.
    expect(await examineDatabase(api.dataDir, env.DATABASE_URL)).toMatchObject([
      { ok: false, say: expect.stringContaining('set fsync') as string },
    ]);
    const wrong = { dataDir: api.dataDir, env: { DATABASE_URL: env.DATABASE_URL.replace('vigil_test_', 'no_such_') } };
    await expect(accountCommand(wrong, { do: 'disable', username: 'root' })).rejects.toThrow(/store-unavailable/);
  }, 60_000);

  test('verify-audit finds it in order, and finds what somebody changed past Vigil', async () => {
    const checkpoints = new Checkpoints({
      log: api.stores.auditLog,
      clock: api.clock,
      openSigner: (create) => openSigningKeyFile(join(api.dataDir, 'audit', 'signing-key.json'), { create }),
      publish: () => undefined,
      report: { made: () => undefined, broken: () => undefined, away: () => undefined },
    });
    await checkpoints.look(true);
    const verify = async () => {
      const said: string[] = [];
      const out = (line: string): void => void said.push(line);
      const options = { dataDir: api.dataDir, state: join(own, 'state.json'), env, out, progress: () => undefined };
      return { code: await verifyAuditCommand(options), text: said.join('\n') };
    };
    expect(await verify()).toMatchObject({ code: 0, text: expect.stringContaining('IN ORDER') as string });
    const past = (text: string) =>
      onPostgres(env.DATABASE_URL, (client) =>
        client.query(`begin; set local session_replication_role = replica; ${text}; commit`),
      );
    await past('alter table audit disable trigger audit_no_delete');
    expect(await verify()).toMatchObject({ code: 1, text: expect.stringContaining('audit_no_delete') as string });
    await past('alter table audit enable trigger audit_no_delete');
    await past("update audit set actor = 'nobody' where seq = 2");
    expect(await verify()).toMatchObject({ code: 1 });
  }, 60_000);
});

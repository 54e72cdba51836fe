/** Commands of the terminal that change a site whose store is PostgreSQL: the site as a file, and another event log. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { logIdentity } from '../../src/adapters/event-hubs/log-identity.js';
import { adoptLogCommand } from '../../src/composition/adopt-log-command.js';
import { type Machine, withCommandStores } from '../../src/composition/command-stores.js';
import { addSiteCommands } from '../../src/composition/site-command.js';
import { passwordHashes, site } from '../contract/sql-fixture.js';
import { type PostgresServer, postgresOfTests } from '../support/postgres.js';

const postgres: PostgresServer | null = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;
afterAll(() => postgres?.stop());

const FORMER = logIdentity('vigil', new Date(1_000));

here('commands on PostgreSQL', () => {
  let machine: Machine;
  beforeAll(async () => {
    const env = { DATABASE_URL: await postgres!.empty(), VIGIL_SOURCE: 'none' };
    machine = { dataDir: mkdtempSync(join(tmpdir(), 'vigil-pg-commands-')), env };
    await withCommandStores(machine, async (stores, clock) => {
      await stores.directory.seed(site, passwordHashes, { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 });
      expect(await stores.alarmState.isOwnLog(FORMER)).toBe(true);
    });
  }, 60_000);
  afterAll(() => rmSync(machine.dataDir, { recursive: true, force: true }));

  const run = async (...args: readonly string[]): Promise<readonly string[]> => {
    const said: string[] = [];
    const program = new Command();
    addSiteCommands(program, { dataDir: () => machine.dataDir, env: machine.env, out: (line) => void said.push(line) });
    await program.parseAsync(['site', ...args], { from: 'user' });
    return said;
  };

  test('the site goes out, is looked at, and comes in by the code of what was looked at', async () => {
    const file = join(machine.dataDir, 'site-new.yaml');
    const known = parse((await run('export')).join('\n')) as { beds: object[] };
    expect(known.beds).toHaveLength(3);
    writeFileSync(file, stringify({ ...known, beds: [...known.beds, { bedId: 'icu-9', careUnitId: 'icu', label: 'ICU 9' }] }));
    const looked = await run('diff', file);
    expect(looked[0]).toContain('+ bed icu-9');
    const code = / --apply (\S+)$/.exec(looked.at(-1)!)![1]!;
    await expect(run('import', file, '--apply', 'another')).rejects.toThrow(/run `vigil site diff` again/);
    expect((await run('import', file, '--apply', code)).at(-1)).toBe('done: 1 changes. What runs shows them within seconds');
    expect(await run('diff', file)).toEqual(['nothing would change']);
  }, 60_000);

  test('another log is adopted once whoever has the database open has gone, and only then', async () => {
    const there = new Date(2_000);
    mkdirSync(join(machine.dataDir, 'hub', 'vigil'), { recursive: true });
    writeFileSync(join(machine.dataDir, 'hub', 'vigil', 'meta.json'), JSON.stringify({ createdMs: there.getTime() }));
    const said: string[] = [];
    const adopt = (answer: boolean) =>
      adoptLogCommand({ ...machine, out: (line) => void said.push(line), confirm: () => Promise.resolve(answer) });
    await withCommandStores(machine, async (stores) => {
      await stores.directory.beds();
      await expect(adopt(true)).rejects.toThrow(/is in use: stop Vigil/);
    });
    expect(await adopt(false)).toBe(false);
    expect(said.join('\n')).toContain(`known     ${FORMER}`);
    expect(await adopt(true)).toBe(true);
    expect(said.at(-1)).toMatch(/^Done\. [1-9]\d* events/);
    await withCommandStores(machine, async (stores) => {
      expect(await stores.alarmState.isOwnLog(FORMER)).toBe(false);
      expect(await stores.alarmState.isOwnLog(logIdentity('vigil', there))).toBe(true);
      const { items } = await stores.auditTrail.list({ limit: 20 });
      expect(items.map(({ action }) => action)).toContain('log.adopt');
    });
    await expect(adopt(true)).rejects.toThrow(/can't be adopted/);
  }, 90_000);
});

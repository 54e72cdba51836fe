/** The site as a file, out and in: what was looked at is what is done, and nothing of a patient. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEvent } from '@vigil/contracts';
import { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { addSiteCommands } from '../../src/composition/site-command.js';
import { type Api, type Call, newKey, type Reply, startApi } from './api-fixture.js';

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['carol', 'dan']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(2_000)).map((row) => row.event);
const exported = async (): Promise<string> => (await as('dan', 'GET', '/site/export')).body;
const look = (file: string) => as('dan', 'POST', '/site/import', { body: { file } });
const apply = (file: string, etag: string, key = newKey()) =>
  as('dan', 'POST', '/site/import?dryRun=false', { headers: { 'if-match': etag, 'idempotency-key': key }, body: { file } });
type Lists = Record<string, Record<string, unknown>[]>;
/** The site as it is, changed. */
const changed = async (edit: (site: Lists) => void): Promise<string> => {
  const site = parse(await exported()) as Lists;
  edit(site);
  return stringify(site);
};
const lines = ({ body }: Reply): string[] =>
  body.changes.map((line: { do: string; part: string; id: string; refused: string | null }) =>
    [line.do, line.part, line.id, ...(line.refused === null ? [] : [line.refused])].join(' '),
  );

test('what goes out comes in again as no change, and has nothing of a patient or a stay', async () => {
  const { headers, body } = await as('dan', 'GET', '/site/export');
  expect(headers.get('content-type')).toMatch(/^application\/yaml/);
  const same = await look(body);
  expect([same.status, same.body]).toEqual([200, { applied: false, changes: [], count: 0, refused: 0, leftOut: [] }]);
  expect(body).not.toMatch(/pat-|enc-|TESTMAN|patients|encounters|hospital\.test/);
  expect((await as('carol', 'GET', '/site/export')).status).toBe(403);
});

test('an import applies only what was looked at, all of it, once, with an entry for each thing and one for the whole', async () => {
  const file = await changed((site) => {
    site.careUnits!.push({ careUnitId: 'er', label: 'Emergency' });
    site.beds!.push({ bedId: 'er-1', careUnitId: 'er', label: 'ER 1' });
    site.beds!.find(({ bedId }) => bedId === 'icu-1')!.label = 'Bay 1';
    site.bedAliases = [{ system: 'urn:pas', value: 'E^1', bedId: 'er-1' }];
    site.devices!.push({ deviceId: 'mon-9', gatewayId: 'gw-1', profile: 'monitor', owner: 'Emergency' });
    site.staffAssignments!.push({ staffId: 'ben', careUnitId: 'er', bedId: null, role: 'charge' });
  });
  const dry = await look(file);
  const told = ['add careUnit er', 'change bed icu-1', 'add bed er-1', 'add bedAlias ["urn:pas","E^1"]', 'add device mon-9'];
  expect(lines(dry).sort()).toEqual([...told, 'add staffAssignment ben er charge'].sort());
  expect((await as('carol', 'GET', '/care-units/er')).status).toBe(404);
  const etag = dry.headers.get('etag')!;
  expect(
    (await as('dan', 'POST', '/site/import?dryRun=false', { headers: { 'idempotency-key': newKey() }, body: { file } })).status,
  ).toBe(428);
  expect((await apply(`${file}\n# another file`, etag)).body.code).toBe('import-stale');

  const key = newKey();
  const rows = await api.audited(async () => {
    expect((await apply(file, etag, key)).body).toMatchObject({ applied: true, count: 6, refused: 0 });
    expect((await apply(file, etag, key)).status).toBe(200);
  });
  const entries = rows.filter(({ detail }) => detail !== 'repeated').map(({ action, object }) => [action, object]);
  expect(entries).toEqual(
    ['site', 'careUnit:er', 'bed:icu-1', 'bed:er-1', 'bed:er-1', 'device:mon-9', 'assignments'].map((object) => [
      'site.import',
      object,
    ]),
  );
  expect((await look(file)).body.count).toBe(0);
  expect((await as('carol', 'GET', '/beds/icu-1/place')).body).toMatchObject({ label: 'Bay 1', rev: 2 });
  const placed = (await events()).filter(({ kind }) => kind === 'bedPlaced');
  expect(placed).toEqual([expect.objectContaining({ bedId: 'icu-1', label: 'Bay 1', by: 'dan', reason: 'reorganised' })]);
  // The next start of the site with that duty in its site.yaml finds it there.
  const duties = (await as('carol', 'GET', '/assignments?careUnit=er')).body.items;
  expect(duties).toEqual([
    expect.objectContaining({ assignmentId: expect.stringMatching(/^seed-/), staffId: 'ben', source: 'site' }),
  ]);
});

test('what has changed since the look makes it stale, and nothing is done', async () => {
  const file = await changed((site) => site.careUnits!.push({ careUnitId: 'or', label: 'Theatre' }));
  const etag = (await look(file)).headers.get('etag')!;
  const added = { careUnitId: 'lab', label: 'Lab' };
  await as('dan', 'POST', '/care-units', { headers: { 'idempotency-key': newKey() }, body: added });
  const { status, body } = await apply(file, etag);
  expect([status, body.code]).toEqual([409, 'import-stale']);
  expect((await as('carol', 'GET', '/care-units/or')).status).toBe(404);
  // The other change is in the new look: the file lacks it.
  expect(lines(await look(file))).toEqual(['add careUnit or', 'retire careUnit lab']);
});

test('a bed that somebody lies in meanwhile makes it stale too', async () => {
  const file = await changed((site) => (site.beds = site.beds!.filter(({ bedId }) => bedId !== 'er-1')));
  const seen = await look(file);
  expect(lines(seen)).toContain('retire bed er-1');
  const duty = { staffId: 'carol', careUnitId: 'er', role: 'charge' };
  await as('dan', 'POST', '/assignments', { body: duty });
  tokens.set('carol', await api.token('carol'));
  const admitted = await as('carol', 'POST', '/encounters', { body: { patientId: 'pat-2', bedId: 'er-1' } });
  expect(admitted.status).toBe(201);
  expect((await apply(file, seen.headers.get('etag')!)).body.code).toBe('import-stale');
  expect(lines(await look(file))).toContain('retire bed er-1 in-use');
});

test('an occupied bed is never retired: the look names it, and nothing of the file is done', async () => {
  const file = await changed((site) => {
    site.beds = site.beds!.filter(({ bedId }) => bedId !== 'icu-1');
    site.careUnits!.push({ careUnitId: 'or', label: 'Theatre' });
  });
  const seen = await look(file);
  expect(lines(seen)).toContain('retire bed icu-1 in-use');
  expect(seen.body.refused).toBe(1);
  const { status, body } = await apply(file, seen.headers.get('etag')!);
  expect([status, body.code]).toEqual([409, 'conflict']);
  expect((await as('carol', 'GET', '/care-units/or')).status).toBe(404);
});

test('a file with patients is refused with the line, and the answer says nothing of them', async () => {
  const { status, body } = await look('v: 1\ncareUnits: []\npatients:\n  - {patientId: p, familyName: CANARY}\n');
  expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path: 'body.file:4:3' })]]);
  expect(JSON.stringify(body)).not.toContain('CANARY');
});

test('hundreds of beds go in together, and what watches the site is told once', async () => {
  const beds = Array.from({ length: 300 }, (_, i) => ({ bedId: `b-${i}`, careUnitId: 'big', label: `B ${i}` }));
  const file = await changed((site) => {
    site.careUnits!.push({ careUnitId: 'big', label: 'Big' });
    site.beds!.push(...beds);
  });
  const seen = await look(file);
  let told = 0;
  const stop = api.stores.directory.onChange(() => (told += 1));
  expect((await apply(file, seen.headers.get('etag')!)).body).toMatchObject({ applied: true, refused: 0, count: 301 });
  stop();
  expect(told).toBe(1);
}, 60_000);

describe('from the terminal, beside the running platform', () => {
  const vigil = async (...words: readonly string[]): Promise<string[]> => {
    const lines: string[] = [];
    const program = new Command().exitOverride();
    addSiteCommands(program, { dataDir: () => api.dataDir, env: {}, out: (line) => void lines.push(line) });
    await program.parseAsync(['node', 'vigil', 'site', ...words]);
    return lines;
  };
  const write = async (edit: (site: Lists) => void): Promise<string> => {
    const file = join(api.dataDir, 'wanted.yaml');
    writeFileSync(file, await changed(edit));
    return file;
  };

  test('the same file comes out, and what was looked at goes in by its code', async () => {
    expect((await vigil('export')).join('\n')).toBe((await exported()).trimEnd());
    const file = await write((site) => (site.beds!.find(({ bedId }) => bedId === 'imc-1')!.label = 'Bay 7'));
    const seen = await vigil('diff', file);
    expect(seen[0]).toBe('~ bed imc-1  label: IMC 1 -> Bay 7');
    const code = /--apply (\w+)$/.exec(seen.at(-1)!)![1]!;
    await expect(vigil('import', file, '--apply', 'ffff')).rejects.toThrow('the site or the file has changed since you looked');
    const rows = await api.audited(() => vigil('import', file, '--apply', code));
    expect(rows.map(({ actor, action, object }) => [actor, action, object])).toEqual([
      ['system:cli', 'site.import', 'site'],
      ['system:cli', 'site.import', 'bed:imc-1'],
    ]);
    expect((await as('carol', 'GET', '/beds/imc-1/place')).body.label).toBe('Bay 7');
    expect(await vigil('diff', file)).toEqual(['nothing would change']);
  });

  test('what can not be done is said before anybody tries, and a bad file with its line', async () => {
    const file = await write((site) => (site.beds = site.beds!.filter(({ bedId }) => bedId !== 'icu-1')));
    expect(await vigil('import', file)).toEqual([
      'REFUSED bed icu-1  in-use',
      expect.stringMatching(/^1 of these can not be done/),
    ]);
    writeFileSync(file, 'v: 1\nbeds: &a []\n');
    await expect(vigil('diff', file)).rejects.toThrow(`${file}:2:10: anchors, aliases and tags`);
  });
});

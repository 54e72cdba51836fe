import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyContent } from '@vigil/contracts';
import { contentHash, pagingPolicyOf, routeFor } from '@vigil/domain';
import { policy } from '../../../test/contract/sql-fixture.js';
import { policyByHash, policyInForce, WHOLE_SITE } from './policy-in-force.js';
import { openSql, type Sql } from './sql.js';

const content = (name: string): PolicyContent =>
  PolicyContent.parse({
    v: 1,
    name,
    routes: [{ priorities: ['high'], steps: [{ tell: [{ kind: 'role', role: 'charge' }], waitS: 45 }] }],
  });

let folder: string;
let sql: Sql;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-policies-'));
  sql = await openSql({ file: join(folder, 'vigil.db') });
});
afterEach(async () => {
  await sql.close();
  rmSync(folder, { recursive: true, force: true });
});

const context = { policy };
const inForce = (...units: string[]) => sql.query((db) => policyInForce(db, context, units));
const store = async (hash: string, text: string, scope?: string): Promise<void> =>
  sql.query(async (db) => {
    await db.insertInto('policy').values({ hash, content_json: text }).execute();
    if (scope !== undefined) await db.insertInto('policy_in_force').values({ scope, hash, since_wall_ms: 1 }).execute();
  });
const put = async (name: string, scope?: string): Promise<string> => {
  const hash = contentHash(content(name));
  await store(hash, JSON.stringify(content(name)), scope);
  return hash;
};

test('until two people have put one into force, the policy of site.yaml holds, and what must not fall silent is repeated for ever', async () => {
  const site = await inForce('icu');
  expect(site).toBe(context.policy);
  expect(site.hash).toMatch(/^[0-9a-f]{64}$/);
  const route = routeFor(site, { priority: 'high', kind: 'technical', conditionCode: 'notAccepted' });
  expect(site.routes[route!]!.repeat).toEqual({ afterMs: 300_000, times: null });
  const usual = routeFor(site, { priority: 'medium', kind: 'physiological', conditionCode: 'heartRate.high' });
  expect(site.routes[usual!]!).toMatchObject({ repeat: null, steps: [{ waitMs: 30_000 }, { waitMs: 60_000 }] });
  expect(routeFor(site, { priority: 'low', kind: 'physiological', conditionCode: 'heartRate.high' })).toBeNull();
});

test("a care unit follows its own policy, the others the site's; of several the first by name decides", async () => {
  const whole = await put('whole', WHOLE_SITE);
  const own = await put('of imc', 'imc');
  expect((await inForce('icu')).hash).toBe(whole);
  expect((await inForce('imc')).hash).toBe(own);
  expect((await inForce('imc', 'icu')).hash).toBe(whole);
  expect((await inForce('zzz', 'imc')).hash).toBe(own);
  expect((await inForce()).hash).toBe(whole);
});

test('an escalation finds the policy that it began with for ever, also that of a site.yaml of before', async () => {
  const hash = await put('of before');
  const found = await sql.query((db) => policyByHash(db, context, hash));
  expect(found).toEqual(pagingPolicyOf(content('of before')));
  expect(await sql.query((db) => policyByHash(db, context, context.policy.hash))).toBe(context.policy);
  expect(await sql.query((db) => policyByHash(db, context, 'f'.repeat(64)))).toBeNull();
});

test.each([
  ['other words under its name', JSON.stringify(content('changed in the file'))],
  ['no policy', '{"v":1}'],
  ['no JSON', '{'],
])('with %s in the store an alarm follows the policy of site.yaml', async (_, text) => {
  await store('e'.repeat(64), text, WHOLE_SITE);
  expect(await inForce('icu')).toBe(context.policy);
});

test('a care unit whose own policy can’t be read follows the one that two people have put into force for the site', async () => {
  const whole = await put('whole', WHOLE_SITE);
  await store('d'.repeat(64), '{', 'icu');
  expect((await inForce('icu')).hash).toBe(whole);
});

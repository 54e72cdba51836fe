import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountCommand } from '../../src/composition/account-command.js';
import { ServiceTokens } from '../../src/access/service-tokens.js';
import { tokenHash } from '../../src/access/tokens.js';
import { readServiceTokens, SITE_FILES } from '../../src/site/site-files.js';
import { rotateServiceToken } from '../../src/site/rotate-service-token.js';
import { type Api, PASSWORD, SERVICE_TOKEN, startApi } from './api-fixture.js';

let api: Api;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.end());

const passwordOf = (lines: readonly string[]): string => /password +(\S+)/.exec(lines.join('\n'))![1]!;
const signIn = (username: string, password: string) => api.call('POST', '/api/v1/session', { body: { username, password } });

test('an account is made beside the running platform, and its password is temporary', async () => {
  const lines = await accountCommand(
    { dataDir: api.dataDir, env: {} },
    { do: 'create', username: 'root', name: 'Root Admin', roles: ['admin'] },
  );
  // The command goes by the clock of the machine, where three days have long begun.
  const { status, body } = await signIn('root', passwordOf(lines));
  expect([status, body.code]).toEqual([401, 'password-change-required']);
  const again = accountCommand(
    { dataDir: api.dataDir, env: {} },
    { do: 'create', username: 'root', name: 'Root Admin', roles: ['admin'] },
  );
  await expect(again).rejects.toThrow('there is an account root already');
});

test('a reset signs the person out, and disabling keeps them out; the audit trail says who did it', async () => {
  const token = await api.token('amy');
  const rows = await api.audited(() =>
    accountCommand({ dataDir: api.dataDir, env: {} }, { do: 'reset', username: 'amy', secondFactors: true }),
  );
  expect(rows).toMatchObject([{ actor: 'system:cli', action: 'account.reset', object: 'staff:amy' }]);
  expect((await api.call('GET', '/api/v1/session', { as: token })).status).toBe(401);
  expect((await signIn('amy', PASSWORD)).status).toBe(401);
  await accountCommand({ dataDir: api.dataDir, env: {} }, { do: 'disable', username: 'ben' });
  expect((await signIn('ben', PASSWORD)).status).toBe(401);
  await accountCommand({ dataDir: api.dataDir, env: {} }, { do: 'enable', username: 'ben' });
  expect((await signIn('ben', PASSWORD)).status).toBe(200);
});

test.each([
  [{ do: 'reset', username: 'nobody', secondFactors: false }, 'there is no account nobody'],
  [{ do: 'disable', username: 'dan' }, 'dan is the last admin: make another one first'],
  [{ do: 'create', username: 'Not A Slug', name: 'X', roles: [] }, 'lower-case letters'],
  [{ do: 'create', username: 'x', name: 'X', roles: ['service'] }, 'a role is one of'],
] as const)('%j is refused with one line that says why', async (command, why) => {
  await expect(accountCommand({ dataDir: api.dataDir, env: {} }, command)).rejects.toThrow(why);
});

test('without a database it says what to do', async () => {
  const command = { do: 'disable', username: 'amy' } as const;
  await expect(accountCommand({ dataDir: join(api.dataDir, 'elsewhere'), env: {} }, command)).rejects.toThrow('start Vigil once');
});

test('a rotated service token takes the place of the old one at the next start', async () => {
  rotateServiceToken(api.dataDir, 'simulator');
  const [row] = readServiceTokens(api.dataDir);
  expect(row!.token).not.toBe(SERVICE_TOKEN);
  const services = ServiceTokens.fromFolder(api.dataDir);
  expect(services.caller(tokenHash(row!.token))).toMatchObject({ name: 'system:simulator' });
  expect(services.caller(tokenHash(SERVICE_TOKEN))).toBeNull();
  expect(() => rotateServiceToken(api.dataDir, 'nobody')).toThrow('there is no service nobody');
  writeFileSync(join(api.dataDir, SITE_FILES.serviceTokens), '{}');
  expect(() => rotateServiceToken(api.dataDir, 'simulator')).toThrow(/service-tokens\.json/);
});

/** What the launcher tells the local hub about other machines. */
import { readSettings } from '../../scripts/launch/settings.mjs';
import { hubSpec } from '../../scripts/launch/specs.mjs';

function hubArgs(env: Record<string, string>): string {
  const { settings, problem } = readSettings({ VIGIL_DATA_DIR: '/data', ...env });
  return problem ?? hubSpec(settings!).args.join(' ');
}

test('the local hub serves this machine only, unless somebody asks for more', () => {
  expect(hubArgs({})).toBe('--data-dir /data/hub --port 5672 --http-port 3002');
});

test.each([
  [{ VIGIL_HUB_HOST: '0.0.0.0' }, '--host 0.0.0.0 --tls-port 5671'],
  [
    { VIGIL_HUB_HOST: '10.0.0.5', VIGIL_HUB_TLS_PORT: '7000', VIGIL_HUB_TLS_NAME: 'hub.ward.example' },
    '--host 10.0.0.5 --tls-port 7000 --tls-name hub.ward.example',
  ],
  [{ VIGIL_HUB_TLS_CERT: 'c', VIGIL_HUB_TLS_KEY: 'k' }, '--host 127.0.0.1 --tls-port 5671 --tls-cert c --tls-key k'],
])('with %j it serves TLS beside the plain port of this machine', (env, expected) => {
  expect(hubArgs(env)).toBe(`--data-dir /data/hub --port 5672 --http-port 3002 ${expected}`);
});

test.each([
  [{ VIGIL_HUB_TLS_CERT: 'c' }, /belong together/],
  [{ VIGIL_HUB_HOST: '0.0.0.0', VIGIL_HUB_TLS_PORT: '5672' }, /VIGIL_HUB_PORT and VIGIL_HUB_TLS_PORT are both 5672/],
  [{ VIGIL_HUB_TLS_NAME: 'hub.ward.example' }, /has no use without TLS; set VIGIL_HUB_HOST/],
  [{ VIGIL_HUB_TLS_PORT: 'x' }, /VIGIL_HUB_TLS_PORT=x cannot be used/],
])('%j is refused before anything starts', (env, says) => {
  expect(hubArgs(env)).toMatch(says);
});

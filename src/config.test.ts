import { publicUrlOf, readSettings, SettingsError, settingsTable } from './config.js';

test('an empty environment gives the defaults of the table', () => {
  const settings = readSettings({});
  expect(settings).toMatchObject({ host: '127.0.0.1', port: 3000, source: 'simulator', idleLogoffMs: 900_000, demoChannels: [] });
  expect(publicUrlOf(settings, 3000)).toBe('http://127.0.0.1:3000');
  expect(Object.isFrozen(settings)).toBe(true);
});

test('an empty string counts as not set', () => {
  expect(readSettings({ VIGIL_PORT: '', SMTP_URL: '' })).toMatchObject({ port: 3000, smtpUrl: null });
});

test.each([
  ['a host beyond loopback without TLS', { VIGIL_HOST: '0.0.0.0' }, /^VIGIL_HOST=0\.0\.0\.0 is not loopback/],
  ['half of a TLS pair', { VIGIL_TLS_CERT: 'a.pem' }, /set both, or neither/],
  ['another role', { VIGIL_ROLE: 'screens' }, /^VIGIL_ROLE: one of all, api, processor, escalator, history, fhir, watchdog/],
  ['an escalator whose pages lead nowhere', { VIGIL_ROLE: 'escalator' }, /^VIGIL_ROLE=escalator needs VIGIL_PUBLIC_URL/],
  ['a port that is none', { VIGIL_PORT: 'http' }, /^VIGIL_PORT: /],
  ['an unknown channel', { VIGIL_DEMO_CHANNELS: 'smtp,pigeon' }, /^VIGIL_DEMO_CHANNELS: a comma list/],
  ['half of an anchor by webhook', { VIGIL_AUDIT_ANCHOR_URL: 'https://a.test/x' }, /^VIGIL_AUDIT_ANCHOR_URL and .* set both/],
  ['an anchor by mail without a mail server', { VIGIL_AUDIT_ANCHOR_MAIL_TO: 'a@b.test' }, /needs SMTP_URL/],
  ['InfluxDB without its token', { INFLUX_URL: 'https://influx.test' }, /^INFLUX_URL needs INFLUX_TOKEN/],
  ['InfluxDB in clear on another machine', { INFLUX_URL: 'http://influx.test', INFLUX_TOKEN: 't' }, /^INFLUX_URL must be https/],
  ['a webhook without a secret', { VIGIL_WEBHOOK_URL: 'http://127.0.0.1:9/x' }, /needs VIGIL_WEBHOOK_SECRET/],
])('%s is refused in one line', (_name, env, line) => {
  expect(() => readSettings(env)).toThrow(line);
});

test('a wrong value is not repeated, because it may be a secret', () => {
  expect(() => readSettings({ SMTP_URL: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
});

test('beyond loopback is allowed with TLS', () => {
  const settings = readSettings({
    VIGIL_HOST: '0.0.0.0',
    VIGIL_TLS_CERT: 'c.pem',
    VIGIL_TLS_KEY: 'k.pem',
    VIGIL_DEMO_CHANNELS: 'smtp, webhook',
  });
  expect(settings).toMatchObject({ tls: { certFile: 'c.pem', keyFile: 'k.pem' }, demoChannels: ['smtp', 'webhook'] });
});

test('the table for the README has a row for each setting', () => {
  expect(settingsTable()).toContain('| `VIGIL_PORT` | `3000` |');
});

test.each([
  ['file', { kind: 'file' }],
  ['azure:https://v.vault.azure.net/keys/kek', { kind: 'azure', keyIdentifier: 'https://v.vault.azure.net/keys/kek' }],
  ['aws:alias/vigil', { kind: 'aws', keyName: 'alias/vigil' }],
])('VIGIL_KEYS=%s says where the keys are', (text, keys) => {
  expect(readSettings({ VIGIL_KEYS: text }).keys).toEqual(keys);
});

test.each(['vault', 'azure:http://v/keys/a', 'aws:'])('VIGIL_KEYS=%s is refused', (text) => {
  expect(() => readSettings({ VIGIL_KEYS: text })).toThrow(/^VIGIL_KEYS: file, azure:/);
});

describe('the identity provider', () => {
  const client = { OIDC_CLIENT_ID: 'vigil', OIDC_CLIENT_SECRET: 'secret' };

  test('is named by its host, makes no links and asks for a sign-in each time unless told otherwise', () => {
    expect(readSettings({ OIDC_ISSUER: 'https://idp.example/realms/ward', ...client }).oidc).toEqual({
      issuer: 'https://idp.example/realms/ward',
      clientId: 'vigil',
      clientSecret: 'secret',
      name: 'idp.example',
      linkBy: null,
      maxAgeS: 0,
      acrValues: [],
    });
    const more = { OIDC_NAME: 'Hospital', OIDC_LINK_BY: 'email', OIDC_MAX_AGE_S: '300', OIDC_ACR_VALUES: ' gold  silver ' };
    expect(readSettings({ OIDC_ISSUER: 'http://127.0.0.1:9', ...client, ...more }).oidc).toMatchObject({
      name: 'Hospital',
      linkBy: 'email',
      maxAgeS: 300,
      acrValues: ['gold', 'silver'],
    });
  });

  test.each([
    ['http beyond this machine', { OIDC_ISSUER: 'http://idp.example', ...client }],
    ['a name that only begins like this machine', { OIDC_ISSUER: 'http://127.0.0.1.evil.example', ...client }],
    ['a query', { OIDC_ISSUER: 'https://idp.example/?a=b', ...client }],
    ['a password in it', { OIDC_ISSUER: 'https://a:b@idp.example/', ...client }],
    ['no client', { OIDC_ISSUER: 'https://idp.example' }],
    ['another protocol', { OIDC_ISSUER: 'ftp://127.0.0.1/', ...client }],
  ])('is refused with %s', (_name, env) => {
    expect(() => readSettings(env)).toThrow(SettingsError);
  });
});

test.each([
  [{}, []],
  [{ VIGIL_PRIVACY_MAIL_TO: 'a@b.example, c@d.example', SMTP_URL: 'smtp://127.0.0.1' }, ['a@b.example', 'c@d.example']],
])('the security officers hear by mail: %j', (env, addresses) => {
  expect(readSettings(env).privacyMailTo).toEqual(addresses);
});

test.each([
  { VIGIL_PRIVACY_MAIL_TO: 'a@b.example' },
  { VIGIL_PRIVACY_MAIL_TO: 'somebody', SMTP_URL: 'smtp://127.0.0.1' },
  { VIGIL_BREAK_GLASS_MINUTES: '241' },
])('%j is refused', (env) => {
  expect(() => readSettings(env)).toThrow(SettingsError);
});

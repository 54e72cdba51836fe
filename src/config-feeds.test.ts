import { readSettings, SettingsError } from './config.js';

test('without a word about it Vigil talks to no other system, and a patient is away for an hour at most', () => {
  expect(readSettings({})).toMatchObject({ fhir: null, hl7: null, standbyMaxMs: 3_600_000 });
});

describe('the FHIR server', () => {
  const client = { FHIR_CLIENT_ID: 'vigil', FHIR_PRIVATE_KEY: 'key.json' };
  const server = { FHIR_BASE_URL: 'https://fhir.example/r4/', FHIR_MRN_SYSTEM: 'urn:oid:1.2.3', ...client };

  test('is asked every 30 s and told the first reading of each minute', () => {
    const { fhir } = readSettings(server);
    expect(fhir).toMatchObject({
      baseUrl: 'https://fhir.example/r4',
      client: { clientId: 'vigil', keyFile: 'key.json', keyId: null, tokenUrl: null },
      mrnSystem: 'urn:oid:1.2.3',
      visitSystem: null,
      out: 'minute',
      pollMs: 30_000,
      notifyUrl: null,
    });
    expect(fhir!.client!.scopes).toContain('system/Observation.write');
    expect(fhir!.client!.scopes.filter((scope) => scope.includes('*'))).toEqual([]);
  });

  test('on this machine needs neither TLS nor a client', () => {
    const local = { FHIR_BASE_URL: 'http://127.0.0.1:8080/fhir', FHIR_MRN_SYSTEM: 'urn:x' };
    expect(readSettings(local).fhir).toMatchObject({ baseUrl: 'http://127.0.0.1:8080/fhir', client: null });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['http beyond this machine', { FHIR_BASE_URL: 'http://fhir.example' }, /^FHIR_BASE_URL must be https/],
    ['a password in the address', { FHIR_BASE_URL: 'https://a:hunter2@fhir.example' }, /^(?!.*hunter2)FHIR_BASE_URL must/],
    ['a token endpoint without TLS', { FHIR_TOKEN_URL: 'http://idp.example/token' }, /^FHIR_TOKEN_URL must be https/],
    ['a query in the address for hints', { FHIR_NOTIFY_URL: 'https://v.example/?a' }, /^FHIR_NOTIFY_URL must be/],
    ['no system for record numbers', { FHIR_MRN_SYSTEM: '' }, /needs FHIR_MRN_SYSTEM/],
    ['no client', { FHIR_CLIENT_ID: '', FHIR_PRIVATE_KEY: '' }, /is not this machine: set FHIR_CLIENT_ID/],
    ['half a client', { FHIR_PRIVATE_KEY: '' }, /come together/],
    ['a form of output that there is not', { FHIR_OUT: 'all' }, /^FHIR_OUT: /],
  ])('is refused with %s', (_what, change, line) => {
    expect(() => readSettings({ ...server, ...change })).toThrow(line);
  });
});

describe('the HL7 port', () => {
  const open = { VIGIL_HL7_PORT: '0', VIGIL_HL7_MRN_AUTHORITY: 'HOSP', VIGIL_TIME_ZONE: 'Europe/Vienna' };
  const tls = { VIGIL_HL7_TLS_CERT: 'c.pem', VIGIL_HL7_TLS_KEY: 'k.pem', VIGIL_HL7_TLS_CA: 'ca.pem' };

  test('is open to this machine alone, and reads UTF-8 unless told otherwise', () => {
    expect(readSettings(open).hl7).toEqual({
      ...{ host: '127.0.0.1', port: 0, tls: null, encoding: 'utf-8' },
      ...{ mrnAuthority: 'HOSP', timeZone: 'Europe/Vienna' },
    });
  });

  test('beyond it senders show a certificate', () => {
    expect(readSettings({ ...open, ...tls, VIGIL_HL7_HOST: '0.0.0.0' }).hl7!.tls).toEqual({
      ...{ certFile: 'c.pem', keyFile: 'k.pem', caFile: 'ca.pem' },
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['another address without certificates', { VIGIL_HL7_HOST: '0.0.0.0' }, /^VIGIL_HL7_HOST=0\.0\.0\.0 is not loopback/],
    ['authorities left out', { ...tls, VIGIL_HL7_TLS_CA: '' }, /set all, or none/],
    ['no authority of record numbers', { VIGIL_HL7_MRN_AUTHORITY: '' }, /needs VIGIL_HL7_MRN_AUTHORITY/],
    ['no time zone', { VIGIL_TIME_ZONE: '' }, /needs VIGIL_TIME_ZONE/],
    ['a time zone that there is not', { VIGIL_TIME_ZONE: 'Europe/Wien' }, /^VIGIL_TIME_ZONE: a time zone such as/],
    ['an encoding that there is not', { VIGIL_HL7_ENCODING: 'ebcdic' }, /^VIGIL_HL7_ENCODING: /],
  ])('is refused with %s', (_what, change, line) => {
    expect(() => readSettings({ ...open, ...change })).toThrow(line);
  });
});

test.each(['4', '241', 'long'])('a standby of %s minutes is refused', (minutes) => {
  expect(() => readSettings({ VIGIL_STANDBY_MAX_MIN: minutes })).toThrow(SettingsError);
});

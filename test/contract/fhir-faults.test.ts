/** A FHIR server that does what it should not: named, queued or a task, and nothing else of the platform notices. */
import { PlatformError } from '@vigil/domain';
import { until } from '../support/until.js';
import { type Fault, TestFhirServer } from '../support/fhir-server.js';
import { fhirEncounter, fhirLocation, fhirPatient, openReader, type ReaderUnderTest } from '../support/ehr-reader.js';

const SECRET_TOKEN = 'token-of-the-tests';
/** Of wall time, for a busy machine. */
const WAIT_MS = 10_000;
const BOUNDS = { timeoutMs: 400, bytesMax: 256 * 1024 };

let server: TestFhirServer;
let elsewhere: TestFhirServer;
let t: ReaderUnderTest;
let bed1: string;
let tokens: number;
let nowMs: () => number;

beforeEach(async () => {
  nowMs = () => 0;
  tokens = 0;
  server = await TestFhirServer.start(() => nowMs());
  elsewhere = await TestFhirServer.start(() => nowMs());
  const auth = { token: () => Promise.resolve(`${SECRET_TOKEN}-${tokens}`), refused: () => void (tokens += 1) };
  t = await openReader(server.baseUrl, { http: { bounds: BOUNDS, auth } });
  nowMs = () => t.clock.wallMs();
  bed1 = server.put(fhirLocation('B-icu-1')).id;
});
afterEach(async () => {
  await t.reader.stop();
  await t.end();
  await Promise.all([server.stop(), elsewhere.stop()]);
});

const look = async (): Promise<void> => {
  await t.clock.advance(1_000);
  await t.reader.look();
};
const admission = (mrn: string | null = 'M9') => {
  const patient = server.put(fhirPatient(mrn));
  return { patient, encounter: server.put(fhirEncounter(patient.id, [[bed1, t.clock.nowMs() - 60_000]])) };
};
const metric = async (line: string): Promise<number> => {
  const found = (await t.registry.metrics()).split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.split(' ').at(-1) ?? 0);
};

const HTML: Fault = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>SAMPLE Sam</html>' };
const FAULTS: readonly (readonly [string, Fault, object])[] = [
  ['500', { status: 500 }, { why: 'broken' }],
  ['502 with HTML', { ...HTML, status: 502 }, { why: 'broken' }],
  ['503', { status: 503 }, { why: 'busy', waitMs: null }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' } }, { why: 'busy', waitMs: 7_000 }],
  ['429 for an hour', { status: 429, headers: { 'retry-after': '3600' } }, { why: 'busy', waitMs: 300_000 }],
  ['a sign-in page', HTML, { why: 'not-fhir' }],
  ['null', { status: 200, body: 'null' }, { why: 'not-fhir' }],
  ['nothing', { status: 200, body: '' }, { why: 'not-fhir' }],
  ['half a resource', { status: 200, body: '{"resourceType":"Bundle","entry":[' }, { why: 'not-fhir' }],
  ['another resource', { status: 200, body: '{"resourceType":"Patient","id":"1"}' }, { why: 'not-fhir' }],
  ['what was not asked for', { status: 200, body: bundleOf({ resourceType: 'Person', id: '1' }) }, { why: 'not-fhir' }],
  ['no answer', 'never', { why: 'timeout' }],
  ['a cut line', 'cut', { why: 'unreached' }],
  ['more than it may', { bytes: 1024 * 1024 }, { why: 'too-large' }],
  [
    'another encoding',
    { status: 200, body: Buffer.from('{"resourceType":"Bundle","x":"é"}', 'latin1') as never },
    { why: 'not-fhir' },
  ],
  ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, { why: 'redirected' }],
  ['401 whatever the token', { status: 401 }, { code: 'ehr-refused', status: 401 }],
];

function bundleOf(resource: object): string {
  return JSON.stringify({ resourceType: 'Bundle', entry: [{ resource }] });
}

describe('a server that answers', () => {
  test.each(FAULTS)('%s is named, nothing is told, and the next look goes on', async (_, fault, named) => {
    await look();
    admission();
    server.fault = () => fault;
    const error = await look().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject(named);
    expect(JSON.stringify([error, String(error), (error as Error).stack, (error as Error).cause])).not.toMatch(
      /SAMPLE|TESTMAN|token-of/,
    );
    expect(t.inbound.told).toEqual([]);
    server.fault = () => null;
    await look();
    expect(t.inbound.told).toEqual(['admit']);
  });

  test.each([403, 404, 400])('%i to one type keeps none of the others waiting', async (status) => {
    server.fault = ({ path }) => (path.includes('/Practitioner') ? { status } : null);
    admission();
    await look();
    expect(t.inbound.told).toEqual(['admit']);
    expect(await metric('vigil_ehr_polls_total{type="Practitioner",outcome="refused"}')).toBe(1);
  });

  test('401 once gets a new token and asks again, once', async () => {
    server.fault = ({ authorization }) => (authorization === `Bearer ${SECRET_TOKEN}-0` ? { status: 401 } : null);
    admission();
    await look();
    expect(tokens).toBe(1);
    expect(t.inbound.told).toEqual(['admit']);
  });

  test('410 for a Location leaves its id as the only name of the place', async () => {
    admission();
    server.delete('Location', bed1);
    await look();
    expect(t.inbound.moves[0]).toMatchObject({ place: { system: server.baseUrl, value: bed1 } });
  });
});

test('no token arrives where a next link leads to, and nothing of that search is lost', async () => {
  await look();
  for (let count = 0; count < 5; count++) admission(`M${count}`);
  server.linksTo = elsewhere.origin;
  await expect(look()).rejects.toMatchObject({ why: 'foreign-link' });
  expect(elsewhere.asked).toEqual([]);
  server.linksTo = null;
  await look();
  expect(t.inbound.told).toEqual(['admit', 'admit', 'admit', 'admit', 'admit']);
});

test('a next link that leads back ends', async () => {
  await look();
  for (let count = 0; count < 5; count++) admission(`M${count}`);
  const { baseUrl } = server;
  server.fault = ({ path }) =>
    path.startsWith('/fhir/Patient?')
      ? {
          status: 200,
          body: JSON.stringify({ resourceType: 'Bundle', link: [{ relation: 'next', url: `${baseUrl}/Patient?x=1` }] }),
        }
      : null;
  await expect(look()).rejects.toMatchObject({ why: 'not-fhir' });
});

test('an id that is a way up is no id', async () => {
  await look();
  const { encounter } = admission();
  server.put({ ...encounter, subject: { reference: 'Patient/../metadata' } });
  server.put({ ...encounter, id: 'e2', subject: { reference: 'Patient/..' } });
  await look();
  expect(t.inbound.told).toEqual(['no-identifier', 'no-identifier']);
  expect(server.asked.some(({ path }) => path.includes('..') || path.includes('metadata'))).toBe(false);
});

describe('a record', () => {
  test('without a record number is asked about once, and told as soon as it has one', async () => {
    await look();
    const { patient } = admission(null);
    await look();
    await look();
    expect(t.inbound.told).toEqual(['no-identifier']);
    expect(await metric('vigil_ehr_encounters_waiting')).toBe(1);
    // The Encounter does not change with it.
    server.put({ ...fhirPatient('M9'), id: patient.id });
    await look();
    expect(t.inbound.told).toEqual(['no-identifier', 'admit']);
    await look();
    expect(await metric('vigil_ehr_encounters_waiting')).toBe(0);
  });

  test('with a number of another system only has none', async () => {
    await look();
    const { patient } = admission();
    server.put({ ...fhirPatient(null, { identifier: [{ system: 'urn:other', value: 'M9' }, { value: 'M9' }] }), id: patient.id });
    await look();
    expect(t.inbound.told).toEqual(['no-identifier']);
  });

  test('whose patient is deleted names nobody', async () => {
    await look();
    const { patient } = admission();
    server.delete('Patient', patient.id);
    await look();
    expect(t.inbound.told).toEqual(['deleted-at-source']);
  });

  test('of a version that was before the one that was told tells nothing', async () => {
    await look();
    const { encounter, patient } = admission();
    await look();
    nowMs = () => t.clock.wallMs() - 30_000;
    server.put(
      { ...fhirEncounter(patient.id, [[bed1, t.clock.nowMs()]], { status: 'finished' }), id: encounter.id },
      { version: 9 },
    );
    await look();
    expect(t.inbound.told).toEqual(['admit']);
    expect(await metric('vigil_ehr_resources_total{type="Encounter",what="older"}')).toBe(1);
  });

  test('that can not be read at all is for a person to look at', async () => {
    await look();
    const { encounter } = admission();
    server.put({ ...encounter, location: 'in bed' });
    await look();
    expect(t.inbound.told).toEqual(['missing-field']);
  });
});

test.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])("a server's clock that was %s and was put right leaves no change out", async (_, offMs) => {
  nowMs = () => t.clock.wallMs() + offMs;
  server.put(fhirPatient('M5'));
  server.put(fhirEncounter('none', [[bed1, 0]], { status: 'planned' }));
  await look();
  admission('M6');
  await look();
  nowMs = () => t.clock.wallMs();
  admission('M7');
  await look();
  expect(t.inbound.moves.map(({ identifiers }) => identifiers[0]?.value)).toEqual(['M6', 'M7']);
});

describe('what was kept', () => {
  test('is not told again after a crash before it was noted how far it was read', async () => {
    await look();
    admission();
    const { setCursor } = t.stores.ehrLinks;
    t.stores.ehrLinks.setCursor = (name, value) =>
      name.startsWith('stay:')
        ? Promise.reject(new PlatformError('store-unavailable', {}, true))
        : setCursor.call(t.stores.ehrLinks, name, value);
    await expect(look()).rejects.toMatchObject({ code: 'store-unavailable' });
    t.stores.ehrLinks.setCursor = setCursor;
    await t.again().look();
    expect(t.inbound.told).toEqual(['admit']);
    expect(await metric('vigil_ehr_messages_total{type="Encounter",read="move",kept="repeated"}')).toBe(1);
  });

  test('is told later when it could not be kept', async () => {
    await look();
    admission();
    t.inbound.isAway = true;
    await expect(look()).rejects.toThrow();
    t.inbound.isAway = false;
    await look();
    expect(t.inbound.told).toEqual(['admit']);
  });

  test('holds no id, name or number in a metric', async () => {
    const { patient } = admission();
    await look();
    expect(await t.registry.metrics()).not.toMatch(new RegExp(`SAMPLE|M9|"${patient.id}"|icu-1`));
  });
});

describe('a reader that goes on by itself', () => {
  const looks = (): number => server.asked.filter(({ path }) => path.startsWith('/fhir/Practitioner')).length;
  const reach = (count: number): Promise<unknown> => until('a look', () => looks() >= count, WAIT_MS);
  /** The look has ended, and the next one is planned. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  test('looks each half minute, and sooner when the server says so, once a second however often', async () => {
    t.reader.start();
    await t.clock.advance(0);
    await until('it to get there', () => looks() === 1, WAIT_MS);
    await until(
      'it to get there',
      async () => (await metric('vigil_ehr_polls_total{type="Practitioner",outcome="ok"}')) === 1,
      WAIT_MS,
    );
    await settled();
    for (let count = 0; count < 50; count++) t.reader.hint();
    await t.clock.advance(999);
    await settled();
    expect(looks()).toBe(1);
    await t.clock.advance(1);
    await reach(2);
    await until(
      'it to get there',
      async () => (await metric('vigil_ehr_polls_total{type="Practitioner",outcome="ok"}')) === 2,
      WAIT_MS,
    );
    await settled();
    await t.clock.advance(29_000);
    await settled();
    expect(looks()).toBe(2);
    await t.clock.advance(1_000);
    await reach(3);
  });

  test('leaves a server alone for as long as it asks for, also when it says "look now"', async () => {
    server.fault = () => ({ status: 503, headers: { 'retry-after': '120' } });
    t.reader.start();
    await t.clock.advance(0);
    await until('it to get there', () => t.troubles.length === 1, WAIT_MS);
    await settled();
    const asked = server.asked.length;
    t.reader.hint();
    await t.clock.advance(119_000);
    await settled();
    expect(server.asked).toHaveLength(asked);
    server.fault = () => null;
    await t.clock.advance(1_000);
    await until('it to get there', () => t.troubles.length === 2, WAIT_MS);
    expect(t.troubles).toEqual(['ehr-unavailable/busy', null]);
  });

  test('ends at once, also while a server does not answer', async () => {
    server.fault = () => 'never';
    t.reader.start();
    await t.clock.advance(0);
    await until('it to get there', () => server.asked.length > 0, WAIT_MS);
    await t.reader.stop();
    expect(t.troubles).toEqual([]);
  });
});

describe('a subscription', () => {
  const withHint = async (): Promise<ReaderUnderTest> => {
    await t.end();
    t = await openReader(server.baseUrl, {
      hint: { url: 'http://127.0.0.1:1/hook', bearer: () => Promise.resolve('hook-bearer') },
    });
    return t;
  };
  const own = () => server.all('Subscription');

  test('is one for each type, without content, with a bearer of its own; seen to again it stays', async () => {
    const { reader, clock } = await withHint();
    await reader.look();
    expect(own().map(({ criteria }) => criteria)).toEqual(['Patient?', 'Encounter?', 'Location?', 'Device?', 'Practitioner?']);
    expect(own()[0]).toMatchObject({
      status: 'requested',
      channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:1/hook', header: ['Authorization: Bearer hook-bearer'] },
    });
    expect(JSON.stringify(own())).not.toContain('payload');
    await clock.advance(3_700_000);
    await reader.look();
    expect(own()).toHaveLength(5);
    expect(await metric('vigil_ehr_subscription{state="requested"}')).toBe(1);
  });

  test('that ended, has another bearer or is there twice is put right', async () => {
    const { reader, clock } = await withHint();
    await reader.look();
    const [first, second] = own();
    server.put({ ...first!, status: 'off' });
    server.put({ ...second!, id: 'twice' });
    await clock.advance(3_700_000);
    await reader.look();
    expect(own()).toHaveLength(5);
    expect(own().every(({ status }) => status === 'requested')).toBe(true);
  });

  test.each([404, 422, 501])('that a server answers with %i is not there, and it is asked all the same', async (status) => {
    server.fault = ({ path }) => (path.includes('Subscription') ? { status } : null);
    const { reader, inbound } = await withHint();
    admission();
    await reader.look();
    expect(await metric('vigil_ehr_subscription{state="not-there"}')).toBe(1);
    expect(inbound.told).toEqual(['admit']);
  });
});

/** What the hospital's records say by FHIR, and what of it is told to the feed; the same is asked of HAPI in fhir-in.live.test.ts. */
import { TestFhirServer } from '../support/fhir-server.js';
import { fhirEncounter, fhirLocation, fhirPatient, MRN, openReader, type ReaderUnderTest, VISIT } from '../support/ehr-reader.js';

let server: TestFhirServer;
let t: ReaderUnderTest;
let bed1: string;
let bed2: string;

beforeEach(async () => {
  let nowMs = (): number => 0;
  server = await TestFhirServer.start(() => nowMs());
  t = await openReader(server.baseUrl);
  nowMs = () => t.clock.wallMs();
  bed1 = server.put(fhirLocation('B-icu-1')).id;
  bed2 = server.put(fhirLocation('B-icu-2')).id;
});
afterEach(async () => {
  await t.end();
  await server.stop();
});

const minutes = (count: number): number => t.clock.nowMs() + count * 60_000;
const look = (): Promise<void> => {
  t.clock.advance(1_000);
  return t.reader.look();
};
const replace = (known: { readonly id: string }, resource: ReturnType<typeof fhirEncounter>) =>
  server.put({ ...resource, id: known.id });

describe('an Encounter', () => {
  test('that goes on at the first look is an admission: who by the record number alone, where by the name of the bed', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const sinceMs = minutes(-30);
    server.put(fhirEncounter(id, [[bed2, sinceMs]]));
    await look();
    expect(t.inbound.moves).toEqual([
      {
        ...{ v: 1, source: 'fhir', messageId: expect.stringMatching(/^fhir-[0-9a-f]{40}$/), kind: 'admit', atMs: sinceMs },
        identifiers: [{ system: MRN, value: 'M9' }],
        person: { familyName: 'SAMPLE', givenName: 'Sam', birthDate: '1970-05-06', sex: 'female' },
        visit: { system: VISIT, value: `V-${id}` },
        ...{ place: { system: 'urn:hospital:beds', value: 'B-icu-2' }, fromPlace: null, merged: [] },
      },
    ]);
  });

  test('at a place that gets its name later is told again once it has one, and once only', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const place = server.put(fhirLocation('B-new')).id;
    const sinceMs = minutes(-30);
    server.put(fhirEncounter(id, [[place, sinceMs]]));
    const old = server.put(fhirEncounter(server.put(fhirPatient('M8')).id, [[place, minutes(-90)]]));
    await look();
    await look();
    replace(old, fhirEncounter('x', [[place, minutes(-90)]], { status: 'finished' }));
    await look();
    const before = t.inbound.moves.length;
    t.beds['B-new'] = 'icu-3';
    await look();
    await look();
    const named = { kind: 'admit', atMs: sinceMs, place: { system: 'urn:hospital:beds', value: 'B-new' }, fromPlace: null };
    expect(t.inbound.moves.slice(before)).toMatchObject([{ ...named, identifiers: [{ value: 'M9' }] }]);
    await t.again().look();
    expect(t.inbound.moves).toHaveLength(before + 1);
  });

  test('that moves on and ends is a transfer and a discharge, each told once and in the order of its time', async () => {
    await look();
    const { id } = server.put(fhirPatient('M9'));
    const [t1, t2, t3] = [minutes(-30), minutes(-20), minutes(-10)];
    const encounter = server.put(fhirEncounter(id, [[bed1, t1]]));
    await look();
    replace(
      encounter,
      fhirEncounter(id, [
        [bed2, t2],
        [bed1, t1],
      ]),
    );
    await look();
    const period = { start: new Date(t1).toISOString(), end: new Date(t3).toISOString() };
    replace(
      encounter,
      fhirEncounter(
        id,
        [
          [bed1, t1],
          [bed2, t2],
        ],
        { status: 'finished', period },
      ),
    );
    await look();
    await look();
    expect(t.inbound.moves.map(({ kind, atMs, place }) => [kind, atMs, place?.value ?? null])).toEqual([
      ['admit', t1, 'B-icu-1'],
      ['transfer', t2, 'B-icu-2'],
      ['discharge', t3, null],
    ]);
  });

  test('of a version that was looked at is not looked at again', async () => {
    await look();
    const { id } = server.put(fhirPatient('M9'));
    server.put(fhirEncounter(id, [[bed1, minutes(-3)]]));
    await look();
    await look();
    const metrics = await t.registry.metrics();
    expect(metrics).toContain('vigil_ehr_resources_total{type="Encounter",what="duplicate"} 1');
    expect(metrics).not.toContain('what="unchanged"');
  });

  test('that was in three places between two looks tells all of it', async () => {
    await look();
    const { id } = server.put(fhirPatient('M9'));
    server.put(
      fhirEncounter(
        id,
        [
          [bed1, minutes(-3)],
          [bed2, minutes(-2)],
        ],
        { status: 'finished' },
      ),
    );
    await look();
    expect(t.inbound.told).toEqual(['admit', 'transfer', 'discharge']);
  });

  test('whose last transfer is taken back goes back to the bed of before', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const t1 = minutes(-30);
    const encounter = server.put(
      fhirEncounter(id, [
        [bed1, t1],
        [bed2, minutes(-20)],
      ]),
    );
    await look();
    replace(encounter, fhirEncounter(id, [[bed1, t1]]));
    await look();
    expect(t.inbound.told).toEqual(['admit', 'transfer', 'cancelTransfer']);
    expect(t.inbound.moves.at(-1)).toMatchObject({ place: { value: 'B-icu-1' }, fromPlace: { value: 'B-icu-2' } });
  });

  test.each([
    ['cancelled', 'cancelAdmit'],
    ['entered-in-error', 'cancelAdmit'],
  ])('that is %s after it was told never was', async (status, kind) => {
    const { id } = server.put(fhirPatient('M9'));
    const t1 = minutes(-30);
    const encounter = server.put(fhirEncounter(id, [[bed1, t1]]));
    await look();
    replace(encounter, fhirEncounter(id, [[bed1, t1]], { status }));
    await look();
    expect(t.inbound.told).toEqual(['admit', kind]);
  });

  test('that goes on again after its end is reopened', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const t1 = minutes(-30);
    const encounter = server.put(fhirEncounter(id, [[bed1, t1]]));
    await look();
    replace(encounter, fhirEncounter(id, [[bed1, t1]], { status: 'finished' }));
    await look();
    replace(encounter, fhirEncounter(id, [[bed1, t1]]));
    await look();
    expect(t.inbound.told).toEqual(['admit', 'discharge', 'cancelDischarge']);
    expect(t.inbound.moves.at(-1)).toMatchObject({ place: { value: 'B-icu-1' } });
  });

  test('that tells the past otherwise than before asks a person, and what comes after that is told all the same', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const encounter = server.put(fhirEncounter(id, [[bed1, minutes(-30)]]));
    await look();
    replace(
      encounter,
      fhirEncounter(id, [
        [bed1, minutes(-45)],
        [bed2, minutes(-5)],
      ]),
    );
    await look();
    expect(t.inbound.told).toEqual(['admit', 'unknown-event', 'transfer']);
    await look();
    expect(t.inbound.told).toHaveLength(3);
  });

  test.each([
    ['planned', { status: 'planned' }],
    ['of somebody who lies in no bed', { class: { code: 'AMB' } }],
  ])('that is %s moves nobody', async (_, more) => {
    const { id } = server.put(fhirPatient('M9'));
    server.put(fhirEncounter(id, [[bed1, minutes(-1)]], more));
    await look();
    await look();
    expect(t.inbound.told).toEqual([]);
  });

  test('that names the ward beside the bed is in the bed', async () => {
    const { id } = server.put(fhirPatient('M9'));
    const ward = server.put(fhirLocation('WARD')).id;
    server.put(
      fhirEncounter(id, [
        [bed1, minutes(-30)],
        [ward, minutes(-30)],
      ]),
    );
    await look();
    expect(t.inbound.moves.map(({ kind, place }) => [kind, place?.value])).toEqual([['admit', 'B-icu-1']]);
  });

  test('in a place that is called like a bed of ours and is none is not in it', async () => {
    const { id } = server.put(fhirPatient('M9'));
    // Its display name is that of a bed here.
    const other = server.put({ resourceType: 'Location', name: 'icu-1', identifier: [] }).id;
    server.put(fhirEncounter(id, [[other, minutes(-30)]]));
    await look();
    expect(t.inbound.moves[0]).toMatchObject({ place: { system: server.baseUrl, value: other } });
  });
});

describe('a Patient', () => {
  const linked = async (more: Readonly<Record<string, unknown>> = {}) => {
    const person = { name: [{ family: 'testman', given: ['TIM'] }], birthDate: '1960-01-02', gender: 'male', ...more };
    const patient = server.put(fhirPatient('M1', person));
    await look();
    return { patient, person, link: await t.stores.ehrLinks.ofLocal('patient', 'pat-1') };
  };

  test('who lies here is linked by the record number, when name, birth date and sex agree', async () => {
    const { patient, link } = await linked();
    expect(link).toMatchObject({ resourceType: 'Patient', serverId: patient.id, version: '1' });
    expect(server.asked.map(({ path }) => path).join(' ')).not.toContain('M1');
  });

  test('whose name is another is not linked, and the feed hears of it', async () => {
    const { link } = await linked({ name: [{ family: 'OTHER', given: ['Olga'] }] });
    expect(link).toBeNull();
    expect(t.inbound.moves).toMatchObject([{ kind: 'update', person: { familyName: 'OTHER' } }]);
  });

  test('of whom there are two is linked to neither', async () => {
    server.put(fhirPatient('M1', { name: [{ family: 'TESTMAN', given: ['Tim'] }], birthDate: '1960-01-02', gender: 'male' }));
    expect((await linked()).link).toBeNull();
  });

  test('whose record changes is updated; one who is not ours is not even kept', async () => {
    const { patient, person } = await linked();
    server.put({ ...fhirPatient('M1', { ...person, gender: 'other' }), id: patient.id });
    server.put(fhirPatient('M77'));
    await look();
    expect(t.inbound.moves).toMatchObject([{ kind: 'update', identifiers: [{ value: 'M1' }], person: { sex: 'other' } }]);
  });

  test('who was replaced is merged into who is left at the end of the chain', async () => {
    await look();
    const last = server.put(fhirPatient('M3')).id;
    const middle = server.put(fhirPatient('M2', { link: [{ type: 'replaced-by', other: { reference: `Patient/${last}` } }] })).id;
    server.put(fhirPatient('M1', { link: [{ type: 'replaced-by', other: { reference: `Patient/${middle}` } }] }));
    await look();
    const merges = t.inbound.moves.filter(({ kind }) => kind === 'merge');
    expect(merges.map(({ merged, identifiers }) => [merged[0]?.value, identifiers[0]?.value])).toEqual([
      ['M2', 'M3'],
      ['M1', 'M3'],
    ]);
  });

  test.each([
    ['is deleted', (id: string) => server.delete('Patient', id)],
    ['is no longer active', (id: string) => void server.put({ ...fhirPatient('M1', { active: false }), id })],
  ])('who %s while a stay is open is for a person to look at', async (_, change) => {
    const { patient } = await linked();
    change(patient.id);
    t.clock.advance(11 * 60_000);
    await look();
    expect(t.inbound.told).toEqual(['deleted-at-source']);
  });
});

describe('a Device and a Practitioner', () => {
  test('are linked by what identifies them and by nothing else', async () => {
    const record = { udi: null, serial: 'SN-7' } as never;
    const reader = await openReader(server.baseUrl, {
      devices: () => Promise.resolve([{ deviceId: 'sim-icu-1', record } as never]),
      staff: () => Promise.resolve([{ staffId: 'amy' } as never, { staffId: 'ben' } as never]),
    });
    const device = server.put({ resourceType: 'Device', serialNumber: 'SN-7', identifier: [{ value: 'SN-7' }] });
    const amy = server.put({ resourceType: 'Practitioner', identifier: [{ system: 'urn:vigil:staff', value: 'amy' }] });
    server.put({ resourceType: 'Practitioner', identifier: [{ system: 'urn:else', value: 'ben' }] });
    await reader.reader.look();
    const { ehrLinks } = reader.stores;
    expect((await ehrLinks.ofLocal('device', 'sim-icu-1'))?.serverId).toBe(device.id);
    expect((await ehrLinks.ofLocal('staff', 'amy'))?.serverId).toBe(amy.id);
    expect(await ehrLinks.ofLocal('staff', 'ben')).toBeNull();
    await reader.end();
  });
});

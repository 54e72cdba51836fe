import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdmitRequest, BedId, Encounter, EpochMs, NewPatient } from '@vigil/contracts';
import { RestAdt } from './adt.js';
import { AdtOutage } from './platform-calls.js';
import { recordOfEncounter, recordPatientId, stayOf } from './stay.js';

const bedId = BedId.parse('icu-1');
const stay = stayOf({ set: 'cinc2015', recordId: 'v100s', samples: [] }, { bedId, copy: 1, atMs: Date.UTC(2026, 0, 1) });

/** The platform's admissions over real HTTP, with its rules: a bed and a patient are taken once, and an id that is known is answered with what is stored. */
class FakePlatform {
  readonly patients = new Set<string>();
  readonly encounters: Encounter[] = [];
  status: number | null = null;
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const authorized = request.headers.authorization === 'Bearer secret';
      const [status, answer] =
        this.status !== null ? [this.status, {}] : authorized ? this.answer(`${request.method} ${request.url}`, body) : [401, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  private answer(what: string, body: string): [number, object] {
    const open = this.encounters.filter((e) => e.dischargedMs === null);
    if (what.startsWith('GET /api/v1/encounters?bed=icu-1&open=true'))
      return [200, { items: open.filter((e) => e.bedId === bedId), next: null }];
    const discharged = /^POST \/api\/v1\/encounters\/(.+)\/discharge$/.exec(what)?.[1];
    if (discharged !== undefined) {
      const at = this.encounters.findIndex((e) => e.encounterId === discharged);
      const found = this.encounters[at];
      if (found !== undefined) this.encounters[at] = { ...found, dischargedMs: found.admittedMs };
      return [200, {}];
    }
    if (what === 'POST /api/v1/patients') {
      const { patientId } = NewPatient.parse(JSON.parse(body));
      if (this.patients.has(patientId ?? '')) return [409, {}];
      this.patients.add(patientId ?? '');
      return [201, {}];
    }
    const shown = /^GET \/api\/v1\/encounters\/(.+)$/.exec(what)?.[1];
    if (shown !== undefined) return [this.encounters.some((e) => e.encounterId === shown) ? 200 : 404, {}];
    const { encounterId, patientId, atMs } = AdmitRequest.required().parse(JSON.parse(body));
    const known = this.encounters.find((e) => e.encounterId === encounterId);
    if (known !== undefined) return known.bedId === bedId ? [201, known] : [409, {}];
    if (open.some((e) => e.bedId === bedId || e.patientId === patientId)) return [409, {}];
    const encounter = { encounterId, patientId, bedId, admittedMs: atMs, dischargedMs: null };
    this.encounters.push(encounter);
    return [201, encounter];
  }
}

let platform: FakePlatform;
let adt: RestAdt;

beforeEach(async () => {
  platform = new FakePlatform();
  await new Promise<void>((resolve) => platform.server.listen(0, '127.0.0.1', resolve));
  adt = new RestAdt(`http://127.0.0.1:${(platform.server.address() as AddressInfo).port}`, 'secret');
});
afterEach(() => {
  platform.server.closeAllConnections();
  platform.server.close();
});

const open = (): string[] => platform.encounters.filter((e) => e.dischargedMs === null).map((e) => e.encounterId);

test('whoever lies in the bed is discharged and the recorded patient admitted', async () => {
  const other = stayOf({ set: 'cinc2015', recordId: 'v1', samples: [] }, { bedId, copy: 1, atMs: 1 });
  await adt.admit(other);
  expect(await adt.admit(stay)).toBe('admitted');
  expect(open()).toEqual(['rec-cinc2015-v100s-1']);
  expect((await adt.occupant(bedId))?.patientId).toBe('rec-cinc2015-v100s');
});

test('admitting again changes nothing, and after a discharge takes the next number', async () => {
  await adt.admit(stay);
  await adt.admit(stay);
  expect(platform.encounters).toHaveLength(1);
  await adt.admit(stayOf({ set: 'cinc2015', recordId: 'v1', samples: [] }, { bedId, copy: 1, atMs: 1 }));
  await adt.admit(stay);
  expect(open()).toEqual(['rec-cinc2015-v100s-2']);
});

const elsewhere = (more: Partial<Encounter>): Encounter =>
  Encounter.parse({
    encounterId: 'other-1',
    patientId: stay.patient.patientId,
    bedId: 'icu-2',
    admittedMs: 1,
    dischargedMs: null,
    ...more,
  });

test('a patient who lies in another bed is refused', async () => {
  platform.encounters.push(elsewhere({}));
  expect(await adt.admit(stay)).toBe('refused');
});

test('a number that was used in another bed is passed over', async () => {
  platform.encounters.push(
    Encounter.parse({ ...elsewhere({ dischargedMs: EpochMs.parse(2) }), encounterId: 'rec-cinc2015-v100s-1' }),
  );
  expect(await adt.admit(stay)).toBe('admitted');
  expect(open()).toEqual(['rec-cinc2015-v100s-2']);
});

test.each([
  [401, 'not-authorized'],
  [503, 'server-error'],
] as const)('HTTP %d is an outage to try again, never a refusal', async (status, code) => {
  platform.status = status;
  await expect(adt.admit(stay)).rejects.toMatchObject({ name: 'AdtOutage', code, retryable: true });
});

test('a platform that is not there is an outage', async () => {
  await expect(new RestAdt('http://127.0.0.1:1', 'secret').occupant(bedId)).rejects.toThrow(AdtOutage);
});

test('a recorded patient says so in the name, and the ids lead back to the record', () => {
  expect(NewPatient.parse(stay.patient)).toMatchObject({ familyName: 'RECORDING', givenName: 'V100S', mrn: 'REC-V100S' });
  const long = { set: 'mimic2', recordId: 's00001-2896-10-10-00-31n', samples: [] } as const;
  for (const copy of [1, 2]) {
    expect(NewPatient.safeParse(stayOf(long, { bedId, copy, atMs: 0 }).patient).success).toBe(true);
    expect(recordOfEncounter(`${recordPatientId(long, copy)}-12`, 'mimic2')).toBe(long.recordId);
  }
  expect(recordOfEncounter('demo-3-1', 'mimic2')).toBeNull();
});

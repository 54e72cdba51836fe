import { Logger } from '@nestjs/common';
import { EncounterId, PatientId, BedId, Patient } from '@vigil/contracts';
import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { openTestStores, type TestStores } from '../../test/contract/sql-fixture.js';
import type { AppClock } from '../ports/app-clock.js';
import { auditEntry } from '../ports/audit-trail.js';
import type { Directory } from '../ports/directory.js';
import { AgeWatch } from './age-watch.service.js';

beforeAll(() => Logger.overrideLogger(false));

const DAY_MS = 86_400_000;
const baby = { encounterId: EncounterId.parse('enc-baby'), patientId: PatientId.parse('pat-baby'), bedId: BedId.parse('icu-2') };
let t: TestStores;
let watch: AgeWatch;
afterEach(async () => {
  await watch.beforeApplicationShutdown();
  await t.end();
});

const who = () => ({
  audit: auditEntry({ actor: 'carol', roles: [], action: 'test', object: '', outcome: 'allowed' }),
  nowMs: t.clock.nowMs(),
  wallMs: t.clock.wallMs(),
});
const told = async () =>
  (await t.logRelay.next(1_000)).map(({ event }) => event).filter((event) => event.kind === 'stayProfileSet');

/** Admits somebody who was born so many days ago. */
async function admit(days: number): Promise<void> {
  t = await openTestStores();
  watch = new AgeWatch(t.directory, t.clock as unknown as AppClock);
  const birthDate = new Date(t.clock.nowMs() - days * DAY_MS).toISOString().slice(0, 10);
  const patient = { patientId: 'pat-baby', mrn: 'M9', familyName: 'SMALL', givenName: 'Sue', birthDate, sex: 'female' };
  await t.directory.createPatient(Patient.parse(patient), who());
  await t.directory.admit({ ...baby, atMs: t.clock.nowMs() }, who());
}

test('a newborn has the rules of a child from day 29 on, told once, and those of an adult at sixteen', async () => {
  await admit(20);
  await watch.look();
  await t.clock.advance(8 * DAY_MS);
  await watch.look();
  expect(await told()).toEqual([]);
  await t.clock.advance(DAY_MS);
  await watch.look();
  await watch.look();
  expect(await told()).toMatchObject([
    { id: 'age/enc-baby/paediatric', key: 'bed:icu-2', ageGroup: 'paediatric', atMs: t.clock.nowMs() },
  ]);
  expect((await t.directory.encounter(baby.encounterId))!.ageGroup).toBe('paediatric');
  expect((await t.auditTrail.list({ limit: 1 })).items[0]).toMatchObject({ actor: 'system:age', object: 'encounter:enc-baby' });
  await t.directory.followAges({ nowMs: t.clock.nowMs() + 16 * 366 * DAY_MS, wallMs: t.clock.wallMs() });
  expect((await told()).map((event) => event.id)).toEqual(['age/enc-baby/paediatric', 'age/enc-baby/adult']);
});

test('a clock that goes back makes nobody younger', async () => {
  await admit(40);
  expect((await t.directory.encounter(baby.encounterId))!.ageGroup).toBe('paediatric');
  await t.directory.followAges({ nowMs: t.clock.nowMs() - 30 * DAY_MS, wallMs: t.clock.wallMs() });
  expect(await told()).toEqual([]);
});

test('what a person has said stays: a preterm child keeps the rules of a newborn', async () => {
  await admit(20);
  const commandId = '00000000-0000-4000-8000-000000000001' as never;
  const command = { ...who(), commandId, encounterId: baby.encounterId, by: 'carol' as never, ifRev: 0 };
  await t.stayLimits.setProfile({ ...command, ageGroup: 'neonate' });
  await t.clock.advance(20 * DAY_MS);
  await watch.look();
  expect((await told()).map((event) => event.ageGroup)).toEqual(['neonate']);
});

test('it looks each hour, and again after a minute when the store was away', async () => {
  await admit(20);
  const clock = new FakeClock(0);
  const looks: number[] = [];
  const answers: (Error | number)[] = [0, new PlatformError('store-unavailable'), 1];
  const directory: Pick<Directory, 'followAges'> = {
    followAges: () => {
      looks.push(clock.wallMs());
      const answer = answers.shift() ?? 0;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const other = new AgeWatch(directory as Directory, clock as unknown as AppClock);
  await other.look();
  await clock.advance(3_600_000);
  await clock.advance(60_000);
  await clock.advance(3_600_000);
  await other.beforeApplicationShutdown();
  await clock.advance(36_000_000);
  expect(looks).toEqual([0, 3_600_000, 3_660_000, 7_260_000]);
});

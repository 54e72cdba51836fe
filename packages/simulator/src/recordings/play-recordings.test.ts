import { FakeClock } from '@vigil/clock';
import { BedId, Encounter, NewPatient, type Reading } from '@vigil/contracts';
import { tinyRecordings } from '../../testing/recordings.js';
import type { Admission, Adt } from '../adt/adt.js';
import { AdtOutage } from '../adt/platform-calls.js';
import type { Stay } from '../adt/stay.js';
import { silentLog } from '../log.js';
import { RecordCursor } from './cursor.js';
import { playRecordings } from './play-recordings.js';

const bedId = BedId.parse('icu-1');

/** A platform in memory: one bed, and a switch to take it away. */
class FakeAdt implements Adt {
  lies: Encounter | null = null;
  readonly admitted: string[] = [];
  away = false;
  refuses = new Set<string>();

  async occupant(): Promise<Encounter | null> {
    if (this.away) throw new AdtOutage('unreachable', null);
    return this.lies;
  }

  async admit(stay: Stay): Promise<Admission> {
    if (this.away) throw new AdtOutage('unreachable', null);
    if (this.refuses.has(stay.patient.patientId)) return 'refused';
    if (this.lies?.patientId === stay.patient.patientId) return 'admitted';
    const { patientId } = NewPatient.parse(stay.patient);
    const number = this.admitted.filter((id) => id === patientId).length + 1;
    this.admitted.push(stay.patient.patientId);
    this.lies = Encounter.parse({
      encounterId: `${patientId}-${number}`,
      patientId,
      bedId,
      admittedMs: stay.atMs,
      dischargedMs: null,
    });
    return 'admitted';
  }
}

class Bed {
  readonly sent: { atMs: number; readings: readonly Reading[]; patientId: string | null }[] = [];
  readonly stop = new AbortController();
  readonly finished: Promise<unknown>;

  constructor(
    readonly adt: FakeAdt,
    readonly clock = new FakeClock(Date.UTC(2026, 0, 1)),
    dir = tinyRecordings(),
  ) {
    const cursor = new RecordCursor({ set: 'cinc2015', dir, slot: 0, slots: 1 });
    this.finished = playRecordings({
      set: 'cinc2015',
      cursor,
      bedId,
      adt,
      clock,
      log: silentLog,
      send: (atMs, readings) => this.sent.push({ atMs, readings, patientId: adt.lies?.patientId ?? null }),
      signal: this.stop.signal,
    }).catch((reason: unknown) => reason);
  }

  /** Lets time pass until the condition holds; reading files takes turns of the event loop of its own. */
  async until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 2_000 && !holds(); i++) await this.clock.advance(500);
    expect(holds()).toBe(true);
  }

  async close(): Promise<void> {
    this.stop.abort(new Error('test over'));
    await this.finished;
  }
}

test('each record is a patient of its own, one second of event time between samples, and starts again at the end', async () => {
  const bed = new Bed(new FakeAdt());
  await bed.until(() => bed.adt.admitted.length >= 4);
  await bed.close();
  expect(bed.adt.admitted.slice(0, 4)).toEqual(['rec-cinc2015-v1a', 'rec-cinc2015-v2b', 'rec-cinc2015-v3c', 'rec-cinc2015-v1a']);
  const first = bed.sent.slice(0, 3);
  expect(first.map((s) => s.atMs - (first[0]?.atMs ?? 0))).toEqual([0, 1000, 2000]);
  expect(first.map((s) => s.readings[0]?.value)).toEqual([70, 71, 72]);
  expect(first.map((s) => s.patientId)).toEqual(Array(3).fill('rec-cinc2015-v1a'));
});

test('while the platform is away, data go on and stay those of the patient who lies in the bed', async () => {
  const bed = new Bed(new FakeAdt());
  await bed.until(() => bed.sent.length >= 2);
  bed.adt.away = true;
  await bed.until(() => bed.sent.length >= 20);
  expect(new Set(bed.sent.map((s) => s.patientId))).toEqual(new Set(['rec-cinc2015-v1a']));
  const gaps = bed.sent.slice(1).map((s, i) => s.atMs - (bed.sent[i]?.atMs ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(4_000);
  bed.adt.away = false;
  await bed.until(() => bed.adt.admitted.includes('rec-cinc2015-v2b'));
  await bed.close();
});

test('at the first start data come also without a platform', async () => {
  const adt = new FakeAdt();
  adt.away = true;
  const bed = new Bed(adt);
  await bed.until(() => bed.sent.length >= 10);
  adt.away = false;
  await bed.until(() => adt.admitted.length > 0);
  await bed.close();
  expect(adt.admitted[0]).toBe('rec-cinc2015-v1a');
});

test('a second start goes on with the patient in the bed, from where event time has come to', async () => {
  const adt = new FakeAdt();
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const dir = tinyRecordings();
  adt.lies = Encounter.parse({
    encounterId: 'rec-cinc2015-v2b-1',
    patientId: 'rec-cinc2015-v2b',
    bedId,
    admittedMs: clock.nowMs() - 1000,
    dischargedMs: null,
  });
  const bed = new Bed(adt, clock, dir);
  // Time stands still while the record is found in its file.
  for (let i = 0; i < 2_000 && bed.sent.length === 0; i++) await clock.advance(0);
  await bed.until(() => adt.admitted.length >= 1);
  await bed.close();
  expect(bed.sent.slice(0, 2).map((s) => s.readings[0]?.value)).toEqual([71, 72]);
  expect(adt.admitted[0]).toBe('rec-cinc2015-v3c');
});

test('a patient whom the platform refuses is passed over', async () => {
  const adt = new FakeAdt();
  adt.refuses.add('rec-cinc2015-v1a');
  const bed = new Bed(adt);
  await bed.until(() => bed.sent.length >= 3);
  await bed.close();
  expect(bed.sent[0]?.patientId).toBe('rec-cinc2015-v2b');
});

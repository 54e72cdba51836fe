import { FakeClock } from '@vigil/clock';
import type { BedId, DeviceId, LogEvent } from '@vigil/contracts';
import type { BedRow, Directory } from '../ports/directory.js';
import { LiveSink } from '../ports/live-sink.js';
import type { LatestSample, ObservationStore } from '../ports/observation-store.js';
import { PRIME_MS_MAX, PRIME_WALL_MS_MAX, primeLive } from './prime-live.js';

const START_MS = Date.UTC(2026, 0, 1);

class KeptSink extends LiveSink {
  readonly applied: { event: LogEvent; receivedWallMs: number }[] = [];
  override apply(event: LogEvent, receivedWallMs: number): void {
    this.applied.push({ event, receivedWallMs });
  }
  override keepOnly = (): void => undefined;
}

function site(inBedSinceMs: number | null): Pick<Directory, 'beds'> {
  const encounter = inBedSinceMs === null ? null : { admittedMs: 0, inBedSinceMs };
  return { beds: () => Promise.resolve([{ bedId: 'icu-1' as BedId, encounter } as unknown as BedRow]) };
}

/** Asked for what is not older than `sinceMs`, answers like the real store. */
function history(samples: readonly LatestSample[]): Pick<ObservationStore, 'latest'> {
  return { latest: (_bed, sinceMs) => Promise.resolve(samples.filter((s) => s.atMs >= sinceMs)) };
}

function begin(directory: object, observations: object, rate = 1) {
  const live = new KeptSink();
  const clock = new FakeClock(START_MS, rate);
  const primed = primeLive({
    directory: directory as Directory,
    observations: observations as ObservationStore,
    live,
    clock,
    // Of what was an hour ago nobody knows.
    deviceAt: (_bed, _metric, atMs) => (atMs < START_MS - 3_600_000 ? null : ('mon-1' as DeviceId)),
    origin: 'simulated',
  });
  return { live, clock, primed };
}

async function prime(...site: Parameters<typeof begin>): Promise<KeptSink['applied']> {
  const { live, primed } = begin(...site);
  await primed;
  return live.applied;
}

const cuff: LatestSample = { metric: 'nibpSystolic', atMs: START_MS - 600_000, value: 118, quality: 'questionable' };

test('after a restart a cuff pressure is there with its age', async () => {
  const [primed] = await prime(site(START_MS - 3_600_000), history([cuff]));
  expect(primed!.event).toMatchObject({ bedId: 'icu-1', deviceId: 'mon-1', atMs: cuff.atMs, origin: 'simulated' });
  expect(primed!.event).toMatchObject({
    readings: [{ metric: 'nibpSystolic', value: 118, unit: 'mm[Hg]', quality: 'questionable' }],
  });
  expect(primed!.receivedWallMs).toBe(START_MS - 600_000);
});

test('its age is in wall time during a replay', async () => {
  const [primed] = await prime(site(START_MS - 3_600_000), history([cuff]), 60);
  expect(primed!.receivedWallMs).toBe(START_MS - 10_000);
});

test.each([
  ['an empty bed', site(null), cuff],
  ['what no device is known to have measured', site(0), { ...cuff, atMs: START_MS - 3_600_001 }],
  ['what was measured before the patient came to the bed', site(START_MS - 60_000), cuff],
  ['what is hours old', site(0), { ...cuff, atMs: START_MS - PRIME_MS_MAX - 1 }],
] as const)('%s stays empty', async (_what, directory, sample) => {
  expect(await prime(directory, history([sample]))).toEqual([]);
});

test('a store that says nothing, or too late, keeps nobody from being watched: the start goes on with what there is', async () => {
  const beds = ['icu-1', 'icu-2', 'icu-3'].map((bedId) => ({ bedId, encounter: { admittedMs: 0, inBedSinceMs: 0 } }));
  let answer: (samples: readonly LatestSample[]) => void = () => undefined;
  const latest = (bed: string): Promise<readonly LatestSample[]> =>
    bed === 'icu-1' ? Promise.resolve([cuff]) : new Promise((resolve) => (answer = resolve));
  const { live, clock, primed } = begin({ beds: () => Promise.resolve(beds) }, { latest });
  await clock.advance(PRIME_WALL_MS_MAX);
  expect(await primed).toBe(1);
  answer([cuff]);
  await clock.advance(0);
  expect(live.applied).toHaveLength(1);
});

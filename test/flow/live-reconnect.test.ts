/** A screen that comes and goes misses no change of an alarm and is told none twice (GL-6), also when the server starts anew. */
import { type AlarmEvent, type AlarmSnapshot, type AlarmView, CareUnitId, type LogEvent, METRIC_NAMES } from '@vigil/contracts';
import { AlarmChannel } from '../../src/live/alarm-channel.js';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { alarmIdNo, batch, ending, transition } from '../contract/alarm-fixtures.js';
import { type Api, site, startApi } from './api-fixture.js';
import { openScreen, type Screen } from './live-screen.js';

const icu = CareUnitId.parse('icu');

/** What a screen shows: the newest of each alarm by cursor; a snapshot takes the place of everything. */
class Picture {
  cursor: number | null = null;
  readonly shown = new Map<string, AlarmView>();
  /** Changes that were told, as alarm and revision; a second time is one too many. */
  readonly told: string[] = [];

  event({ cursor, alarm }: AlarmEvent): void {
    if (this.cursor !== null && cursor <= this.cursor) this.told.push(`${alarm.alarmId} old ${cursor}`);
    this.cursor = cursor;
    this.told.push(`${alarm.alarmId} ${alarm.rev}`);
    this.shown.set(alarm.alarmId, alarm);
  }

  snapshot({ cursor, alarms }: AlarmSnapshot): void {
    this.cursor = cursor;
    this.shown.clear();
    for (const alarm of alarms) this.shown.set(alarm.alarmId, alarm);
  }

  open(): string[] {
    return [...this.shown.values()]
      .filter(({ active }) => active)
      .map(({ alarmId }) => alarmId as string)
      .sort();
  }
}

let api: Api;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.end());

/** Numbers that look random and are the same each time. */
function lot(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

test('100 reconnects of 1 s to 10 min under load, with starts of the server in between: nothing missed, nothing twice', async () => {
  const pick = lot(7);
  const { alarms, alarmState } = api.stores;
  const picture = new Picture();
  const restarted: AlarmChannel[] = [];
  let onLine: Picture | null = null;
  const everybody = {
    event: (message: AlarmEvent) => onLine?.event(message),
    snapshot: (message: AlarmSnapshot) => onLine?.snapshot(message),
  };
  let channel = new AlarmChannel(icu, alarms, everybody);
  const active = new Set<number>();
  let next = 1;
  let atMs = 1_000;
  const load = async (): Promise<void> => {
    for (let n = pick(4); n >= 0; n--) {
      atMs += 1_000;
      const ends = active.size > 5 ? [...active][pick(active.size)]! : null;
      if (ends === null) {
        active.add(next);
        await alarmState.commit(batch([transition({ alarmId: alarmIdNo(next++), onsetMs: atMs, atMs })]));
      } else {
        active.delete(ends);
        await alarmState.commit(batch([ending({ alarmId: alarmIdNo(ends), atMs })]));
      }
      await channel.changed();
    }
  };
  for (let turn = 0; turn < 100; turn++) {
    // Away for 1 s to 10 min, while alarms come and go; each tenth time the server starts anew.
    for (let awayS = 1 + pick(600); awayS > 0; awayS -= 150) await load();
    if (turn % 10 === 9) restarted.push((channel = new AlarmChannel(icu, alarms, everybody)));
    await channel.join(
      { event: (m) => picture.event(m), snapshot: (m) => picture.snapshot(m) },
      picture.cursor ?? undefined,
      () => (onLine = picture),
    );
    await load();
    expect(picture.open()).toEqual([...active].map((n) => alarmIdNo(n) as string).sort());
    onLine = null;
  }
  expect(restarted).toHaveLength(10);
  const twice = picture.told.filter((each, i) => picture.told.indexOf(each) !== i || each.includes(' old '));
  expect(twice).toEqual([]);
  // A change of each alarm since the first join was told, or one that came after it.
  expect(picture.told.length).toBeGreaterThan(200);
}, 60_000);

describe('64 beds', () => {
  const beds = Array.from({ length: 64 }, (_, i) => `icu-${i + 1}`);
  let ward: Api;
  let amy: Screen;
  beforeAll(async () => {
    ward = await startApi({
      site: {
        ...site,
        beds: [
          ...beds.map((bedId, i) => ({ bedId, label: `ICU ${i + 1}`, careUnitId: 'icu' })),
          ...site.beds.filter(({ careUnitId }) => careUnitId !== 'icu'),
        ] as never,
      },
    });
  }, 60_000);
  afterAll(async () => {
    amy?.socket.disconnect();
    await ward.end();
  });

  test('with every metric are a snapshot of 150 kB at most, and small curves of 60 kB', async () => {
    const vitals = ward.app.get(LiveVitals);
    const metrics = METRIC_NAMES.slice(0, 8);
    const atMs = ward.clock.nowMs();
    for (const bedId of beds) {
      vitals.apply(
        {
          ...{
            v: 1,
            id: `m/${bedId}`,
            key: `bed:${bedId}`,
            origin: 'simulated',
            kind: 'deviceMessage',
            bedId,
            deviceId: `sim-${bedId}`,
          },
          ...{ gatewayId: 'gw-1', bootId: 'b', seq: 1, atMs, deviceAtMs: atMs, gatewayAtMs: atMs },
          readings: metrics.map((metric) => ({ metric, value: 123.4, unit: 'mm[Hg]', quality: 'valid' })),
        } as unknown as LogEvent,
        ward.clock.wallMs(),
      );
    }
    amy = openScreen(`${ward.url}/vitals`, { auth: { token: await ward.token('amy') } });
    expect(await amy.join('icu')).toEqual({ ok: true });
    const snapshot = await amy.next<{ beds: { readings: unknown[] }[] }>('careUnit.snapshot');
    expect(snapshot.beds).toHaveLength(64);
    expect(snapshot.beds.every(({ readings }) => readings.length === metrics.length)).toBe(true);
    expect(JSON.stringify(snapshot).length).toBeLessThan(150_000);
    const means = Array.from({ length: 60 }, (_, i) => 120.5 + i);
    const trends = {
      careUnitId: 'icu',
      fromMs: atMs,
      everyMs: 60_000,
      beds: beds.flatMap((bedId) => ['heartRate', 'spo2'].map((metric) => ({ bedId, metric, means }))),
    };
    expect(JSON.stringify(trends).length).toBeLessThan(60_000);
  });
});

import { type DeviceId, LogEvent } from '@vigil/contracts';
import type { HeldMessage, HeldMessages } from '../../src/ports/held-messages.js';
import type { LogRelay } from '../../src/ports/log-relay.js';

/** The bounds that the store under test has. */
export const HELD_BOUNDS = { countMax: 12, ageMsMax: 60_000 };

export interface HeldUnderTest {
  readonly heldMessages: HeldMessages;
  readonly logRelay: Pick<LogRelay, 'next'>;
  /** Looks into the files of the store. */
  holds(text: string): Promise<boolean>;
  end(): Promise<void>;
}

const mon1 = 'mon-1' as DeviceId;
const ALWAYS = { fromMs: 0, toMs: null };

function message(seq: number, atMs = seq * 1_000, deviceId = 'mon-1'): HeldMessage {
  return LogEvent.parse({
    ...{ v: 1, id: `${deviceId}/b/${seq}`, key: `device:${deviceId}`, origin: 'live', atMs, kind: 'deviceMessage', bedId: null },
    ...{ deviceId, gatewayId: 'gw-1', bootId: 'b', seq, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'heartRate', value: 123.4567, unit: '/min', quality: 'valid' }],
  }) as HeldMessage;
}

const alarm = (seq: number): HeldMessage => {
  const { readings: _none, ...stamp } = { ...message(seq), readings: [] };
  return LogEvent.parse({ ...stamp, kind: 'deviceAlarm', alarms: [] }) as HeldMessage;
};

/** Promises of `HeldMessages`. */
export function heldMessagesContract(open: () => Promise<HeldUnderTest>): void {
  let t: HeldUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());
  const seqs = async (span: Parameters<HeldMessages['take']>[1] = ALWAYS, limit = 100): Promise<number[]> =>
    (await t.heldMessages.take(mon1, span, limit)).map(({ seq }) => seq);

  test('a message is held once, as it was said, and comes back in the order of event time', async () => {
    await t.heldMessages.hold([message(2), alarm(3), message(1)], 5_000);
    await t.heldMessages.hold([message(2)], 6_000);
    expect(await t.heldMessages.take(mon1, ALWAYS, 100)).toEqual([message(1), message(2), alarm(3)]);
    expect(await seqs(ALWAYS, 2)).toEqual([1, 2]);
    expect(await seqs({ fromMs: 2_000, toMs: 3_000 })).toEqual([2]);
  });

  test('it stays held until it is done with, and a device without any is not told of', async () => {
    await t.heldMessages.hold([message(1), message(2), message(9, 9_000, 'mon-2')], 5_000);
    expect(await seqs()).toEqual([1, 2]);
    expect(await t.heldMessages.devices(10)).toEqual([
      { deviceId: 'mon-1', count: 2, fromMs: 1_000, toMs: 2_000, sinceWallMs: 5_000 },
      { deviceId: 'mon-2', count: 1, fromMs: 9_000, toMs: 9_000, sinceWallMs: 5_000 },
    ]);
    await t.heldMessages.done(['mon-1/b/1', 'mon-1/b/2', 'mon-1/b/7']);
    expect([await seqs(), (await t.heldMessages.devices(10)).map(({ deviceId }) => deviceId)]).toEqual([[], ['mon-2']]);
    expect(await t.heldMessages.devices(0)).toEqual([]);
  });

  test('what is too old beside the newest of its device goes, and a gap on the log says what', async () => {
    await t.heldMessages.hold([message(1), message(2), message(3, 3_000, 'mon-2')], 5_000);
    const told = await t.heldMessages.hold([message(70, 62_500)], 6_000);
    expect(told).toMatchObject([
      {
        deviceId: 'mon-1',
        bootId: 'b',
        fromSeq: 1,
        toSeq: 2,
        count: 2,
        fromMs: 1_000,
        toMs: 2_000,
        reason: 'evicted',
        bedId: null,
      },
    ]);
    expect((await t.logRelay.next(10_000)).map(({ event }) => event).filter(({ kind }) => kind === 'gap')).toEqual(told);
    expect([await seqs(), (await t.heldMessages.take('mon-2' as DeviceId, ALWAYS, 9)).length]).toEqual([[70], 1]);
  });

  test('of too many those go that wait longest; numbers are named only where all of them went', async () => {
    await t.heldMessages.hold([message(1), message(3)], 5_000);
    const told = await t.heldMessages.hold(
      Array.from({ length: HELD_BOUNDS.countMax }, (_, n) => message(10 + n)),
      6_000,
    );
    expect(told).toMatchObject([{ fromSeq: null, toSeq: null, count: 2, fromMs: 1_000, toMs: 3_000 }]);
    expect((await seqs()).length).toBe(HELD_BOUNDS.countMax);
  });

  test('what is held is sealed', async () => {
    await t.heldMessages.hold([message(1)], 5_000);
    expect([await t.holds('123.4567'), await t.holds('mon-1/b/1')]).toEqual([false, true]);
  });
}

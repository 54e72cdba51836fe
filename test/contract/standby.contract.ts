import { BedId, EncounterId, type LogEventOf } from '@vigil/contracts';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import type { StandbyStore } from '../../src/ports/standby.js';
import { changeAt } from './device-assignments.contract.js';

export interface StandbyUnderTest {
  readonly standby: StandbyStore;
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  readonly clock: { nowMs(): number; advance(ms: number): Promise<void> };
  end(): Promise<void>;
}

const MINUTE = 60_000;
const encounterId = EncounterId.parse('enc-1');

/** Promises of `StandbyStore` on the site of `sql-fixture.ts`: pat-1 lies in icu-1 as enc-1. */
export function standbyContract(open: () => Promise<StandbyUnderTest>): void {
  let t: StandbyUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const now = () => t.clock.nowMs();
  const change = () => changeAt(now());
  const set = (more = {}, by = change()) =>
    t.standby.set({ encounterId, place: 'imaging', latestMs: now() + 30 * MINUTE, note: 'MRI of Tim', ...more }, by);
  const events = async () => (await t.logRelay.next(1_000)).map(({ event }) => event);
  const inForce = async (careUnitId?: string) =>
    (await t.standby.inForce({ careUnitId: careUnitId as never, nowMs: now() })).map((each) => each.standbyId);
  const ended = (standbyId: string, atMs: number, cause: 'data-back' | 'time-over' | 'left') =>
    ({
      v: 1,
      id: 'x',
      key: 'bed:icu-1',
      origin: 'live',
      kind: 'standbyEnded',
      bedId: 'icu-1',
      encounterId,
      standbyId,
      atMs,
      cause,
    }) as LogEventOf<'standbyEnded'>;

  test('a patient is away until a time, and the bed hears of it once', async () => {
    const once = change();
    const { value } = await set({}, once);
    expect(value).toEqual({
      ...{
        standbyId: once.commandId,
        encounterId: 'enc-1',
        bedId: 'icu-1',
        place: 'imaging',
        note: 'MRI of Tim',
        setBy: 'carol',
      },
      ...{ fromMs: now(), toMs: now() + 30 * MINUTE, endedMs: null, cause: null },
    });
    expect((await events()).at(-1)).toMatchObject({
      kind: 'standbySet',
      standbyId: once.commandId,
      toMs: value.toMs,
      by: 'carol',
    });
    expect(JSON.stringify(await events())).not.toContain('MRI');
    const count = (await events()).length;
    // The latest end is another when the command comes again; one that somebody names is another command.
    expect(await set({ latestMs: now() + 31 * MINUTE }, once)).toEqual({ value, repeated: true });
    await expect(set({ toMs: now() + 31 * MINUTE }, once)).rejects.toMatchObject({ code: 'conflict' });
    expect(await events()).toHaveLength(count);
    expect([await inForce(), await inForce('icu'), await inForce('imc')]).toEqual([[value.standbyId], [value.standbyId], []]);
    const { watch } = (await t.directory.gatewayConfig('gw-1', 1))!;
    expect(watch!.beds[0]!.standby).toEqual({ standbyId: value.standbyId, place: 'imaging', fromMs: now(), toMs: value.toMs });
  });

  test('one standby of a stay at a time, never longer than four hours, and none of a stay that is over', async () => {
    await expect(set({ toMs: now() })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(set({ toMs: now() + 4 * 60 * MINUTE + 1 })).rejects.toMatchObject({ code: 'invalid-request' });
    const first = await set();
    await expect(set()).rejects.toMatchObject({ code: 'conflict' });
    await t.clock.advance(30 * MINUTE);
    expect(await inForce()).toEqual([]);
    await set();
    await t.standby.note([ended(first.value.standbyId, now() + 1, 'data-back')]);
    await t.directory.discharge(encounterId, now() + MINUTE, change());
    expect(await inForce()).toEqual([]);
    await expect(set()).rejects.toMatchObject({ code: 'conflict' });
    await expect(set({ encounterId: EncounterId.parse('enc-9') })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('it goes along with a transfer, and ends with the stay', async () => {
    await set();
    await t.directory.transfer({ encounterId, bedId: BedId.parse('imc-1'), atMs: now() + 1 }, change());
    expect(await t.standby.inForce({ careUnitId: 'imc' as never, nowMs: now() })).toMatchObject([{ bedId: 'imc-1' }]);
    await t.clock.advance(MINUTE);
    await t.directory.discharge(encounterId, now(), change());
    await expect(t.standby.end(encounterId, change())).resolves.toMatchObject({ value: { cause: 'left', endedMs: now() } });
  });

  test('a person ends it, and the bed hears of that; one that is over stays as it is', async () => {
    await expect(t.standby.end(encounterId, change())).rejects.toMatchObject({ code: 'not-found' });
    await set();
    await t.clock.advance(MINUTE);
    const { value } = await t.standby.end(encounterId, change());
    expect(value).toMatchObject({ endedMs: now(), cause: 'person' });
    expect((await events()).at(-1)).toMatchObject({ kind: 'standbyEnded', standbyId: value.standbyId, cause: 'person' });
    const count = (await events()).length;
    expect((await t.standby.end(encounterId, change())).value).toEqual(value);
    expect(await events()).toHaveLength(count);
  });

  test('what the log says of ends counts once, in any order', async () => {
    const { value } = await set();
    const { standbyId } = value;
    await t.standby.note([ended('nobody', now(), 'left'), ended(standbyId, now() + MINUTE, 'data-back')]);
    await t.standby.note([ended(standbyId, now() + 2 * MINUTE, 'time-over')]);
    expect((await t.standby.end(encounterId, change())).value).toMatchObject({ endedMs: now() + MINUTE, cause: 'data-back' });
    expect(await inForce()).toEqual([]);
  });

  test('what was, is found by its time, of these stays and this bed alone, the newest where there are too many', async () => {
    const first = await set({ toMs: now() + 10 * MINUTE });
    const startMs = now();
    await t.clock.advance(5 * MINUTE);
    await t.standby.end(encounterId, change());
    await t.clock.advance(5 * MINUTE);
    const second = await set();
    const during = (fromMs: number, toMs: number, more: object = {}) =>
      t.standby
        .during({ encounterIds: [encounterId], bedId: BedId.parse('icu-1'), fromMs, toMs, limit: 9, ...more })
        .then((found) => found.map((each) => each.standbyId));
    const ids = [first.value.standbyId, second.value.standbyId];
    expect(await during(startMs, now() + 1)).toEqual(ids);
    expect(await during(startMs, now() + 1, { limit: 1 })).toEqual(ids.slice(1));
    expect(await during(startMs + 5 * MINUTE, now())).toEqual([]);
    expect(await during(startMs - 9, startMs)).toEqual([]);
    expect(await during(startMs, now() + 1, { bedId: 'icu-2' })).toEqual([]);
    expect(await during(startMs, now() + 1, { encounterIds: [] })).toEqual([]);
  });
}

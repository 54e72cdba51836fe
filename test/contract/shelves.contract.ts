import { BedId, CareUnitId, EncounterId, type LogEventOf, type Priority, SHELF_AGREE_MS_MAX, StaffId } from '@vigil/contracts';
import type { AudioPauses } from '../../src/ports/audio-pauses.js';
import type { Change } from '../../src/ports/change.js';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { SHELF_OVERDUE_MS, type ShelfStore } from '../../src/ports/shelves.js';
import { changeAt } from './device-assignments.contract.js';

export interface ShelvesUnderTest {
  readonly shelves: ShelfStore;
  readonly audioPauses: AudioPauses;
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  readonly clock: { nowMs(): number; wallMs(): number; advance(ms: number): Promise<void> };
  /** True where a file of the store holds this text. */
  holds(text: string): Promise<boolean>;
  end(): Promise<void>;
}

const MINUTE = 60_000;
const encounterId = EncounterId.parse('enc-1');
const ICU = CareUnitId.parse('icu');
const bob = { by: StaffId.parse('bob') };

/** Promises of `ShelfStore` and `AudioPauses` on the site of `sql-fixture.ts`: pat-1 lies in icu-1 as enc-1. */
export function shelvesContract(open: () => Promise<ShelvesUnderTest>): void {
  let t: ShelvesUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const now = () => t.clock.nowMs();
  const change = (more: Partial<Change> = {}) => changeAt(now(), { wallMs: t.clock.wallMs(), ...more });
  const shelve = (more: { priority?: Priority; takesTwo?: boolean; conditionCode?: string; toMs?: number } = {}, by = change()) =>
    t.shelves.shelve(
      {
        ...{ encounterId, conditionCode: 'heartRate.high', reason: 'treatment-known', note: 'Tim is on esmolol' },
        ...{ priority: 'medium', takesTwo: false, toMs: (now() + 30 * MINUTE) as never, ...(more as object) },
      },
      by,
    );
  const events = async () => (await t.logRelay.next(1_000)).map(({ event }) => event);
  const told = async () =>
    (await events()).flatMap((event) =>
      event.kind === 'conditionShelved' || event.kind === 'conditionUnshelved' ? [event] : [],
    );
  const inForce = async () =>
    (await t.shelves.inForce({ careUnitId: ICU, nowMs: now() })).map(({ conditionCode, state }) => `${conditionCode} ${state}`);
  const ended = (shelfId: string, atMs: number, cause: string) =>
    ({ kind: 'conditionUnshelved', bedId: 'icu-1', encounterId, shelfId, atMs, cause }) as LogEventOf<'conditionUnshelved'>;

  test('a condition is put away until a time, the bed hears of it once, and the note stays sealed', async () => {
    const once = change();
    const { value } = await shelve({}, once);
    expect(value).toEqual({
      ...{ shelfId: once.commandId, encounterId, bedId: 'icu-1', conditionCode: 'heartRate.high', state: 'holds' },
      ...{ fromMs: now(), toMs: now() + 30 * MINUTE, reason: 'treatment-known', priority: 'medium', by: 'carol' },
      ...{ secondBy: null, endCause: null, endedMs: null, rev: 1, note: 'Tim is on esmolol' },
    });
    expect(await shelve({ toMs: value.toMs }, once)).toEqual({ value, repeated: true });
    expect(await told()).toMatchObject([
      { kind: 'conditionShelved', shelfId: once.commandId, conditionCode: 'heartRate.high', priority: 'medium', by: 'carol' },
    ]);
    expect(await t.holds('esmolol')).toBe(false);
    expect(await inForce()).toEqual(['heartRate.high holds']);
  });

  test('what waits for a second person shelves nothing; the first one can not agree, and after ten minutes nobody', async () => {
    const { value } = await shelve({ priority: 'high', takesTwo: true });
    expect([value.state, value.fromMs, await told()]).toEqual(['waiting', null, []]);
    await expect(t.shelves.agree(value.shelfId, 1, change())).rejects.toMatchObject({ code: 'second-person-required' });
    await expect(t.shelves.agree(value.shelfId, 7, change(bob))).rejects.toMatchObject({ code: 'revision-moved' });
    await t.clock.advance(MINUTE);
    const agreed = await t.shelves.agree(value.shelfId, 1, change(bob));
    expect(agreed.value).toMatchObject({ state: 'holds', fromMs: now(), secondBy: 'bob', rev: 2 });
    expect(await told()).toMatchObject([{ priority: 'high', by: 'carol', secondBy: 'bob', toMs: value.toMs }]);
    const late = await shelve({ conditionCode: 'spo2.low', priority: 'high', takesTwo: true });
    await t.clock.advance(SHELF_AGREE_MS_MAX);
    await expect(t.shelves.agree(late.value.shelfId, 1, change(bob))).rejects.toMatchObject({ code: 'conflict' });
    expect((await t.shelves.one(late.value.shelfId, now()))!.state).toBe('refused');
    expect((await shelve({ conditionCode: 'spo2.low' })).value.state).toBe('holds');
  });

  test('a condition is put away once; another one beside it, and again after its end', async () => {
    await shelve();
    await expect(shelve()).rejects.toMatchObject({ code: 'conflict' });
    await shelve({ conditionCode: 'spo2.low' });
    expect(await inForce()).toEqual(['heartRate.high holds', 'spo2.low holds']);
    await t.clock.advance(31 * MINUTE);
    expect(await inForce()).toEqual([]);
    await shelve();
    expect((await t.shelves.of(encounterId, now())).map(({ state }) => state)).toEqual(['holds', 'ended', 'ended']);
  });

  test('an end that is not ahead, or too far, is refused', async () => {
    await expect(shelve({ toMs: now() })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(shelve({ toMs: now() + 13 * 60 * MINUTE })).rejects.toMatchObject({ code: 'invalid-request' });
    const far = { toMs: now() + 3 * 60 * MINUTE, priority: 'high' as const };
    await expect(shelve(far)).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('a person takes it back, and the bed hears of it; once it is over it stays as it is', async () => {
    const { value } = await shelve();
    await t.clock.advance(MINUTE);
    const back = await t.shelves.end(value.shelfId, 1, change());
    expect(back.value).toMatchObject({ state: 'ended', endCause: 'person', endedMs: now(), rev: 2 });
    expect((await told()).at(-1)).toMatchObject({ kind: 'conditionUnshelved', shelfId: value.shelfId, cause: 'person' });
    await t.shelves.note([ended(value.shelfId, now() + 5, 'time-over')]);
    expect(await t.shelves.one(value.shelfId, now())).toMatchObject({ endCause: 'person' });
    await expect(t.shelves.end('none', 1, change())).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the store ends what has outlived its end and tells the bed, once: the time of the bed may stand still', async () => {
    const { value } = await shelve();
    await shelve({ conditionCode: 'spo2.low', priority: 'high', takesTwo: true });
    const look = () => t.shelves.endOverdue(now());
    await t.clock.advance(30 * MINUTE);
    await look();
    expect(await told()).toHaveLength(1);
    await t.clock.advance(SHELF_OVERDUE_MS);
    await Promise.all([look(), look()]);
    await look();
    const said = { kind: 'conditionUnshelved', bedId: 'icu-1', encounterId, shelfId: value.shelfId, cause: 'time-over' };
    expect((await told()).slice(1)).toMatchObject([{ ...said, source: 'system', atMs: now() }]);
    expect(await t.shelves.one(value.shelfId, now())).toMatchObject({ state: 'ended', endedMs: value.toMs, rev: 2 });
  });

  test('a person can take back what is over here and not yet at the bed', async () => {
    const { value } = await shelve();
    await t.clock.advance(30 * MINUTE + 1);
    expect((await t.shelves.end(value.shelfId, 1, change())).value).toMatchObject({ state: 'ended', endCause: 'time-over' });
    expect((await told()).at(-1)).toMatchObject({ kind: 'conditionUnshelved', shelfId: value.shelfId });
  });

  test('what the engine says of an end is kept, in any order and more than once', async () => {
    const { value } = await shelve();
    await t.clock.advance(MINUTE);
    for (let i = 0; i < 2; i++) await t.shelves.note([ended('never', 5, 'raised'), ended(value.shelfId, now(), 'raised')]);
    expect(await t.shelves.one(value.shelfId, now())).toMatchObject({ state: 'ended', endCause: 'raised', endedMs: now() });
    expect(await inForce()).toEqual([]);
  });

  test('it goes along with a transfer and is over with the stay', async () => {
    const { value } = await shelve();
    await t.directory.transfer({ encounterId, bedId: BedId.parse('imc-1'), atMs: now() + 1 }, change());
    const there = { careUnitId: CareUnitId.parse('imc'), nowMs: now() };
    expect(await t.shelves.inForce(there)).toMatchObject([{ bedId: 'imc-1', shelfId: value.shelfId }]);
    await t.clock.advance(MINUTE);
    await t.directory.discharge(encounterId, now(), change());
    expect(await t.shelves.one(value.shelfId, now())).toMatchObject({ state: 'ended', endCause: 'left', endedMs: now() });
    await expect(shelve()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a screen makes no sound for seconds, one pause for each screen and one for the rest; it ends by itself or by a person', async () => {
    const pause = (more: object, by = change()) => t.audioPauses.pause(ICU, { seconds: 60, ...more }, by);
    const lasting = async () => (await t.audioPauses.inForce(ICU, t.clock.wallMs())).map(({ stationId }) => stationId);
    const once = change();
    const all = await pause({}, once);
    expect(await pause({}, once)).toEqual({ value: all.value, repeated: true });
    await pause({ stationId: 'desk' });
    const anew = await pause({ stationId: 'desk', seconds: 90 });
    expect(await lasting()).toEqual([null, 'desk']);
    expect(await t.audioPauses.end(ICU, anew.value.pauseId, change())).toMatchObject({ untilWallMs: t.clock.wallMs() });
    expect(await t.audioPauses.end(ICU, anew.value.pauseId, change())).toBeNull();
    expect(await lasting()).toEqual([null]);
    await t.clock.advance(61_000);
    expect(await lasting()).toEqual([]);
    await expect(t.audioPauses.pause(CareUnitId.parse('none'), { seconds: 60 }, change())).rejects.toMatchObject({
      code: 'not-found',
    });
  });
}

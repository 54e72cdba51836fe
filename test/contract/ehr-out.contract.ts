import { BedId, DeviceId, EncounterId, PatientId } from '@vigil/contracts';
import type { EhrOut, Kept, KeptReason } from '../../src/ports/ehr-out.js';

export const KEPT_MAX_HERE = 4;
const bedId = BedId.parse('icu-1');

export const kept = (n: number, reason: KeptReason = 'refused', patientId: string | null = 'pat-1'): Kept => ({
  ...{ identity: `identity-${n}`, reason, issue: 'invalid', status: reason === 'refused' ? 422 : null, bedId },
  encounterId: reason === 'no-stay' ? null : EncounterId.parse('enc-1'),
  patientId: patientId === null ? null : PatientId.parse(patientId),
  draft: {
    ...{ is: 'reading', form: 'minute', bedId, deviceId: DeviceId.parse('mon-1'), name: 'heartRate', slotMs: 0, atMs: n },
    values: [{ metric: 'heartRate', value: 123.4, quality: 'valid' }],
  },
});
const everything = { reasons: ['no-stay', 'no-identifier', 'refused'], afterSeq: 0, limit: 100 } as const;

/** Run for each adapter, opened with room for `KEPT_MAX_HERE`. */
export function ehrOutContract(open: () => Promise<{ readonly ehrOut: EhrOut; end?: () => Promise<void> }>): void {
  let t: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    t = await open();
  });
  afterEach(() => t.end?.());

  test('what waits comes back as it was, in its order, and from where one was', async () => {
    expect(await t.ehrOut.keep([kept(1), kept(2, 'no-identifier'), kept(3, 'no-stay', null)], 5)).toBe(0);
    const rows = await t.ehrOut.kept(everything);
    expect(rows.map(({ seq: _seq, ...row }) => row)).toEqual([kept(1), kept(2, 'no-identifier'), kept(3, 'no-stay', null)]);
    expect(await t.ehrOut.kept({ ...everything, afterSeq: rows[1]!.seq })).toEqual([rows[2]]);
    expect(await t.ehrOut.kept({ ...everything, reasons: ['refused'] })).toEqual([rows[0]]);
    expect(await t.ehrOut.kept({ ...everything, limit: 2 })).toEqual(rows.slice(0, 2));
  });

  test('kept again it is kept once, as it is now', async () => {
    await t.ehrOut.keep([kept(1, 'no-identifier', null)], 5);
    const [first] = await t.ehrOut.kept(everything);
    await t.ehrOut.keep([kept(1, 'refused')], 6);
    expect(await t.ehrOut.kept(everything)).toEqual([{ ...kept(1, 'refused'), seq: first!.seq }]);
    expect(await t.ehrOut.counts()).toEqual({ 'no-stay': 0, 'no-identifier': 0, refused: 1 });
  });

  test('what is settled waits no more', async () => {
    await t.ehrOut.keep([kept(1), kept(2)], 5);
    await t.ehrOut.settle(['identity-1', 'unknown']);
    await t.ehrOut.settle([]);
    expect((await t.ehrOut.kept(everything)).map(({ identity }) => identity)).toEqual(['identity-2']);
  });

  test('there is an end to what is kept: first goes what has no stay, then the oldest, and it is told how many', async () => {
    expect(await t.ehrOut.keep([kept(1), kept(2), kept(3, 'no-stay', null), kept(4)], 5)).toBe(0);
    expect(await t.ehrOut.keep([kept(5), kept(6)], 6)).toBe(2);
    expect((await t.ehrOut.kept(everything)).map(({ identity }) => identity)).toEqual([
      ...['identity-2', 'identity-4', 'identity-5', 'identity-6'],
    ]);
  });
}

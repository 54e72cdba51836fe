import { BedId } from '@vigil/contracts';
import { planMoves } from './moves.js';
import { readTransfers } from './transfers.js';

/** Recorded moves of real people are not part of the repository: this runs where somebody has put them. */
const dir = process.env['VIGIL_TEST_RECORDINGS'] ?? '';
const real = dir === '' ? describe.skip : describe;
if (dir === '') process.stdout.write('skipped: recorded transfers (VIGIL_TEST_RECORDINGS names no folder)\n');

const SPAN_MS = 10 * 60_000;

real('the recorded moves of 275 admissions', () => {
  test('are read with what is odd about them', async () => {
    const { stays, found } = await readTransfers(dir);
    expect(stays).toHaveLength(275);
    expect(found).toEqual({ withoutAdmission: 54, unusable: 0, gaps: 0, overlaps: 0, withinUnit: 136 });
  });

  test.each([1, 2, 3])(
    'fit into ten minutes on 16 beds, seed %d: nobody lies on anybody, and in the end all beds are empty',
    async (seed) => {
      const { stays } = await readTransfers(dir);
      const beds = Array.from({ length: 16 }, (_, n) => BedId.parse(`icu-${n + 1}`));
      const { moves, waited, stayedPut } = planMoves(stays, { beds, spanMs: SPAN_MS, seed });
      const [patientIn, bedOf] = [new Map<string, number>(), new Map<number, string>()];
      for (const { kind, stay, bedId } of moves) {
        const from = bedOf.get(stay);
        if (kind === 'discharge') expect(from).toBe(bedId);
        else expect(patientIn.get(bedId)).toBeUndefined();
        if (from !== undefined) patientIn.delete(from);
        bedOf.delete(stay);
        if (kind === 'discharge') continue;
        bedOf.set(stay, bedId);
        patientIn.set(bedId, stay);
      }
      const count = (kind: string) => moves.filter((move) => move.kind === kind).length;
      expect([count('admit'), count('discharge'), bedOf.size]).toEqual([275, 275, 0]);
      expect(count('transfer') + stayedPut).toBe(stays.reduce((sum, { places }) => sum + places.length - 1, 0));
      expect(moves.at(-1)!.atMs).toBeLessThan(SPAN_MS + 1_000);
      process.stdout.write(`seed ${seed}: ${moves.length} moves, ${waited} waited for a bed, ${stayedPut} stayed put\n`);
    },
  );
});

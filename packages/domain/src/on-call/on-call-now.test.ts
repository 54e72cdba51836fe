import { type OnCallShift, StaffId } from '@vigil/contracts';
import { onCallPicture } from './on-call-now.js';

const shift = (who: string, fromMs: number, toMs: number, rotationId = 'r') =>
  ({ staffId: StaffId.parse(who), fromMs, toMs, rotationId, overrideId: null }) as OnCallShift;
const picture = (...shifts: OnCallShift[]) => onCallPicture({ shifts }, 0, 100);

test('nobody on call, and nobody to come', () => {
  expect(picture()).toEqual({ people: [], next: null });
});

test('a person stays until shifts that follow each other or overlap end, whatever brought them', () => {
  expect(picture(shift('ann', 0, 10), shift('ann', 0, 20, 'other'), shift('ann', 20, 30), shift('bob', 30, 100))).toEqual({
    people: [{ staffId: 'ann', toMs: 30 }],
    next: { staffId: 'bob', fromMs: 30 },
  });
});

test('a person may come back, and one who stays has no end', () => {
  expect(picture(shift('ann', 0, 10), shift('sue', 0, 100), shift('ann', 50, 60))).toEqual({
    people: [
      { staffId: 'ann', toMs: 10 },
      { staffId: 'sue', toMs: null },
    ],
    next: { staffId: 'ann', fromMs: 50 },
  });
});

import { PagerView } from '@vigil/contracts';
import fc from 'fast-check';
import { readView } from './read-view.js';

const same = (text: string): string => text;
const T = 1_800_000_000_000;
const VIEW = {
  state: 'open',
  staffName: 'Karin Novak',
  bedLabel: 'Bed 12',
  careUnitLabel: 'ICU A',
  callNumber: '2222',
  priority: 'high',
  kind: 'physiological',
  test: false,
  raisedWallMs: T,
  nextAtMs: T,
  nextName: 'Reg. Ito',
  acceptedByName: null,
  acceptedAtMs: null,
  active: true,
  serverWallMs: T,
  mine: 'nothing',
  accepts: [{ name: 'Sam Reed', arrived: false }],
  acceptsNeeded: 2,
  arriveByMs: null,
  others: [{ pageId: 'p', bedLabel: 'Bed 7', priority: 'low', kind: 'technical', together: false, queuedWallMs: T }],
};

test('a view of the contract is read as the contract reads it', () => {
  expect(readView(JSON.stringify(VIEW), same).view).toEqual(PagerView.parse(VIEW));
  const { callNumber, mine, accepts, acceptsNeeded, arriveByMs, others, ...older } = VIEW;
  expect([callNumber, mine, accepts, acceptsNeeded, arriveByMs, others]).toHaveLength(6);
  expect(readView(JSON.stringify(older), same).view).toEqual(PagerView.parse(older));
});

test('texts are cleaned wherever they stand', () => {
  const { view } = readView(JSON.stringify(VIEW), (text) => text.toUpperCase().toLowerCase());
  expect(view?.accepts[0]?.name).toBe('sam reed');
});

test('what the contract can not read is not read here, and the number to call is kept', () => {
  for (const key of Object.keys(VIEW)) {
    const { [key as keyof typeof VIEW]: _, ...rest } = VIEW;
    for (const broken of [rest, { ...VIEW, [key]: null }, { ...VIEW, [key]: { a: 1 } }, { ...VIEW, [key]: [7] }]) {
      if (PagerView.safeParse(broken).success || key === 'accepts' || key === 'others') continue;
      const read = readView(JSON.stringify(broken), same);
      expect([key, read.view]).toEqual([key, null]);
      if (key !== 'callNumber') expect(read.callNumber).toBe('2222');
    }
  }
  for (const text of ['', '<html>', '[]', 'null', '7', '"x"', '{']) expect(readView(text, same).view).toBeNull();
});

test.each([
  ['others', { pageId: 'q', bedLabel: null }, VIEW.others],
  ['others', 7, VIEW.others],
  ['accepts', { name: 'Bea Bloom', arrived: 'perhaps' }, VIEW.accepts],
] as const)(
  'an entry of %s that can not be read (%j) is left out, and the page says so and asks all the same',
  (key, bad, good) => {
    const read = readView(JSON.stringify({ ...VIEW, [key]: [bad, ...good] }), same);
    expect(read).toEqual({ view: PagerView.parse(VIEW), callNumber: '2222', isPartly: true });
    for (const broken of [null, { a: 1 }, 'x'])
      expect(readView(JSON.stringify({ ...VIEW, [key]: broken }), same)).toMatchObject({ view: { [key]: [] }, isPartly: true });
    expect(readView(JSON.stringify(VIEW), same)).toMatchObject({ isPartly: false });
  },
);

test('whatever comes, it answers, and nothing is read that the contract does not read', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(VIEW)), fc.jsonValue(), (key, value) => {
      const raw = { ...VIEW, [key]: value };
      const { view } = readView(JSON.stringify(raw), same);
      if (view === null) return;
      /* Bounds of lists and of numbers are the server's; what is drawn is of the right kind. */
      expect(typeof view.bedLabel).toBe('string');
      for (const other of view.others) expect(typeof other.queuedWallMs).toBe('number');
    }),
  );
});

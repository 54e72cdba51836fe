/** Who is called, when and why, as sentences: on a real store, with a clock that stands still. */
import { Night, type RouteShape } from './night.js';

let night: Night | null = null;
const begin = async (route: RouteShape): Promise<Night> => (night = await Night.begin(route));
afterEach(async () => {
  await night?.end();
  night = null;
});

test('a night with empty steps: whom nobody is, and whom nothing reaches, is passed over at once, and the trail says why', async () => {
  const n = await begin({
    steps: [
      ['buddy', 60],
      ['dan', 60],
      ['carol', 60],
    ],
  });
  await n.alarm();
  await n.pass(1);
  expect(await n.called()).toEqual(['carol 0']);
  const trail = await n.audited();
  expect(trail).toContain('step 1 told nobody: nobody on duty');
  expect(trail).toContain('step 2 told nobody: no usable contact for staff:dan');
});

test('a nurse declines: the next person is called within a second, and who declined is not called again', async () => {
  const n = await begin({
    steps: [
      ['amy', 60],
      ['amy+carol', 60],
    ],
  });
  await n.alarm();
  await n.pass(5);
  await n.says('amy', 'decline');
  await n.pass(1);
  expect(await n.called()).toEqual(['amy 0', 'carol 5']);
  expect((await n.shown()).text).toMatch(/Declined: Amy Nurse at .* \(busy with a patient\)/);
});

test('two of three come to a code: it goes on until both have accepted, then it stops', async () => {
  const n = await begin({
    acceptsNeeded: 2,
    steps: [
      ['amy', 30],
      ['ben', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(2);
  await n.says('amy', 'accept');
  expect((await n.shown()).text).toContain('Amy Nurse accepted: 1 of 2 who are needed.');
  await n.pass(30);
  expect(await n.called()).toEqual(['amy 0', 'ben 30']);
  await n.says('ben', 'accept');
  await n.pass(62);
  expect(await n.called()).toEqual(['amy 0', 'ben 30']);
  expect(await n.shown()).toMatchObject({ state: 'accepted', accepts: [{ staffId: 'amy' }, { staffId: 'ben' }] });
});

test('somebody accepted and nobody is there: the next person is called, and who accepted is told so', async () => {
  const n = await begin({
    arriveWithinS: 60,
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(10);
  await n.says('amy', 'accept');
  expect((await n.shown()).text).toMatch(/Others are told at .* unless somebody says to be there/);
  await n.pass(59);
  expect(await n.called()).toEqual(['amy 0']);
  await n.pass(2);
  expect((await n.called()).toSorted()).toEqual(['amy 0', 'amy 70', 'carol 70']);
  expect((await n.audited()).some((each) => each.includes('nobody who accepted has said to be there'))).toBe(true);
});

test.each(['arrive', 'acknowledge'] as const)('who accepted and does %s is there: nobody else is called', async (how) => {
  const n = await begin({
    arriveWithinS: 60,
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(1);
  await n.says('amy', 'accept');
  await n.says('amy', how);
  await n.pass(62);
  expect(await n.called()).toEqual(['amy 0']);
  expect((await n.shown()).text).toContain('Amy Nurse is there since');
});

test('who is going needs help: the next person is called within a second', async () => {
  const n = await begin({
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(1);
  await n.says('amy', 'accept');
  await n.pass(20);
  await n.says('amy', 'pass');
  await n.pass(1);
  expect(await n.called()).toEqual(['amy 0', 'carol 21']);
});

test('nobody accepts: it is said that nobody did, and all are called again until somebody does', async () => {
  const n = await begin({ steps: [['amy', 30]], repeat: { afterS: 30, times: null } });
  await n.alarm();
  await n.pass(62);
  expect(await n.called()).toEqual(['amy 0', 'amy 60']);
  const events = (await n.stores.logRelay.next(100)).filter(({ event }) => event.kind === 'escalationExhausted');
  expect(events).toHaveLength(1);
  await n.says('amy', 'accept');
  await n.pass(62);
  expect(await n.called()).toHaveLength(2);
});

test('shelved: nobody is called, also who was to be next; taken out again it begins at the first', async () => {
  const n = await begin({
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(1);
  await n.engineSays('shelved', { presence: 'off', shelvedUntilMs: n.stores.clock.nowMs() + 600_000 });
  await n.pass(32);
  expect(await n.called()).toEqual(['amy 0']);
  expect((await n.shown()).text).toContain('Shelved until');
  await n.engineSays('unshelved');
  await n.pass(1);
  expect(await n.called()).toHaveLength(2);
});

test('a patient is moved to another unit mid-way: whoever is there is called from the first step', async () => {
  const n = await begin({
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm();
  await n.pass(35);
  await n.engineSays('carried', { bedId: 'imc-1' });
  await n.pass(1);
  expect((await n.called()).map((each) => each.split(' ')[0])).toEqual(['amy', 'carol', 'amy']);
});

test('a rise after somebody accepted: all are called anew, and the end tells nobody else', async () => {
  const n = await begin({
    steps: [
      ['amy', 30],
      ['carol', 30],
    ],
  });
  await n.alarm({ priority: 'medium' });
  await n.pass(1);
  await n.says('carol', 'accept');
  await n.engineSays('raised', { priority: 'high' });
  await n.pass(1);
  expect((await n.called()).map((each) => each.split(' ')[0]).toSorted()).toEqual(['amy', 'amy', 'carol']);
  await n.engineSays('end', { priority: 'high' });
  await n.pass(32);
  expect(await n.called()).toHaveLength(3);
});

test('a wall clock that is set forward and back by hours calls nobody earlier or later', async () => {
  const n = await begin({
    steps: [
      ['amy', 20],
      ['carol', 60],
    ],
  });
  await n.alarm();
  await n.pass(5);
  n.stores.clock.jumpWall(7_200_000);
  await n.pass(10);
  expect(await n.called()).toHaveLength(1);
  n.stores.clock.jumpWall(-10_800_000);
  await n.pass(4);
  expect(await n.called()).toHaveLength(1);
  await n.pass(2);
  expect((await n.called()).map((each) => each.split(' ')[0]).toSorted()).toEqual(['amy', 'carol']);
});

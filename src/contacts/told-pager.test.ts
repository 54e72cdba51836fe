import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { MemoryPager } from '../adapters/memory/memory-pager.js';
import { AddressGone, type OutgoingPage } from '../ports/pager.js';
import { ToldPager } from './told-pager.js';

const page = { pageId: 'page-1', alarmId: null, contactId: 'amy/sms' } as unknown as OutgoingPage;

function told(send: () => Promise<{ readonly receipt: string }>, isStoreAway = false) {
  const clock = new FakeClock();
  const said: string[] = [];
  const outcome = (contactId: string, how: string): Promise<void> => {
    if (isStoreAway) return Promise.reject(new PlatformError('store-unavailable', {}, true));
    said.push(`${contactId} ${how}`);
    return Promise.resolve();
  };
  const pager = Object.assign(new MemoryPager('sms'), { send });
  return { clock, said, pager: new ToldPager(pager, { outcome }, clock) };
}
const taken = () => Promise.resolve({ receipt: 'ok' });

test('what was taken is noted once in ten minutes, however many pages go there', async () => {
  const { pager, said, clock } = told(taken);
  for (let i = 0; i < 3; i++) await pager.send(page);
  expect(said).toEqual(['amy/sms ok']);
  await clock.advance(600_000);
  await pager.send(page);
  expect(said).toEqual(['amy/sms ok', 'amy/sms ok']);
});

test.each([
  ['gone', new AddressGone({}), ['amy/sms gone']],
  ['refused for good', new PlatformError('pager-unavailable', {}, false), ['amy/sms failed']],
  ['away for a moment', new PlatformError('pager-unavailable', {}, true), []],
  ['a fault of ours', new TypeError('bug'), []],
])('of a way that is %s the page is told, and of the way what follows from it', async (_what, error, expected) => {
  const { pager, said } = told(() => Promise.reject(error));
  await expect(pager.send(page)).rejects.toBe(error);
  expect(said).toEqual(expected);
});

test('a page never fails because its outcome could not be noted', async () => {
  const { pager } = told(taken, true);
  expect(await pager.send(page)).toEqual({ receipt: 'ok' });
});

test('a page of before ways were kept is sent all the same', async () => {
  const { pager, said } = told(taken);
  await pager.send({ ...page, contactId: null });
  expect(said).toEqual([]);
});

import { type AlarmEvent, type AlarmSnapshot, type AlarmView, CareUnitId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Alarms } from '../ports/alarms.js';
import { AlarmChannel, type AlarmAudience } from './alarm-channel.js';

const icu = CareUnitId.parse('icu');

/** A store of which only the cursor matters; everything before `oldest` is thrown away. */
class Store {
  newest = 0;
  oldest = 0;
  isAway = false;

  open = () => this.answer({ cursor: this.newest, alarms: [] as AlarmView[] });

  changedSince = (_careUnitId: CareUnitId, cursor: number) => {
    if (cursor < this.oldest) return this.answer(null);
    const missed = Array.from({ length: this.newest - cursor }, (_, i) => ({ cursor: cursor + i + 1, alarm: {} as AlarmView }));
    return this.answer(missed);
  };

  private answer<T>(value: T): Promise<T> {
    return this.isAway ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : Promise.resolve(value);
  }
}

class Listener implements AlarmAudience {
  readonly heard: string[] = [];
  event = ({ cursor }: AlarmEvent): void => void this.heard.push(`event ${cursor}`);
  snapshot = ({ cursor }: AlarmSnapshot): void => void this.heard.push(`snapshot ${cursor}`);
}

function open() {
  const [store, everybody] = [new Store(), new Listener()];
  return { store, everybody, channel: new AlarmChannel(icu, store as unknown as Alarms, everybody) };
}
const nothing = (): void => undefined;

test('a screen gets a snapshot, and then everybody the events after it, in order', async () => {
  const { store, everybody, channel } = open();
  store.newest = 5;
  const one = new Listener();
  await channel.join(one, undefined, nothing);
  store.newest = 7;
  await channel.changed();
  expect([one.heard, everybody.heard]).toEqual([['snapshot 5'], ['event 6', 'event 7']]);
});

test('a screen that was away gets what it missed', async () => {
  const { store, channel } = open();
  store.newest = 5;
  const one = new Listener();
  await channel.join(one, 3, nothing);
  expect(one.heard).toEqual(['event 4', 'event 5']);
});

test.each([
  ['from another store', 9],
  ['too old to serve', 1],
])('a cursor that is %s gives a snapshot', async (_name, since) => {
  const { store, channel } = open();
  store.newest = 5;
  store.oldest = 3;
  const one = new Listener();
  await channel.join(one, since, nothing);
  expect(one.heard).toEqual(['snapshot 5']);
});

test('nobody comes in between an event and its place in the order', async () => {
  const { store, channel } = open();
  await channel.join(new Listener(), undefined, nothing);
  const entered: string[] = [];
  store.newest = 1;
  const looking = channel.changed();
  const joining = channel.join(new Listener(), undefined, () => entered.push('entered'));
  await looking;
  expect(entered).toEqual([]);
  await joining;
  expect(entered).toEqual(['entered']);
});

test('an outage is told, loses nothing, and the next look goes on', async () => {
  const { store, everybody, channel } = open();
  await channel.join(new Listener(), undefined, nothing);
  store.newest = 2;
  store.isAway = true;
  await expect(channel.changed()).rejects.toThrow(/store-unavailable/);
  store.isAway = false;
  await channel.changed();
  expect(everybody.heard).toEqual(['event 1', 'event 2']);
});

test('everybody gets a snapshot when the events in between are gone', async () => {
  const { store, everybody, channel } = open();
  await channel.join(new Listener(), undefined, nothing);
  [store.newest, store.oldest] = [20_000, 10_000];
  await channel.changed();
  store.newest += 1;
  await channel.changed();
  expect(everybody.heard).toEqual(['snapshot 20000', 'event 20001']);
});

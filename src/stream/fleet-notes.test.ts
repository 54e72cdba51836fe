import { FakeClock } from '@vigil/clock';
import { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Fleet, type FleetNews } from '../ports/fleet.js';
import { FleetNotes } from './fleet-notes.js';

class KeptFleet extends Fleet {
  readonly news: FleetNews[] = [];
  away = false;
  override note(news: FleetNews): Promise<number> {
    if (this.away) return Promise.reject(new PlatformError('store-unavailable', {}, true));
    this.news.push(news);
    return Promise.resolve(0);
  }
  override devices = (): Promise<never> => Promise.reject(new Error('not asked'));
  override gateways = (): Promise<never> => Promise.reject(new Error('not asked'));
}

const fault = (atMs: number, active: boolean): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `f/${atMs}`, key: 'gateway:gw-1', origin: 'live', atMs, gatewayId: 'gw-1' },
    ...{ kind: 'gatewayFault', fault: 'diskLow', active },
  });

function notesOf() {
  const fleet = new KeptFleet();
  let leftOut = 0;
  const notes = new FleetNotes(fleet, new FakeClock(1_000), { fleetLeftOut: (count) => void (leftOut += count) });
  return { fleet, notes, leftOut: () => leftOut };
}

test('of what is told several times between two writes the newest is stored', async () => {
  const { fleet, notes } = notesOf();
  for (const event of [fault(5, true), fault(9, false), fault(7, true)]) notes.apply(event);
  await notes.flush();
  await notes.flush();
  expect(fleet.news.map((news) => news.faults.map(({ atMs, active }) => [atMs, active]))).toEqual([[[9, false]]]);
});

test('what could not be stored waits, and what came meanwhile is not undone by it', async () => {
  const { fleet, notes } = notesOf();
  fleet.away = true;
  notes.apply(fault(5, true));
  await expect(notes.flush()).rejects.toThrow('store-unavailable');
  notes.apply(fault(9, false));
  fleet.away = false;
  await notes.flush();
  expect(fleet.news[0]?.faults).toMatchObject([{ atMs: 9, active: false }]);
});

test('names without end fill nothing', async () => {
  const { fleet, notes, leftOut } = notesOf();
  for (let n = 0; n < 10_050; n++) notes.apply({ ...fault(5, true), gatewayId: `gw-${n}` } as LogEvent);
  await notes.flush();
  expect([fleet.news[0]?.faults.length, leftOut()]).toEqual([10_000, 50]);
});

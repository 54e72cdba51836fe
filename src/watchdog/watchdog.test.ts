import { FakeClock } from '@vigil/clock';
import { BedId, GatewayId, GatewayStatus, type LogEvent } from '@vigil/contracts';
import type { Mail } from './outage.js';
import { startWatch } from './watch.js';
import { Watchdog } from './watchdog.js';

const gatewayId = GatewayId.parse('gw-1');
const bedIds = [BedId.parse('icu-1')];

/** A watchdog with a hub and a platform that answer, and a gateway that says each second that it is there while `isOn`. */
function scene() {
  const clock = new FakeClock();
  const events: LogEvent[] = [];
  const mails: Mail[] = [];
  const world = { isOn: true };
  let hear: (status: GatewayStatus, hubAtMs: number) => void = () => undefined;
  clock.every(1_000, () => {
    const atMs = clock.wallMs();
    const envelope = { v: 1, kind: 'gatewayStatus', id: `status/gw-1/${atMs}`, key: 'gateway:gw-1', origin: 'live', atMs };
    const facts = { gatewayId, bedIds, pending: 0, oldestPendingMs: 0, accepted: 0, rejected: 0 };
    if (world.isOn) hear(GatewayStatus.parse({ ...envelope, ...facts }), atMs);
  });
  const watchdog = new Watchdog({
    clock,
    hub: {
      probe: () => Promise.resolve(true),
      append: (more) => Promise.resolve(void events.push(...more)),
      onStatus: (listener) => void (hear = listener),
    },
    origin: 'live',
    start: startWatch([{ gatewayId, bedIds }], clock.wallMs()),
    isPlatformReady: () => Promise.resolve(true),
    send: (mail) => Promise.resolve(void mails.push(mail)),
    save: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  watchdog.start();
  return { clock, world, watchdog, mails, kinds: () => events.map((event) => event.kind) };
}

test.each([7_200_000, -7_200_000])(
  'a wall clock that somebody sets by %i ms loses no gateway and hides no loss',
  async (jumpMs) => {
    const { clock, world, watchdog, mails, kinds } = scene();
    await clock.advance(20_000);
    clock.jumpWall(jumpMs);
    await clock.advance(60_000);
    expect([kinds(), mails]).toEqual([[], []]);
    world.isOn = false;
    await clock.advance(14_000);
    expect(kinds()).toEqual(['gatewayLost', 'coverageLost']);
    // People read the clock as it is set now.
    expect(mails.map((mail) => clock.wallMs() - mail.wallMs < 5_000 && clock.wallMs() - mail.sinceMs < 20_000)).toEqual([true]);
    world.isOn = true;
    clock.jumpWall(-jumpMs);
    await clock.advance(5_000);
    expect(kinds().slice(2)).toEqual(['gatewayRestored', 'coverageRestored']);
    watchdog.stop();
  },
);

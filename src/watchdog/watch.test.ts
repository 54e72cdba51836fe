import { BedId, EpochMs, GatewayId, GatewayStatus, LogEvent } from '@vigil/contracts';
import { mailText } from './outage.js';
import { startWatch, type WatchEffect, type WatchInput, type WatchState, watch } from './watch.js';

const T0 = Date.UTC(2026, 0, 1);
const gw = GatewayId.parse('gw-1');
const beds = [BedId.parse('icu-1'), BedId.parse('icu-2')];

function status(n: number): GatewayStatus {
  const event = { v: 1, kind: 'gatewayStatus', id: `status/gw-1/${n}`, key: 'gateway:gw-1', origin: 'simulated', atMs: T0 + n };
  return GatewayStatus.parse({ ...event, gatewayId: gw, bedIds: beds, pending: 0, oldestPendingMs: 0, accepted: 1, rejected: 0 });
}

/** A ward's watchdog whose second by second story is told by its caller. */
class Story {
  state: WatchState = startWatch([{ gatewayId: gw, bedIds: beds }], T0);
  wallMs = T0;
  readonly effects: WatchEffect[] = [];

  take(input: WatchInput): void {
    const step = watch(this.state, input, 'simulated');
    this.state = step.state;
    this.effects.push(...step.effects);
  }

  seconds(n: number, world: { hub?: boolean; unread?: boolean; platform?: boolean; gateway?: boolean } = {}): this {
    const { hub = true, unread = false, platform = true, gateway = true } = world;
    for (let i = 0; i < n; i++) {
      this.wallMs += 1_000;
      const wallMs = this.wallMs;
      const atMs = EpochMs.parse(wallMs);
      this.take({ kind: 'hub', ok: hub, isCaughtUp: hub && !unread, wallMs });
      this.take({ kind: 'platform', ok: platform, wallMs });
      if (gateway && hub && !unread) this.take({ kind: 'status', status: status(wallMs), hubAtMs: wallMs, wallMs, atMs });
      this.take({ kind: 'tick', wallMs, atMs });
    }
    return this;
  }

  /** The hub has taken the last append. */
  appended(): this {
    const last = this.appends().at(-1)!;
    this.take({ kind: 'appended', gatewayId: gw, lostId: last.lostId, what: last.what });
    return this;
  }

  appends(): Extract<WatchEffect, { do: 'append' }>[] {
    return this.effects.filter((e) => e.do === 'append');
  }

  mails(): string[] {
    return this.effects.flatMap((e) => (e.do === 'mail' ? [mailText(e.mail, true).subject] : []));
  }
}

test('all is well: nothing is said', () => {
  expect(new Story().seconds(120).effects).toEqual([]);
});

test('a gateway that is silent for 10 s is lost: one event for it, one mark per bed, one mail', () => {
  const story = new Story().seconds(5).seconds(10, { gateway: false });
  expect(story.effects).toEqual([]);
  story.seconds(1, { gateway: false });
  const [append] = story.appends();
  expect(append!.events.map((e) => [e.kind, e.key])).toEqual([
    ['gatewayLost', 'gateway:gw-1'],
    ['coverageLost', 'bed:icu-1'],
    ['coverageLost', 'bed:icu-2'],
  ]);
  for (const event of append!.events) LogEvent.parse(event);
  story.appended().seconds(60, { gateway: false });
  expect(story.appends()).toHaveLength(1);
  expect(story.mails()).toEqual(['TEST Vigil: gateway gw-1 is silent']);
});

test('what the hub has not taken is said again, with the same ids', () => {
  const story = new Story().seconds(5).seconds(15, { gateway: false });
  const ids = story.appends().map((a) => a.events.map((e) => e.id).join());
  expect(ids.length).toBeGreaterThan(2);
  expect(new Set(ids).size).toBe(1);
});

test('a gateway that comes back is restored, once, for the loss that was said', () => {
  const story = new Story().seconds(5).seconds(11, { gateway: false }).appended().seconds(1);
  const restored = story.appends().at(-1)!;
  expect(restored.what).toBe('restored');
  expect(restored.events.map((e) => e.kind)).toEqual(['gatewayRestored', 'coverageRestored', 'coverageRestored']);
  for (const event of restored.events) LogEvent.parse(event);
  story.appended().seconds(30);
  expect(story.appends().filter((a) => a.what === 'restored')).toHaveLength(1);
  expect(story.mails()).toEqual(['TEST Vigil: gateway gw-1 is silent', 'TEST Vigil: gateway gw-1 is back']);
});

test('while the hub is away nothing is said about gateways, and the hub itself is reported after 15 s', () => {
  const story = new Story().seconds(5).seconds(60, { hub: false, platform: false });
  expect(story.appends()).toEqual([]);
  expect(story.mails()).toEqual(['TEST Vigil: the event hub is silent']);
});

test('a gateway gets its 10 s again after the hub has come back', () => {
  const story = new Story().seconds(5).seconds(60, { hub: false }).seconds(11, { gateway: false });
  expect(story.appends()).toEqual([]);
  expect(story.seconds(1, { gateway: false }).appends()).toHaveLength(1);
});

test('a watchdog that does not hear does not call the gateway lost', () => {
  expect(new Story().seconds(5).seconds(60, { unread: true }).appends()).toEqual([]);
});

test('a status that was read late is no sign of life', () => {
  const story = new Story().seconds(5).seconds(11, { gateway: false }).appended();
  const late = {
    kind: 'status',
    status: status(1),
    hubAtMs: story.wallMs - 11_000,
    wallMs: story.wallMs,
    atMs: EpochMs.parse(T0),
  } as const;
  story.take(late);
  expect(story.seconds(3, { gateway: false }).appends()).toHaveLength(1);
});

test('a silent platform is reported once, every five minutes after, and once when it is back', () => {
  const story = new Story()
    .seconds(5)
    .seconds(15 + 5 * 60 + 2, { platform: false })
    .seconds(60);
  expect(story.mails()).toEqual([
    'TEST Vigil: the platform is silent',
    'TEST Vigil: the platform is still silent',
    'TEST Vigil: the platform is back',
  ]);
});

test('hub and platform may be away from the start', () => {
  expect(new Story().seconds(16, { hub: false, platform: false, gateway: false }).mails()).toEqual([
    'TEST Vigil: the event hub is silent',
  ]);
  expect(new Story().seconds(16, { platform: false }).mails()).toEqual(['TEST Vigil: the platform is silent']);
});

test('a watchdog that starts again goes on with the loss that it had said', () => {
  const before = new Story().seconds(5).seconds(11, { gateway: false }).appended();
  const after = new Story();
  after.wallMs = before.wallMs;
  after.state = startWatch([{ gatewayId: gw, bedIds: beds }], before.wallMs, before.state.gateways);
  after.seconds(30, { gateway: false });
  expect(after.effects).toEqual([]);
  expect(after.seconds(1).appends().at(-1)!.lostId).toBe(before.appends()[0]!.lostId);
});

test('a gateway that was never heard has a minute for its first start; once heard it has ten seconds', () => {
  const story = new Story().seconds(61, { gateway: false });
  expect(story.effects).toEqual([]);
  expect(story.seconds(1, { gateway: false }).appends()).toHaveLength(1);
  const late = new Story().seconds(30, { gateway: false }).seconds(1).seconds(10, { gateway: false });
  expect(late.effects).toEqual([]);
  expect(late.seconds(1, { gateway: false }).appends()).toHaveLength(1);
});

test('one that was heard before this watchdog started has ten seconds, also where the clock was set back meanwhile', () => {
  const before = new Story().seconds(5);
  const after = new Story();
  after.wallMs = before.wallMs - 7_200_000;
  after.state = startWatch([{ gatewayId: gw, bedIds: beds }], after.wallMs, before.state.gateways);
  expect(after.seconds(10, { gateway: false }).appends()).toEqual([]);
  expect(after.seconds(2, { gateway: false }).appends()).not.toEqual([]);
});

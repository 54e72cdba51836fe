import { FakeClock } from '@vigil/clock';
import { SessionUser } from '@vigil/contracts';
import type { SessionStore } from '../ports/session-store.js';
import type { Stations } from '../ports/stations.js';
import { Bounded } from './bounded.js';
import { personCaller } from './caller.js';
import { sameOrigin } from './same-origin.js';
import { ServiceTokens } from './service-tokens.js';
import { Sessions } from './sessions.js';
import { credentialsOf, tokenHash } from './tokens.js';

describe('same origin', () => {
  const host = '127.0.0.1:3000';
  test.each([
    ['a page of ours', { host, origin: 'http://127.0.0.1:3000' }, 'same'],
    ['our public name', { host, origin: 'https://vigil.hospital.test' }, 'same'],
    ['another port', { host, origin: 'http://127.0.0.1:8080' }, 'other'],
    ['another site', { host, origin: 'https://evil.example' }, 'other'],
    ['a sandboxed page', { host, origin: 'null' }, 'other'],
    ['a link from elsewhere', { host, 'sec-fetch-site': 'cross-site' }, 'other'],
    ['another name of our site', { host, 'sec-fetch-site': 'same-site' }, 'other'],
    ['a fetch of ours', { host, 'sec-fetch-site': 'same-origin' }, 'same'],
    ['a program', { host }, 'unknown'],
  ])('%s', (_name, headers, expected) => {
    expect(sameOrigin(headers, 'https://vigil.hospital.test')).toBe(expected);
  });
});

describe('credentials', () => {
  test('the header comes before the cookie', () => {
    const headers = { authorization: 'Bearer abc', cookie: 'vigil_session=def' };
    expect(credentialsOf(headers)).toEqual({ token: 'abc', via: 'bearer' });
    expect(credentialsOf({ cookie: 'a=b; vigil_session=def' })).toEqual({ token: 'def', via: 'cookie' });
  });

  test.each([{}, { cookie: 'xvigil_session=a' }, { authorization: 'Basic abc' }, { authorization: `Bearer ${'x'.repeat(300)}` }])(
    'there are none in %j',
    (headers) => {
      expect(credentialsOf(headers)).toBeNull();
    },
  );
});

test('no more jobs run at once than allowed, and those beyond the queue are turned away', async () => {
  const bounded = new Bounded(1, 1);
  let finish: () => void = () => undefined;
  const first = bounded.run(() => new Promise<number>((resolve) => (finish = () => resolve(1))));
  const second = bounded.run(() => Promise.resolve(2));
  expect(await bounded.run(() => Promise.resolve(3))).toBeNull();
  finish();
  expect([await first, await second]).toEqual([{ value: 1 }, { value: 2 }]);
  await expect(bounded.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await bounded.run(() => Promise.resolve(4))).toEqual({ value: 4 });
});

describe('sessions', () => {
  const user = SessionUser.parse({ staffId: 'amy', username: 'amy', name: 'Amy', roles: ['nurse'], careUnitIds: ['icu'] });

  function open() {
    const clock = new FakeClock();
    const ends = new Map([[tokenHash('token'), clock.wallMs() + 1_000]]);
    const session = (hash: string, wallMs: number) => {
      const expiresAtMs = ends.get(hash) ?? 0;
      return Promise.resolve(expiresAtMs <= wallMs ? null : { user, expiresAtMs });
    };
    const told = { others: 0, here: (): void => undefined };
    const asked = { times: 0 };
    const store = {
      peek: session,
      use: (hash: string, wallMs: number, idleMs: number) => {
        if ((ends.get(hash) ?? 0) > wallMs) ends.set(hash, wallMs + idleMs);
        return session(hash, wallMs);
      },
      alive: (hashes: readonly string[], wallMs: number) => {
        asked.times++;
        return Promise.resolve(new Map(hashes.flatMap((h) => ((ends.get(h) ?? 0) > wallMs ? [[h, ends.get(h)!]] : []))));
      },
      end: (hash: string) => Promise.resolve(void ends.delete(hash)),
      endAllOf: () => {
        ends.clear();
        return Promise.resolve(1);
      },
      tellEnded: () => void told.others++,
      onEndedElsewhere: (listener: () => void) => void (told.here = listener),
    } as unknown as SessionStore;
    const times = { idleMs: 1_000, absoluteMs: 60_000 };
    const stations = {} as Stations;
    const sessions = new Sessions(store, stations, clock, new ServiceTokens([]), times);
    const caller = personCaller(user, tokenHash('token'), clock.wallMs() + 1_000);
    return { clock, ends, caller, sessions, told, asked };
  }

  test('a watcher is told once, at logout', async () => {
    const { sessions, caller } = open();
    let told = 0;
    sessions.watch(caller, () => told++);
    await sessions.end(caller.tokenHash!);
    await sessions.sweep();
    expect(told).toBe(1);
  });

  test('a request pushes the end on for watchers too', async () => {
    const { clock, sessions, caller } = open();
    let told = 0;
    sessions.watch(caller, () => told++);
    await clock.advance(900);
    expect((await sessions.authenticate('token'))?.name).toBe('amy');
    await clock.advance(900);
    await sessions.sweep();
    expect(told).toBe(0);
    await clock.advance(100);
    await sessions.sweep();
    expect(told).toBe(1);
    expect(await sessions.authenticate('token')).toBeNull();
  });

  test('opening a socket is no use of the session', async () => {
    const { clock, sessions } = open();
    await clock.advance(900);
    expect((await sessions.authenticate('token', { use: false }))?.name).toBe('amy');
    await clock.advance(100);
    expect(await sessions.authenticate('token')).toBeNull();
  });

  test('what another process ended is noticed within two seconds', async () => {
    const { clock, ends, sessions, caller } = open();
    ends.set(caller.tokenHash!, clock.wallMs() + 60_000);
    let told = 0;
    sessions.watch(caller, () => told++);
    await sessions.sweep();
    ends.delete(caller.tokenHash!);
    await clock.advance(900);
    await sessions.sweep();
    expect(told).toBe(0);
    for (let s = 0; s < 2; s += 1) {
      await clock.advance(1_000);
      await sessions.sweep();
    }
    expect(told).toBe(1);
  });

  test('another process that says so is believed at once, and asked for once however often it says it', async () => {
    const { ends, sessions, caller, told, asked } = open();
    let seen = 0;
    sessions.watch(caller, () => seen++);
    ends.delete(caller.tokenHash!);
    for (let i = 0; i < 100; i++) told.here();
    await sessions.endAllOf(user.staffId);
    expect([seen, told.others]).toEqual([1, 1]);
    expect(asked.times).toBeLessThanOrEqual(2);
  });

  test('whoever stops watching is not told', async () => {
    const { sessions, caller } = open();
    let told = 0;
    sessions.watch(caller, () => told++)();
    await sessions.end(caller.tokenHash!);
    expect(told).toBe(0);
  });
});

/**
 * The lines between processes: the one in memory, and Redis with a server of this machine (`apt-get install redis-server`), which is killed,
 * stopped in its tracks, filled up, and asked with a wrong password and without rights.
 */
import { MemoryNewsLines } from '../../src/adapters/memory/memory-news-lines.js';
import { redisUrlOf } from '../../src/adapters/redis/redis-url.js';
import { RedisNewsLines } from '../../src/adapters/redis/redis-news-lines.js';
import { type RedisServer, redisOfTests } from '../support/redis.js';
import { until } from '../support/until.js';
import { Heard, newsLinesContract } from './news-lines.contract.js';

const PASSWORD = 'pässword-of-the-test';
const AUTH = `:${encodeURIComponent(PASSWORD)}@`;
const linesAt = (url: string): RedisNewsLines => new RedisNewsLines(redisUrlOf(url));

describe('in memory', () => {
  newsLinesContract(() => {
    const lines = new MemoryNewsLines();
    return Promise.resolve({
      lines,
      takeAway: () => Promise.resolve(lines.takeAway()),
      giveBack: () => Promise.resolve(lines.giveBack()),
      end: () => Promise.resolve(),
    });
  });
});

const server = await redisOfTests(['--requirepass', PASSWORD]);

(server === null ? describe.skip : describe)('Redis', () => {
  const redis = server as RedisServer;
  afterAll(() => redis.stop());

  newsLinesContract(() =>
    Promise.resolve({
      lines: linesAt(redis.url(AUTH)),
      takeAway: () => redis.kill(),
      giveBack: () => redis.again(),
      end: () => Promise.resolve(),
    }),
  );

  test.each([
    ['a wrong password', ':another@', 'refused'],
    ['none', '', 'refused'],
    ['a user that it does not know', `nobody:${encodeURIComponent(PASSWORD)}@`, 'refused'],
  ])('%s is refused in a word that holds nothing of it', async (_, auth, trouble) => {
    const error = await Heard.on(linesAt(redis.url(auth)), 'one').catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ name: 'NewsLineError', trouble });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toMatch(/another|pässword|nobody/);
  });

  test('a user without rights on the channel is told so; with those on vigil:* it may', async () => {
    const admin = await Heard.on(linesAt(redis.url(AUTH)), 'admin');
    const rights = ['resetchannels', '&vigil:*', '+publish', '+subscribe', '+hello', '+client|setname', '+auth'];
    expect(await redis.say(PASSWORD, 'acl', 'setuser', 'vigil', 'on', '>secret', ...rights)).toBe('+OK');
    const lines = linesAt(redis.url('vigil:secret@'));
    await expect(Heard.on(lines, 'elsewhere')).rejects.toMatchObject({ trouble: 'no-right' });
    const heard = await Heard.on(lines, 'vigil:news:1');
    await heard.line.publish('word');
    await until('what was said is heard', () => heard.texts.length === 1, 5_000);
    heard.line.close();
    admin.line.close();
  });

  test.each([0, 300])(
    'a server that hangs lets an attempt end when it is given up after %d ms, and nothing stays open',
    async (waitMs) => {
      redis.hang();
      try {
        const opening = Heard.on(linesAt(redis.url(AUTH)), 'one', AbortSignal.timeout(waitMs)).catch((error: unknown) => error);
        expect(await opening).toMatchObject({ trouble: 'hangs' });
      } finally {
        redis.goOn();
      }
      const clients = async () => Number(/connected_clients:(\d+)/.exec(await redis.say(PASSWORD, 'info', 'clients'))?.[1]);
      await until('only whoever asks is connected', async () => (await clients()) === 1, 5_000);
    },
  );

  test('a server that takes no more clients says so', async () => {
    expect(await redis.say(PASSWORD, 'config', 'set', 'maxclients', '1')).toBe('+OK');
    const first = await Heard.on(linesAt(redis.url(AUTH)), 'one').catch((error: unknown) => error);
    const second = await Heard.on(linesAt(redis.url(AUTH)), 'one').catch((error: unknown) => error);
    expect([first, second]).toContainEqual(expect.objectContaining({ trouble: 'full' }));
    if (first instanceof Heard) first.line.close();
    await redis.kill();
    await redis.again();
  });

  test('words go through a server whose memory is full: they need none', async () => {
    const heard = await Heard.on(linesAt(redis.url(AUTH)), 'one');
    expect(await redis.say(PASSWORD, 'config', 'set', 'maxmemory', '1')).toBe('+OK');
    await heard.line.publish('word');
    await until('what was said is heard', () => heard.texts.length === 1, 5_000);
    heard.line.close();
    expect(await redis.say(PASSWORD, 'config', 'set', 'maxmemory', '0')).toBe('+OK');
  });
});

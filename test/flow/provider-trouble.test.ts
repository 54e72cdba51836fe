/**
 * Providers that are slow, refuse, hang up, lie or talk nonsense, as real servers on loopback: whatever one channel does, the next one
 * comes when it is its turn, and the next person at the latest when the policy says so. Time is the ward's; only an answer that never
 * comes takes real time.
 */
import { NetGuard } from '../../src/adapters/net-guard/net-guard.js';
import { MemoryPager, PagerList } from '../../src/adapters/memory/memory-pager.js';
import { SmtpPager } from '../../src/adapters/smtp/smtp-pager.js';
import { WebhookPager } from '../../src/adapters/webhook/webhook-pager.js';
import { CHANNEL_MAX, PageSender, SEND_MS_MAX } from '../../src/escalation/page-sender.js';
import { Pager } from '../../src/ports/pager.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { PagingWard } from '../support/paging-ward.js';
import { type Trouble, troubledHttp, troubledMail, type TroubledProvider } from '../support/troubled-providers.js';

/** Long enough for an answer on loopback, and short enough to wait for one that never comes. */
const TIMEOUT_MS = 150;
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const clock = { wallMs: () => Date.now() };
const mailBy = ({ port }: TroubledProvider): Pager =>
  new SmtpPager({ url: `smtp://127.0.0.1:${port}`, from: 'Vigil <vigil@localhost>', timeoutMs: TIMEOUT_MS });
const hookBy = ({ port }: TroubledProvider): Pager =>
  new WebhookPager({ site: { url: `http://127.0.0.1:${port}/`, secret }, guard: new NetGuard([]), clock, timeoutMs: TIMEOUT_MS });

let w: PagingWard;
const providers: TroubledProvider[] = [];
afterEach(async () => {
  await w.end();
  for (const provider of providers.splice(0)) await provider.stop();
});

/** Answers when, after the alarm, each person was told by the channel that works: `amy 20 s`. */
async function told(well: MemoryPager, forS: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let s = 0; s <= forS; s++) {
    const before = well.sent.length;
    await w.after(s === 0 ? 0 : 1_000);
    lines.push(...well.sent.slice(before).map((page) => `${page.staffId} ${s} s`));
  }
  return lines;
}

test.each<Trouble>(['silent', 'later', 'never', 'cut', 'garbage'])(
  'a mail server that is "%s": the next channel comes when it is its turn, and the next person in time',
  async (trouble) => {
    const provider = await troubledMail(trouble);
    providers.push(provider);
    const well = new MemoryPager('webhook');
    w = await PagingWard.open({ webhook: true }, [mailBy(provider), well]);
    await w.raise();
    expect(await told(well, 51)).toEqual(['amy 20 s', 'carol 50 s']);
    expect((await w.pages()).filter((page) => page.channel === 'smtp' && page.staffId === 'amy')).toMatchObject([
      { state: 'failed' },
    ]);
  },
);

test.each<Trouble>(['silent', 'later', 'never', 'cut', 'garbage', 'elsewhere'])(
  'a webhook that is "%s" and the only way: the next person is told as soon as it is given up',
  async (trouble) => {
    const provider = await troubledHttp(trouble);
    providers.push(provider);
    const isFinal = trouble === 'never' || trouble === 'elsewhere';
    w = await PagingWard.open({ webhook: true, smtp: false }, [hookBy(provider)]);
    await w.raise();
    await w.after(0);
    await w.after(1);
    // 1 s, 2 s, 4 s and 8 s between five attempts; what is refused for good is not tried again.
    for (let s = 0; s < (isFinal ? 0 : 16); s++) await w.after(1_000);
    expect(await w.pages()).toMatchObject([{ staffId: 'amy', state: 'failed' }, { staffId: 'carol' }]);
    expect(provider.requests).toBeGreaterThanOrEqual(isFinal ? 1 : 5);
  },
);

test('a provider that takes everything and delivers nothing: the next channel and the next person come all the same', async () => {
  const liar = new MemoryPager('smtp');
  const well = new MemoryPager('webhook');
  w = await PagingWard.open({ webhook: true }, [liar, well]);
  await w.raise();
  expect(await told(well, 51)).toEqual(['amy 20 s', 'carol 50 s']);
});

/** Neither answers nor fails, and knows no bound of its own. */
class HangingPager extends Pager {
  readonly channel = 'smtp';
  attempts = 0;
  override send(): Promise<never> {
    this.attempts += 1;
    return new Promise(() => undefined);
  }
}

test('a channel that hangs takes no place of another, and gives its own back after a bound', async () => {
  const [hanging, well] = [new HangingPager(), new MemoryPager('webhook')];
  w = await PagingWard.open({ webhook: true }, [hanging, well]);
  const { stores } = w;
  const log = { warn: () => undefined, error: () => undefined };
  const sender = new PageSender({ ...stores, feed: stores.alarmFeed, pagers: new PagerList([hanging, well]), log });
  for (let no = 1; no <= CHANNEL_MAX + 2; no++) {
    await stores.alarmState.commit(
      batch([transition({ alarmId: alarmIdNo(no), bedId: 'icu-1', encounterId: `enc-${no + 10}` })]),
    );
    await w.tell();
    // One by one, or they would leave as one message.
    await sender.runOnce();
  }
  expect(hanging.attempts).toBe(CHANNEL_MAX);
  await stores.clock.advance(20_000);
  await sender.runOnce();
  await stores.clock.advance(0);
  expect(well.sent.flatMap((page) => page.covers)).toHaveLength(CHANNEL_MAX + 2);
  await stores.clock.advance(SEND_MS_MAX);
  for (let round = 0; round < 20 && hanging.attempts === CHANNEL_MAX; round++) {
    await stores.clock.advance(500);
    await sender.runOnce();
  }
  expect(hanging.attempts).toBeGreaterThan(CHANNEL_MAX);
});

import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { AuditAnchor, type AnchorNote } from '../ports/audit-anchor.js';
import { Anchoring, ANCHORS_LOOK_EVERY_MS } from './anchoring.js';

class FakeAnchor extends AuditAnchor {
  readonly taken: string[] = [];
  tries = 0;
  fails: 'anchor-unavailable' | 'anchor-refused' | null = null;

  constructor(
    readonly name: string,
    readonly everyMs = 0,
  ) {
    super();
  }

  publish({ note }: AnchorNote): Promise<void> {
    this.tries += 1;
    if (this.fails !== null) return Promise.reject(new PlatformError(this.fails, {}, true));
    this.taken.push(note);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const noProof = (): Promise<readonly string[]> => Promise.resolve([]);

function scene(...anchors: FakeAnchor[]) {
  const clock = new FakeClock();
  const said: (string | null)[] = [];
  const failures: string[] = [];
  const report = {
    anchor: () => undefined,
    failed: (name: string, reason: string) => failures.push(`${name} ${reason}`),
    state: (problem: string | null) => said.push(problem),
  };
  const anchoring = new Anchoring({ anchors, clock, report });
  anchoring.start();
  const publish = async (note: string): Promise<void> => {
    anchoring.publish(note, noProof);
    await anchoring.settled();
  };
  /** Wall time passes, look by look. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= ANCHORS_LOOK_EVERY_MS) {
      await clock.advance(Math.min(left, ANCHORS_LOOK_EVERY_MS));
      await anchoring.settled();
    }
  };
  return { anchoring, publish, pass, failures, problem: () => said.at(-1) };
}

test('every anchor gets every note', async () => {
  const [file, witness] = [new FakeAnchor('file'), new FakeAnchor('witness')];
  const { publish } = scene(file, witness);
  for (const note of ['a', 'b']) await publish(note);
  expect([file.taken, witness.taken]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('an anchor that is away holds up no other, and gets the newest note once it is back', async () => {
  const [file, webhook] = [new FakeAnchor('file'), new FakeAnchor('webhook')];
  webhook.fails = 'anchor-unavailable';
  const { publish, pass, failures } = scene(file, webhook);
  for (const note of ['a', 'b', 'c']) await publish(note);
  webhook.fails = null;
  await pass(10_000);
  expect([file.taken, webhook.taken]).toEqual([['a', 'b', 'c'], ['c']]);
  expect(new Set(failures)).toEqual(new Set(['webhook away']));
});

test('a note that announces a key is not skipped, and comes before what the new key signed', async () => {
  const webhook = new FakeAnchor('webhook');
  webhook.fails = 'anchor-unavailable';
  const { publish, pass } = scene(webhook);
  for (const note of ['a', 'b\nnext-key x', 'c', 'd']) await publish(note);
  webhook.fails = null;
  await pass(10_000);
  expect(webhook.taken).toEqual(['b\nnext-key x', 'd']);
});

test('an anchor that stays away is tried less and less often, down to every five minutes', async () => {
  const webhook = new FakeAnchor('webhook');
  webhook.fails = 'anchor-unavailable';
  const { publish, pass } = scene(webhook);
  await publish('a');
  await pass(3_600_000);
  expect(webhook.tries).toBeGreaterThan(12);
  expect(webhook.tries).toBeLessThan(22);
});

test('what waits is bounded: the oldest announcement goes, and is counted', async () => {
  const webhook = new FakeAnchor('webhook');
  webhook.fails = 'anchor-unavailable';
  const { publish, failures } = scene(webhook);
  for (let i = 0; i <= 50; i += 1) await publish(`${i}\nnext-key x`);
  expect(failures.filter((failure) => failure === 'webhook dropped')).toHaveLength(1);
});

test('mail gets the first note of each hour, and the one that was due while it was away', async () => {
  const mail = new FakeAnchor('mail', 3_600_000);
  const { publish, pass } = scene(mail);
  await publish('first');
  await publish('second');
  await pass(3_600_000);
  mail.fails = 'anchor-unavailable';
  await publish('third');
  mail.fails = null;
  await pass(20_000);
  await publish('fourth');
  expect(mail.taken).toEqual(['first', 'third']);
});

test('two fresh anchors are enough; with fewer for five minutes it says so, and again that all is well', async () => {
  const anchors = [new FakeAnchor('file'), new FakeAnchor('webhook'), new FakeAnchor('mail', 3_600_000)] as const;
  const { publish, pass, problem } = scene(...anchors);
  await publish('a');
  await pass(5_000);
  expect(problem()).toBeNull();
  anchors[1].fails = 'anchor-unavailable';
  for (let minute = 0; minute < 6; minute += 1) {
    await publish(`at ${minute}`);
    await pass(60_000);
  }
  expect(problem()).toBe('1 of 2 anchors have taken a checkpoint within 5 min');
  anchors[1].fails = null;
  await pass(300_000);
  await publish('b');
  await pass(5_000);
  expect(problem()).toBeNull();
});

test('an anchor that has seen another log is told at once', async () => {
  const [file, witness] = [new FakeAnchor('file'), new FakeAnchor('witness')];
  const { publish, pass, problem, failures } = scene(file, witness);
  await publish('a');
  witness.fails = 'anchor-refused';
  await publish('b');
  await pass(5_000);
  expect(problem()).toBe('witness has seen another audit log than this one');
  expect(failures).toContain('witness refused');
});

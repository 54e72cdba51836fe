import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { ProcessWord } from '../health/process-word.js';
import { PROCESS_SILENT_MS, SiteProcesses } from '../health/site-processes.js';
import { type SiblingRow, Siblings } from '../ports/siblings.js';
import type { SiteHint, SiteNews } from '../ports/site-news.js';
import { ProcessWords, WORD_EVERY_MS } from './process-words.js';

class TableOfWords extends Siblings {
  readonly rows = new Map<string, SiblingRow>();

  override say(word: Omit<SiblingRow, 'beat' | 'saidWallMs'>, wallMs: number): Promise<void> {
    const beat = (this.rows.get(word.processId)?.beat ?? 0) + 1;
    this.rows.set(word.processId, { ...word, beat, saidWallMs: wallMs });
    return Promise.resolve();
  }

  override all = (): Promise<readonly SiblingRow[]> => Promise.resolve([...this.rows.values()]);

  override leave(processId: string): Promise<void> {
    this.rows.delete(processId);
    return Promise.resolve();
  }
}

function scene() {
  const clock = new FakeClock(1_000_000);
  const siblings = new TableOfWords();
  const owned = new Set<string>();
  const owners = {
    owners: () => Promise.resolve([...owned]),
    releaseDead: (living: readonly string[] = []) => {
      for (const owner of [...owned]) if (!living.includes(owner) && owner !== 'a') owned.delete(owner);
      return Promise.resolve();
    },
  };
  const start = async (processId: string, news?: SiteNews) => {
    const processes = new SiteProcesses(() => clock.steady().atMs);
    const words = new ProcessWords({
      ...{ siblings, owners, processes, processId, role: 'processor', buildId: 'b', clock, frees: processId === 'a' },
      ...(news === undefined ? {} : { news }),
    });
    await words.start();
    return { processes, words };
  };
  return { clock, siblings, owned, start };
}

test('each hears what the others say, and no more once they are silent', async () => {
  const { clock, start } = scene();
  const a = await start('a');
  const b = await start('b');
  b.processes.tells('engine', () => ({ processing: true, newestHubMs: 5 }));
  b.processes.tells('groups', () => ({ alarms: { partitions: [1, 3] } }));
  await clock.advance(2 * WORD_EVERY_MS);
  expect([...a.processes.partitionsElsewhere('alarms')]).toEqual([1, 3]);
  expect(a.processes.engineElsewhere()).toEqual({ processing: true, newestHubMs: 5 });
  expect(b.processes.engineElsewhere()).toBeNull();
  await b.words.stop();
  await clock.advance(2 * WORD_EVERY_MS);
  expect(a.processes.others()).toEqual([]);
});

test('what a process read that died is freed after its silence, and what living ones read is not', async () => {
  const { clock, siblings, owned, start } = scene();
  await start('a');
  const b = await start('b');
  await start('c');
  for (const owner of ['a', 'b', 'c']) owned.add(owner);
  await clock.advance(2 * PROCESS_SILENT_MS);
  expect([...owned]).toEqual(['a', 'b', 'c']);
  // Killed: it says nothing more, and its last word stays.
  const last = siblings.rows.get('b')!;
  await b.words.stop();
  siblings.rows.set('b', last);
  await clock.advance(PROCESS_SILENT_MS);
  expect([...owned]).toEqual(['a', 'b', 'c']);
  await clock.advance(3 * WORD_EVERY_MS);
  expect([...owned]).toEqual(['a', 'c']);
});

test('an owner of whom nobody has heard has as long to say a word', async () => {
  const { clock, siblings, owned, start } = scene();
  await start('a');
  owned.add('stranger').add('beginner');
  await clock.advance(PROCESS_SILENT_MS - WORD_EVERY_MS);
  await siblings.say({ processId: 'beginner', role: 'processor', json: '{}' }, 0);
  await clock.advance(3 * WORD_EVERY_MS);
  expect([...owned]).toEqual(['beginner']);
});

test('the word of a newer version is heard as far as it is understood; one that is not shows only that somebody lives', async () => {
  const { clock, siblings, owned, start } = scene();
  const { processes } = await start('a');
  owned.add('newer').add('odd');
  const newer = JSON.stringify({ role: 'processor', buildId: 'n', groups: { alarms: { partitions: [0], pace: 3 } }, moods: [] });
  for (let s = 0; s < 12; s++) {
    await siblings.say({ processId: 'newer', role: 'processor', json: newer }, 0);
    await siblings.say({ processId: 'odd', role: 'processor', json: '{"role":7}' }, 0);
    await clock.advance(WORD_EVERY_MS);
  }
  expect([...processes.partitionsElsewhere('alarms')]).toEqual([0]);
  expect([...owned].sort()).toEqual(['newer', 'odd']);
});

test('what only degrades in one process is told by the others; what makes it unready is not called harmless', () => {
  const processes = new SiteProcesses(() => 0);
  const word = (role: string, parts: unknown) => ProcessWord.parse({ role, buildId: 'b', parts });
  const ofBefore = word('history', [{ name: 'audit-log', reason: 'broken' }]);
  const history = word('history', [
    { name: 'history-store', reason: 'influx-silent', vital: false },
    { name: 'history', reason: '2 of 8 partitions', vital: true },
  ]);
  processes.hear([ofBefore, history, history].map((each, i) => ({ processId: `p${i}`, word: each, atMs: 0 })));
  expect(processes.degradedElsewhere()).toEqual([{ name: 'history-store', reason: 'history: influx-silent' }]);
});

test('alarms are found only while everybody who reads a part of them finds them', () => {
  const processes = new SiteProcesses(() => 0);
  const word = (partitions: number[], processing: boolean) => ({
    ...{ role: 'processor', buildId: 'b', loops: {}, watchdogMs: null, stations: [], others: {}, integrations: [] },
    ...{ parts: [], does: [], asks: {}, news: [], groups: { alarms: { partitions } }, engine: { processing, newestHubMs: null } },
  });
  const heard = (...words: ReturnType<typeof word>[]) =>
    processes.hear(words.map((each, i) => ({ processId: `p${i}`, word: each, atMs: 0 })));
  heard(word([0], true), word([1], false));
  expect(processes.engineElsewhere()?.processing).toBe(false);
  // One that has just come and reads nothing yet decides nothing.
  heard(word([0, 1], true), word([], false));
  expect(processes.engineElsewhere()?.processing).toBe(true);
  heard(word([], true));
  expect(processes.engineElsewhere()?.processing).toBe(false);
});

test('what changed at beds goes with the words, once to each, and what everybody looks at anyway does not', async () => {
  const { clock, start } = scene();
  const newsOf = () => {
    const heard: SiteHint[] = [];
    let carry: (hint: SiteHint) => void = () => undefined;
    const news: SiteNews = { carryBy: (by) => void (carry = by), hear: (hint) => void heard.push(hint) };
    return { heard, news, tell: (hint: SiteHint) => carry(hint) };
  };
  const [a, b] = [newsOf(), newsOf()];
  await start('a', a.news);
  await start('b', b.news);
  b.tell({ of: 'beds', bedIds: ['icu-1'] });
  b.tell({ of: 'beds', bedIds: ['icu-2', 'icu-1'] });
  b.tell({ of: 'alarms', changes: [] });
  await clock.advance(3 * WORD_EVERY_MS);
  expect(a.heard).toEqual([{ of: 'beds', bedIds: ['icu-1', 'icu-2'] }]);
  expect(b.heard).toEqual([]);
  b.tell({ of: 'audio-pause', careUnitId: 'icu' });
  await clock.advance(3 * WORD_EVERY_MS);
  expect(a.heard).toHaveLength(2);
});

test('who died is known to be gone, who has left is not; and a store that was away makes nobody dead', async () => {
  const { clock, siblings, owned, start } = scene();
  const { processes } = await start('a');
  const b = await start('b');
  const c = await start('c');
  owned.add('b');
  await clock.advance(3 * WORD_EVERY_MS);
  // The store is away for a minute; as it comes back, the first to look finds old words.
  const back = [siblings.all, siblings.say.bind(siblings)] as const;
  siblings.say = () => Promise.reject(new PlatformError('store-unavailable'));
  siblings.all = () => Promise.reject(new PlatformError('store-unavailable'));
  await clock.advance(60_000);
  [siblings.all, siblings.say] = back;
  await clock.advance(3 * WORD_EVERY_MS);
  expect([...owned]).toEqual(['b']);
  expect(processes.gone()).toEqual([]);
  const last = siblings.rows.get('b')!;
  await b.words.stop();
  siblings.rows.set('b', last);
  await c.words.stop();
  await clock.advance(PROCESS_SILENT_MS + 2 * WORD_EVERY_MS);
  expect(processes.gone()).toEqual(['b']);
  expect([...owned]).toEqual([]);
});

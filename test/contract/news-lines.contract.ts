import { setTimeout as sleep } from 'node:timers/promises';
import { type LineTrouble, type NewsLine, NewsLineError, type NewsLines } from '../../src/ports/news-lines.js';
import { until } from '../support/until.js';

export interface NewsLinesUnderTest {
  readonly lines: NewsLines;
  /** The server ends, and every line with it. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  end(): Promise<void>;
}

/** One open line, and what it heard. */
export class Heard {
  readonly texts: string[] = [];
  readonly ends: LineTrouble[] = [];
  line!: NewsLine;

  static async on(lines: NewsLines, channel: string, signal = new AbortController().signal): Promise<Heard> {
    const heard = new Heard();
    const listener = { text: (text: string) => heard.texts.push(text), end: (trouble: LineTrouble) => heard.ends.push(trouble) };
    heard.line = await lines.open(
      channel,
      { text: (text) => void listener.text(text), end: (t) => void listener.end(t) },
      signal,
    );
    return heard;
  }
}

/** Promises of `NewsLines`. */
export function newsLinesContract(open: () => Promise<NewsLinesUnderTest>): void {
  let t: NewsLinesUnderTest;
  const opened: Heard[] = [];
  const on = async (channel: string): Promise<Heard> => {
    const heard = await Heard.on(t.lines, channel);
    opened.push(heard);
    return heard;
  };
  beforeEach(async () => void (t = await open()));
  afterEach(async () => {
    for (const { line } of opened.splice(0)) line.close();
    await t.end();
  });

  test('each hears what is said on its channel, its own words too, once and in order, and nothing of another', async () => {
    const [a, b, other] = [await on('one'), await on('one'), await on('two')];
    const said = Array.from({ length: 200 }, (_, i) => `word ${i} ${'ü'.repeat(i)}`);
    for (const text of said) await a.line.publish(text);
    await other.line.publish('elsewhere');
    await until('what was said is heard', () => a.texts.length + b.texts.length === 400 && other.texts.length === 1, 5_000);
    expect(a.texts).toEqual(said);
    expect(b.texts).toEqual(said);
    expect(other.texts).toEqual(['elsewhere']);
  });

  test('a text of hundreds of kilobytes arrives whole', async () => {
    const a = await on('one');
    const text = 'x'.repeat(500_000);
    await a.line.publish(text);
    await until('what was said is heard', () => a.texts.length === 1, 5_000);
    expect(a.texts[0] === text).toBe(true);
  });

  test('what was said before somebody came is not told afterwards', async () => {
    const a = await on('one');
    await a.line.publish('before');
    const b = await on('one');
    await a.line.publish('after');
    await until('what was said is heard', () => b.texts.length === 1 && a.texts.length === 2, 5_000);
    expect(b.texts).toEqual(['after']);
  });

  test('whoever has hung up hears nothing more, and hanging up twice is harmless', async () => {
    const [a, b] = [await on('one'), await on('one')];
    b.line.close();
    b.line.close();
    await a.line.publish('later');
    await until('what was said is heard', () => a.texts.length === 1, 5_000);
    expect(b).toMatchObject({ texts: [], ends: [] });
    await expect(b.line.publish('gone')).rejects.toThrow(NewsLineError);
  });

  test('a server that is gone ends each line once, publishes nothing, opens none; afterwards new ones carry', async () => {
    const [a, b] = [await on('one'), await on('one')];
    await t.takeAway();
    await until('what was said is heard', () => a.ends.length + b.ends.length === 2, 5_000);
    await expect(a.line.publish('lost')).rejects.toThrow(NewsLineError);
    await expect(on('one')).rejects.toMatchObject({ name: 'NewsLineError', trouble: 'away' });
    await t.giveBack();
    const again = await on('one');
    await again.line.publish('here');
    await until('what was said is heard', () => again.texts.length === 1, 5_000);
    await sleep(20);
    expect([a.ends, b.ends, a.texts, b.texts]).toEqual([['away'], ['away'], [], []]);
  });
}

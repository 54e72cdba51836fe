import './english-for-tests.js';
import { en } from './en/index.js';
import { t } from './words.js';

const say = t as unknown as (key: string, values: Record<string, unknown>) => string;
const keys = Object.entries(en).flatMap(([area, words]) => Object.keys(words).map((key) => `${area}:${key}`));

/* A key with `?`, `!`, `,`, `;` or a blank in it is taken for a sentence, and shown in place of its words. */
test('every key finds its words', () => {
  expect(keys.length).toBeGreaterThan(500);
  const silent = keys.filter((key) => say(key.replace(/_(one|other|zero|two|few|many)$/, ''), { count: 2 }) === key);
  expect(silent).toEqual([]);
});

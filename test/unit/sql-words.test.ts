import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/root.js';

/** Words that SQLite takes and PostgreSQL does not, in the code that speaks to both. */
const SQLITE_ONLY: readonly (readonly [RegExp, string])[] = [
  [
    /'is( not)?', (?!null\)|sql\.lit\(null\)|'\))/g,
    "`is` beside a value: `eb(column, '=', value)`, or `is null` where it is null",
  ],
  [/\b(rowid|ifnull|json_extract|strftime|insert or replace|group_concat)\b/g, 'of SQLite alone'],
];
/** They read or write an SQLite file and nothing else. */
const OF_FILES = /(audit-file|audit-triggers|transitions-file|stored-rule-sets|node-sqlite|database-use|\.test)\.ts$/;

test.each([
  [".where('a.bed_id', 'is', here.bed_id)", 1],
  [".where('a.bed_id', 'is', null)", 0],
  ['sql`select ifnull(a, b)`', 1],
])('words of SQLite alone are found: %s', (code, count) => {
  expect(SQLITE_ONLY.flatMap(([word]) => [...code.matchAll(word)])).toHaveLength(count);
});

test('what is said to the database is understood by SQLite and PostgreSQL', () => {
  const files = globSync('src/adapters/sql/**/*.ts', { cwd: ROOT }).filter((file) => !OF_FILES.test(file));
  const found = files.flatMap((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
    return SQLITE_ONLY.flatMap(([word, says]) => [...code.matchAll(word)].map(([text]) => `${file}: ${text} is ${says}`));
  });
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

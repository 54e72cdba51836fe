import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS, USABLE_FROM } from '../../src/adapters/sql/migrations/index.js';
import { ROOT } from '../support/root.js';

/** Older ones ran before any process of an older version could be beside them (ADR 0077). */
const FIRST = '0038';
const FOLDER = join(ROOT, 'src/adapters/sql/migrations');
const TAKES_AWAY =
  /\b(dropTable|dropColumn|dropConstraint|renameTo|renameColumn|alterColumn|modifyColumn|setNotNull)\b|\b(drop|rename|truncate)\s/i;

/** What a migration does beside adding; a column that has to be filled in is refused by statements that do not know it. */
function otherThanAdding(source: string): readonly string[] {
  const code = source.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  const adds = [...code.matchAll(/\.addColumn\([^;]*?notNull\(\)(?![^;]*defaultTo)[^;]*/g)].filter(
    ([text]) => /alterTable/.test(code) && text !== '',
  );
  return [...(TAKES_AWAY.exec(code)?.slice(0, 1) ?? []), ...adds.map(([text]) => text.slice(0, 60))];
}

test.each([
  ["await db.schema.dropTable('old').execute();", 1],
  ["await db.schema.alterTable('a').renameColumn('b', 'c').execute();", 1],
  ['await sql`alter table a drop column b`.execute(db);', 1],
  ["await db.schema.alterTable('a').addColumn('b', 'text', (c) => c.notNull()).execute();", 1],
  ["await db.schema.alterTable('a').addColumn('b', 'integer', (c) => c.notNull().defaultTo(0)).execute();", 0],
  ["await db.schema.alterTable('a').addColumn('b', 'text').execute(); // nothing to drop later", 0],
])('what takes something away from the version before is found: %s', (source, count) => {
  expect(otherThanAdding(source)).toHaveLength(count);
});

test('migrations only add, so that the version before works beside this one', () => {
  const files = readdirSync(FOLDER).filter((name) => /^\d{4}-.*\.ts$/.test(name) && name >= FIRST);
  const found = files.flatMap((name) =>
    otherThanAdding(readFileSync(join(FOLDER, name), 'utf8')).map((what) => `${name}: ${what}`),
  );
  expect(found).toEqual([]);
});

test('the version that these tables can be used from is one of them', () => {
  expect(Object.keys(MIGRATIONS)).toContain(USABLE_FROM);
});

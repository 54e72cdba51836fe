import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { COMMANDS_KEPT_MS, isDone } from './done-commands.js';
import { openSql, type Sql } from './sql.js';

const DAY_MS = 24 * 3_600_000;
const START_MS = 1_800_000_000_000;
let t: TestStores;
let sql: Sql;
beforeEach(async () => {
  t = await openTestStores();
  sql = await openSql({ file: t.file });
});
afterEach(async () => {
  await sql.close();
  await t.end();
});

const give = (commandId: string, wallMs: number): Promise<boolean> =>
  sql.transaction((tx) =>
    isDone(tx, { commandId, action: 'limits.set', subject: 'encounter:e1', by: 'amy', wallMs, content: {} }),
  );
const kept = async (): Promise<string[]> => {
  const rows = await sql.query((db) => db.selectFrom('done_command').select('command_id').orderBy('command_id').execute());
  return rows.map((row) => row.command_id);
};

test('a command is known for a month, and the table does not grow for ever', async () => {
  await give('a', START_MS);
  await give('b', START_MS + 2 * DAY_MS);
  expect(await give('a', START_MS + COMMANDS_KEPT_MS - 1)).toBe(true);
  await give('c', START_MS + COMMANDS_KEPT_MS + DAY_MS);
  expect(await kept()).toEqual(['b', 'c']);
  expect(await give('b', START_MS + COMMANDS_KEPT_MS + DAY_MS)).toBe(true);
});

test('a clock that was a year ahead once does not stop it', async () => {
  await give('ahead', START_MS + 365 * DAY_MS);
  await give('a', START_MS);
  await give('b', START_MS + COMMANDS_KEPT_MS + DAY_MS);
  expect(await kept()).toEqual(['ahead', 'b']);
});

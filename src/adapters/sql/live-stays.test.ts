import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;

/** Where the table itself is read, each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'feed-commands.ts': 'the trail names the bed of a stay that a message of the hospital is about, voided since or not',
  'live-stays.ts': 'is the helper',
  'corrections-merge.ts': 'a merge takes voided stays along, so that what shows them finds them',
  'ehr-links.ts': 'a link to a voided stay is still of that patient, and goes when the patient is erased',
  'erase-history.ts': 'beds of the past are joined with their own look at what was voided',
  'erase-notes.ts': 'what people wrote while they believed a voided stay goes with the patient too',
  'seed.ts': 'an id of the site is taken also where its stay was voided',
  'sql-alarm-snapshots.ts': 'what was measured around an alarm is of the patient of its stay, voided since or not',
  'sql-corrections.ts': 'whoever voids a stay is told what became of it',
  'stays-admit.ts': 'the id of a voided stay is never given again',
  'stays-corrections.ts': 'voiding a voided stay again changes nothing',
};

test('no query forgets that stays can be voided: all begin with liveStays, but for those that say why not', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('migrations'),
  );
  const reads = files.filter((name) =>
    /(selectFrom|[jJ]oin)\(\s*\[?['"`]encounter\b/.test(readFileSync(join(FOLDER, name), 'utf8')),
  );
  expect(reads.sort()).toEqual(Object.keys(ALLOWED).sort());
});

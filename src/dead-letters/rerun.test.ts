import { type DeadLetterId, type DeadLetterRow, LogEvent, type Page } from '@vigil/contracts';
import { auditEntry } from '../ports/audit-trail.js';
import { DeadLetters } from '../ports/dead-letters.js';
import { CannotRerun, RERUN_SETTING_MS_MAX, rerunDeadLetter } from './rerun.js';

const NOW_MS = 10_000_000;
const ID = 'a'.repeat(32) as DeadLetterId;
const base = { v: 1, id: 'e', key: 'bed:icu-1', origin: 'live', atMs: NOW_MS - 60_000, bedId: 'icu-1' };
const tick = LogEvent.parse({ ...base, kind: 'tick', gatewayId: 'gw-1' });
const admit = LogEvent.parse({ ...base, kind: 'admit', encounterId: 'e-1', patientId: 'p-1' });

class OneLetter extends DeadLetters {
  readonly sent: unknown[] = [];
  constructor(private readonly kept: string | null) {
    super();
  }
  override list(): Promise<Page<DeadLetterRow>> {
    return Promise.resolve({ items: [], next: null });
  }
  override content(): Promise<string | null> {
    return Promise.resolve(this.kept);
  }
  override rerun(_id: DeadLetterId, json: string): Promise<void> {
    this.sent.push(JSON.parse(json));
    return Promise.resolve();
  }
}

const who = {
  audit: auditEntry({ actor: 'dan', action: 'dead-letter.rerun', object: 'dead-letter', outcome: 'allowed' }),
  nowMs: NOW_MS,
  wallMs: NOW_MS,
};
const rerun = (letters: DeadLetters, more: { corrected?: string } = {}) =>
  rerunDeadLetter(letters, ID, { who, rate: 1, ...more });

test('an event that this version can read goes back to the log under its own id', async () => {
  const letters = new OneLetter(JSON.stringify({ ...tick, later: true }));
  expect(await rerun(letters)).toEqual(tick);
  expect(letters.sent).toEqual([tick]);
});

test.each<[string, string, RegExp]>([
  ['what is no event still', JSON.stringify({ ...tick, bedId: 7 }), /invalid-event at bedId/],
  ['what is no JSON', '{', /not-an-event/],
  ['a later version', JSON.stringify({ ...tick, v: 2 }), /install that version/],
  ['what is not kept', '', /sent anew/],
  ['an admission of long ago', JSON.stringify({ ...admit, atMs: NOW_MS - RERUN_SETTING_MS_MAX - 1 }), /say it anew/],
])('%s stays where it is, and the answer says what to do', async (_what, kept, words) => {
  const letters = new OneLetter(kept);
  await expect(rerun(letters)).rejects.toThrow(words);
  await expect(rerun(letters)).rejects.toBeInstanceOf(CannotRerun);
  expect(letters.sent).toEqual([]);
});

test('an admission of just now, and a reading of long ago, are read again', async () => {
  const letters = new OneLetter(JSON.stringify(admit));
  expect(await rerun(letters)).toEqual(admit);
  const old = { ...tick, atMs: 5 };
  expect(await rerun(new OneLetter(JSON.stringify(old)))).toMatchObject(old);
});

test('a corrected event takes its place, if it is about the same', async () => {
  const letters = new OneLetter(JSON.stringify({ ...tick, bedId: 7 }));
  expect(await rerun(letters, { corrected: JSON.stringify(tick) })).toEqual(tick);
  await expect(rerun(letters, { corrected: JSON.stringify({ ...tick, id: 'other' }) })).rejects.toThrow(/keeps the id/);
});

test('a letter that is not there is not found', async () => {
  await expect(rerun(new OneLetter(null))).rejects.toMatchObject({ code: 'not-found' });
});

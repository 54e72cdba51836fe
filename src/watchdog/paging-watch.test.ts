import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CareUnitId, EpochMs, LogEvent } from '@vigil/contracts';
import { mailText } from './outage.js';
import { readPagingKept, writePagingKept } from './paging-kept.js';
import {
  type PagingAnswer,
  pagingAnswered,
  pagingAppended,
  type PagingEffects,
  type PagingWatch,
  startPagingWatch,
  watchPaging,
} from './paging-watch.js';

const T0 = Date.UTC(2026, 0, 1);
const units = [CareUnitId.parse('icu'), CareUnitId.parse('imc')];
const WELL: PagingAnswer = { ok: true, careUnitIds: units, isCanaryLate: false, areScreensUntold: false };
const BAD: PagingAnswer = { ...WELL, ok: false };

/** Told second by second; the log takes what it is given unless said otherwise. */
class Story {
  watch: PagingWatch = startPagingWatch(0, units, null);
  steadyMs = 0;
  wallMs = T0;
  readonly appends: NonNullable<PagingEffects['append']>[] = [];
  readonly mails: string[] = [];

  seconds(n: number, answer: PagingAnswer | null, world: { log?: boolean; platformTold?: boolean } = {}): this {
    for (let i = 0; i < n; i++) {
      this.steadyMs += 1_000;
      this.wallMs += 1_000;
      this.watch = pagingAnswered(this.watch, answer, this.steadyMs);
      const now = {
        ...{ steadyMs: this.steadyMs, wallMs: this.wallMs, atMs: EpochMs.parse(this.wallMs) },
        isPlatformTold: world.platformTold ?? false,
      };
      const { watch, effects } = watchPaging(this.watch, now, 'live');
      this.watch = watch;
      for (const mail of effects.mails) this.mails.push(mailText(mail, false).subject);
      if (effects.append === null) continue;
      this.appends.push(effects.append);
      if (world.log !== false) this.watch = pagingAppended(this.watch, effects.append.id, effects.append.what);
    }
    return this;
  }

  said(): string[] {
    return this.appends.map((each) => each.what);
  }
}

test('while people are told, nothing is said', () => {
  const story = new Story().seconds(300, WELL);
  expect([story.said(), story.mails]).toEqual([[], []]);
});

test('paging that stands for ten seconds is an alarm of every care unit and a mail, once', () => {
  const story = new Story().seconds(5, WELL).seconds(10, BAD);
  expect(story.said()).toEqual([]);
  story.seconds(60, BAD);
  expect(story.said()).toEqual(['stopped']);
  expect(story.mails).toEqual(['Vigil: paging reaches nobody']);
  for (const event of story.appends[0]!.events) LogEvent.parse(event);
  expect(story.appends[0]!.events.map((event) => event.key)).toEqual(['unit:icu', 'unit:imc']);
});

test('it is over when people have been told again for ten seconds, and the mail says so after a minute', () => {
  const story = new Story().seconds(5, WELL).seconds(20, BAD).seconds(10, WELL);
  expect(story.said()).toEqual(['stopped']);
  expect(story.seconds(1, WELL).said()).toEqual(['stopped', 'over']);
  story.seconds(60, WELL);
  expect(story.mails).toEqual(['Vigil: paging reaches nobody', 'Vigil: paging is back']);
});

test('one that comes and goes is one outage: a mail, and another each five minutes', () => {
  const story = new Story().seconds(5, WELL);
  for (let i = 0; i < 25; i++) story.seconds(12, BAD).seconds(12, WELL);
  expect(story.mails).toEqual(['Vigil: paging reaches nobody', 'Vigil: paging still reaches nobody']);
});

test('what the log has not taken is said again with the same ids, and that it is over comes behind it', () => {
  const story = new Story().seconds(5, WELL).seconds(20, BAD, { log: false }).seconds(20, WELL, { log: false });
  expect(new Set(story.appends.map((each) => `${each.what} ${each.events[0]!.id}`)).size).toBe(1);
  story.appends.length = 0;
  expect(story.seconds(5, WELL).said()).toEqual(['stopped', 'over']);
});

test('where a mail says that the platform is away, the alarm goes to the log all the same, and no second mail', () => {
  const story = new Story().seconds(5, WELL).seconds(60, null, { platformTold: true });
  expect([story.said(), story.mails]).toEqual([['stopped'], []]);
});

test('a platform that starts has fifteen seconds for its first answer', () => {
  const story = new Story().seconds(15, null);
  expect(story.said()).toEqual([]);
  expect(story.seconds(1, null).said()).toEqual(['stopped']);
});

test('a wall clock that is set by two hours moves nothing', () => {
  for (const jumpMs of [7_200_000, -7_200_000]) {
    const story = new Story().seconds(5, WELL);
    story.wallMs += jumpMs;
    expect(story.seconds(60, WELL).said()).toEqual([]);
    story.wallMs -= jumpMs;
    story.seconds(10, BAD);
    story.wallMs += jumpMs;
    expect([story.said(), story.seconds(1, BAD).said()]).toEqual([[], ['stopped']]);
  }
});

test('a watchdog that starts again goes on with the alarm that it had told', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'vigil-watchdog-')), 'deep', 'paging.json');
  const before = new Story().seconds(5, WELL).seconds(20, BAD);
  writePagingKept(file, before.watch);
  const after = new Story();
  after.watch = startPagingWatch(0, units, readPagingKept(file));
  after.seconds(30, BAD);
  expect([after.said(), after.mails]).toEqual([[], []]);
  expect(after.seconds(11, WELL).appends[0]).toMatchObject({ what: 'over', id: before.appends[0]!.id });
  writeFileSync(file, '{"trouble":1}');
  expect(readPagingKept(file)).toBeNull();
});

test('a test alarm that is late is a mail, and so is that it came', () => {
  const story = new Story()
    .seconds(5, WELL)
    .seconds(30, { ...WELL, isCanaryLate: true })
    .seconds(5, WELL);
  expect(story.mails).toEqual(['Vigil: the test alarm is late', 'Vigil: the test alarm is back']);
});

test('a dark screen of which no alarm can tell is a mail, and so is that it draws; while the platform is away nothing is said of it', () => {
  const story = new Story()
    .seconds(5, WELL)
    .seconds(30, { ...WELL, areScreensUntold: true })
    .seconds(5, null)
    .seconds(5, WELL);
  expect(story.mails).toEqual(['Vigil: a shared screen is dark', 'Vigil: a shared screen is back']);
});

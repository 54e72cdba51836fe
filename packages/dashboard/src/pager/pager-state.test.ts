import { PagerView } from '@vigil/contracts';
import { hasLapsed, type PagerFacts, pagerScreen, SILENT_MS } from './pager-state.js';
import { speakAs } from './words/words.js';

const T = 1_800_000_000_000;
const view = (more: Record<string, unknown> = {}): PagerView =>
  PagerView.parse({
    state: 'open',
    staffName: 'Karin Novak',
    bedLabel: 'Bed 12',
    careUnitLabel: 'ICU A',
    priority: 'high',
    kind: 'physiological',
    test: false,
    raisedWallMs: T - 14_000,
    nextAtMs: T + 16_000,
    nextName: 'Reg. Ito',
    acceptedByName: null,
    acceptedAtMs: null,
    active: true,
    serverWallMs: T,
    ...more,
  });
const facts = (more: Partial<PagerFacts> = {}): PagerFacts => ({
  view: view(),
  offsetMs: T,
  nowMs: 0,
  seenMs: 0,
  sending: false,
  trouble: 'none',
  acceptedHere: false,
  unknown: false,
  unreadable: null,
  ...more,
});

describe('pagerScreen', () => {
  test('an open page offers Accept and says how long there is', () => {
    expect(pagerScreen(facts())).toMatchObject({
      title: '*** Bed 12',
      age: '0:14 ago',
      countdown: 'You have 0:16 before Reg. Ito is told',
      action: 'accept',
    });
  });

  test('a tap alone accepts nothing: while sending the page is still open', () => {
    expect(pagerScreen(facts({ sending: true }))).toMatchObject({ action: 'accept', over: false, sending: true });
  });

  test.each([
    ['accepted', 'Karin Novak', 'Accepted – you are going'],
    ['used', 'Karin Novak', 'Accepted – you are going'],
    ['accepted', 'Sam Reed', 'Sam Reed accepted 0:04 ago – stand down'],
    ['expired', 'Sam Reed', 'Sam Reed accepted 0:04 ago – stand down'],
  ])('%s by %s: %s', (state, acceptedByName, text) => {
    const screen = pagerScreen(facts({ view: view({ state, acceptedByName, acceptedAtMs: T - 4_000, nextAtMs: null }) }));
    expect(screen).toMatchObject({ state: text, action: 'none', over: true });
  });

  test('who is on the way learns that the alarm is over', () => {
    const mine = view({
      state: 'accepted',
      acceptedByName: 'Karin Novak',
      acceptedAtMs: T - 60_000,
      nextAtMs: null,
      active: false,
    });
    expect(pagerScreen(facts({ view: mine })).detail).toBe('The unit was told 1:00 ago. The alarm is over by now.');
  });

  test("who signed in with a colleague's old link and accepted is the one who goes", () => {
    const taken = view({ state: 'accepted', acceptedByName: 'Sam Reed', acceptedAtMs: T - 1_000, nextAtMs: null });
    expect(pagerScreen(facts({ view: taken, acceptedHere: true })).state).toBe('Accepted – you are going');
  });

  test('an accept that counts no more is known by it: somebody was going, and nobody is', () => {
    const going = view({ state: 'accepted', accepts: [{ name: 'Sam Reed', arrived: false }] });
    expect([hasLapsed(going, view()), hasLapsed(going, going), hasLapsed(null, view()), hasLapsed(view(), view())]).toEqual([
      ...[true, false, false, false],
    ]);
  });

  test('an open page of which nobody else will be told can be accepted, and says so', () => {
    const last = facts({ view: view({ nextAtMs: null, nextName: null }) });
    expect(pagerScreen(last)).toMatchObject({ action: 'accept', over: false, countdown: 'Nobody else will be told.' });
  });

  test.each(['expired', 'used'])('an %s link offers sign-in while nobody has accepted', (state) => {
    expect(pagerScreen(facts({ view: view({ state }) })).action).toBe('signIn');
  });

  test('who is told next may be the same person again, or nobody who is on duty', () => {
    const countdown = (more: Record<string, unknown>): string => pagerScreen(facts({ view: view(more) })).countdown;
    expect(countdown({ nextName: 'Sam Reed, Karin Novak', nextNames: ['Sam Reed', 'Karin Novak'] })).toBe(
      'You have 0:16 before Sam Reed and Karin Novak (again) are told',
    );
    expect(countdown({ nextName: null })).toBe('Nobody else is on duty; asked again in 0:16');
    expect(countdown({ nextName: null, nextAtMs: null })).toBe('Nobody else will be told.');
  });

  test('an alarm that was put away is not said to have ended', () => {
    expect(pagerScreen(facts({ view: view({ state: 'ended', active: true }) })).state).toBe('The alarm is shelved for now');
    expect(pagerScreen(facts({ view: view({ state: 'ended', active: false }) })).state).toBe('The alarm has ended');
  });

  test('an alarm that has ended asks nothing', () => {
    expect(pagerScreen(facts({ view: view({ state: 'ended' }) }))).toMatchObject({ action: 'none', over: true });
  });

  test('silence of the server is said, and so is a link that it does not know', () => {
    expect(pagerScreen(facts({ nowMs: SILENT_MS + 1 })).trouble).toMatch(/^NO CONNECTION/);
    expect(pagerScreen(facts({ view: null, unknown: true })).state).toBe('This link is not valid');
  });

  test('who is going says to be there, or asks for help; who is there can still ask', () => {
    const going = {
      state: 'accepted',
      mine: 'accepted',
      acceptedByName: 'Karin Novak',
      acceptedAtMs: T - 4_000,
      arriveByMs: T + 60_000,
    };
    expect(pagerScreen(facts({ view: view(going) }))).toMatchObject({
      state: 'Accepted – you are going',
      countdown: 'Say that you are there within 1:00',
      ...{ action: 'none', mayArrive: true, mayAskHelp: true, mayDecline: false },
    });
    const there = pagerScreen(facts({ view: view({ ...going, mine: 'arrived', arriveByMs: null }) }));
    expect(there).toMatchObject({ state: 'You are there', countdown: '', mayArrive: false, mayAskHelp: true });
  });

  test('one of several who are needed is told how many more are', () => {
    const team = { mine: 'accepted', state: 'used', accepts: [{ name: 'Karin Novak', arrived: false }], acceptsNeeded: 3 };
    expect(pagerScreen(facts({ view: view(team) }))).toMatchObject({ detail: '2 more people are needed.', action: 'none' });
    const another = view({ accepts: [{ name: 'Sam Reed', arrived: false }], acceptsNeeded: 2 });
    expect(pagerScreen(facts({ view: another }))).toMatchObject({
      detail: 'Sam Reed is going. 1 more person is needed.',
      action: 'accept',
    });
  });

  test('an open page can be declined, and accepted after all', () => {
    expect(pagerScreen(facts()).mayDecline).toBe(true);
    const declined = pagerScreen(facts({ view: view({ mine: 'declined' }) }));
    expect(declined).toMatchObject({ state: 'You said that you can’t go', mayDecline: false, action: 'accept' });
  });

  test('other alarms are listed with their age; what goes with this page needs no tap of its own', () => {
    const other = { priority: 'medium', kind: 'physiological', queuedWallMs: T - 40_000 };
    const others = [
      { ...other, pageId: 'p-1', bedLabel: 'Bed 12', together: true },
      { ...other, pageId: 'p-2', bedLabel: 'Bed 7', together: false },
    ];
    expect(pagerScreen(facts({ view: view({ others }) })).others).toEqual([
      { pageId: 'p-1', priority: 'medium', text: '** Bed 12 · 0:40 ago · same patient, with this page', mayAccept: false },
      { pageId: 'p-2', priority: 'medium', text: '** Bed 7 · 0:40 ago', mayAccept: true },
    ]);
  });
});

describe('what can’t be read', () => {
  test('a page of which nothing can be read says so, and whom to call', () => {
    const screen = pagerScreen(facts({ view: null, unreadable: { callNumber: '2222' } }));
    expect(screen).toMatchObject({ state: 'This page can’t be read', action: 'none', callNumber: '2222', over: false });
    expect(screen.trouble).toMatch(/call 2222$/);
    expect(pagerScreen(facts({ view: null, unreadable: { callNumber: null } })).trouble).toMatch(/call the unit$/);
  });

  test('what was read before stays, with the word that it may have changed', () => {
    const screen = pagerScreen(facts({ unreadable: { callNumber: null } }));
    expect(screen).toMatchObject({ title: '*** Bed 12', action: 'accept' });
    expect(screen.trouble).toMatch(/^CAN’T BE READ any more/);
  });
});

test('several who are told next are told as several, and one whose name has a comma in it as one', () => {
  const next = (...nextNames: string[]) =>
    pagerScreen(facts({ view: view({ nextName: nextNames.join(', '), nextNames }) })).countdown;
  expect(next('Bea Bloom', 'Carol Chase')).toBe('You have 0:16 before Bea Bloom and Carol Chase are told');
  expect(next('Bea Bloom')).toBe('You have 0:16 before Bea Bloom is told');
  expect(next('Novak, Karin')).toBe('You have 0:16 before Novak, Karin is told');
  const older = pagerScreen(facts({ view: view({ nextName: 'Novak, Karin' }) }));
  expect(older.countdown).toBe('You have 0:16 before Novak, Karin is told');
  const late = pagerScreen(facts({ view: view({ nextName: 'A, B, C', nextNames: ['A', 'B', 'C'] }), nowMs: 16_001 }));
  expect(late.countdown).toBe('A, B, and C are being told now');
});

test('what is left out because it can not be read is said, beside what is asked', () => {
  const screen = pagerScreen(facts({ view: view({ callNumber: '2222' }), partly: true }));
  expect(screen).toMatchObject({ action: 'accept', trouble: 'SOME of this page can’t be read – call 2222' });
  expect(pagerScreen(facts({ partly: true, trouble: 'notSent' })).trouble).toMatch(/^NOT SENT/);
});

test('in a language from right to left each name of a list stands apart once, and the sentence keeps them so', async () => {
  const [FSI, PDI] = ['\u2068', '\u2069'];
  await speakAs(['ar']);
  try {
    const names = ['Bea Bloom', 'Carol (2)'];
    const { countdown } = pagerScreen(facts({ view: view({ nextName: names.join(', '), nextNames: names }) }));
    for (const name of names) expect(countdown).toContain(`${FSI}${name}${PDI}`);
    expect(countdown.split(FSI)).toHaveLength(countdown.split(PDI).length);
    expect(countdown).not.toMatch(/\u2068[^\u2069]*\u2068/);
  } finally {
    await speakAs(['en']);
  }
});

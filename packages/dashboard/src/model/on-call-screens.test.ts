import '../words/english-for-tests.js';
import { AlarmView, OnCallNow, PolicyContent, type PolicyDetail, PolicyRoute } from '@vigil/contracts';
import { chainOf, emptySchedules, isNobody, turnNotices } from './call-chain.js';
import { escalationEvents, isBeingTold, nextText } from './escalation-events.js';
import { aroundChanges, diffLines } from './policy-diff.js';
import { movesOf, policyText } from './policy-moves.js';

const HOUR = 3_600_000;
const person = (staffId: string) => ({ staffId, name: staffId.toUpperCase(), toMs: null, reachability: 'reachable' });
const now = (more: object = {}): OnCallNow =>
  OnCallNow.parse({
    ...{ atMs: 100 * HOUR, roles: [{ ...person('amy'), role: 'primary', careUnitId: 'icu', bedId: 'icu-1' }] },
    schedules: [
      { scheduleId: 'doctors', label: 'Doctors', careUnitId: 'icu', people: [person('phil')], next: null, newestNoteMs: null },
    ],
    ...more,
  });
const route = PolicyRoute.parse({
  priorities: ['high'],
  steps: [
    { tell: [{ kind: 'role', role: 'primary' }], waitS: 30 },
    { tell: [{ kind: 'role', role: 'charge' }], waitS: 60 },
    {
      tell: [
        { kind: 'schedule', scheduleId: 'doctors' },
        { kind: 'person', staffId: 'zoe' },
      ],
      waitS: 60,
    },
  ],
});

describe('the chain of who is told', () => {
  test('a step that nobody is there for is skipped, and the next comes as early', () => {
    const steps = chainOf(route, now(), (id) => (id === 'zoe' ? 'Zoe' : null));
    expect(steps.map(({ afterS, isEmpty }) => [afterS, isEmpty])).toEqual([
      [0, false],
      [30, true],
      [30, false],
    ]);
    expect(steps[2]!.targets.map(({ people }) => people.map(({ name }) => name))).toEqual([['PHIL'], ['Zoe']]);
  });

  test('nobody is nobody only where no role and no schedule has anybody', () => {
    const empty = { schedules: now().schedules.map((each) => ({ ...each, people: [] })) };
    expect([isNobody(now()), isNobody(now(empty)), isNobody(now({ ...empty, roles: [] }))]).toEqual([false, false, true]);
    expect(emptySchedules(now(empty))).toEqual(['Doctors']);
  });

  test('who begins a turn is told of the note that is there, and nobody else is', () => {
    const [doctors] = now().schedules;
    const at = (more: object) => turnNotices(now({ schedules: [{ ...doctors, newestNoteMs: 99 * HOUR, ...more }] }), 'phil');
    expect(at({}).map(({ fromMs }) => fromMs)).toEqual([null]);
    expect(at({ newestNoteMs: null })).toEqual([]);
    const next = (hours: number) => ({ people: [], next: { staffId: 'phil', name: 'PHIL', fromMs: hours * HOUR } });
    expect(at(next(105)).map(({ fromMs }) => fromMs)).toEqual([105 * HOUR]);
    expect(at(next(120))).toEqual([]);
    expect(at({ people: [person('pia')] })).toEqual([]);
  });
});

describe('what became of being told', () => {
  const page = (more: object = {}) => ({
    ...{ pageId: 'p', staffId: 'amy', staffName: 'Amy', channel: 'smtp', step: 0, reason: 'primary', state: 'sent' },
    ...{ queuedAtMs: 1_000, sentAtMs: 2_000, ...more },
  });
  const alarm = (escalation: object, active = true): AlarmView =>
    ({
      active,
      escalation: AlarmView.shape.escalation.parse({
        ...{ state: 'running', rev: 1, step: 0, nextAtMs: 9_000, nextName: 'Carol' },
        ...{ acceptedBy: null, acceptedByName: null, acceptedAtMs: null, pages: [page()], ...escalation },
      }),
    }) as unknown as AlarmView;

  test('pages and answers are one list by their times; a page that waits for its turn says so', () => {
    const view = alarm({
      pages: [page({ sentAtMs: null, state: 'queued', notBeforeMs: 7_000, channel: 'sms' }), page()],
      declines: [{ staffId: 'amy', name: 'Amy', atMs: 3_000, reason: 'too-far' }],
      accepts: [{ staffId: 'ben', name: 'Ben', atMs: 4_000, arrivedAtMs: 5_000 }],
    });
    expect(escalationEvents(view, 5_500).map(({ text, kind }) => `${kind}: ${text}`)).toEqual([
      'page: Amy told by e-mail',
      'decline: Amy passed it on: too far away',
      'accept: Ben accepted: going',
      'arrived: Ben is there',
      'waits: Amy by SMS: waits for its turn',
    ]);
    expect(escalationEvents(view, 8_000).at(-1)!.text).toBe('Amy told by SMS');
  });

  test.each([
    [{}, 'next person in 0:07: Carol'],
    [{ nextName: null }, 'nobody is left to be told: asked again in 0:07'],
    [{ nextAtMs: null }, 'NOBODY IS LEFT TO BE TOLD: call somebody'],
    [{ state: 'ended' }, 'everybody was told, nobody accepted: CALL SOMEBODY'],
    [{ state: 'accepted', accepts: [{ staffId: 'ben', name: 'Ben', atMs: 1, arrivedAtMs: null }] }, 'Ben going'],
  ])('what comes next: %#', (escalation, text) => {
    expect(nextText(alarm(escalation), '0:07')).toBe(text);
  });

  test.each([
    [{}, true, true],
    [{ state: 'idle', pages: [] }, true, false],
    [{ state: 'ended' }, true, true],
    [{ state: 'ended' }, false, false],
    [{ state: 'ended', acceptedAtMs: 5 }, true, false],
  ])('an alarm is listed while somebody is told of it, and when all were in vain: %#', (escalation, active, listed) => {
    expect(isBeingTold(alarm(escalation, active))).toBe(listed);
  });
});

describe('a policy', () => {
  const content = (name: string, waitS = 30): PolicyContent =>
    PolicyContent.parse({
      ...{ v: 1, name },
      routes: [{ priorities: ['high'], steps: [{ tell: [{ kind: 'role', role: 'primary' }], waitS }] }],
    });

  test('its file reads the same whatever the order in which it came', () => {
    const shuffled = Object.fromEntries(Object.entries(content('a')).reverse()) as PolicyContent;
    expect(policyText(shuffled)).toBe(policyText(content('a')));
    expect(PolicyContent.parse(JSON.parse(policyText(content('a'))))).toEqual(content('a'));
  });

  test('what differs between two is the lines that differ, with those around them', () => {
    const lines = diffLines(policyText(content('a')), policyText(content('a', 60)));
    expect(lines.filter(({ kind }) => kind !== 'same').map(({ kind, text }) => `${kind}${text.trim()}`)).toEqual([
      'removed"waitS": 30',
      'added"waitS": 60',
    ]);
    expect(aroundChanges(lines, 1).filter((line) => line !== null)).toHaveLength(4);
    expect(aroundChanges(diffLines('a\nb', 'a\nb'), 1)).toEqual([]);
  });

  test('any two texts: what is not new makes the one, what is not gone the other', () => {
    const texts = ['', 'a', 'a\nb\nc', 'b\nc\nd', 'c\na\nb', 'a\na\na', 'x'];
    for (const a of texts) {
      for (const b of texts) {
        const lines = diffLines(a, b);
        const of = (without: string): string => lines.flatMap(({ kind, text }) => (kind === without ? [] : [text])).join('\n');
        expect([of('added'), of('removed')]).toEqual([a, b]);
      }
    }
  });

  const policy = (state: string, more: object = {}) =>
    ({ state, proposedBy: 'carol', findings: [], simulation: { toWallMs: 10 * HOUR }, ...more }) as unknown as PolicyDetail;
  const offered = (state: string, who: string, more: object = {}, atMs = 11 * HOUR) =>
    movesOf(policy(state, more), who, atMs).map(({ move, hindrance }) => (hindrance === null ? move : `${move}: ${hindrance}`));

  test('who has proposed it can take it back and not decide', () => {
    expect(offered('proposed', 'carol')).toEqual(['approve: own', 'reject: own', 'withdraw']);
    expect(offered('proposed', 'dan')).toEqual(['approve', 'reject', 'withdraw']);
    expect(offered('approved', 'carol')).toEqual(['activate', 'withdraw']);
    expect(offered('active', 'carol')).toEqual([]);
  });

  test('it is not proposed without a simulation of the last day, nor where nobody would be told', () => {
    expect(offered('draft', 'carol', { simulation: null })).toEqual(['propose: simulation']);
    expect(offered('draft', 'carol', {}, 35 * HOUR)).toEqual(['propose: simulation']);
    expect(offered('draft', 'carol', { findings: [{ severity: 'refused' }] })).toEqual(['propose: refused']);
    expect(offered('draft', 'carol', { findings: [{ severity: 'warning' }] })).toEqual(['propose']);
  });
});

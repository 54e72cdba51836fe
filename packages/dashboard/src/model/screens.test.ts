import '../words/english-for-tests.js';
import { announcements } from './announce.js';
import { evidenceText, responseText, shortText } from './alarm-text.js';
import { birthDateText, durationText } from './format.js';
import { gridShape } from './grid-shape.js';
import { heldList } from './held-list.js';
import { ACCEPTED, alarmOf, NOW } from './test-data.js';

const asMap = (...alarms: ReturnType<typeof alarmOf>[]) => new Map(alarms.map((a) => [a.alarmId, a]));

describe('announcements', () => {
  test('a new high alarm interrupts, others wait their turn', () => {
    const news = announcements(new Map(), asMap(alarmOf('a'), alarmOf('b', { priority: 'low' })));
    expect(news).toEqual([
      { urgency: 'assertive', text: 'High priority alarm, Bed 1, SpO₂ 84 < 90' },
      { urgency: 'polite', text: 'Low priority alarm, Bed 1, SpO₂ 84 < 90' },
    ]);
  });

  test('a flood is summed up', () => {
    const news = announcements(new Map(), asMap(alarmOf('a'), alarmOf('b'), alarmOf('c')));
    expect(news[0]?.text).toMatch(/^3 new high priority alarms\. /);
  });

  test('a countdown that moves on is not news; who accepts is', () => {
    const before = alarmOf('a');
    expect(announcements(asMap(before), asMap(alarmOf('a', {}, { step: 1 })))).toEqual([]);
    expect(announcements(asMap(before), asMap(alarmOf('a', {}, ACCEPTED)))[0]?.text).toBe(
      'K. Novak accepted SpO₂ 84 < 90, Bed 1',
    );
  });
});

describe('heldList', () => {
  test('nothing moves under the finger, and what waits is counted', () => {
    expect(heldList(['a', 'b'], ['c', 'b', 'd'], true)).toEqual({ shown: ['a', 'b'], waiting: 2 });
    expect(heldList(['a', 'b'], ['c', 'b', 'd'], false)).toEqual({ shown: ['c', 'b', 'd'], waiting: 0 });
  });
});

test.each([
  [8, 1904, 880, 4],
  [32, 1904, 880, 8],
  [16, 374, 500, 1],
  [1, 1904, 880, 1],
])('%d beds in %d x %d stand in %d columns', (count, widthPx, heightPx, columns) => {
  expect(gridShape(count, { widthPx, heightPx }, 8, 'middle').columns).toBe(columns);
});

test('an alarm says in a few words what was measured, or what is missing', () => {
  const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };
  const mean = { value: 108.4, unit: '/min', limit: 100, side: 'high', samples: 200, samplesExpected: 300 };
  expect(shortText(alarmOf('a', { conditionCode: 'spo2.leadsOff', evidence: none }))).toBe('SpO₂ LEADS OFF');
  expect(shortText(alarmOf('a', { conditionCode: 'gatewayLost', metric: null, evidence: none }))).toBe('GATEWAY LOST');
  const bedside = alarmOf('a', { conditionCode: 'device.cuff-leak', metric: null, evidence: none });
  expect(shortText(bedside)).toBe('DEVICE: CUFF LEAK');
  const limitsChanged = alarmOf('a', {
    conditionCode: 'limitsChanged',
    metric: null,
    evidence: { ...none, because: ['hr-high'] },
  });
  expect(shortText(limitsChanged)).toBe('LIMITS CHANGED');
  const windowed = alarmOf('a', { conditionCode: 'heartRate.mean-high', metric: 'heartRate', evidence: mean });
  expect(shortText(windowed)).toBe('HR mean 108 > 100');
  const slow = alarmOf('a', { metric: 'respirationRate', evidence: { ...mean, value: 7.6, limit: 8, side: 'low' } });
  expect(shortText(slow)).toBe('RR 7.6 < 8');
  const part = { part: 'pulse', points: 3, value: 140, atMs: 1, source: 'device' };
  const score = { ...none, value: 7, limit: 5, label: 'Score of 5 or more', parts: [part] };
  const scored = (evidence: object): string => shortText(alarmOf('a', { conditionCode: 'news2.five', metric: null, evidence }));
  expect(scored(score)).toBe('7: SCORE OF 5 OR MORE');
  const open = [part, { ...part, points: null, value: null }];
  expect(scored({ ...score, parts: open })).toBe('≥ 7: SCORE OF 5 OR MORE');
  expect(scored({ ...score, label: 'NEWS2 estimate of 5 or more', parts: open })).toBe('NEWS2 EST ≥ 7');
  expect(scored({ ...score, label: 'NEWS2 of 5 or more, or 3 in one parameter' })).toBe('NEWS2 CHARTED 7');
  const changed = (aggregate: string, value: number, limit: number): string =>
    evidenceText(
      alarmOf('a', {
        conditionCode: `spo2.${aggregate}`,
        evidence: { ...none, value, unit: '%', limit, side: 'low', window: { fromMs: 0, toMs: 24_000, aggregate } },
      }),
    );
  // Nobody may read an oxygen saturation of 11 %.
  expect(changed('fall', 11, 8)).toBe('Oxygen saturation down by 11 %, limit at most 8');
  expect(changed('rise', 11, 8)).toBe('Oxygen saturation up by 11 %, limit at most 8');
  expect(changed('deviation', 7.2, 6)).toMatch(/7\.2 deviations away from what is usual, limit at most 6$/);
  expect(changed('count', 3, 3)).toBe('');
  expect(evidenceText(windowed)).toBe('Heart rate 108 /min, limit at most 100, from 200 of 300 samples');
});

test('says who comes, or who is told next and when', () => {
  expect(responseText(alarmOf('a'), NOW)).toBe('next: Reg. Ito in 0:22');
  expect(responseText(alarmOf('a', {}, { nextAtMs: NOW.wallMs - 1 }), NOW)).toBe('telling Reg. Ito now');
  expect(responseText(alarmOf('a', {}, ACCEPTED), NOW)).toBe('✓ K. Novak is going');
  expect(responseText(alarmOf('a', {}, { state: 'ended', nextAtMs: null }), NOW)).toBe('NOBODY ACCEPTED');
});

test('dates and durations cannot be read the other way round', () => {
  expect(birthDateText('1958-03-04')).toBe('04-Mar-1958');
  expect([7_900, 727_000, 3_727_000, 90_000_000].map(durationText)).toEqual(['0:07', '12:07', '1:02:07', '1 d 1 h']);
});

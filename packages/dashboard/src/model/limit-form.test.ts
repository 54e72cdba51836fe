import { DisplaySettings } from '@vigil/contracts';
import fc from 'fast-check';
import '../words/english-for-tests.js';
import { display } from './display.js';
import { isWider, limitField, limitProblem, typedLimit } from './limit-form.js';

beforeEach(() => display.set(DisplaySettings.parse({})));

test.each([
  ['39', 39],
  [' 38,5 ', 38.5],
  ['38.5', 38.5],
  ['', null],
])('typed %j is %j', (typed, value) => {
  expect(typedLimit('temperature', typed)).toEqual({ ok: true, value });
});

test.each(['x', '3 9', '39e1', '1,2,3', '--3', '99999', '∞'])('typed %j is no number, never another one', (typed) => {
  expect(typedLimit('temperature', typed)).toEqual({ ok: false });
});

test('what stands in the field comes back as the same limit, in any unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 250, max: 450 }), fc.integer({ min: 20, max: 300 }), fc.boolean(), (temp, pressure, other) => {
      display.set(DisplaySettings.parse({ units: other ? { temperature: '[degF]', bloodPressure: 'kPa' } : {} }));
      expect(typedLimit('temperature', limitField('temperature', temp / 10))).toEqual({ ok: true, value: temp / 10 });
      // Looked at and saved, 95 mmHg were 95.3 where the site shows kPa.
      expect(typedLimit('arterialMean', limitField('arterialMean', pressure))).toEqual({ ok: true, value: pressure });
    }),
  );
});

test('a limit that was set where the site showed another unit is left as it is while its field is', () => {
  display.set(DisplaySettings.parse({ units: { bloodPressure: 'kPa' } }));
  const shown = limitField('arterialMean', 37.5);
  expect(typedLimit('arterialMean', shown, 37.5)).toEqual({ ok: true, value: 37.5 });
  expect(typedLimit('arterialMean', ` ${shown.replace('.', ',')} `, 37.5)).toEqual({ ok: true, value: 37.5 });
  expect(typedLimit('arterialMean', '5.2', 37.5)).toEqual({ ok: true, value: 39 });
  expect(typedLimit('arterialMean', '', 37.5)).toEqual({ ok: true, value: null });
});

test('limits that can be none are told before they are sent', () => {
  const problem = (low: string, high: string) =>
    limitProblem('heartRate', typedLimit('heartRate', low), typedLimit('heartRate', high));
  expect([
    problem('50', '120'),
    problem('', '120'),
    problem('', ''),
    problem('120', '50'),
    problem('60', '60'),
    problem('x', ''),
  ]).toEqual([null, null, 'none', 'order', 'order', 'number']);
  expect(problem('50', '900')).toBe('implausible');
});

test('wider is what alarms less', () => {
  const unit = { unit: { low: 50, high: 120 } };
  expect([isWider(unit, 45, 120), isWider(unit, 50, 130), isWider(unit, 55, 110), isWider(unit, null, null)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

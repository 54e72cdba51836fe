import { BedId, DeviceId, EncounterId, METRIC_NAMES, metricRow } from '@vigil/contracts';
import { type Draft, identityOfDraft, type OutValue } from './draft.js';
import { observationOf, type OutSubject } from './observation.js';
import { observedName } from './codings.js';

const subject: OutSubject = { patient: 'Patient/1', encounter: 'Encounter/3', device: 'Device/5' };
const at = {
  bedId: BedId.parse('icu-1'),
  deviceId: DeviceId.parse('mon-1'),
  slotMs: 0,
  atMs: Date.UTC(2026, 10, 20, 10, 0, 0, 250),
};
const value = (metric: OutValue['metric'], of: number, quality: OutValue['quality'] = 'valid'): OutValue => ({
  metric,
  value: of,
  quality,
});
const reading = (...values: OutValue[]): Draft => ({
  ...{ is: 'reading', form: 'minute', ...at, name: observedName(values[0]!.metric), values },
});

const profile = (name: string) => ({ profile: [`http://hl7.org/fhir/StructureDefinition/${name}`] });
const category = (code: string) => [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] }];
const loinc = (code: string) => ({ system: 'http://loinc.org', code });
const mdc = (code: string) => ({ system: 'urn:iso:std:iso:11073:10101', code });
const quantity = (of: number, unit: string) => ({ value: of, unit, system: 'http://unitsofmeasure.org', code: unit });
const absent = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }] };
const whole = (more: object) => ({
  resourceType: 'Observation',
  identifier: [{ system: 'urn:vigil:observation', value: 'id-1' }],
  status: 'final',
  category: category('vital-signs'),
  subject: { reference: 'Patient/1' },
  encounter: { reference: 'Encounter/3' },
  device: { reference: 'Device/5' },
  effectiveDateTime: '2026-11-20T10:00:00.250Z',
  ...more,
});

test.each([
  ['heart rate', value('heartRate', 72), 'heartrate', [loinc('8867-4'), mdc('147842')], quantity(72, '/min')],
  ['respiration', value('respirationRate', 14), 'resprate', [loinc('9279-1'), mdc('151562')], quantity(14, '/min')],
  ['temperature', value('temperature', 36.649), 'bodytemp', [loinc('8310-5'), mdc('150344')], quantity(36.6, 'Cel')],
  ['saturation', value('spo2', 97), 'oxygensat', [loinc('2708-6'), loinc('59408-5'), mdc('150456')], quantity(97, '%')],
  ['pulse', value('pulseRate', 71), 'vitalsigns', [loinc('8889-8'), mdc('149530')], quantity(71, '/min')],
  ['artery', value('arterialSystolic', 121), 'vitalsigns', [loinc('76215-3'), mdc('150037')], quantity(121, 'mm[Hg]')],
  ['carbon dioxide', value('etco2', 38), 'vitalsigns', [loinc('19891-1'), mdc('151708')], quantity(38, 'mm[Hg]')],
  ['oxygen flow', value('oxygenFlow', 2), 'vitalsigns', [loinc('3151-8')], quantity(2, 'L/min')],
])('%s goes out under its profile, with LOINC, MDC and UCUM', (_what, of, name, coding, valueQuantity) => {
  expect(observationOf(reading(of), 'id-1', subject)).toEqual(whole({ meta: profile(name), code: { coding }, valueQuantity }));
});

const cuff = { meta: profile('bp'), code: { coding: [loinc('85354-9'), mdc('150020')] } };
const part = (code: string, mdcCode: string, more: object) => ({ code: { coding: [loinc(code), mdc(mdcCode)] }, ...more });

test('the pressures of a cuff are one Observation', () => {
  const all = reading(value('nibpSystolic', 120), value('nibpDiastolic', 80), value('nibpMean', 93));
  expect(observationOf(all, 'id-1', subject)).toEqual(
    whole({
      ...cuff,
      component: [
        part('8480-6', '150021', { valueQuantity: quantity(120, 'mm[Hg]') }),
        part('8462-4', '150022', { valueQuantity: quantity(80, 'mm[Hg]') }),
        part('8478-0', '150023', { valueQuantity: quantity(93, 'mm[Hg]') }),
      ],
    }),
  );
});

test('a pressure that the cuff did not give is said to be missing, and a mean is left out', () => {
  expect(observationOf(reading(value('nibpSystolic', 120)), 'id-1', subject)).toEqual(
    whole({
      ...cuff,
      component: [
        part('8480-6', '150021', { valueQuantity: quantity(120, 'mm[Hg]') }),
        part('8462-4', '150022', { dataAbsentReason: absent }),
      ],
    }),
  );
});

test('what the device marked as questionable is preliminary and says so', () => {
  const out = observationOf(reading(value('heartRate', 72, 'questionable')), 'id-1', subject);
  expect(out).toMatchObject({ status: 'preliminary', note: [{ text: 'The device marked this as questionable.' }] });
});

test('a stay and a device that the server does not know are left out, and named by our identifier', () => {
  const out = observationOf(reading(value('heartRate', 72)), 'id-1', { patient: 'Patient/1', encounter: null, device: null });
  expect(out).not.toHaveProperty('encounter');
  expect(out['device']).toEqual({ type: 'Device', identifier: { system: 'urn:vigil:device', value: 'mon-1' } });
});

test('a series has no profile, a second for each value, and E for none', () => {
  const draft: Draft = {
    ...{ is: 'series', form: 'sampled', ...at, slotMs: Date.UTC(2026, 10, 20, 10), name: 'heartRate' },
    ...{ values: [72, 72.1, null, 71.9], isQuestionable: false },
  };
  const { effectiveDateTime: _none, ...rest } = whole({
    category: category('procedure'),
    code: { coding: [loinc('8867-4'), mdc('147842')] },
    effectivePeriod: { start: '2026-11-20T10:00:00.000Z', end: '2026-11-20T10:00:03.000Z' },
    valueSampledData: { origin: quantity(0, '/min'), period: 1000, factor: 0.1, dimensions: 1, data: '720 721 E 719' },
  });
  expect(observationOf(draft, 'id-1', subject)).toEqual(rest);
  expect(observationOf({ ...draft, isQuestionable: true }, 'id-1', subject)).toMatchObject({ status: 'preliminary' });
});

test('a charted NEWS2 says that it was charted, with its parts, and names no device', () => {
  const news: Draft = {
    ...{ is: 'score', form: 'score', ...at, deviceId: null, name: 'news2', total: 7 },
    parts: [
      { part: 'pulse', points: 2, value: 112, atMs: null, source: 'charted' },
      { part: 'temperature', points: null, value: null, atMs: null, source: null },
    ],
  };
  const { device: _none, ...rest } = whole({
    category: category('survey'),
    code: { coding: [{ system: 'http://snomed.info/sct', code: '1104051000000101' }], text: 'NEWS2 (charted)' },
    valueInteger: 7,
    component: [
      { code: { text: 'NEWS2 points: pulse' }, valueInteger: 2 },
      { code: { text: 'NEWS2 points: temperature' }, dataAbsentReason: absent },
    ],
  });
  expect(observationOf(news, 'id-1', subject)).toEqual(rest);
});

test('nothing that goes out has a performer, and every metric that a device measures has a code', () => {
  for (const metric of METRIC_NAMES.filter((name) => metricRow(name).kind === 'numeric')) {
    const out = observationOf(reading(value(metric, 50)), 'id-1', subject);
    expect(out).not.toHaveProperty('performer');
    expect((out['code'] as { coding: object[] }).coding.length).toBeGreaterThan(0);
  }
});

describe('the name of an Observation', () => {
  const stay = { encounterId: EncounterId.parse('enc-1') };
  const draft = reading(value('heartRate', 72));

  test('is made of whose it is, what measured it, what, when and in which form, and of nothing else', () => {
    const name = identityOfDraft(draft, stay);
    expect(name).toMatch(/^[a-z2-7]{26}$/);
    expect(identityOfDraft({ ...draft, atMs: draft.atMs + 1 }, stay)).toBe(name);
    const others = [
      identityOfDraft(draft, { encounterId: EncounterId.parse('enc-2') }),
      identityOfDraft({ ...draft, deviceId: DeviceId.parse('mon-2') } as Draft, stay),
      identityOfDraft({ ...draft, name: 'spo2' } as Draft, stay),
      identityOfDraft({ ...draft, slotMs: 60_000 }, stay),
      identityOfDraft({ ...draft, form: 'single' } as Draft, stay),
      identityOfDraft(draft, null),
    ];
    expect(new Set([name, ...others]).size).toBe(7);
  });

  test('is never that of a stay that is called like the bed', () => {
    expect(identityOfDraft(draft, null)).not.toBe(identityOfDraft(draft, { encounterId: EncounterId.parse('icu-1') }));
  });
});

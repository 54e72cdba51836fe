import { AlarmView, DEVICE_FAULTS, type EscalationView, GATEWAY_FAULTS, type GatewayId, type PageView } from '@vigil/contracts';
import { alarmText, type AlarmTextParts } from './alarm-text.js';
import { conditionText } from './condition-text.js';

const page = (more: Partial<PageView> = {}): PageView => ({
  ...AlarmView.shape.escalation.shape.pages.element.parse({
    pageId: 'p1',
    staffId: 'amy',
    staffName: 'Amy Nurse',
    channel: 'smtp',
    step: 0,
    reason: 'step 1: primary nurse of this bed',
    state: 'sent',
    queuedAtMs: 1_000,
    sentAtMs: 2_000,
  }),
  ...more,
});

const escalation = (more: Record<string, unknown> = {}): EscalationView =>
  AlarmView.shape.escalation.parse({
    state: 'running',
    rev: 2,
    step: 0,
    nextAtMs: 30_000,
    nextName: 'Bob Charge',
    acceptedBy: null,
    acceptedByName: null,
    acceptedAtMs: null,
    pages: [page()],
    ...more,
  });

const alarm = (more: Record<string, unknown> = {}): AlarmTextParts =>
  AlarmView.omit({ text: true }).parse({
    v: 1,
    alarmId: 'a'.repeat(26),
    rev: 1,
    bedId: 'icu-3',
    gatewayId: null,
    encounterId: 'enc-1',
    conditionCode: 'heartRate.high',
    kind: 'physiological',
    priority: 'high',
    metric: 'heartRate',
    active: true,
    presence: 'on',
    onsetMs: 0,
    atMs: 0,
    evidence: { value: 148, unit: '/min', limit: 120, side: 'high', samples: null, samplesExpected: null },
    ruleId: 'hr-high',
    ruleSetHash: '0',
    origin: 'live',
    careUnitId: 'icu',
    bedLabel: 'ICU 3',
    endedAtMs: null,
    acknowledgedBy: null,
    acknowledgedByName: null,
    acknowledgePending: false,
    escalation: escalation(),
    ...more,
  });

const text = (more: Record<string, unknown> = {}): string => alarmText(alarm(more), 'UTC');

test('an alarm of a bed to which nobody is admitted is told, and says so; a gateway has no patients', () => {
  expect(text({ encounterId: null })).toMatch(/above 120 \/min\. No patient was admitted to this bed when it began\. Paged/);
  expect(text({ encounterId: null, bedId: null, gatewayId: 'gw-1' })).not.toMatch(/No patient/);
});

test('one line says what happened, who was told and by when the next person is told', () => {
  expect(text()).toBe(
    '*** High priority alarm, ICU 3: Heart rate 148 /min, above 120 /min. ' +
      'Paged: Amy Nurse (e-mail sent 00:00:02, not known if read). ' +
      'Nobody has accepted. Next told: Bob Charge at 00:00:30.',
  );
});

test('who is coming is named', () => {
  const accepted = escalation({
    state: 'accepted',
    nextAtMs: null,
    nextName: null,
    acceptedByName: 'Amy Nurse',
    acceptedAtMs: 9_000,
  });
  expect(text({ escalation: accepted })).toMatch(/Amy Nurse accepted at 00:00:09 and is coming\.$/);
  expect(text({ escalation: accepted, active: false })).toMatch(/Amy Nurse accepted at 00:00:09\.$/);
});

const accept = (name: string, more: object = {}): object => ({
  staffId: name.toLowerCase(),
  name,
  atMs: 9_000,
  arrivedAtMs: null,
  ...more,
});
const over = { state: 'ended', nextAtMs: null, nextName: null };

test.each([
  [{ accepts: [accept('Amy')], acceptsNeeded: 3 }, {}, 'Amy accepted: 1 of 3 who are needed. Next told: Bob Charge at 00:00:30.'],
  [
    { ...over, accepts: [accept('Amy')], acceptsNeeded: 3 },
    {},
    '1 of 3 who are needed. NOT ENOUGH, and nobody else will be told.',
  ],
  [
    { state: 'accepted', accepts: [accept('Amy', { arrivedAtMs: 12_000 }), accept('Bob')] },
    {},
    'Amy is there since 00:00:12. Bob accepted at 00:00:09 and is coming.',
  ],
  [
    { state: 'accepted', accepts: [accept('Amy')], arriveByMs: 130_000 },
    {},
    'is coming. Others are told at 00:02:10 unless somebody says to be there.',
  ],
  [
    { declines: [{ staffId: 'amy', name: 'Amy Nurse', atMs: 9_000, reason: 'busy-with-patient' }] },
    {},
    'Declined: Amy Nurse at 00:00:09 (busy with a patient). Nobody has accepted.',
  ],
  [over, { shelvedUntilMs: 3_600_000 }, 'Shelved until 01:00:00: nobody is told until then.'],
  [{}, { flapping: true }, 'It comes and goes.'],
  [{ pages: [page({ receipts: [{ stage: 'opened', atMs: 3_000 as never }] })] }, {}, 'e-mail sent 00:00:02, opened 00:00:03'],
  [{ pages: [page(), page({ kind: 'standDown' })] }, {}, 'Paged: Amy Nurse (e-mail sent 00:00:02, not known if read).'],
])('who is going, who is there and who can not come is said: %#', (more, alarmMore, expected) => {
  expect(text({ escalation: escalation(more as never), ...alarmMore })).toContain(expected);
});

test('an alarm that was told late says why', () => {
  expect(text({ adopted: 'confirmed' })).toContain('Raised by the unit’s gateway while Vigil could not be reached from there.');
  expect(text({ adopted: 'held', conditionCode: 'device.apnea' })).toContain('it reached Vigil late.');
});

test('data that are not live begin with TEST', () => {
  expect(text({ origin: 'simulated' })).toMatch(/^TEST \*\*\* High priority alarm/);
});

test.each([
  [{ state: 'ended', nextAtMs: null, nextName: null }, 'NOBODY HAS ACCEPTED and nobody else will be told.'],
  [{ nextAtMs: null, nextName: null }, 'Nobody has accepted. Nobody else is left to be told.'],
  [{ nextName: null }, 'Nobody has accepted. Nobody who could be told is on duty: asked again at 00:00:30.'],
  [{ pages: [] }, 'Nobody has been paged.'],
  [{ pages: [page({ state: 'failed', sentAtMs: null })] }, 'Amy Nurse (e-mail FAILED)'],
  [{ pages: [page({ state: 'queued', sentAtMs: null })] }, 'Amy Nurse (e-mail not sent yet)'],
  [{ state: 'idle', pages: [], nextAtMs: null }, 'Nobody was paged: alarms of this kind page nobody.'],
])('what Vigil does not know or could not do is said: %#', (more, expected) => {
  expect(text({ escalation: escalation(more) })).toContain(expected);
});

const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };

test.each([
  ['spo2.low', 'spo2', { ...none, value: 84, unit: '%', limit: 90, side: 'low' }, 'Oxygen saturation 84 %, below 90 %'],
  ['temperature.high', 'temperature', { ...none, value: 39.2, unit: 'Cel', limit: 39 }, 'Temperature 39.2 °C, above 39 °C'],
  [
    'heartRate.mean-high',
    'heartRate',
    { value: 104.333, unit: '/min', limit: 100, side: 'high', samples: 150, samplesExpected: 300 },
    'mean heart rate 104.3 /min, above 100 /min (150 of 300 readings of the window)',
  ],
  ['heartRate.noData', 'heartRate', none, 'no heart rate any more; its value is not known'],
  ['spo2.leadsOff', 'spo2', none, 'Oxygen saturation: sensor or lead is off'],
  ['noData', null, none, 'no data from a device of this bed; how the patient is, is not known'],
  ['clockSuspect', null, none, 'the clocks of a device and of its gateway differ'],
  ['deviceMismatch', null, none, 'sends for another bed than it is assigned to'],
  ['notAccepted', null, none, 'an alarm here was accepted by nobody'],
  ['device.cuff-leak', null, none, 'the bedside device alarms: cuff leak'],
  ['device.apnea', 'respirationRate', none, 'the bedside device alarms (respiration rate): apnea'],
  ['device.mdc-196650', null, none, 'the bedside device alarms: MDC-196650'],
  ['sessionConflict', null, none, 'two senders use the identity of one device'],
  ['channelConflict', null, { ...none, because: ['spo2'] }, 'two devices send oxygen saturation of this patient'],
  [
    'standby',
    null,
    { ...none, window: { fromMs: 1_000, toMs: 2_701_000, aggregate: 'standby' }, because: ['imaging'] },
    'the patient is away from the monitor (imaging); that nothing comes raises no alarm meanwhile, for 45 min at most',
  ],
  ['stayCorrected', null, none, 'another patient lies here than was believed'],
  ['limitsChanged', null, { ...none, because: ['hr-high'] }, 'so other rules hold for this patient (hr-high); check the limits'],
  ['something.new', null, none, 'something.new'],
])('%s is put in words', (conditionCode, metric, evidence, expected) => {
  expect(text({ conditionCode, metric, evidence })).toContain(expected);
});

const span = (sizeMs: number, aggregate: string): object => ({
  window: { fromMs: 1_000_000, toMs: 1_000_000 + sizeMs, aggregate },
});
const part = (name: string, points: number | null): object => ({ part: name, points, value: null, atMs: null, source: null });

test.each([
  [
    'heartRate',
    { ...none, ...span(60_000, 'mean'), value: 104.33, unit: '/min', limit: 100, side: 'high', samples: 50, samplesExpected: 60 },
    'mean of heart rate over 60 s 104.3 /min, above 100 /min (50 of 60 readings)',
  ],
  [
    'spo2',
    { ...none, ...span(45_000, 'fall'), label: 'Falls fast', value: 12, unit: '%', limit: 8, side: 'low' },
    'Falls fast (oxygen saturation has fallen by 12 % within 45 s, more than 8 %)',
  ],
  [
    'heartRate',
    { ...none, ...span(60_000, 'deviation'), value: 7.2, limit: 6, side: 'high' },
    'heart rate is 7.2 deviations away from what is usual for this patient, more than 6',
  ],
  [null, { ...none, ...span(1_800_000, 'count'), value: 3, limit: 3, because: ['spo2.low'] }, '3 times within 30 min: spo2.low'],
  [null, { ...none, label: 'Shock?', because: ['fast', 'pressure-low'] }, 'Shock? (because of fast, pressure-low)'],
  [
    null,
    {
      ...none,
      label: 'NEWS2',
      value: 6,
      limit: 5,
      parts: [part('pulse', 3), part('spo2', 3), part('temperature', null), part('air', 0)],
    },
    'NEWS2 (at least 6 points, limit 5: pulse 3, SpO2 3; missing: temperature)',
  ],
  ['spo2', { ...none, label: 'Named limit', value: 84, unit: '%', limit: 90, side: 'low' }, 'Named limit'],
])('an alarm of a rule of its own says what was measured: %#', (metric, evidence, expected) => {
  expect(text({ conditionCode: 'my-rule', metric, evidence } as Parameters<typeof text>[0])).toContain(expected);
});

test('the name of a rule stands before what its limit measured', () => {
  const evidence = { ...none, label: 'Desaturation', value: 79, unit: '%', limit: 80, side: 'low' as const };
  expect(text({ conditionCode: 'spo2.low', metric: 'spo2', evidence })).toContain(
    'Desaturation (Oxygen saturation 79 %, below 80 %)',
  );
});

test('an alarm that a suppression closed is not told as over', () => {
  const evidence = { ...none, value: 40, unit: '/min', limit: 50, side: 'low' as const, because: ['suppression:electrodes-off'] };
  expect(text({ conditionCode: 'heartRate.low', metric: 'heartRate', evidence })).toContain(
    'Heart rate 40 /min, below 50 /min; closed by electrodes-off, which makes it impossible to know whether it is over',
  );
});

test.each([...DEVICE_FAULTS, ...GATEWAY_FAULTS])('the fault %s is put in words, and a gateway is named', (conditionCode) => {
  const said = conditionText({ conditionCode, metric: null, evidence: none, gatewayId: 'gw-1' as GatewayId });
  expect(said).not.toBe(conditionCode);
  if ((GATEWAY_FAULTS as readonly string[]).includes(conditionCode)) expect(said).toContain('gateway gw-1');
});

test('a lost gateway is named in place of a bed', () => {
  const lost = {
    conditionCode: 'gatewayLost',
    metric: null,
    evidence: none,
    bedId: null,
    gatewayId: 'gw-1',
    bedLabel: 'gateway gw-1',
  };
  expect(text({ ...lost, kind: 'technical' })).toMatch(
    /High priority technical alarm, gateway gw-1: gateway gw-1 cannot be reached/,
  );
});

test('an alarm that is over says so, and an acknowledgement on its way is shown as waiting', () => {
  expect(text({ active: false, presence: 'off', endedAtMs: 5 })).toContain('It is over.');
  expect(text({ active: false, presence: 'latched', endedAtMs: 5 })).toContain('sounds until somebody acknowledges it');
  expect(text({ acknowledgePending: true })).toContain('Acknowledgement recorded, waiting.');
  expect(text({ presence: 'ack', acknowledgedByName: 'Amy Nurse' })).toContain('Acknowledged by Amy Nurse.');
});

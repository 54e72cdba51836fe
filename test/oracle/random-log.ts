import { AgeGroup, type AlarmTransition, LogEvent, type MetricName, metricRow, type Rule, type RuleSet } from '@vigil/contracts';
import { contentHash, emptyPartition, step } from '@vigil/domain';
import { Dice, EPOCH_MS } from './dice.js';
import { randomChange } from './random-changes.js';
import { randomRules } from './random-rules.js';
import { base, type Device, spanOf, stayIn, timeMs, UNITS, type Ward } from './ward.js';

const METRICS: readonly MetricName[] = ['heartRate', 'spo2', 'respirationRate'];
/** What a generated log is made of: its events, and at which second each was sent. */
interface Sent {
  readonly atS: number;
  readonly event: LogEvent;
}

/** One random ward. `fixed`: rules from a seed of their own and a rate of 1, so that several wards can share one log. */
export interface WardSpec {
  readonly unit?: string;
  readonly fixedRules?: number;
  readonly secondsMax?: number;
}

/**
 * One ward of two beds for some minutes: duplicates, messages that overtake each other within the lateness and beyond it,
 * pauses, electrodes that fall off, stays that end, limits of a patient's own, rules that change, alarms that are seen.
 */
export function randomLog(seed: number, { unit = 'icu', fixedRules, secondsMax = 200 }: WardSpec = {}): LogEvent[] {
  const dice = new Dice(seed);
  const rate = fixedRules === undefined ? dice.of([1, 1, 1, 10, 60]) : 1;
  const ruleSets = fixedRules === undefined ? randomSets(dice) : fixedSets(fixedRules);
  const beds = [`${unit}-1`, `${unit}-2`] as const;
  const devices = randomDevices(dice, rate, beds);
  const ward: Ward = { dice, rate, ruleSets, beds, devices, stays: new Map(beds.map((bedId) => [bedId, []])) };
  const sent: Sent[] = opening(ward, devices);
  const seconds = Math.floor(secondsMax / 5) + dice.below(Math.ceil((secondsMax * 4) / 5));
  for (let atS = 1; atS <= seconds; atS++) {
    for (const device of devices) sent.push(...deviceSends(ward, device, atS));
    if (dice.chance(0.04)) sent.push({ atS, event: staffDoes(ward, atS) });
    if (dice.chance(0.03)) sent.push({ atS, event: randomChange(ward, atS) });
    if (dice.chance(0.004)) sent.push({ atS, event: activation(ward, dice.of(ruleSets), atS) });
  }
  return withAcknowledgements(dice, shuffled(dice, sent));
}

/** Of one version: a rule that gets levels with version 2 counts their time from there, and that is not what is tried here. */
function randomSets(dice: Dice): readonly [RuleSet, RuleSet] {
  const v = dice.of([1, 2, 2, 2] as const);
  const alarmCare = dice.chance(0.7) ? randomCare(dice) : {};
  return [
    { ...randomRules(dice, METRICS, v), ...alarmCare },
    { ...randomRules(dice, METRICS, v), ...(dice.chance(0.8) ? alarmCare : {}) },
  ];
}

/** Times that pass within a log of some minutes. */
function randomCare(dice: Dice): Pick<RuleSet, 'alarmCare'> {
  const reAlarmS = { high: dice.of([10, 30]), medium: dice.of([10, 20, 60]) };
  const flap = { onsets: dice.of([2, 3]), withinS: dice.of([20, 60, 600]), quietS: dice.of([3, 10, 40]) };
  return { alarmCare: { ...(dice.chance(0.8) ? { reAlarmS } : {}), ...(dice.chance(0.7) ? { flap } : {}) } };
}

/** Wards of one site ask one after the other. */
let fixed: { readonly seed: number; readonly sets: readonly [RuleSet, RuleSet] } | null = null;
function fixedSets(seed: number): readonly [RuleSet, RuleSet] {
  if (fixed?.seed !== seed) fixed = { seed, sets: randomSets(new Dice(seed)) };
  return fixed.sets;
}

function randomDevices(dice: Dice, rate: number, [one, two]: readonly [string, string]): Device[] {
  const device = (name: string, bedId: string, metrics: readonly MetricName[]): Device => ({
    ...{ deviceId: name, bedId, metrics, aheadMs: dice.of([0, 0, 0, 2_000, -3_000, -8_000]) * rate },
    ...{
      everyS: dice.of([1, 1, 2, 5]),
      bootId: `${name}-boot`,
      seq: 0,
      silentUntilS: 0,
      isNamed: dice.chance(0.6),
      rev: 1,
      spans: 1,
    },
    channels: dice.chance(0.3) ? metrics.filter(() => dice.chance(0.7)).slice(0, 2) : [],
  });
  return [
    device(`mon-${one}`, one, METRICS),
    ...(dice.chance(0.4) ? [device(`oxi-${one}`, one, ['spo2'])] : []),
    device(`mon-${two}`, two, METRICS.slice(0, 2)),
  ];
}

function opening(ward: Ward, devices: readonly Device[]): Sent[] {
  const assigned = devices.map((device) => spanOf(device, EPOCH_MS, 0, null));
  const admitted = ward.beds.map((bedId) => admit(ward, bedId, 0));
  return [activation(ward, ward.ruleSets[0], 0), ...assigned, ...admitted].map((event) => ({
    atS: 0,
    event: LogEvent.parse(event),
  }));
}

function admit({ dice, rate, stays }: Ward, bedId: string, atS: number): object {
  const encounterId = `stay-${bedId}-${atS}`;
  stays.get(bedId)!.push(encounterId);
  return {
    ...base(bedId, `admit/${bedId}/${atS}`, timeMs(atS, rate)),
    ...(dice.chance(0.5) ? { ageGroup: dice.of(AgeGroup.options), careUnitId: dice.of(UNITS) } : {}),
    ...{ kind: 'admit', bedId, encounterId, patientId: `patient-${atS}` },
  };
}

function activation({ rate, beds }: Ward, ruleSet: RuleSet, atS: number): LogEvent {
  const content = { kind: 'ruleSetActivated', hash: contentHash(ruleSet), ruleSet, rate, by: 'test' };
  return LogEvent.parse({ ...base(beds[0], `rules/${atS}`, timeMs(atS, rate)), ...content });
}

function deviceSends({ dice, rate, ruleSets }: Ward, device: Device, atS: number): Sent[] {
  const { deviceId, bedId } = device;
  if (dice.chance(0.01)) device.silentUntilS = atS + 5 + dice.below(40);
  if (dice.chance(0.003)) device.bootId = `${deviceId}-boot-${atS}`;
  if (atS < device.silentUntilS) {
    const tick = { ...base(bedId, `tick/${bedId}/${atS}`, timeMs(atS, rate)), kind: 'tick', bedId, gatewayId: 'gw-1' };
    return dice.chance(0.9) ? [{ atS, event: LogEvent.parse(tick) }] : [];
  }
  if (atS % device.everyS !== 0) return [];
  const seq = device.seq++;
  const atMs = Math.max(0, timeMs(atS, rate) + device.aheadMs);
  const event = LogEvent.parse({
    ...base(bedId, `${deviceId}/${device.bootId}/${seq}`, atMs),
    ...{ kind: 'deviceMessage', bedId, deviceId, gatewayId: 'gw-1', bootId: device.bootId, seq },
    ...{ deviceAtMs: atMs, gatewayAtMs: timeMs(atS, rate) },
    readings: device.metrics.filter(() => dice.chance(0.95)).map((metric) => randomReading(dice, metric, atS, ruleSets)),
  });
  return [{ atS, event }, ...(dice.chance(0.05) ? [{ atS: atS + dice.below(4), event }] : [])];
}

function randomReading(dice: Dice, metric: MetricName, atS: number, ruleSets: readonly RuleSet[]): object {
  const { unit } = metricRow(metric);
  // Electrodes are off for a while, so that the flag lasts.
  const phase = Math.floor(atS / 9) * 7 + metric.length;
  if (phase % 11 === 0) return { metric, unit, value: null, quality: 'leadsOff' };
  if (dice.chance(0.03)) return { metric, unit, value: null, quality: 'notMeasured' };
  const value = valueNear(dice, metric, phase, ruleSets);
  return { metric, unit, value, quality: dice.of(['valid', 'valid', 'valid', 'valid', 'questionable', 'artefact']) };
}

/** Values at, just inside and just beyond what the rules look at: that is where they go wrong. */
function valueNear(dice: Dice, metric: MetricName, phase: number, ruleSets: readonly RuleSet[]): number {
  const edges = ruleSets.flatMap((set) => set.rules.flatMap((rule) => edgesOf(rule, metric)));
  const edge = edges.length === 0 ? 90 : edges[phase % edges.length]!;
  const value = edge + dice.of([-6, -2, -1, -0.1, 0, 0, 0.1, 1, 2, 6]) + ((phase % 3) - 1) * 3;
  return Math.round(Math.min(Math.max(value, 1), 100 + (metric === 'spo2' ? 0 : 100)) * 10) / 10;
}

function edgesOf(rule: Rule, metric: MetricName): number[] {
  if (rule.kind === 'limit' && rule.metric === metric) {
    return [rule.limit, rule.side === 'high' ? rule.limit - rule.hysteresis : rule.limit + rule.hysteresis];
  }
  if ((rule.kind === 'windowMean' || rule.kind === 'window') && rule.metric === metric) return [rule.limit];
  return [];
}

function staffDoes(ward: Ward, atS: number): LogEvent {
  const { dice, rate, beds } = ward;
  const bedId = dice.of(beds);
  const at = (id: string): object => base(bedId, `${id}/${bedId}/${atS}`, timeMs(atS, rate));
  const stay = stayIn(ward, bedId);
  const metric = dice.of(METRICS);
  const limits = { low: dice.of([null, 60, 85]), high: dice.of([null, 100, 130]), reason: 'test', by: 'amy' };
  return LogEvent.parse(
    dice.of([
      () => ({ ...at('discharge'), kind: 'discharge', bedId, encounterId: stay }),
      () => admit(ward, bedId, atS),
      () => ({ ...at('lost'), kind: 'coverageLost', bedId, causeId: 'gw-1-lost' }),
      () => ({ ...at('back'), kind: 'coverageRestored', bedId, causeId: 'gw-1-lost' }),
      () => ({
        ...at('profile'),
        kind: 'stayProfileSet',
        bedId,
        encounterId: stay,
        ageGroup: dice.of(AgeGroup.options),
        by: 'amy',
      }),
      ...Array.from({ length: 5 }, () => () => charted(ward, at('charted'), { bedId, encounterId: stay }, atS)),
      () => ({
        ...at('scale'),
        kind: 'scoreSettingsSet',
        bedId,
        encounterId: stay,
        spo2Scale: dice.of([1, 2]),
        reason: 'test',
        by: 'amy',
      }),
      ...Array.from({ length: 4 }, () => () => ({
        ...{ ...at('limits'), kind: 'limitsSet', bedId, encounterId: stay, metric, ...limits },
        toMs: timeMs(atS + 5 + dice.below(60), rate),
      })),
    ])(),
  );
}

/** Single observations, or a whole set. */
export function randomChart(dice: Dice): object {
  const number = (metric: MetricName, value: number): object => ({ item: 'number', metric, value });
  const all = [
    { item: 'consciousness', value: dice.of(['A', 'A', 'C', 'V']) },
    { item: 'supplementalOxygen', value: dice.of(['air', 'oxygen']) },
    number('nibpSystolic', dice.of([90, 91, 100, 101, 110, 111, 219, 220])),
    number('temperature', dice.of([35.04, 35.05, 36, 36.1, 37, 38.04, 38.05, 39.1])),
    number('respirationRate', dice.of([8, 9, 11, 12, 20, 21, 24, 25])),
    number('spo2', dice.of([83, 87, 88, 91, 92, 93, 95, 96, 97])),
    number(dice.of(['pulseRate', 'heartRate']), dice.of([40, 41, 50, 51, 90, 91, 110, 111, 130, 131])),
  ];
  const isWhole = dice.chance(0.5);
  const some = all.filter(() => isWhole || dice.chance(0.3));
  const items = some.length === 0 ? all.slice(0, 1) : some;
  return isWhole && dice.chance(0.8) ? { validated: true, score: 'news2', items } : { validated: false, items };
}

/** Now and then written down late. */
function charted({ dice, rate }: Ward, base: object, stay: object, atS: number): object {
  const atMs = timeMs(Math.max(0, atS - dice.of([0, 0, 0, 5, 40])), rate);
  return { ...base, ...stay, ...randomChart(dice), atMs, kind: 'charted', chartId: `chart-${atS}`, by: 'amy' };
}

/** Messages overtake each other: most by a little, some by more than any lateness. */
function shuffled(dice: Dice, sent: readonly Sent[]): LogEvent[] {
  const isCalm = dice.chance(0.4);
  const arrivesAt = ({ atS, event }: Sent, i: number): number => {
    if (isCalm || event.kind !== 'deviceMessage' || !dice.chance(0.1)) return atS + i * 1e-6;
    return atS + dice.of([1, 2, 3, 7, 20, 45]) + i * 1e-6;
  };
  return sent
    .map((each, i) => ({ event: each.event, at: arrivesAt(each, i) }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

/** Somebody sees some of the alarms that this log raises; now and then twice, or an older revision. */
function withAcknowledgements(dice: Dice, events: readonly LogEvent[]): LogEvent[] {
  let { state } = step(emptyPartition(), []);
  const out: LogEvent[] = [];
  const due: { after: number; transition: AlarmTransition }[] = [];
  events.forEach((event, i) => {
    out.push(event);
    const result = step(state, [event]);
    ({ state } = result);
    for (const { transition } of result.effects) {
      if (transition.bedId !== null && dice.chance(0.25)) due.push({ after: i + dice.below(25), transition });
    }
    for (const each of due.filter(({ after }) => after === i)) out.push(acknowledgement(dice, each.transition, out.length));
  });
  return out;
}

function acknowledgement(dice: Dice, { bedId, alarmId, rev, atMs }: AlarmTransition, n: number): LogEvent {
  return LogEvent.parse({
    ...base(bedId!, `ack/${alarmId}/${n}`, atMs + dice.below(9_000)),
    ...{ kind: 'command', command: 'acknowledge', commandId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` },
    ...{ alarmId, by: 'amy', ...(dice.chance(0.7) ? { alarmRev: rev } : {}) },
  });
}

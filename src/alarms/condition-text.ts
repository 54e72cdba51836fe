import { type AlarmEvidence, type AlarmView, type MetricName, metricRow } from '@vigil/contracts';
import { NOBODY_SOON } from '@vigil/domain';
import { hiddenBy, ruleText } from './rule-text.js';
import { lowerFirst, round, timeText, withUnit } from './units.js';

type Condition = Pick<AlarmView, 'conditionCode' | 'metric' | 'evidence' | 'gatewayId'> & {
  /** What people call those that the evidence names by id, e.g. `station:st-1`. */
  readonly subjectNames?: ReadonlyMap<string, string>;
};

/** Conditions that have no metric of their own. */
const WHOLE: Readonly<Record<string, (condition: Condition) => string>> = {
  noData: () => 'no data from a device of this bed; how the patient is, is not known',
  clockSuspect: () => 'the clocks of a device and of its gateway differ, so its times are estimates',
  deviceMismatch: () => 'a device sends for another bed than it is assigned to; its readings are held back',
  gatewayLost: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} cannot be reached; readings and alarms of its beds may be missing here: watch its own page on the unit’s network, and the bedside monitors`,
  unknownRules: () => 'the gateway of this bed worked with rules that Vigil does not know; its alarms may be wrong or missing',
  notAccepted: () => 'an alarm here was accepted by nobody',
  deviceAlarmsTooMany: () => 'a device of this bed raises more alarms than are shown; look at the device itself',
  sessionConflict: () =>
    'two senders use the identity of one device, so its readings may be of somebody else; look at the device',
  wrongTopic: () => 'a device tried to speak for another one and was refused; tell biomedical engineering',
  unitChanged: () => 'a device changed the unit of a metric, so those readings are refused; look at the device',
  flooding: () => 'a device sends far more than it may and is slowed down; its readings come late',
  certificateExpiring: () => 'the certificate of a device ends soon or is over; renew it, or the device can no longer connect',
  spoolWithheld: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} can store nothing more and takes no readings until it can; see its disk and its link`,
  diskLow: ({ gatewayId }) => `the disk of gateway ${gatewayId ?? ''} is nearly full`,
  spoolDamaged: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} cannot read part of what it stored; what is lost is a gap in history`,
  spoolRolledBack: ({ gatewayId }) =>
    `what gateway ${gatewayId ?? ''} stored was exchanged or set back to an older state; somebody may have tampered with it`,
  clockStepped: ({ gatewayId }) =>
    `the clock of gateway ${gatewayId ?? ''} was set or is wrong; times of its beds may be wrong until this ends`,
  configRefused: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} refused a configuration that is not signed, or older than its own, and goes on with what it has`,
  configUnread: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} can not read its configuration; devices that were moved since count at their old beds`,
  watchStale: ({ gatewayId }) =>
    `gateway ${gatewayId ?? ''} has an old configuration; in an outage its own alarms may use old limits and patients`,
  channelConflict: ({ evidence }) =>
    `two devices send ${channelsIn(evidence)} of this patient, one of which is assigned to it; look which of them is connected here`,
  bedsideOff: () =>
    'a monitor at the bed has its alarms off, or paused without an end, for more than ten minutes; switch them on there',
  standby: ({ evidence }) =>
    `the patient is away from the monitor${placeIn(evidence)}; that nothing comes raises no alarm meanwhile${timeIn(evidence)}`,
  stayCorrected: () =>
    'another patient lies here than was believed; limits, charted values and scores of the other one are gone, so set and chart them anew',
  limitsChanged: ({ evidence }) =>
    `the bed belongs to another care unit, so other rules hold for this patient${becauseOf(evidence)}; check the limits`,
  'onCall.nobodyOnCall': ({ evidence: { because = [] } }) =>
    because.length > 0 && because.every((each) => each === NOBODY_SOON)
      ? 'in an hour nobody will be on duty who would be told of an alarm here; put somebody on duty for that time'
      : 'nobody is on duty who would be told of an alarm here; stay with the patients, and put somebody on duty',
  'onCall.unreachable': (condition) =>
    `somebody on duty here${firstIn(condition)} cannot be reached in any way; others are told instead, see who is on duty`,
  'onCall.undelivered': () =>
    'nobody could be told of an alarm: no page of a step left the house; look at the open alarms yourself',
  'onCall.escalatorStopped': () =>
    'alarms page nobody at present: the part that tells people has stopped; watch the screens and bedside monitors',
  'onCall.canaryLate': (condition) =>
    `the test alarm${firstIn(condition)} that shows that alarms and pages work did not come through; they may be late or missing: watch the bedside monitors`,
  'onCall.stationSilent': (condition) =>
    `a shared screen of this care unit${firstIn(condition)} has gone dark or stands still; look at it, start it anew, or have it mended`,
  'onCall.unitUnwatched': () =>
    'no shared screen of this care unit shows alarms: go to the bedside monitors, and open Vigil on another screen',
  watchFailed: ({ gatewayId }) =>
    `the local watch of gateway ${gatewayId ?? ''} met a fault; in an outage its alarms may be missing`,
};

/** Whom or what it was about as it began; others may have come to it, or be alone by now, and are on the status page. */
function firstIn({ evidence: { because = [] }, subjectNames }: Condition): string {
  if (because.length === 0) return '';
  const named = because.map((each) => subjectNames?.get(each) ?? each.slice(each.indexOf(':') + 1));
  return ` (${named.join(', ')} when it began)`;
}

const PLACES: Readonly<Record<string, string>> = {
  imaging: 'imaging',
  theatre: 'in theatre',
  walking: 'walking',
  bathing: 'bathing',
  transport: 'on the way',
};

function placeIn({ because: [place = ''] = [] }: AlarmEvidence): string {
  const words = PLACES[place];
  return words === undefined ? '' : ` (${words})`;
}

/** How long it lasts at most; the text of the alarm says when it began. */
function timeIn({ window }: AlarmEvidence): string {
  return window === undefined ? '' : `, for ${timeText(window.toMs - window.fromMs)} at most`;
}

function channelsIn({ because = [] }: AlarmEvidence): string {
  const labels = because.map((name) => lowerFirst(metricRow(name as MetricName)?.label ?? name));
  return labels.length === 0 ? 'one value' : labels.join(', ');
}

function becauseOf({ because = [] }: AlarmEvidence): string {
  return because.length === 0 ? '' : ` (${because.join(', ')})`;
}

const BEDSIDE = 'device.';

/** The device's own name of its alarm, as words: `device.cuff-leak` is `cuff leak`. */
function bedsideText({ conditionCode, metric }: Condition): string {
  const name = conditionCode.slice(BEDSIDE.length);
  const words = /^mdc-[0-9]+$/.test(name) ? name.toUpperCase() : name.replaceAll('-', ' ');
  return `the bedside device alarms${metric === null ? '' : ` (${lowerFirst(metricRow(metric).label)})`}: ${words}`;
}

/** What is wrong, in words: the measured value against its limit where there is one. An unknown code is shown as it is. */
export function conditionText(condition: Condition): string {
  const { conditionCode } = condition;
  const whole = WHOLE[conditionCode];
  if (whole !== undefined) return whole(condition);
  if (conditionCode.startsWith(BEDSIDE)) return bedsideText(condition);
  const measured = ruleText(condition) ?? codeText(condition);
  const { label } = condition.evidence;
  const named = label === undefined ? (measured ?? conditionCode) : measured === null ? label : `${label} (${measured})`;
  const cause = hiddenBy(condition.evidence);
  return cause === null ? named : `${named}; closed by ${cause}, which makes it impossible to know whether it is over`;
}

/** A limit, a mean, silence or a sensor of one metric; null for a code that is none of those. */
function codeText(condition: Condition): string | null {
  const { conditionCode, metric } = condition;
  if (metric === null) return null;
  const label = metricRow(metric).label;
  switch (conditionCode.slice(metric.length + 1)) {
    case 'high':
    case 'low':
      return `${label} ${against(condition)}`;
    case 'mean-high':
    case 'mean-low':
      return `mean ${lowerFirst(label)} ${against(condition)}${coverage(condition)}`;
    case 'noData':
      return `no ${lowerFirst(label)} any more; its value is not known`;
    case 'leadsOff':
      return `${label}: sensor or lead is off`;
    default:
      return null;
  }
}

/** E.g. `148 /min, above 120 /min`. */
function against({ evidence, conditionCode }: Condition): string {
  const side = evidence.side ?? (conditionCode.endsWith('low') ? 'low' : 'high');
  const word = side === 'low' ? 'below' : 'above';
  const written = (value: number | null): string => (value === null ? 'not known' : withUnit(round(value), evidence.unit));
  return `${written(evidence.value)}, ${word} ${evidence.limit === null ? 'its limit' : written(evidence.limit)}`;
}

function coverage({ evidence: { samples, samplesExpected } }: Condition): string {
  return samples === null || samplesExpected === null ? '' : ` (${samples} of ${samplesExpected} readings of the window)`;
}

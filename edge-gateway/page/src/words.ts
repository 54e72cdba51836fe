import type { AlarmShown, NumericShown } from '../../src/watch/watch-view.js';
import type { Priority } from './state.js';

/** Every word of the page. */
export const WORDS = {
  title: 'Local watch',
  supplements: 'This screen supplements the bedside monitors. It does not replace them.',
  connected: 'Central system connected',
  connectedMore: 'Readings and alarms reach its log.',
  away: 'CENTRAL SYSTEM NOT CONNECTED',
  awayMore: 'NOBODY IS PAGED. Watch this screen and the bedside monitors.',
  since: (clock: string, age: string) => `since ${clock} (${age})`,
  lost: 'THIS SCREEN IS NOT LIVE',
  lostMore: (age: string) => `Nothing from the gateway for ${age}. What you see is old. Look at the bedside monitors.`,
  waiting: 'Waiting for the gateway …',
  full: 'The gateway shows this page on too many screens. Close it somewhere else.',
  unconfigured: 'NO ALARMS HERE: this gateway was never told of beds and rules. Connect it to the central system once.',
  failing: 'The local watch has met a fault and may have missed alarms. Look at the bedside monitors.',
  demo: 'TEST DATA – not of patients',
  alarms: 'Alarms',
  noAlarms: 'No alarm holds.',
  over: 'Over in the last half hour',
  beds: 'Beds',
  noPatient: 'no patient',
  noData: 'NO DATA',
  noDataYet: 'no data yet',
  dataOld: (age: string) => `data ${age} old`,
  since1: (age: string) => `for ${age}`,
  began: (age: string) => `began ${age} ago`,
  recording: 'being recorded',
  recorded: 'recorded for the central system',
  soundOff: 'SOUND IS OFF ON THIS SCREEN',
  soundOn: 'Turn sound on (plays a test tone)',
  soundBlocked: 'SOUND IS BLOCKED BY THE BROWSER',
  soundIs: 'Sound on',
  test: 'Test tone',
  pause: 'Pause sound 2 min',
  paused: (left: string) => `Sound paused on this screen, ${left} left`,
  resume: 'Sound again',
  mode: 'Sound',
  modeAway: 'while the central system is away',
  modeAlways: 'always',
  signOut: 'Sign out',
  signIn: 'Sign in this screen',
  code: 'Station code',
  codeHint: 'Twelve signs, in the file watch-code.json of the gateway.',
  signInButton: 'Sign in',
  wrongCode: 'That is not the station code.',
  tooMany: 'Too many wrong codes. Wait a minute.',
  noAnswer: 'The gateway does not answer.',
} as const;

export const PRIORITY_WORDS: Readonly<Record<Priority, { readonly mark: string; readonly word: string }>> = {
  high: { mark: '***', word: 'HIGH' },
  medium: { mark: '**', word: 'MEDIUM' },
  low: { mark: '*', word: 'LOW' },
};

const UNITS: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C', '{score}': '' };

const WHOLE: Readonly<Record<string, string>> = {
  noData: 'no data from any device; how the patient is, is not known',
  deviceMismatch: 'a device sends for another bed than it is assigned to',
  clockSuspect: 'the clock of a device is wrong',
  sessionConflict: 'two places use the identity of one device',
  flooding: 'a device sends far more than it may',
  unitChanged: 'a device has changed the unit of a value',
  certificateExpiring: 'the certificate of a device ends soon',
  wrongTopic: 'a device tried to speak for another one',
  channelConflict: 'two devices send the same value of this patient',
  bedsideOff: 'a monitor here has its own alarms off',
  standby: 'the patient is away from the monitor (standby)',
  stayCorrected: 'another patient lies here than was believed',
  limitsChanged: 'other limits hold here since the bed belongs to another unit',
};

const QUALITY: Readonly<Record<string, string>> = {
  questionable: 'questionable',
  leadsOff: 'sensor off',
  artefact: 'artefact',
  calibration: 'calibrating',
  outOfRange: 'out of range',
  notMeasured: 'not measured',
};

export function unitWord(unit: string): string {
  return UNITS[unit] ?? unit;
}

export function qualityWord(quality: NumericShown['quality']): string {
  return QUALITY[quality] ?? '';
}

/** What is wrong, e.g. `Heart rate 148 /min, above 120 /min`. */
export function alarmWords({ conditionCode, metricLabel, evidence }: AlarmShown): string {
  const whole = WHOLE[conditionCode];
  if (whole !== undefined) return whole;
  if (conditionCode.startsWith('device.')) return `the bedside device says: ${conditionCode.slice('device.'.length)}`;
  const rule = ruleWords(evidence, metricLabel);
  if (evidence.label !== undefined) return rule === '' ? evidence.label : `${evidence.label} (${rule})`;
  if (metricLabel === null) return rule === '' ? conditionCode : `${conditionCode}: ${rule}`;
  if (conditionCode.endsWith('.noData')) return `${metricLabel}: no values any more`;
  if (conditionCode.endsWith('.leadsOff')) return `${metricLabel}: sensor or lead is off`;
  const { value, unit, limit, side } = evidence;
  if (value === null) return `${metricLabel}: ${conditionCode}`;
  const word = unitWord(unit ?? '');
  const mean = conditionCode.includes('.mean-') ? 'Mean ' : '';
  const against = limit === null ? '' : `, ${side === 'low' ? 'below' : 'above'} ${limit} ${word}`;
  return `${mean}${metricLabel} ${value} ${word}${against}`.replaceAll(' ,', ',').trim();
}

/** What a named rule has measured; empty where nothing was. */
function ruleWords({ value, unit, limit, because = [], parts }: AlarmShown['evidence'], metricLabel: string | null): string {
  if (parts !== undefined && value !== null) return `${value} points, limit ${limit ?? '?'}`;
  if (value === null) return because.join(', ');
  const word = unitWord(unit ?? '');
  const of = because.length === 0 ? '' : `: ${because.join(', ')}`;
  return `${metricLabel ?? ''} ${value} ${word}${limit === null ? '' : `, limit ${limit} ${word}`}${of}`
    .replace(/ +/g, ' ')
    .replaceAll(/ ([,:])/g, '$1')
    .trim();
}

/** `7 s`, `3 min`, `2 h 5 min`. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  return `${Math.floor(min / 60)} h ${min % 60} min`;
}

/** `1:59` */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

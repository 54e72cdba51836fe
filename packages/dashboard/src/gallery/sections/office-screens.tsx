import { type Answers, refused } from '../answers.js';
import { AMY, CAROL, EVE, FAY, HOUR_MS, MINUTE_MS, verification } from '../fixtures.js';
import { NOW_MS } from '../fixture-station.js';
import type { Area } from '../state.js';
import { screen } from '../screen-area.js';
import { t } from '../../words/words.js';

const DAY_MS = 24 * HOUR_MS;
const turn = (from: number, to: number) => ({
  scheduleId: 'physicians',
  fromMs: NOW_MS + from * HOUR_MS,
  toMs: NOW_MS + to * HOUR_MS,
});
const swap = (n: number, state: string, askedBy: string, to: string): object => ({
  ...{ swapId: `swap-${n}`, rev: 1, state, askedBy, to, give: turn(20 + n, 32 + n), take: n === 1 ? turn(60, 72) : null },
  ...{ askedMs: NOW_MS - HOUR_MS, untilMs: NOW_MS + 20 * HOUR_MS, answeredMs: state === 'open' ? null : NOW_MS },
});
const swaps: Answers = {
  'GET /api/v1/on-call/swaps': {
    items: [
      swap(1, 'open', 'ned', 'fay'),
      swap(2, 'open', 'fay', 'ned'),
      swap(3, 'declined', 'fay', 'ned'),
      swap(4, 'expired', 'ned', 'fay'),
    ],
    next: null,
  },
};
const gaps: Answers = {
  'GET /api/v1/on-call/schedules/physicians/shifts': (before) => ({
    ...(before as object),
    gaps: [
      { fromMs: NOW_MS + 5 * HOUR_MS, toMs: NOW_MS + 9 * HOUR_MS },
      { fromMs: NOW_MS - 3 * DAY_MS, toMs: NOW_MS - 3 * DAY_MS + HOUR_MS },
    ],
  }),
};
const ahead: Answers = {
  ...swaps,
  'GET /api/v1/on-call/schedules/physicians/shifts': (before) => ({
    ...(before as object),
    shifts: ['fay', 'ned', 'fay', 'ned'].map((staffId, n) => ({
      ...{ staffId, name: staffId === 'fay' ? 'Fay Frost' : 'Ned North', rotationId: 'first', overrideId: null },
      ...{ fromMs: NOW_MS + n * 12 * HOUR_MS + HOUR_MS, toMs: NOW_MS + (n + 1) * 12 * HOUR_MS + HOUR_MS },
    })),
  }),
};
const override = (n: number, kind: string, more: object = {}): object => ({
  ...{ overrideId: `o-${n}`, seq: n, kind, staffId: kind === 'remove' ? null : 'ned', instead: kind === 'add' ? null : 'fay' },
  ...{ fromMs: NOW_MS + n * HOUR_MS, toMs: NOW_MS + (n + 3) * HOUR_MS, scheduleId: 'physicians', reason: 'Fay is at a course.' },
  ...{ by: 'carol', setMs: NOW_MS - HOUR_MS, voidedBy: null, voidedMs: null, swapId: null, ...more },
});
const overrides: Answers = {
  'GET /api/v1/on-call/schedules/physicians/overrides': {
    items: [
      override(1, 'replace', { swapId: 'swap-1' }),
      override(2, 'add'),
      override(3, 'remove'),
      override(4, 'add', { voidedBy: 'carol', voidedMs: NOW_MS - MINUTE_MS }),
    ],
    next: null,
  },
};
const way = (n: number, channel: string, state: string): object => ({
  ...{
    contactId: `00000000-0000-4000-8000-00000000000${n}`,
    channel,
    address: channel === 'smtp' ? 'a…@vigil.example' : '+43…89',
  },
  ...{ label: n === 1 ? 'Own phone' : null, state, confirmedAtMs: state === 'unconfirmed' ? null : NOW_MS - DAY_MS },
  ...{ lastTriedAtMs: state === 'untested' ? null : NOW_MS - HOUR_MS, fromSite: false, rev: 1 },
});
const STATES = ['works', 'untested', 'unconfirmed', 'failing', 'gone', 'unavailable'];
const CHANNELS = ['smtp', 'sms', 'voice', 'webPush', 'webhook', 'sms'];
const idOf = (each: object): unknown => (each as { contactId: string }).contactId;
const WAYS = STATES.map((state, i) => way(i, CHANNELS[i]!, state));
const ways: Answers = {
  'GET /api/v1/account/contact-methods': {
    items: WAYS,
    order: { high: WAYS.slice(0, 3).map(idOf), medium: WAYS.slice(0, 1).map(idOf), low: [] },
  },
};
const TEST = {
  ...{ testId: '00000000-0000-4000-8000-000000000077', staffId: 'amy', name: 'Amy Adler', by: 'amy', atMs: NOW_MS - 8_000 },
  ways: [
    {
      ...{ pageId: 'p-1', channel: 'smtp', problem: null },
      receipts: [
        { stage: 'queued', atMs: NOW_MS - 8_000 },
        { stage: 'sent', atMs: NOW_MS - 7_600 },
      ],
    },
    { pageId: 'p-2', channel: 'sms', problem: 'refused', receipts: [{ stage: 'failed', atMs: NOW_MS - 6_000 }] },
  ],
};
const tested: Answers = { 'POST /api/v1/staff/amy/test-pages': TEST, 'GET /api/v1/staff/amy/test-pages/:': TEST };
const noPolicy: Answers = { 'GET /api/v1/policies/in-force': refused(404, 'not-found') };
const POLICY = `/on-call/policies?policy=${'0'.repeat(64)}`;
const policy = (more: object): Answers => ({ 'GET /api/v1/policies/:': (before) => ({ ...(before as object), ...more }) });
const finding = (severity: string, code: string): object => ({
  ...{ severity, code, path: 'routes.0.steps.1', message: 'Nobody is on call by it at night.', careUnitId: 'icu' },
});
const verify = (more: Parameters<typeof verification>[0]): Answers => ({
  'POST /api/v1/audit/verifications': verification(more),
  'GET /api/v1/audit/verifications/:': verification(more),
});
const steps = [t('privacy:verify')];
const chain = (more: object): Answers => ({ 'GET /api/v1/audit/chain': (before) => ({ ...(before as object), ...more }) });
const grants: Answers = {
  'GET /api/v1/break-glass': (before) => {
    const [first] = (before as { items: object[] }).items;
    const note = { by: 'eve', byName: 'Eve Ellis', atMs: NOW_MS, note: 'Asked at the bed.' };
    const grant = (n: number, more: object): object => ({ ...first, grantId: `bg-${String(n).repeat(32)}`, ...more });
    return {
      items: [
        grant(1, { state: 'open', endsMs: NOW_MS + HOUR_MS }),
        grant(2, { state: 'ended', overdue: true, loud: true }),
        grant(3, { state: 'reviewed', review: { outcome: 'justified', ...note } }),
        grant(4, { state: 'reviewed', review: { outcome: 'follow-up', ...note } }),
      ],
      next: null,
    };
  },
};
const station = (n: number, state: string, more: object = {}): object => ({
  ...{ stationId: `st-00000000000${n}`, careUnitId: 'icu', label: `Desk ${n}`, state, createdMs: NOW_MS - DAY_MS },
  ...{ lastSeenMs: state === 'waiting' ? null : NOW_MS - MINUTE_MS, ...more },
});
const STATIONS = [
  ...[station(1, 'enrolled'), station(2, 'enrolled'), station(3, 'enrolled', { offUntilMs: NOW_MS + HOUR_MS })],
  ...[station(4, 'waiting'), station(5, 'revoked'), station(6, 'enrolled')],
];
const stations: Answers = {
  'GET /api/v1/stations': { items: STATIONS, next: null },
  'POST /api/v1/stations': { station: STATIONS[3], enrolmentCode: 'ABCD-EFGH', codeExpiresAtMs: NOW_MS + 10 * MINUTE_MS },
};
const presence = (n: number, state: string, sound: string | null): object => ({
  ...{ stationId: `st-00000000000${n}`, label: `Desk ${n}`, state, sound, sinceMs: NOW_MS - HOUR_MS },
});
const watched = {
  beds: [],
  more: ({ feeds }: { feeds: { presence: { set(value: never): void } } }) =>
    feeds.presence.set({
      ...{ careUnitId: 'icu', others: 1, unwatched: false },
      stations: [
        presence(1, 'drawing', 'on'),
        presence(2, 'silent', null),
        presence(3, 'hidden', 'blocked'),
        presence(6, 'drawing', 'off'),
      ],
    } as never),
};

export const officeAreas: Readonly<Record<string, Area>> = {
  onCall: screen('[On call]', '/on-call', CAROL, {
    physician: { who: { user: FAY } },
    noPolicy: { answers: noPolicy },
    noDuty: { answers: { 'GET /api/v1/on-call/now': refused(503, 'store-unavailable') } },
  }),
  rota: screen('[Rota]', '/on-call/rota', CAROL, {
    gaps: { answers: gaps },
    overrides: { answers: overrides },
    override: { answers: gaps, steps: [t('onCall:newOverride')] },
    overrideSeen: {
      answers: gaps,
      steps: [t('onCall:newOverride'), { into: '[name=staffId]', text: 'fay' }, t('onCall:seeFirst')],
    },
    takeBack: { answers: overrides, steps: [t('onCall:takeBack')] },
    physician: { who: { user: FAY }, answers: swaps },
    swap: { who: { user: FAY }, answers: ahead, steps: [t('onCall:askSwap')] },
    edit: { steps: [t('onCall:editSchedule'), t('onCall:addHours')] },
    new: { steps: [t('onCall:newSchedule')] },
    changes: { steps: [t('onCall:changesTitle')] },
  }),
  policies: screen('[Policies]', '/on-call/policies', CAROL, {
    one: { at: POLICY },
    findings: {
      at: POLICY,
      answers: policy({ findings: ['refused', 'warning', 'added'].map((severity) => finding(severity, 'no-reachable-step')) }),
    },
    notSimulated: { at: POLICY, answers: policy({ simulation: null, state: 'draft' }) },
    inForce: { at: POLICY, answers: policy({ state: 'active', inForceIn: [{ careUnitId: 'icu', sinceWallMs: NOW_MS }] }) },
    mayNot: { at: POLICY, who: { user: AMY } },
    edit: { at: POLICY, steps: [t('onCall:changeThis')] },
    editText: { at: POLICY, steps: [t('onCall:changeThis'), t('onCall:asText')] },
  }),
  testPages: screen('[Test pages]', '/on-call/test', AMY, {
    ways: { answers: ways, steps: [t('onCall:orderTitle')] },
    add: { answers: ways, steps: [t('onCall:addWay')] },
    sent: { answers: tested, steps: [t('onCall:sendTest')] },
  }),
  reviews: screen('[Reviews]', '/reviews', EVE, {
    all: { answers: grants },
    looks: { answers: grants, steps: [t('privacy:lookedAtUnder')] },
  }),
  privacy: screen('[Privacy]', '/privacy', EVE, {
    byPerson: { steps: [t('privacy:byPerson')] },
    find: { steps: [t('privacy:findPatient')] },
    proof: { steps: ['.proof, tbody .button.small'] },
    verifying: { answers: verify({ state: 'running', ok: null, checked: 700, endedAtMs: null }), steps },
    verified: { answers: verify({}), steps },
    verifyFailed: { answers: verify({ state: 'failed', ok: null, why: 'noKeys' }), steps },
    changed: {
      answers: verify({
        ok: false,
        findings: [{ kind: 'changed', from: 12, to: 12, what: 'Entry 12 is not what was signed.', advice: 'Keep a copy.' }],
      }),
      steps,
    },
    broken: { answers: chain({ broken: true, problem: 'entry 12 is not what was signed', lagMs: 90_000, waiting: 3, lost: 1 }) },
    notAnchored: { answers: chain({ anchors: [], checkpoint: null }) },
  }),
  stations: screen('[Stations]', '/stations', CAROL, {
    all: { answers: stations, scene: watched as never },
    off: { answers: stations, scene: watched as never, steps: [t('stations:switchOff')] },
    made: { answers: stations, steps: [{ into: '[name=label]', text: 'Desk 4' }, t('stations:makeCode')] },
  }),
};

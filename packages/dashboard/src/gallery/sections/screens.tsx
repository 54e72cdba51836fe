import { ALARM_ID, type Answers, refused } from '../answers.js';
import {
  AMY,
  CAROL,
  DAN,
  EVE,
  FAY,
  GIL,
  HISTORY,
  limitsOffRow,
  news2Sets,
  NO_HISTORY,
  SCENE,
  TASK_ANSWERS,
} from '../fixtures.js';
import { NOW_MS } from '../fixture-station.js';
import { screen } from '../screen-area.js';
import type { Area } from '../state.js';
import { t } from '../../words/words.js';

const none = { items: [], next: null };

const REVIEW = '/b/icu-3/review';
const NEWS2 = '/b/icu-3/news2';
const encounterOf = (more: object): Answers => ({ 'GET /api/v1/encounters/:': (before) => ({ ...(before as object), ...more }) });
const scale2: Answers = {
  'GET /api/v1/encounters/:/scores': (before) => {
    const scores = before as { readonly settings: object };
    return { ...scores, settings: { ...scores.settings, spo2Scale: 2, reason: 'Target 88 to 92 %', setBy: 'fay', atMs: NOW_MS } };
  },
};
const noScores: Answers = {
  'GET /api/v1/encounters/:/scores': (before) => ({ ...(before as object), items: [] }),
  ...news2Sets(0),
};
const notYours: Answers = {
  'GET /api/v1/beds/:': refused(404, 'not-found'),
  'GET /api/v1/patients/:': refused(404, 'not-found'),
};
const rows = ['shelved', 'standby', 'own-limits', 'no-device', 'no-data', 'coverage-lost', 'audio-paused'].map((kind, i) =>
  limitsOffRow(kind, i + 1, kind === 'shelved' ? { conditionCode: 'heartRate.high' } : {}),
);
const board: Answers = {
  'GET /api/v1/care-units/icu/limits-off': { items: [...rows, limitsOffRow('paused', 8)], next: null },
  'GET /api/v1/encounters/:/shelves': {
    items: [
      {
        ...{ shelfId: 's-1', encounterId: 'demo-stay-1', bedId: 'icu-1', conditionCode: 'heartRate.high', state: 'waiting' },
        ...{ fromMs: null, toMs: NOW_MS + 3_000_000, reason: 'treatment-known', priority: 'high', by: 'ben', secondBy: null },
        ...{ endCause: null, endedMs: null, rev: 1, note: 'Agreed in the round.' },
      },
    ],
    next: null,
  },
};
const account = (more: object): Answers => ({ 'GET /api/v1/account': (before) => ({ ...(before as object), ...more }) });
const passkeys = [
  {
    passkeyId: 'pk-0123456789abcdef',
    name: 'Key of the ward',
    createdMs: NOW_MS - 9e8,
    lastUsedMs: NOW_MS - 60_000,
    synced: false,
  },
];
const TOTP = {
  ...{ ticket: 'ticket-of-the-gallery-1', expiresAtMs: NOW_MS + 300_000, secret: 'GALLERYGALLERYGALLERY234' },
  uri: 'otpauth://totp/Vigil:amy?secret=GALLERYGALLERYGALLERY234&issuer=Vigil',
};
const RECOVERY = { recoveryCodes: ['abcd-efgh-jkmn', 'pqrs-tuvw-xyz2', '3456-789a-bcde'] };
const badStatus: Answers = {
  'GET /api/v1/status': (before) => {
    const status = before as { readonly paging: object; readonly canary: { readonly gateways: readonly object[] } };
    return {
      ...status,
      ...{ watchdogAgeMs: null, paging: { ...status.paging, problem: 'store-away' } },
      canary: { ...status.canary, gateways: status.canary.gateways.map((each) => ({ ...each, late: true })) },
    };
  },
};
const selfTest = (testState: string, gateway: object): Answers => ({
  'GET /api/v1/self-tests/newest': (before) => {
    const test = before as { readonly gateways: readonly object[] };
    return { ...test, state: testState, gateways: test.gateways.map((each) => ({ ...each, ...gateway })) };
  },
});

export const screenAreas: Readonly<Record<string, Area>> = {
  alarmPage: screen('[Alarm]', `/a/${ALARM_ID}`, AMY, {
    physician: { who: { user: FAY } },
    stationOnly: { who: { user: null } },
    shelve: { steps: [t('alarm:shelve')] },
    sentNothing: { steps: [t('alarm:shelve'), t('alarm:shelveNow')] },
  }),
  record: screen('[Bed]', '/b/icu-3', AMY, {
    courses: { answers: HISTORY },
    noCourses: { answers: NO_HISTORY },
    limits: { answers: HISTORY, steps: ['.bed-limits tbody button, [aria-label^="Change"]'] },
    nobody: { answers: { 'GET /api/v1/beds/:': (before) => ({ ...(before as object), encounter: null }) } },
    breakGlass: { answers: notYours },
    stationOnly: { who: { user: null } },
  }),
  review: screen('[History]', REVIEW, AMY, {
    gaps: { answers: HISTORY },
    day: { answers: HISTORY, at: `${REVIEW}?span=21600000` },
    nothing: { answers: NO_HISTORY },
    table: { answers: HISTORY, at: `${REVIEW}?tab=table` },
    events: { answers: HISTORY, at: `${REVIEW}?tab=events` },
    export: { answers: HISTORY, steps: [t('review:export')] },
    measurements: { answers: HISTORY, steps: [t('review:measurements')] },
    breakGlass: { answers: notYours },
  }),
  news2: screen('[NEWS2]', NEWS2, AMY, {
    nothing: { answers: noScores },
    oneSet: { answers: news2Sets(1) },
    full: { answers: news2Sets(24) },
    scale2: { answers: { ...scale2, ...news2Sets(6) } },
    entry: { steps: [t('observations:enter')] },
    entryTried: { steps: [t('observations:enter'), '.news-dialog button[type=submit]'] },
    amend: { answers: news2Sets(3), steps: [t('observations:amend')] },
    scaleChange: { who: { user: FAY }, steps: [t('observations:scaleChange')] },
    child: { answers: encounterOf({ ageGroup: 'paediatric' }) },
    neonate: { answers: encounterOf({ ageGroup: 'neonate' }) },
  }),
  patients: screen('[Patients]', '/patients', AMY, {
    found: { steps: [{ into: '[name=mrn]', text: 'DEMO-0003' }, t('patients:find')] },
    several: {
      answers: {
        'POST /api/v1/patients/search': (before) => {
          const { items } = before as { items: readonly object[] };
          return { items: [...items, { ...items[0], patientId: 'pat-9', mrn: 'M-9' }], elsewhere: ['pat-8'], next: null };
        },
      },
      steps: [{ into: '[name=mrn]', text: 'M' }, t('patients:find')],
    },
  }),
  limitsOff: screen('[Limits off]', '/alarms/limits-off', AMY, {
    rows: { answers: board },
    shelf: { answers: board, steps: ['.board tbody tr:nth-child(1) button'] },
    standby: { answers: board, steps: ['.board tbody tr:nth-child(2) button'] },
    nothing: { answers: { 'GET /api/v1/care-units/icu/limits-off': none } },
  }),
  alarmList: screen('[Alarms]', '/alarms', AMY, {
    none: { scene: { beds: SCENE.beds } },
    filtered: { at: '/alarms?priority=low' },
    decline: { steps: [t('alarms:decline')] },
  }),
  recent: screen('[Recent alarms]', '/alarms/recent', AMY, { export: { steps: [t('alarms:export')] } }),
  tasks: screen('[Tasks]', '/tasks', CAROL, {
    some: { answers: TASK_ANSWERS },
    open: { answers: TASK_ANSWERS, at: '/tasks?task=task-0' },
    openAdmin: { answers: TASK_ANSWERS, at: '/tasks?task=task-2', who: { user: DAN } },
  }),
  devices: screen('[Devices]', '/devices', GIL),
  accounts: screen('[Accounts]', '/accounts', DAN, {
    change: { steps: [t('accounts:roles')] },
    create: { steps: [t('accounts:newAccount')] },
    temporary: {
      answers: {
        'POST /api/v1/accounts': {
          ...{ temporaryPassword: 'gallery-gallery-gallery' },
          account: {
            ...{ staffId: 'ida', username: 'ida', name: 'Ida Ivy', roles: ['nurse'], disabled: false, passwordTemporary: true },
            ...{ hasPassword: true, totp: false, passkeys: 0, sessions: 0 },
          },
        },
      },
      steps: [
        t('accounts:newAccount'),
        ...['staffId', 'username', 'name'].map((name) => ({
          into: `.form [name=${name}]`,
          text: name === 'name' ? 'Ida Ivy' : 'ida',
        })),
        '.form [name=nurse], .form [value=nurse]',
        t('accounts:make'),
      ],
    },
  }),
  holds: screen('[Holds]', '/privacy/holds', EVE),
  load: screen('[Alarm load]', '/alarm-load', CAROL),
  system: screen('[System]', '/system', GIL, {
    trouble: { answers: badStatus },
    testRunning: { answers: selfTest('running', { state: 'running', missing: null }) },
    testFailed: { answers: selfTest('failed', { state: 'failed', missing: 'engine', hops: [] }) },
    notLive: { scene: { ...SCENE, picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 } } },
  }),
  way: screen('[Way of alarms]', '/way-of-alarms', GIL, { trouble: { answers: badStatus } }),
  downtime: screen('[Downtime]', '/system/downtime', AMY, {
    notLive: { scene: { ...SCENE, picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 } } },
  }),
  firstRun: screen('[First run]', '/first-run', DAN),
  security: screen('[Security]', '/security', AMY, {
    allSetUp: { answers: account({ totp: true, recoveryCodesLeft: 1, passkeys }) },
    app: { answers: { 'POST /api/v1/account/totp': TOTP }, steps: [t('account:setUpApp')] },
    codes: {
      answers: { ...account({ totp: true, recoveryCodesLeft: 1, passkeys }), 'POST /api/v1/account/recovery-codes': RECOVERY },
      steps: [t('account:newCodes')],
    },
  }),
  screen: screen('[Screen]', '/screen', AMY),
};

import type { DeviceCheck } from '@vigil/contracts';
import type { Answers } from '../answers.js';
import { AMY, CAROL, FAY, GIL } from '../fixtures.js';
import { NOW_MS } from '../fixture-station.js';
import type { Area } from '../state.js';
import type { Step } from '../steps.js';
import { screen } from '../screen-area.js';
import { t } from '../../words/words.js';

const STAY = '/b/icu-3/stay';
const CHECK = 'GET /api/v1/devices/:/check';
const freshCheck = (more: Partial<DeviceCheck> | object = {}): Answers => ({
  [CHECK]: (before) => {
    const check = before as DeviceCheck;
    const readings = check.readings.map((each) => ({ ...each, atMs: NOW_MS - 1_000 }));
    return { ...check, nowMs: NOW_MS, readings, ...more };
  },
});
const elsewhere = freshCheck({
  bed: {
    ...{ bedId: 'icu-2', label: 'ICU 2', careUnitId: 'icu', fromMs: NOW_MS - 3_600_000 },
    ...{ assignmentId: 'a-2', rev: 1, occupied: true },
  },
  ...{ withheld: 'of-a-patient', readings: [] },
});
/** One bed is free: nobody lies in the eleventh. */
const freeBed: Answers = {
  'GET /api/v1/beds': (before) => {
    const { items } = before as { items: { bedId: string; encounter: unknown }[] };
    return { items: items.map((bed) => (bed.bedId === 'icu-11' ? { ...bed, encounter: null, deviceIds: [] } : bed)), next: null };
  },
};
const somebody: Answers = {
  'POST /api/v1/patients/search': {
    items: [
      { patientId: 'pat-9', mrn: 'M-9', familyName: 'Demo-Elm', givenName: 'Aspen', birthDate: '1988-01-30', sex: 'female' },
    ],
    ...{ elsewhere: [], next: null },
  },
};
const answers: Answers = { ...freeBed, ...somebody, ...freshCheck() };
const find: readonly Step[] = [{ into: '[name=mrn]', text: 'M-9' }, t('stays:find'), t('stays:thisOne')];
const atBed = (bedId: string): readonly Step[] => [...find, { into: '#admit-bed', text: bedId }];
const scanned: readonly Step[] = [
  ...atBed('icu-11'),
  t('stays:next'),
  { into: '#scan-device', text: 'mon-9' },
  t('stays:addDevice'),
];
const identified: readonly Step[] = [{ into: '.identity input, [name=identifier], .step .form input', text: 'M-9' }];
const admitted: Answers = {
  ...answers,
  'POST /api/v1/encounters': {
    ...{
      encounterId: 'enc-9',
      patientId: 'pat-9',
      bedId: 'icu-11',
      admittedMs: NOW_MS,
      dischargedMs: null,
      source: 'person',
      rev: 1,
    },
  },
};
const empty: Answers = {
  'GET /api/v1/beds/:': (before) => ({ ...(before as object), encounter: null }),
  'GET /api/v1/encounters': {
    items: [
      {
        ...{
          encounterId: 'demo-stay-3',
          patientId: 'demo-3',
          bedId: 'icu-3',
          admittedMs: NOW_MS - 9e7,
          dischargedMs: NOW_MS - 6e5,
        },
        ...{ ageGroup: 'adult', source: 'person', rev: 2 },
      },
    ],
    next: null,
  },
};
const away: Answers = {
  'GET /api/v1/care-units/icu/standby': {
    items: [
      {
        ...{ standbyId: 's-3', encounterId: 'demo-stay-3', bedId: 'icu-3', place: 'imaging', fromMs: NOW_MS - 600_000 },
        ...{ toMs: NOW_MS + 3_000_000, endedMs: null, cause: null, setBy: 'amy', note: null, remindMs: NOW_MS + 2_700_000 },
      },
    ],
    next: null,
  },
};

export const stayAreas: Readonly<Record<string, Area>> = {
  admit: screen('[Admit]', '/admit', CAROL, {
    found: { answers, steps: find },
    newPerson: { answers, steps: [t('stays:newPatient')] },
    bedTaken: { answers, steps: atBed('icu-2') },
    bedFree: { answers, steps: atBed('icu-11') },
    noDevice: { answers, steps: [...atBed('icu-11'), t('stays:next')] },
    collision: { answers: { ...answers, ...elsewhere }, steps: scanned },
    device: { answers, steps: scanned },
    look: { answers, steps: [...scanned, t('stays:next')] },
    confirm: { answers, steps: [...atBed('icu-11'), t('stays:next'), t('stays:nextWithoutDevice')] },
    done: {
      answers: admitted,
      steps: [...atBed('icu-11'), t('stays:next'), t('stays:nextWithoutDevice'), ...identified, t('stays:admit')],
    },
  }),
  stay: screen('[Stay]', STAY, AMY, {
    device: {
      answers: {
        ...freshCheck(),
      },
      at: `${STAY}?do=device`,
    },
    transfer: { at: `${STAY}?do=transfer` },
    standby: { at: `${STAY}?do=standby` },
    away: { answers: away, at: `${STAY}?do=standby` },
    discharge: { at: `${STAY}?do=discharge` },
    correct: { at: `${STAY}?do=correct`, who: { user: FAY } },
    correctNot: { at: `${STAY}?do=correct` },
    profile: { at: `${STAY}?do=profile`, who: { user: FAY } },
    nobody: { answers: empty, who: { user: CAROL } },
    nobodyNurse: { answers: empty },
  }),
  tray: screen('[Tray]', '/tray', GIL, {
    nurse: { who: { user: AMY } },
    assign: { who: { user: AMY }, answers: freshCheck(), steps: ['tbody button', { into: '#tray-bed', text: 'icu-3' }] },
  }),
};

import { SiteFile } from '@vigil/contracts';
import type { SiteNow } from '../ports/site-store.js';
import { siteDiff } from './site-diff.js';

const now = {
  placesRev: 7,
  careUnits: [
    { careUnitId: 'icu', label: 'ICU', retired: false },
    { careUnitId: 'imc', label: 'IMC', retired: false },
    { careUnitId: 'old', label: 'Old', retired: true },
  ],
  beds: [
    { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1', retired: false, inUse: true },
    { bedId: 'icu-2', careUnitId: 'icu', label: 'ICU 2', retired: false, inUse: false },
    { bedId: 'imc-1', careUnitId: 'imc', label: 'IMC 1', retired: false, inUse: false },
    { bedId: 'gone', careUnitId: 'icu', label: 'Gone', retired: true, inUse: false },
  ],
  aliases: [{ system: 'pas', value: 'W1^1', bedId: 'icu-1' }],
  gatewayIds: ['gw-1'],
  profiles: [{ name: 'monitor', intervalsMs: { heartRate: 1_000 } }],
  devices: [
    { deviceId: 'mon-1', gatewayId: 'gw-1', profile: 'monitor', retired: false, inUse: true },
    { deviceId: 'mon-2', gatewayId: 'gw-1', profile: 'monitor', retired: false, inUse: false },
    { deviceId: 'old-1', gatewayId: 'gw-1', profile: null, retired: false, inUse: false },
  ],
  staffIds: ['amy', 'ben'],
  duties: [{ assignmentId: 'seed-1', staffId: 'amy', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' }],
} as unknown as SiteNow;

const units = [
  { careUnitId: 'icu', label: 'ICU' },
  { careUnitId: 'imc', label: 'IMC' },
];
const beds = [
  { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1' },
  { bedId: 'icu-2', careUnitId: 'icu', label: 'ICU 2' },
  { bedId: 'imc-1', careUnitId: 'imc', label: 'IMC 1' },
];
const devices = [
  { deviceId: 'mon-1', gatewayId: 'gw-1', profile: 'monitor' },
  { deviceId: 'mon-2', gatewayId: 'gw-1', profile: 'monitor' },
];
const duty = { staffId: 'amy', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' };

const diff = (file: object) => siteDiff(now, SiteFile.parse({ v: 1, ...file }));
const said = (file: object): string[] =>
  diff(file).map(
    ({ change: { part, id, do: what, refused } }) => `${what} ${part} ${id}${refused === null ? '' : `: ${refused}`}`,
  );

test('a file that says what is has no lines, and neither has one that says nothing', () => {
  const aliases = [{ system: 'pas', value: 'W1^1', bedId: 'icu-1' }];
  const profiles = { monitor: { intervalsMs: { heartRate: 1_000 } } };
  expect(said({ careUnits: units, beds, bedAliases: aliases, profiles, devices, staffAssignments: [duty] })).toEqual([]);
  expect(said({})).toEqual([]);
});

test.each([
  ['a bed with somebody or something in it is never retired', { beds: beds.slice(1) }, ['retire bed icu-1: in-use']],
  ['an empty one is', { beds: [beds[0], beds[2]] }, ['retire bed icu-2']],
  [
    'a retired id is never given again',
    { beds: [...beds, { bedId: 'gone', careUnitId: 'icu', label: 'x' }] },
    ['add bed gone: was-retired'],
  ],
  ['a bed in use is renamed as it is', { beds: [{ ...beds[0], label: 'Bay 1' }, ...beds.slice(1)] }, ['change bed icu-1']],
  [
    'no bed goes to a care unit that is not there',
    { beds: [{ ...beds[0], careUnitId: 'er' }, ...beds.slice(1)] },
    ['change bed icu-1: unknown-care-unit'],
  ],
  ['a care unit with beds is not retired', { careUnits: units.slice(0, 1) }, ['retire careUnit imc: in-use']],
  [
    'a care unit goes after its beds have gone elsewhere',
    { careUnits: units.slice(0, 1), beds: [...beds.slice(0, 2), { ...beds[2], careUnitId: 'icu' }] },
    ['change bed imc-1', 'retire careUnit imc'],
  ],
  [
    'a name of the hospital leads to a bed that is there',
    { bedAliases: [{ system: 'pas', value: 'W1^1', bedId: 'gone' }] },
    ['change bedAlias ["pas","W1^1"]: unknown-bed'],
  ],
  ['a list that is empty takes all names away', { bedAliases: [] }, ['retire bedAlias ["pas","W1^1"]']],
  [
    'a device at a bed is not retired, and one without a profile is in no file',
    { devices: [] },
    ['retire device mon-1: in-use', 'retire device mon-2'],
  ],
  [
    'a device of no gateway is refused',
    { devices: [...devices, { deviceId: 'mon-3', gatewayId: 'gw-9', profile: 'monitor' }] },
    ['add device mon-3: unknown-gateway'],
  ],
  [
    'a device of no kind is refused',
    { devices: [...devices, { deviceId: 'mon-3', gatewayId: 'gw-1', profile: 'pump' }] },
    ['add device mon-3: unknown-profile'],
  ],
  [
    'how often a device at a bed sends is not changed under it',
    { profiles: { monitor: { intervalsMs: { heartRate: 2_000 } } } },
    ['change profile monitor: in-use'],
  ],
  [
    'a person who is not there is assigned to nothing',
    { staffAssignments: [duty, { ...duty, staffId: 'zoe' }] },
    ['add staffAssignment zoe icu-1 primary: unknown-staff'],
  ],
  [
    'standing duties begin and end',
    { staffAssignments: [{ ...duty, staffId: 'ben' }] },
    ['retire staffAssignment amy icu-1 primary', 'add staffAssignment ben icu-1 primary'],
  ],
])('%s', (_title, file, expected) => {
  expect(said(file)).toEqual(expected);
});

test('what is refused has no steps, and what is moved comes before what is retired', () => {
  const lines = diff({
    careUnits: [units[0], { careUnitId: 'er', label: 'ER' }],
    beds: [{ ...beds[2], careUnitId: 'er' }, beds[0]],
  });
  expect(lines.flatMap(({ steps }) => steps.map((step) => step.do))).toEqual([
    'addCareUnit',
    'changeBed',
    'retireBed',
    'retireCareUnit',
  ]);
  expect(diff({ beds: beds.slice(1) }).flatMap(({ steps }) => steps)).toEqual([]);
});

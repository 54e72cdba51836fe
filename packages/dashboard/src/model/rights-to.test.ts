import type { BreakGlassGrant } from '@vigil/contracts';
import { rightsTo } from './rights-to.js';

const grant = (grantId: string, bedId: string | null, patientId: string) => ({ grantId, bedId, patientId }) as BreakGlassGrant;
const HERE = { bedId: 'icu-1', patientId: 'pat-1' };

test.each([
  ['none', [], ''],
  ['to this bed', [grant('a', 'icu-1', 'pat-1')], 'a'],
  ['to the patient, who was elsewhere then', [grant('a', 'icu-7', 'pat-1')], 'a'],
  ['to the patient, who was nowhere then', [grant('a', null, 'pat-1')], 'a'],
  ['to whoever was in this bed before', [grant('a', 'icu-1', 'pat-9')], 'a'],
  ['to somebody else', [grant('a', 'icu-2', 'pat-2'), grant('b', null, 'pat-3')], ''],
  ['in whichever order', [grant('b', 'icu-1', 'pat-1'), grant('x', 'icu-2', 'pat-2'), grant('a', 'icu-1', 'pat-1')], 'a,b'],
])('%s', (_, open, rights) => {
  expect(rightsTo(open, HERE)).toBe(rights);
});

test('of an empty bed no grant of somebody who lies nowhere counts', () => {
  expect(rightsTo([grant('a', null, 'pat-1')], { bedId: 'icu-1', patientId: null })).toBe('');
});

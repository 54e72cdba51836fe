/** The real SQL stores in a folder of a bench's own. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './stack.mjs';

export const CONSUMER = { namespace: 'x', hub: 'x', group: 'x' };
export const OWNER = 'bench';

export async function openStores(folder, { clock, alarmsConsumer = CONSUMER } = {}) {
  const { openSqlStores } = await import(pathToFileURL(join(root, 'dist/adapters/sql/index.js')));
  const { openKeyFile } = await import('@vigil/sealed-records');
  const { SystemClock } = await import('@vigil/clock');
  return openSqlStores({
    file: join(folder, 'vigil.db'),
    keysFile: join(folder, 'keys.db'),
    openKeys: ({ create }) => openKeyFile(join(folder, 'kek.json'), { create }),
    clock: clock ?? new SystemClock(),
    policy: { steps: [], priorities: [] },
    origin: 'simulated',
    alarmText: () => '',
    demoChannels: [],
    webhook: false,
    ownerId: OWNER,
    alarmsConsumer,
  });
}

/** A site of so many beds in one care unit, with a patient in each. */
export function siteOf(count) {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const person = (n) => ({
    mrn: `MRN-${n}`,
    familyName: `Family${n}`,
    givenName: 'Given',
    birthDate: '1960-01-02',
    sex: 'female',
  });
  return {
    v: 1,
    careUnits: [{ careUnitId: 'icu', label: 'ICU' }],
    beds: numbers.map((n) => ({ bedId: `icu-${n}`, careUnitId: 'icu', label: `${n}` })),
    gateways: [{ gatewayId: 'gw-1' }],
    profiles: { monitor: { intervalsMs: { heartRate: 1_000 } } },
    devices: numbers.map((n) => ({ deviceId: `mon-${n}`, gatewayId: 'gw-1', profile: 'monitor' })),
    deviceAssignments: numbers.map((n) => ({ deviceId: `mon-${n}`, bedId: `icu-${n}` })),
    patients: numbers.map((n) => ({ patientId: `pat-${n}`, ...person(n) })),
    encounters: numbers.map((n) => ({ encounterId: `enc-${n}`, patientId: `pat-${n}`, bedId: `icu-${n}` })),
    staff: [],
    staffAssignments: [],
    escalation: { steps: [{ tell: 'primary', waitS: 30 }], priorities: ['high'] },
    ruleSet: { v: 1, name: 'bench', latenessMs: 2_000, rules: [] },
  };
}

/** The real SQL stores in a folder of a bench's own. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './stack.mjs';

export const CONSUMER = { namespace: 'x', hub: 'x', group: 'x' };
export const OWNER = 'bench';

export async function openStores(folder, { clock, alarmsConsumer = CONSUMER, ...more } = {}) {
  const { sitePolicy } = await import(pathToFileURL(join(root, 'dist/escalation/site-policy.js')));
  const { openSqlStores } = await import(pathToFileURL(join(root, 'dist/adapters/sql/index.js')));
  const { openKeyFile } = await import('@vigil/sealed-records');
  const { SystemClock } = await import('@vigil/clock');
  return openSqlStores({
    file: join(folder, 'vigil.db'),
    keysFile: join(folder, 'keys.db'),
    openKeys: ({ create }) => openKeyFile(join(folder, 'kek.json'), { create }),
    clock: clock ?? new SystemClock(),
    policy: sitePolicy({ steps: [], priorities: [] }),
    origin: 'simulated',
    alarmText: () => '',
    demoChannels: [],
    webhook: false,
    ownerId: OWNER,
    alarmsConsumer,
    ...more,
  });
}

/** The alarm consumer's part of the log, taken by the bench. */
export function claim(stores) {
  const id = { fullyQualifiedNamespace: CONSUMER.namespace, eventHubName: CONSUMER.hub, consumerGroup: CONSUMER.group };
  return stores.partitionOwners.storeFor(OWNER).claimOwnership([{ ...id, partitionId: '0', ownerId: OWNER }]);
}

/** The onset of an alarm of a bed, as the engine derives it. */
export function onsetOf(alarmIdOf, n, bedId, { onsetMs, priority = 'high' }) {
  const evidence = { value: 148, unit: '/min', limit: 120, side: 'high', samples: null, samplesExpected: null };
  return {
    ...{ v: 1, alarmId: alarmIdOf(`bed:${bedId}`, `bench-${n}`, onsetMs), rev: 1, cause: 'onset', bedId, gatewayId: null },
    ...{ encounterId: null, conditionCode: 'heartRate.high', kind: 'physiological', priority, metric: 'heartRate' },
    ...{ active: true, presence: 'on', onsetMs, atMs: onsetMs, evidence, ruleId: 'hr-high', ruleSetHash: 'f'.repeat(64) },
    ...{ origin: 'simulated', by: null, commandId: null },
  };
}

/** A batch of the alarm consumer. */
export const batchOf = (transitions) => ({ partition: 0, transitions, rejects: [], states: [], replayFrom: null });

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

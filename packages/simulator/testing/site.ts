import { DeviceId, Site } from '@vigil/contracts';
import type { DeviceCredentials } from '../src/index.js';

type Recording = 'cinc2015' | 'mimic2' | 'physionet2012';

/** A site of so many beds `icu-1`…, each with a device `sim-icu-1`…. */
export function testSite(beds: number, recording?: Recording): Site {
  const numbers = Array.from({ length: beds }, (_, i) => i + 1);
  return Site.parse({
    v: 1,
    careUnits: [{ careUnitId: 'icu', label: 'ICU' }],
    beds: numbers.map((n) => ({ bedId: `icu-${n}`, careUnitId: 'icu', label: `${n}` })),
    gateways: [{ gatewayId: 'gw-1' }],
    profiles: { monitor: { intervalsMs: {} } },
    devices: numbers.map((n) => ({
      deviceId: `sim-icu-${n}`,
      gatewayId: 'gw-1',
      profile: 'monitor',
      ...(recording === undefined ? {} : { recording }),
    })),
    deviceAssignments: numbers.map((n) => ({ deviceId: `sim-icu-${n}`, bedId: `icu-${n}` })),
    patients: [],
    encounters: [],
    staff: [],
    staffAssignments: [],
    escalation: { steps: [{ tell: 'primary', waitS: 60 }], priorities: ['high'] },
    ruleSet: { v: 1, name: 'test', latenessMs: 5000, rules: [] },
  });
}

export function testDevices(count: number): DeviceCredentials[] {
  return Array.from({ length: count }, (_, i) => ({ deviceId: DeviceId.parse(`sim-icu-${i + 1}`), token: `token-${i + 1}` }));
}

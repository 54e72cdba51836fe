import { DeviceId, type FleetDevice } from '@vigil/contracts';
import type { OutResource, SendOutcome } from '../ports/fhir-server.js';
import { DevicesOut, type DevicesOutParts } from './devices-out.js';

const RECORD = { manufacturer: 'Registry Inc.', model: null, serial: 'R-1', udi: '(01)1' };
const SAID = { manufacturer: 'Said Ltd.', model: 'M-2', firmware: '3.1', serial: 'S-9' };

/** What the server is told of `mon-1`, by what is known of it here. */
async function toldOf(known: { readonly record: object | null; readonly state: object | null }): Promise<unknown> {
  const sent: OutResource[] = [];
  const parts = {
    sink: {
      send: (batch: readonly OutResource[]): Promise<readonly SendOutcome[]> => {
        sent.push(...batch);
        return Promise.resolve(batch.map(() => ({ is: 'stored', serverId: '7' })));
      },
    },
    links: { ofLocal: () => Promise.resolve(null) },
    fleet: { devices: () => Promise.resolve({ items: [{ deviceId: 'mon-1', ...known } as FleetDevice], next: null }) },
    clock: { wallMs: () => 1_000, nowMs: () => 1_000, rate: 1 },
    signal: new AbortController().signal,
  } as unknown as DevicesOutParts;
  expect(await new DevicesOut(parts).referenceOf(DeviceId.parse('mon-1'), 'heartRate')).toBe('Device/7');
  return sent.find(({ resource }) => resource.resourceType === 'Device')?.resource;
}

test('what the registry knows of a device counts before what it says of itself, which fills the rest', async () => {
  expect(await toldOf({ record: RECORD, state: { said: SAID } })).toMatchObject({
    ...{ manufacturer: 'Registry Inc.', modelNumber: 'M-2', serialNumber: 'R-1' },
    ...{ udiCarrier: [{ carrierHRF: '(01)1' }], version: [{ value: '3.1' }] },
  });
});

test('a device of the registry that never said anything is told as the registry has it', async () => {
  const told = await toldOf({ record: RECORD, state: null });
  expect(told).toMatchObject({ manufacturer: 'Registry Inc.', serialNumber: 'R-1', udiCarrier: [{ carrierHRF: '(01)1' }] });
  expect(Object.keys(told as object)).not.toContain('modelNumber');
});

test('one that the registry does not know is told as it says itself', async () => {
  expect(await toldOf({ record: null, state: { said: SAID } })).toMatchObject({ manufacturer: 'Said Ltd.', serialNumber: 'S-9' });
});

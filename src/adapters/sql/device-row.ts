import { type NewDevice, RegisteredDevice } from '@vigil/contracts';
import type { DeviceTable } from './schema-stays.js';

/** Column of each fact that somebody may set. */
const COLUMNS = {
  gatewayId: 'gateway_id',
  manufacturer: 'manufacturer',
  model: 'model',
  serial: 'serial',
  udi: 'udi',
  firmwareWanted: 'firmware_wanted',
  owner: 'owner',
  place: 'place',
  calibrationDueDay: 'calibration_due_day',
} as const satisfies Partial<Record<keyof RegisteredDevice, keyof DeviceTable>>;

type Facts = { readonly [K in keyof typeof COLUMNS]?: string | null | undefined };

/** The columns of the facts that are given; what is left out is left out. */
export function factColumns(facts: Facts): Partial<DeviceTable> {
  const given = Object.entries(COLUMNS).filter(([fact]) => facts[fact as keyof Facts] !== undefined);
  return Object.fromEntries(given.map(([fact, column]) => [column, facts[fact as keyof Facts]]));
}

/** The row of a device that nobody knew before. */
export function newDeviceRow(
  device: Pick<NewDevice, 'deviceId' | 'gatewayId' | 'profile'> & Facts,
  intervalsMs: Readonly<Record<string, number | undefined>> = {},
): DeviceTable {
  return {
    device_id: device.deviceId,
    gateway_id: device.gatewayId,
    intervals_json: JSON.stringify(intervalsMs),
    profile: device.profile,
    manufacturer: null,
    model: null,
    serial: null,
    udi: null,
    firmware_wanted: null,
    owner: null,
    place: null,
    calibration_due_day: null,
    state: 'in-use',
    state_reason: null,
    state_since_ms: null,
    rev: 1,
    ...factColumns(device),
  };
}

/** The entry of the registry that a row holds. */
export function registeredDevice(row: DeviceTable): RegisteredDevice {
  return RegisteredDevice.parse({
    deviceId: row.device_id,
    gatewayId: row.gateway_id,
    profile: row.profile,
    manufacturer: row.manufacturer,
    model: row.model,
    serial: row.serial,
    udi: row.udi,
    firmwareWanted: row.firmware_wanted,
    owner: row.owner,
    place: row.place,
    calibrationDueDay: row.calibration_due_day,
    state: row.state,
    stateReason: row.state_reason,
    stateSinceMs: row.state_since_ms,
    rev: row.rev,
  });
}

import type { DeviceCheck, DeviceId, DeviceMessage } from '@vigil/contracts';

type Reading = DeviceCheck['readings'][number];

/** Devices at no bed that are kept at most; the one that was heard of longest ago goes first. */
const DEVICES_MAX = 2_000;

/** The newest of each metric of devices that are at no bed. On no tile, of nobody, and forgotten with the process. */
export class LooseReadings {
  private readonly devices = new Map<DeviceId, Map<Reading['metric'], Reading>>();

  add({ deviceId, atMs, readings }: DeviceMessage): void {
    const known = this.devices.get(deviceId) ?? new Map<Reading['metric'], Reading>();
    for (const { metric, value, unit, quality } of readings) {
      if ((known.get(metric)?.atMs ?? 0) <= atMs) known.set(metric, { metric, value, unit, quality, atMs });
    }
    this.devices.delete(deviceId);
    this.devices.set(deviceId, known);
    if (this.devices.size > DEVICES_MAX) this.devices.delete(this.devices.keys().next().value!);
  }

  of(deviceId: DeviceId): Reading[] {
    return [...(this.devices.get(deviceId)?.values() ?? [])];
  }
}

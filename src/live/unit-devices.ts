import { BedDevice, type CareUnitId, type DeviceStatus, type FleetDevice } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { Fleet } from '../ports/fleet.js';

const PAGE = 500;
/** As a message has them at most. */
const DEVICES_MAX = 2_000;
/** Steady time for which one look at the fleet serves the screens of all care units. */
const SHARED_MS = 1_000;

/** How the devices of beds are, as gateways told last. */
export class UnitDevices {
  private looked: { readonly atMs: number; readonly devices: Promise<readonly FleetDevice[]> } | null = null;

  constructor(
    private readonly fleet: Pick<Fleet, 'devices'>,
    private readonly clock: AppClock,
  ) {}

  /** @throws PlatformError('store-unavailable') */
  async of(careUnitId: CareUnitId): Promise<DeviceStatus> {
    const devices = (await this.all()).filter(({ bed }) => bed?.careUnitId === careUnitId);
    return { careUnitId, devices: devices.slice(0, DEVICES_MAX).map(bedDevice) };
  }

  private all(): Promise<readonly FleetDevice[]> {
    const { atMs } = this.clock.steady();
    if (this.looked !== null && atMs - this.looked.atMs < SHARED_MS) return this.looked.devices;
    const devices = this.read();
    this.looked = { atMs, devices };
    devices.catch(() => (this.looked = null));
    return devices;
  }

  private async read(): Promise<readonly FleetDevice[]> {
    const devices: FleetDevice[] = [];
    let cursor: string | undefined;
    do {
      const { rate } = this.clock;
      const page = await this.fleet.devices({ limit: PAGE, cursor, nowMs: this.clock.nowMs(), rate });
      devices.push(...page.items.filter(({ bed }) => bed !== null));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return devices;
  }
}

/** What nobody has told for long says nothing of now. */
function bedDevice({ deviceId, bed, state, record }: FleetDevice): BedDevice {
  return BedDevice.parse({
    ...{ deviceId, bedId: bed!.bedId, lastAtMs: state?.lastSeenMs ?? null },
    online: state === null || !state.isCurrent ? null : state.connected,
    batteryPct: state?.said.batteryPercent ?? null,
    model: state?.said.model ?? record?.model ?? null,
  });
}

/** Those that are new, or otherwise than before; all where nothing is known of before. */
export function changedDevices({ careUnitId, devices }: DeviceStatus, before: DeviceStatus | null): DeviceStatus {
  const known = new Map(before?.devices.map((device) => [device.deviceId, JSON.stringify(device)]));
  return { careUnitId, devices: devices.filter((device) => known.get(device.deviceId) !== JSON.stringify(device)) };
}

import type { Cancel } from '@vigil/clock';
import { bedKey, type BedId, deviceKey, type DeviceId, type GatewayConfig, type LogKey } from '@vigil/contracts';

type ConfiguredDevice = GatewayConfig['devices'][number];
type Spans = NonNullable<ConfiguredDevice['spans']>;

/** Which bed each device stands at, and stood, and what else the platform last said. Knows nothing of patients. */
export class BedTable {
  private beds = new Map<string, BedId>();
  private spans = new Map<string, Spans>();
  private listeners: readonly ((config: GatewayConfig) => void)[] = [];
  /** The configuration in use; null before the first. */
  config: GatewayConfig | null = null;
  /** Event time per wall time that the platform runs at; null before the first configuration. */
  rate: number | null = null;
  /** When the platform last answered, or was first asked, wall time; null where nobody asks it. */
  platformHeardWallMs: number | null = null;

  replace(config: GatewayConfig): void {
    this.beds = new Map(config.devices.flatMap((d) => (d.bedId === null ? [] : [[d.deviceId, d.bedId]])));
    this.spans = new Map(config.devices.flatMap((d) => (d.spans === undefined ? [] : [[d.deviceId, d.spans]])));
    this.rate = config.rate;
    this.config = config;
    for (const listener of this.listeners) listener(config);
  }

  /** Called with the configuration in use, at once when there is one, and with each that follows. @returns ends it */
  onConfig(listener: (config: GatewayConfig) => void): Cancel {
    this.listeners = [...this.listeners, listener];
    if (this.config !== null) listener(this.config);
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  /** Where it stands now. */
  bedOf(deviceId: DeviceId): BedId | null {
    return this.beds.get(deviceId) ?? null;
  }

  /**
   * Where it stood at this event time, as far as the platform has told by now: what it has not told of yet, the platform puts right by
   * the same times. Without spans the bed of now holds for all times.
   */
  bedAt(deviceId: DeviceId, atMs: number): BedId | null {
    const spans = this.spans.get(deviceId);
    if (spans === undefined) return this.bedOf(deviceId);
    return spans.findLast(({ fromMs, toMs }) => atMs >= fromMs && (toMs === null || atMs < toMs))?.bedId ?? null;
  }

  /** A device without a bed has a key of its own: its data are held and shown, attributed to nobody. */
  keyOf(deviceId: DeviceId): LogKey {
    return keyAt(deviceId, this.bedOf(deviceId));
  }

  devicesOf(bedId: BedId): string[] {
    return [...this.beds].flatMap(([deviceId, bed]) => (bed === bedId ? [deviceId] : []));
  }

  /** Every bed that has a device, once. */
  bedIds(): BedId[] {
    return [...new Set(this.beds.values())];
  }
}

/** The key of what a device says while it stands at this bed, or at none. */
export function keyAt(deviceId: DeviceId, bedId: BedId | null): LogKey {
  return bedId === null ? deviceKey(deviceId) : bedKey(bedId);
}

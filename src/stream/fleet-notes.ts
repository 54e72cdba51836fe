import type { Clock } from '@vigil/clock';
import type { DeviceState, GatewayStatus, LogEvent } from '@vigil/contracts';
import type { FaultEvent, Fleet } from '../ports/fleet.js';
import type { Located, PartitionReader } from '../ports/event-log.js';
import type { StreamMetrics } from './stream-metrics.js';

/** The fleet page is so far behind at most (wall time). A gateway tells of itself each second: one write for several. */
export const FLEET_FLUSH_EVERY_MS = 5_000;
/** Devices, gateways and faults that wait for the store at most. */
const WAITING_MAX = 10_000;

/**
 * Takes the newest that gateways told of themselves and of their devices to the fleet store. A store that is away costs
 * nothing but freshness: the newest waits here, and gateways repeat all of it every minute.
 */
export class FleetNotes {
  private devices = new Map<string, DeviceState>();
  private gateways = new Map<string, GatewayStatus>();
  private faults = new Map<string, FaultEvent>();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly fleet: Fleet,
    private readonly clock: Clock,
    private readonly metrics: Pick<StreamMetrics, 'fleetLeftOut'>,
  ) {}

  apply(event: LogEvent): void {
    switch (event.kind) {
      case 'deviceState':
        this.keep(this.devices, event.deviceId, event);
        return;
      case 'gatewayStatus':
        this.keep(this.gateways, event.gatewayId, event);
        return;
      case 'deviceFault':
        this.keep(this.faults, `device/${event.deviceId}/${event.fault}`, event);
        return;
      case 'gatewayFault':
        this.keep(this.faults, `gateway/${event.gatewayId}/${event.fault}`, event);
        return;
      default:
        return;
    }
  }

  /** Stores what is new. @throws PlatformError('store-unavailable'); what was to be stored waits for the next call */
  flush(): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const { devices, gateways, faults } = this;
    if (devices.size + gateways.size + faults.size === 0) return;
    [this.devices, this.gateways, this.faults] = [new Map(), new Map(), new Map()];
    const news = { devices: [...devices.values()], gateways: [...gateways.values()], faults: [...faults.values()] };
    try {
      this.metrics.fleetLeftOut(await this.fleet.note(news, this.clock.nowMs()));
    } catch (error) {
      for (const event of [...news.devices, ...news.gateways, ...news.faults]) this.apply(event);
      throw error;
    }
  }

  private keep<T extends { readonly atMs: number }>(waiting: Map<string, T>, key: string, event: T): void {
    const known = waiting.get(key);
    if (known !== undefined && known.atMs > event.atMs) return;
    if (known === undefined && waiting.size >= WAITING_MAX) this.metrics.fleetLeftOut(1);
    else waiting.set(key, event);
  }
}

/** Hands what a reader reads to the fleet as well. */
export function withFleet<T extends PartitionReader>(reader: T, notes: FleetNotes): PartitionReader {
  return {
    position: (partition) => reader.position?.(partition) ?? Promise.resolve(null),
    open: (partition) => reader.open(partition),
    close: (partition) => reader.close(partition),
    read: (partition, batch: readonly Located[], malformed) => {
      for (const { event } of batch) notes.apply(event);
      return reader.read(partition, batch, malformed);
    },
  };
}

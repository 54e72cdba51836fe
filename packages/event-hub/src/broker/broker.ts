import type { Clock } from '@vigil/clock';
import type { KeyLookup } from '../auth/key-store.js';
import type { Hub } from '../hub.js';
import type { HubMetrics } from '../admin/metrics.js';
import type { BrokerLimits } from '../limits.js';
import { ByteBudget } from './byte-budget.js';
import { Epochs } from './epochs.js';
import { LinkRegistry } from './link-registry.js';
import { Throughput } from './throughput.js';

/** Counts and ids only; readings and tokens never get here. */
export interface Log {
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
}

/** What every connection of a broker shares. */
export interface Broker {
  readonly hubs: ReadonlyMap<string, Hub>;
  readonly keys: KeyLookup;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
  readonly epochs: Epochs;
  /** Who reads and writes now. */
  readonly links: LinkRegistry;
  readonly limits: BrokerLimits;
  readonly throughput: Throughput;
  /** Sends that wait for the disk. */
  readonly inFlight: ByteBudget;
}

type BrokerParts = Pick<Broker, 'hubs' | 'keys' | 'clock' | 'log' | 'metrics'>;

/** A broker on which nobody is yet. */
export function newBroker(parts: BrokerParts, limits: BrokerLimits): Broker {
  const inFlight = new ByteBudget(limits.inFlightBytes);
  const { hubs, metrics, clock } = parts;
  const sum = (of: (hub: Hub) => number) => (): number => [...hubs.values()].reduce((total, hub) => total + of(hub), 0);
  Object.assign(metrics.sources, {
    inFlightBytes: () => inFlight.held,
    creditHeld: () => inFlight.waitingCount,
    knownProducers: sum((hub) => hub.log.producers.size),
    forgottenProducers: sum((hub) => hub.log.producers.forgotten),
    repeats: sum((hub) => hub.log.producers.repeats),
  });
  const throughput = new Throughput(clock, limits);
  return { ...parts, epochs: new Epochs(limits.readers), links: new LinkRegistry(), limits, throughput, inFlight };
}

/** Numbers a partition names in this hub, or null. */
export function partitionIndex(hub: Hub, text: string): number | null {
  return /^\d{1,2}$/.test(text) && Number(text) < hub.partitions ? Number(text) : null;
}

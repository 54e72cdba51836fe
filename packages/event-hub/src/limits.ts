import { LogError } from './log/log-error.js';

/** What clients may do. The defaults are those of the service's standard tier where it has the limit. */
export interface BrokerLimits {
  /** Bytes of one send, a batch with its envelope; 64 KiB to 1 MiB. Larger ones are refused for good; idempotent producers have 64 KiB more, for their numbers. */
  readonly publicationBytes: number;
  /** Consumers without an epoch for each partition in each group; those beyond are refused. */
  readonly readers: number;
  /** Connections at the same time; those beyond are closed as soon as they are made. */
  readonly connections: number;
  /** Producers and consumers of one connection; up to 1,000. */
  readonly links: number;
  /**
   * Throughput units: for each, 1 MB or 1,000 events a second come in, and 2 MB or 4,096 events go out, for all hubs
   * together. Beyond, producers are told that the hub is busy, and consumers wait. Null, the default, throttles nothing.
   */
  readonly throughputUnits: number | null;
  /** Questions for properties of hubs and partitions a second, all clients together; those beyond are told to wait. */
  readonly managementReadsPerSecond: number;
  /** Bytes of sends that wait for the disk, all hubs together. At half of it producers get no more credit; beyond they are told that the hub is busy. */
  readonly inFlightBytes: number;
  /** A client that is silent for twice as long is taken for gone. Clients are told, and send empty frames in time. */
  readonly idleTimeoutMs: number;
}

const MIB = 1024 * 1024;

export const BROKER_LIMITS: BrokerLimits = {
  publicationBytes: MIB,
  readers: 5,
  connections: 5000,
  links: 512,
  throughputUnits: null,
  managementReadsPerSecond: 50,
  inFlightBytes: 64 * MIB,
  idleTimeoutMs: 60_000,
};

const RANGES: Record<keyof BrokerLimits, readonly [min: number, max: number]> = {
  publicationBytes: [64 * 1024, MIB],
  readers: [1, 100],
  connections: [1, 100_000],
  links: [1, 1000],
  throughputUnits: [1, 1000],
  managementReadsPerSecond: [1, 1_000_000],
  inFlightBytes: [2 * MIB, 1024 * MIB],
  idleTimeoutMs: [1000, 3_600_000],
};

/** Why these limits can't be, or null. */
export function brokerLimitsFault(limits: BrokerLimits): string | null {
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value = limits[name as keyof BrokerLimits];
    if (value === null && name === 'throughputUnits') continue;
    if (!Number.isInteger(value) || value! < min || value! > max) return `limits.${name} is a whole number from ${min} to ${max}`;
  }
  return null;
}

/** The limits that are given, the defaults for the others. @throws LogError `config` when one is out of its range */
export function brokerLimitsOf(given: Partial<BrokerLimits> = {}): BrokerLimits {
  const own = Object.entries(given).filter(([name, value]) => name in BROKER_LIMITS && value !== undefined);
  const limits: BrokerLimits = { ...BROKER_LIMITS, ...Object.fromEntries(own) };
  const fault = brokerLimitsFault(limits);
  if (fault !== null) throw new LogError('config', fault);
  return limits;
}

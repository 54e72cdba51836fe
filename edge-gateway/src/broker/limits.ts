/** What one broker lets through. Every queue, wait and rate of it has its bound here. */
export interface BrokerLimits {
  /** Connections of all kinds, and of one address that is not this machine. */
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Connections that have not proved who they are, and of one address that is not this machine. */
  readonly strangersMax: number;
  readonly strangersPerAddressMax: number;
  /** How long a connection may stay a stranger, in wall seconds. */
  readonly strangerSeconds: number;
  /** What one device may send for long, and how much at once before that counts. */
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  readonly bytesPerSecond: number;
  readonly bytesBurst: number;
  /** A device that is slowed down for so many seconds without a break is reported as flooding. */
  readonly floodSeconds: number;
  /** Messages of one device that are not stored yet; more are not read. */
  readonly inflightMax: number;
  /** How long the holder of a session has to show that it is alive when somebody else comes with its identity. */
  readonly proofMs: number;
  /** Sessions taken from a silent holder in one minute; the next one is blocked for `blockSeconds`. */
  readonly takeoversPerMinuteMax: number;
  readonly blockSeconds: number;
  /** Violations of one device in one minute that are kept one by one; more are counted. */
  readonly violationsPerMinuteMax: number;
}

/**
 * A monitor sends one to ten messages a second of below 2 KiB. The burst lets a device that kept its data through an outage
 * send what three messages a second make in an hour, at once: they are late enough. 30 seconds make no flood of what comes
 * behind.
 */
export const LIMITS: BrokerLimits = {
  connectionsMax: 4_000,
  connectionsPerAddressMax: 512,
  strangersMax: 1_024,
  strangersPerAddressMax: 128,
  strangerSeconds: 5,
  messagesPerSecond: 100,
  messagesBurst: 12_000,
  bytesPerSecond: 1024 * 1024,
  bytesBurst: 24 * 1024 * 1024,
  floodSeconds: 30,
  inflightMax: 256,
  proofMs: 3_000,
  takeoversPerMinuteMax: 3,
  blockSeconds: 60,
  violationsPerMinuteMax: 60,
};

/** The rate of one device, with bursts and bytes in the proportions of `LIMITS`. */
export function rateLimits(messagesPerSecond: number): Partial<BrokerLimits> {
  const times = messagesPerSecond / LIMITS.messagesPerSecond;
  return {
    messagesPerSecond,
    messagesBurst: Math.ceil(LIMITS.messagesBurst * times),
    bytesPerSecond: Math.max(LIMITS.bytesPerSecond, LIMITS.bytesPerSecond * times),
    bytesBurst: Math.max(LIMITS.bytesBurst, LIMITS.bytesBurst * times),
  };
}

import type { DeviceId, Gap, LogEventOf } from '@vigil/contracts';

export type HeldMessage = LogEventOf<'deviceMessage'> | LogEventOf<'deviceAlarm'>;

/** Messages that are held at most; beyond that those that wait longest go, each told by a gap. */
export const HELD_MAX = 200_000;
/** How far behind the newest of its device a held message may be (event time). */
export const HELD_MS_MAX = 72 * 3_600_000;

export interface HeldBounds {
  readonly countMax: number;
  readonly ageMsMax: number;
}

/** What is held of one device. Nothing of what it measured. */
export interface HeldDevice {
  readonly deviceId: DeviceId;
  readonly count: number;
  /** Event time of the oldest and of the newest. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Wall time since which the oldest waits. */
  readonly sinceWallMs: number;
}

/**
 * Messages of devices that were at no bed at their event time, until somebody says where they were. Their content is sealed. Each is
 * held once, under its `messageId` (one numbering for all topics of a device); what is evicted is never silent.
 * @throws PlatformError 'store-unavailable', 'keys-unavailable'; nothing was held then
 */
export abstract class HeldMessages {
  /**
   * Durable when it resolves.
   * @returns what had to go for it. These gaps go to the log by themselves: they were stored with what went.
   */
  abstract hold(messages: readonly HeldMessage[], wallMs: number): Promise<readonly Gap[]>;
  /** Oldest first by event time, those in the span (half open; null: no end). They stay held until `done`. */
  abstract take(
    deviceId: DeviceId,
    span: { readonly fromMs: number; readonly toMs: number | null },
    limit: number,
  ): Promise<readonly HeldMessage[]>;
  /** @param ids `messageId` of messages that are on the log again */
  abstract done(ids: readonly string[]): Promise<void>;
  /** By device id. */
  abstract devices(limit: number): Promise<readonly HeldDevice[]>;
}

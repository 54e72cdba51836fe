import type { DeviceMessage, LogEventOf } from '@vigil/contracts';
import type { AlarmBook } from './alarm-book.js';
import type { BedHistory } from './bed-history.js';

const SOURCE_IDLE_MS = 10_000;
const MINUTE_MS = 60_000;

/** Whose a message is, and what is wrong with who sends it. */
export class PlainDevices {
  /** Gateway time at which a device sent here last that is not this bed's. */
  private readonly strays = new Map<string, number>();
  /** By metric that may be another device's: when each device sent it last. */
  private readonly senders = new Map<string, Map<string, number>>();

  constructor(
    private readonly history: BedHistory,
    private readonly book: AlarmBook,
  ) {}

  /** What of the message is this bed's; null for one that is not. */
  mine(message: DeviceMessage, rate: number): DeviceMessage | null {
    const { history } = this;
    const { deviceId, atMs, gatewayAtMs } = message;
    const span = history.spanOf(deviceId, atMs);
    if (span !== undefined) {
      return { ...message, readings: message.readings.filter(({ metric }) => history.brings(metric, span, atMs)) };
    }
    const endMs = history.endOf(deviceId);
    if (history.spansOf(deviceId).length > 0 && (atMs < endMs || gatewayAtMs - endMs <= MINUTE_MS * rate)) return null;
    this.strays.set(deviceId, gatewayAtMs);
    this.book.holds({ code: 'deviceMismatch', kind: 'technical', priority: 'medium', ruleId: 'deviceMismatch' }, atMs);
    return null;
  }

  /** A message of this bed's own: its device is no stray, and one that has been silent is none either. */
  heard({ deviceId, atMs, gatewayAtMs }: DeviceMessage, rate: number): void {
    for (const [id, lastMs] of this.strays) {
      if (id === deviceId || gatewayAtMs - lastMs > SOURCE_IDLE_MS * rate) this.strays.delete(id);
    }
    if (this.strays.size === 0) this.book.over('deviceMismatch', atMs);
  }

  assigned(event: LogEventOf<'deviceAssigned'>): void {
    const { history } = this;
    const { deviceId, atMs, toMs, assignmentId } = event;
    history.assigned.push(event);
    const isGone = assignmentId === undefined ? toMs !== null : history.endOf(deviceId) <= Math.max(history.clockMs, atMs);
    if (!isGone || !this.strays.delete(deviceId)) return;
    if (this.strays.size === 0) this.book.over('deviceMismatch', atMs);
  }

  /** Metrics that two devices send, of which at least one names it. */
  contested({ deviceId, atMs, gatewayAtMs, readings }: DeviceMessage, rate: number): void {
    const others = this.history.here(atMs).filter((span) => span.deviceId !== deviceId);
    for (const { metric, value } of readings) {
      if (value === null) continue;
      const senders = this.senders.get(metric) ?? new Map<string, number>();
      const isTwo = [...senders].some(([id, lastMs]) => id !== deviceId && gatewayAtMs - lastMs <= MINUTE_MS * rate);
      if (!isTwo && !others.some(({ channels }) => channels?.includes(metric) === true)) continue;
      this.senders.set(metric, senders.set(deviceId, gatewayAtMs));
      if (isTwo)
        this.book.holds({ code: 'channelConflict', kind: 'technical', priority: 'medium', ruleId: 'channelConflict' }, atMs);
    }
  }

  /** Time has passed. */
  settle(rate: number): void {
    const { clockMs } = this.history;
    for (const senders of this.senders.values()) {
      for (const [id, lastMs] of senders) if (clockMs - lastMs > MINUTE_MS * rate) senders.delete(id);
    }
    if (![...this.senders.values()].some(({ size }) => size > 1)) this.book.over('channelConflict', clockMs);
  }
}

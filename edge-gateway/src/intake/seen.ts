/** Messages of one boot that are remembered. Far more than a device keeps unacknowledged. */
const REMEMBERED = 1024;
/** A copy that differs by no more is the same message: some devices stamp it anew each time they send it. */
const SAME_MS = 1_000;

interface Boot {
  readonly bootId: string;
  readonly seqs: Float64Array;
  readonly times: Float64Array;
}

/** `other`: the number was used in this boot, for a message of another time. */
export type Sighting = 'new' | 'repeated' | 'other';

/**
 * Finds messages that are on the spool already, so that a device which sends again after a lost PUBACK is answered
 * without storing it twice (decisions.md, D27).
 *
 * It remembers the last sequence numbers themselves, not only the highest: a device may send its newest first and
 * what it kept afterwards, and that must not be taken for a repetition. What is not remembered counts as new; everything
 * downstream drops repetitions by id. Holds one boot per device, and devices are bounded by the registry.
 */
export class SeenMessages {
  private readonly boots = new Map<string, Boot>();

  look(deviceId: string, bootId: string, seq: number, deviceAtMs: number): Sighting {
    const boot = this.boots.get(deviceId);
    const place = seq % REMEMBERED;
    if (boot === undefined || boot.bootId !== bootId || boot.seqs[place] !== seq) return 'new';
    return Math.abs(boot.times[place]! - deviceAtMs) <= SAME_MS ? 'repeated' : 'other';
  }

  /** Call once the message is durable, never before: a repetition is acknowledged because of this. */
  add(deviceId: string, bootId: string, seq: number, deviceAtMs: number): void {
    let boot = this.boots.get(deviceId);
    if (boot === undefined || boot.bootId !== bootId) {
      boot = { bootId, seqs: new Float64Array(REMEMBERED).fill(-1), times: new Float64Array(REMEMBERED) };
      this.boots.set(deviceId, boot);
    }
    boot.seqs[seq % REMEMBERED] = seq;
    boot.times[seq % REMEMBERED] = deviceAtMs;
  }
}

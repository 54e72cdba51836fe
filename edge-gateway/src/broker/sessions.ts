import type { Cancel, Clock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import type { BrokerLimits } from './limits.js';

/** One connection that has proved to be a device. */
export interface Session {
  readonly deviceId: DeviceId;
  /** Has the system ask the other side whether it is there. A side that is gone ends the connection. */
  probe(): void;
  /** Called with the next packet of it; null for no longer. */
  whenHeard(run: (() => void) | null): void;
  /**
   * Ends the connection; `then` runs once it is over. `onAnswer` runs when the other side ends it too, at once: a program
   * lives there, which a device that lost its network does not have behind its old connection.
   */
  end(then: () => void, onAnswer: () => void): void;
}

/**
 * Why a session is refused. `session-in-use`: the holder is alive. `session-blocked`: it went from hand to hand too often.
 * `session-replaced`: a later newcomer waits instead.
 */
export type SessionRefusal = 'session-in-use' | 'session-blocked' | 'session-replaced';

/**
 * How the question ended who of two has the identity. `gone`: the holder's connection was over by itself. `answered`: the
 * silent holder that was taken over proved to be alive after all.
 */
export type Contest = 'gone' | 'taken-over' | 'answered' | SessionRefusal;

export interface SessionsOptions {
  readonly limits: Pick<BrokerLimits, 'proofMs' | 'takeoversPerMinuteMax' | 'blockSeconds'>;
  readonly clock: Clock;
  /** Wall seconds since the start, monotonic. */
  readonly second: () => number;
  /** `isConflict`: two places are using the identity. `answered` comes after `taken-over` of the same two. */
  readonly onContest: (contest: { holder: Session; newcomer: Session; result: Contest; isConflict: boolean }) => void;
}

type Verdict = (refusal: SessionRefusal | null) => void;

interface Held {
  holder: Session;
  waiting: { readonly session: Session; readonly verdict: Verdict } | null;
  stopProof: Cancel | null;
  /** The time of proof ran out while nobody waited any more, and the holder has said nothing since it began. */
  isSilent: boolean;
}

const MINUTE = 60;
/**
 * When a lost network is back, what an old connection still had in its buffers arrives, and its end right behind that. So a
 * holder that spoke has to be there a moment later.
 */
export const SPOKEN_MS = 500;

/**
 * One session per device, whatever client ids it uses (ADR 0032).
 *
 * Who comes while another holds the session waits for `proofMs` at most. A packet of the holder in that time is its proof of
 * life: it stays, the newcomer is refused, and two places have one identity. A holder whose connection turns out to be dead,
 * or who says nothing, gives way: a device that lost its network is back within seconds. More takeovers of an open
 * connection than `takeoversPerMinuteMax` in a minute end in a block: the holder stays, however silent, until its connection
 * dies or the block is over.
 *
 * Bounded: one holder, one who waits and four times per device.
 */
export class Sessions {
  private readonly held = new Map<DeviceId, Held>();
  private readonly takeovers = new Map<DeviceId, { seconds: number[]; blockedUntil: number }>();

  constructor(private readonly options: SessionsOptions) {}

  /** Calls `verdict` once: null when the session is the newcomer's. */
  claim(session: Session, verdict: Verdict): void {
    const { deviceId } = session;
    const held = this.held.get(deviceId);
    if (held === undefined) {
      this.held.set(deviceId, { holder: session, waiting: null, stopProof: null, isSilent: false });
      verdict(null);
      return;
    }
    if (this.isBlocked(deviceId)) {
      held.holder.probe();
      this.refuse(held, { session, verdict }, 'session-blocked');
      return;
    }
    const earlier = held.waiting;
    held.waiting = { session, verdict };
    if (earlier !== null) this.refuse(held, earlier, 'session-replaced');
    // The time runs from the first newcomer on, also when that one left: a device that gives up sooner than we do, and tries
    // again and again, would wait for ever behind its own dead connection.
    if (held.isSilent) this.onSilence(held);
    if (held.stopProof !== null || held.waiting === null || held.holder === session) return;
    held.holder.probe();
    held.holder.whenHeard(() => this.onProof(held));
    held.stopProof = this.options.clock.after(this.options.limits.proofMs, () => this.onSilence(held));
  }

  /** The connection is over, whether it held the session, waited for it or neither. */
  gone(session: Session): void {
    const held = this.held.get(session.deviceId);
    if (held === undefined) return;
    if (held.waiting?.session === session) held.waiting = null;
    // One that is taking over is both.
    if (held.holder !== session) return;
    const { waiting } = held;
    this.endProof(held);
    if (waiting === null) {
      this.held.delete(session.deviceId);
      return;
    }
    this.options.onContest({ holder: session, newcomer: waiting.session, result: 'gone', isConflict: false });
    this.handOver(held, waiting);
  }

  private isBlocked(deviceId: DeviceId): boolean {
    return this.options.second() < (this.takeovers.get(deviceId)?.blockedUntil ?? 0);
  }

  private onProof(held: Held): void {
    this.endProof(held);
    held.stopProof = this.options.clock.after(SPOKEN_MS, () => {
      const { waiting } = held;
      held.stopProof = null;
      held.waiting = null;
      if (waiting !== null) this.refuse(held, waiting, 'session-in-use');
    });
  }

  private onSilence(held: Held): void {
    const { holder, waiting } = held;
    this.endProof(held);
    if (waiting === null) {
      held.isSilent = true;
      holder.whenHeard(() => (held.isSilent = false));
      return;
    }
    const { limits, second, onContest } = this.options;
    const history = this.takeovers.get(holder.deviceId) ?? { seconds: [], blockedUntil: 0 };
    this.takeovers.set(holder.deviceId, history);
    history.seconds = history.seconds.filter((at) => second() - at < MINUTE);
    if (history.seconds.length >= limits.takeoversPerMinuteMax) {
      history.blockedUntil = second() + limits.blockSeconds;
      held.waiting = null;
      this.refuse(held, waiting, 'session-blocked');
      return;
    }
    history.seconds.push(second());
    const isConflict = history.seconds.length > 1;
    const newcomer = waiting.session;
    onContest({ holder, newcomer, result: 'taken-over', isConflict });
    held.holder = newcomer;
    holder.end(
      () => this.handOver(held, waiting),
      () => onContest({ holder, newcomer, result: 'answered', isConflict: true }),
    );
  }

  private handOver(held: Held, { session, verdict }: NonNullable<Held['waiting']>): void {
    // Whoever waited may have left, or given way to a later one, while the old connection was ended.
    if (this.held.get(session.deviceId) !== held || held.waiting?.session !== session) return;
    held.holder = session;
    held.waiting = null;
    verdict(null);
  }

  private refuse(held: Held, { session, verdict }: NonNullable<Held['waiting']>, refusal: SessionRefusal): void {
    const isConflict = refusal !== 'session-replaced';
    this.options.onContest({ holder: held.holder, newcomer: session, result: refusal, isConflict });
    verdict(refusal);
  }

  private endProof(held: Held): void {
    held.stopProof?.();
    held.stopProof = null;
    held.isSilent = false;
    held.holder.whenHeard(null);
  }
}

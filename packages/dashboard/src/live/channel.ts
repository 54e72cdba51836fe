import { type ClientHealth, type Join, type JoinReply, LIVE_NAMESPACES } from '@vigil/contracts';
import { io, type Socket } from 'socket.io-client';
import type { Channel } from '../model/liveness.js';

const JOIN_TIMEOUT_MS = 5_000;
/** Between two tries after the server has refused or closed the connection itself. */
const RETRY_MS = 2_000;
/** Least time between two ends that this side makes of a line on which nothing comes any more. */
const REVIVE_MS = 5_000;
/** After the server has answered that it takes no join just now: it counts them by the minute. */
const BUSY_MS = 10_000;

export interface ChannelEvents {
  /** The server has let us in: with `since`, what follows that cursor is on its way. */
  readonly joined: (withSince: boolean) => void;
  readonly refused: (reason: 'forbidden' | 'unknown-care-unit' | 'invalid') => void;
  /** The picture of this channel is no longer complete. */
  readonly dropped: () => void;
  /** The handshake was refused: perhaps the session is over. */
  readonly turnedAway: () => void;
}

/**
 * One namespace of the live channel. Joins on every connect, with the cursor that the caller names, and says how the screen is; sends nothing else.
 *
 * The client library keeps what is emitted while offline and sends it on reconnect. Nothing here may arrive late, so
 * that buffer is emptied whenever the connection goes.
 */
export class LiveChannel {
  readonly socket: Socket;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private askedAtMs = -Infinity;
  private openedAtMs = -Infinity;

  constructor(
    name: Channel,
    private readonly join: () => Join,
    private readonly events: ChannelEvents,
    asStation: boolean,
  ) {
    this.socket = io(LIVE_NAMESPACES[name], {
      withCredentials: true,
      ...(asStation ? { auth: { as: 'station' } } : {}),
      autoConnect: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 2_000,
      timeout: 5_000,
    });
    this.socket.on('connect', () => {
      this.openedAtMs = performance.now();
      this.askToJoin();
    });
    this.socket.on('disconnect', () => this.drop());
    this.socket.on('connect_error', () => {
      this.drop();
      if (!this.socket.active) events.turnedAway();
    });
  }

  open(): void {
    this.socket.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket.removeAllListeners();
    this.socket.disconnect();
  }

  /**
   * Asks for the content anew, on the same connection: after a gap, or when the page wakes up. At most once in
   * RETRY_MS, so that a server which answers with another gap is not asked in a tight loop.
   */
  resync(): void {
    this.events.dropped();
    this.askLater(Math.max(0, this.askedAtMs + RETRY_MS - performance.now()));
  }

  /**
   * No ticks come, and the line may be half open: dead without either side having been told. Cut here, it is built anew; the two
   * namespaces share it. A line that is just being built is left alone.
   */
  revive(): void {
    const nowMs = performance.now();
    if (this.closed || !this.socket.connected || nowMs - this.openedAtMs < REVIVE_MS) return;
    this.openedAtMs = nowMs;
    this.socket.io.engine.close();
  }

  /** Says something that is worth nothing later: dropped where it can't go now. */
  tell(event: 'client.health', message: ClientHealth): void {
    if (this.socket.connected) this.socket.volatile.emit(event, message);
  }

  private askLater(waitMs: number): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      if (this.socket.connected) this.askToJoin();
    }, waitMs);
  }

  private askToJoin(): void {
    this.askedAtMs = performance.now();
    const message = this.join();
    this.socket.timeout(JOIN_TIMEOUT_MS).emit('join', message, (error: Error | null, reply: JoinReply | undefined) => {
      if (this.closed) return;
      if (error || !reply) this.reconnect();
      else if (reply.ok) this.events.joined(message.since !== undefined);
      else if (reply.reason === 'busy') this.askLater(BUSY_MS);
      else this.events.refused(reply.reason);
    });
  }

  private reconnect(): void {
    this.socket.disconnect();
    this.retryLater();
  }

  private drop(): void {
    this.socket.sendBuffer.length = 0;
    this.events.dropped();
    /* The library comes back by itself from a lost network, and not after the server has said no. */
    if (!this.socket.active) this.retryLater();
  }

  private retryLater(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.socket.connect(), RETRY_MS);
  }
}

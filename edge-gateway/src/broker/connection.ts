import type { Socket } from 'node:net';
import type { Client } from 'aedes';
import type { Clock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import type { Identity } from './admission.js';
import type { Allowance } from './allowance.js';
import { PacketGuard } from './packet-guard.js';
import type { Session } from './sessions.js';
import type { Stranger } from './strangers.js';

/** Answers to a CONNECT that is refused (MQTT 3.1.1, table 3.1; for a client of MQTT 5 its own form). */
export const CONNACK = {
  badProtocol: Buffer.from([0x20, 2, 0, 1]),
  badProtocol5: Buffer.from([0x20, 3, 0, 0x84, 0]),
  badClientId: Buffer.from([0x20, 2, 0, 2]),
  unavailable: Buffer.from([0x20, 2, 0, 3]),
  badLogin: Buffer.from([0x20, 2, 0, 4]),
  notAuthorised: Buffer.from([0x20, 2, 0, 5]),
} as const;

const TCP_PROBE_AFTER_MS = 30_000;
/** A client may be silent for one and a half times its keep-alive (MQTT-3.1.2-24). */
const KEEP_ALIVE_TIMES = 1.5;

/** One open connection, from its first byte to its end. */
export class Connection implements Session, Stranger {
  readonly guard: PacketGuard;
  /** With port, for log lines about who contends for an identity. */
  readonly peer: string;
  readonly address: string | null;
  /** The broker's side of it, once it is let in. */
  client: Client | null = null;
  allowance: Allowance | null = null;
  keepAliveSeconds = 0;
  private device: DeviceId | null = null;
  private heard = { packets: 0, second: 0 };

  constructor(
    readonly socket: Socket,
    readonly identity: Identity | null,
    readonly sinceSecond: number,
    clock: Clock,
  ) {
    this.guard = new PacketGuard(socket, clock);
    const { remoteAddress = '', remotePort = 0 } = socket;
    this.peer = `${remoteAddress}:${remotePort}`;
    this.address = /^(::ffff:)?127\.|^::1$/.test(remoteAddress) ? null : remoteAddress;
    // A device whose network is gone without a word is noticed even when it promised no keep-alive.
    socket.setKeepAlive(true, TCP_PROBE_AFTER_MS);
  }

  /** @throws TypeError before the connection has proved who it is; nobody asks then */
  get deviceId(): DeviceId {
    if (this.device === null) throw new TypeError('a stranger has no device id');
    return this.device;
  }

  get known(): DeviceId | null {
    return this.device;
  }

  prove(deviceId: DeviceId, allowance: Allowance): void {
    this.device = deviceId;
    this.allowance = allowance;
  }

  probe(): void {
    this.guard.probe();
  }

  whenHeard(run: (() => void) | null): void {
    this.guard.onPacket = run;
  }

  /** A will of a session that was taken over is not published: the device is not gone. */
  end(then: () => void, onAnswer: () => void): void {
    this.guard.part(onAnswer);
    if (this.client === null) {
      this.guard.destroy();
      then();
      return;
    }
    Object.assign(this.client, { will: undefined });
    this.client.close(then);
  }

  turnOut: Stranger['turnOut'] = () => undefined;

  /** Is it silent for longer than it promised, although this side would have listened? Once a wall second. */
  isOverdue(second: number): boolean {
    const { guard, heard } = this;
    if (guard.packets !== heard.packets || guard.isHeld) this.heard = { packets: guard.packets, second };
    return this.keepAliveSeconds > 0 && second - this.heard.second > this.keepAliveSeconds * KEEP_ALIVE_TIMES;
  }
}

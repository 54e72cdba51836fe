import type { AddressInfo } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { tlsServer } from '@vigil/certificates';
import { type Cancel, type Clock, wallElapsedMs } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import type { DeviceRegistry } from '../devices/registry.js';
import type { TrustedTime } from '../devices/trusted-time.js';
import type { Faults } from '../faults/faults.js';
import type { GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import { type DoorFiles, LiveDoorFiles } from './tls-files.js';
import { type CertificateRefusal, type CertifiedDevice, judgeCertificate } from './tls-judge.js';

export interface TlsDoorOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly files: DoorFiles;
  readonly registry: DeviceRegistry;
  readonly time: TrustedTime;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly faults: Faults;
  /** A connection whose certificate may speak for this device now. When that ends, the door cuts it. */
  readonly onDevice: (socket: TLSSocket, identity: { deviceId: DeviceId; fingerprint: string }) => void;
  readonly handshakeTimeoutMs?: number;
}

const CONNECTIONS_MAX = 4_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How often ends of certificates are looked for; changes of the lists act at once. */
const LOOK_EVERY_MS = 5_000;
/** A line of the log for each refused certificate would let a stranger fill the disk. */
const SAY_EVERY_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Before its end a certificate is a fault of its device for so long, or for a fifth of its life where that is less. */
const EXPIRING_MS = 30 * DAY_MS;

/**
 * Where devices come in over TLS: MQTT 3.1.1 with client certificates (mqtts).
 *
 * A certificate is judged when the handshake is done and before one byte reaches the broker (`judgeCertificate`), and
 * judged again whenever the lists change and as time goes on: a session whose certificate was revoked or has ended is
 * cut. Sessions are never resumed, so none gets round that.
 */
export class TlsDoor {
  private readonly sessions = new Map<TLSSocket, CertifiedDevice>();
  private readonly lastSeen = new Map<DeviceId, CertifiedDevice>();
  private readonly cancels: Cancel[] = [];
  private readonly server: Server;
  private readonly endHandshakes: () => void;
  private saidWallMs = -Infinity;

  private constructor(
    private readonly options: TlsDoorOptions,
    private readonly files: LiveDoorFiles,
  ) {
    const { metrics, clock, registry, time } = options;
    time.atLeast(files.notBeforeMs);
    const { server, endHandshakes } = tlsServer({
      // Who is refused is decided by `judgeCertificate`, which knows the time; OpenSSL's opinion is one of its inputs.
      context: { ...files.context, requestCert: true, rejectUnauthorized: false },
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
      onFailed: (reason) => metrics.refusedConnections.inc({ reason: `tls-${reason}` }),
      onConnection: (socket) => this.meet(socket),
    });
    server.maxConnections = CONNECTIONS_MAX;
    files.onNew = (context) => {
      server.setSecureContext(context);
      time.atLeast(files.notBeforeMs);
      this.lookAgain(true);
    };
    this.server = server;
    this.endHandshakes = endHandshakes;
    this.cancels.push(clock.every(LOOK_EVERY_MS, () => this.lookAgain()));
    this.cancels.push(registry.onCertificates(() => this.lookAgain()));
  }

  /** @throws CertificateError with what to do; Error with `code` EADDRINUSE when the port is taken */
  static async listen(options: TlsDoorOptions): Promise<TlsDoor> {
    const files = await LiveDoorFiles.open(options.files, options.clock, options.log);
    const door = new TlsDoor(options, files);
    await new Promise<void>((resolve, reject) => {
      door.server.once('error', reject);
      door.server.listen(options.port, options.host, () => {
        door.server.off('error', reject);
        resolve();
      });
    });
    return door;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Days until devices refuse the gateway's certificate. */
  get daysLeft(): number {
    return this.files.daysLeft(this.options.time.now.atMs);
  }

  /** For the gateway's readiness. */
  warnings(): readonly string[] {
    const { atMs, isExact } = this.options.time.now;
    return [...this.files.warnings(atMs), ...(isExact ? [] : ['clock-not-believed'])];
  }

  /** Takes no more connections. Those that are open are the broker's to end, which is stopped behind this. */
  async close(): Promise<void> {
    for (const cancel of this.cancels) cancel();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.endHandshakes();
    await Promise.all([closed, this.files.stop()]);
  }

  private meet(socket: TLSSocket): void {
    socket.on('error', () => undefined);
    const judged = this.judge(socket);
    if (typeof judged === 'string') {
      this.turnAway(judged);
      socket.destroy();
      return;
    }
    const { deviceId, fingerprint, notAfterMs } = judged;
    this.sessions.set(socket, judged);
    this.lastSeen.set(deviceId, judged);
    socket.once('close', () => this.sessions.delete(socket));
    this.options.registry.noteInUse(deviceId, notAfterMs);
    this.sayExpiring(judged);
    this.options.onDevice(socket, { deviceId, fingerprint });
  }

  /** Nobody else would say why this device stays away. One that has come with a newer certificate meanwhile is well. */
  private noteEnded(device: CertifiedDevice): void {
    if ((this.lastSeen.get(device.deviceId)?.endsMs ?? 0) > device.endsMs) return;
    this.lastSeen.set(device.deviceId, device);
    this.sayExpiring(device);
  }

  private judge(socket: TLSSocket): CertifiedDevice | CertificateRefusal {
    const { registry, time } = this.options;
    const { authorizationError } = socket as { authorizationError?: Error | string | null };
    const tlsError = authorizationError instanceof Error ? authorizationError.message : (authorizationError ?? null);
    try {
      const certificate = socket.getPeerX509Certificate();
      return judgeCertificate(certificate, certificate === undefined ? null : tlsError, {
        ...{ registry, authorities: this.files.authorities, time: time.now },
        onEnded: (device) => this.noteEnded(device),
      });
    } catch {
      // Anybody may send a certificate of a kind that Node can't take apart. It ends that connection and nothing else.
      return 'unreadable';
    }
  }

  /**
   * Sessions whose certificate may speak no more end; faults about certificates that end soon begin and end.
   *
   * @param isNewTrust the authorities have changed, so that signatures are checked anew
   */
  private lookAgain(isNewTrust = false): void {
    const { registry, time, metrics, log } = this.options;
    const nowMs = time.now.atMs;
    for (const [socket, { deviceId, fingerprint, endsMs }] of this.sessions) {
      const known = !registry.mayUse(deviceId, fingerprint) ? 'not-listed' : endsMs <= nowMs ? 'expired' : null;
      const judged = known ?? (isNewTrust ? this.judge(socket) : null);
      if (typeof judged !== 'string') continue;
      metrics.refusedConnections.inc({ reason: `cut-${judged}` });
      log.warn({ deviceId, reason: judged }, 'session ended: its certificate may not speak any more');
      this.sessions.delete(socket);
      socket.destroy();
    }
    for (const device of this.lastSeen.values()) this.sayExpiring(device);
  }

  private sayExpiring({ deviceId, fingerprint, notBeforeMs, notAfterMs }: CertifiedDevice): void {
    const { registry, faults, time } = this.options;
    const isListed = registry.mayUse(deviceId, fingerprint);
    const beforeMs = Math.min(EXPIRING_MS, (notAfterMs - notBeforeMs) / 5);
    faults.device(deviceId, 'certificateExpiring', isListed && notAfterMs - time.now.atMs < beforeMs);
    if (!isListed) this.lastSeen.delete(deviceId);
  }

  private turnAway(reason: CertificateRefusal): void {
    const { metrics, log, clock } = this.options;
    metrics.refusedConnections.inc({ reason: `tls-${reason}` });
    if (wallElapsedMs(this.saidWallMs, clock.wallMs()) < SAY_EVERY_MS) return;
    this.saidWallMs = clock.wallMs();
    log.warn({ reason }, `device refused: ${ADVICE[reason]}`);
  }
}

/** For the person at the other end of the log. The certificate itself is not quoted: it may say anything. */
const ADVICE: Readonly<Record<CertificateRefusal, string>> = {
  'no-certificate': 'it has no certificate; enrol it: vigil devices enrol',
  unreadable: 'its certificate is of a kind that is not known here; use EC P-256 or RSA keys',
  'other-authority': 'its certificate is of an authority that --device-ca does not name',
  'wrong-purpose': 'its certificate is not for TLS clients; enrol it: vigil devices enrol',
  'no-device-name': 'its certificate names no device as its one common name; enrol it: vigil devices enrol',
  'not-yet-valid': 'its certificate is not valid yet; check the clocks of gateway and issuer',
  expired: 'its certificate has ended; renew it: vigil devices renew',
  'not-listed': 'its certificate was revoked, or is not enrolled here; see vigil devices list',
};

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Cancel } from '@vigil/clock';
import { DeviceId, Fingerprint } from '@vigil/contracts';
import { z } from 'zod';

const CERTIFICATES_MAX = 8;

/**
 * Devices that may connect, as `devices.json` holds them. A token opens exactly one device, and so does a certificate.
 * `certificates` left out: whoever else manages them (the platform's configuration) decides alone; empty: none may speak.
 */
export const DeviceList = z
  .array(
    z.strictObject({
      deviceId: DeviceId,
      token: z.string().min(16).max(256).optional(),
      certificates: z
        .array(z.strictObject({ sha256: Fingerprint, notAfterMs: z.number().int() }))
        .max(CERTIFICATES_MAX)
        .optional(),
    }),
  )
  .max(10_000);
export type DeviceList = z.infer<typeof DeviceList>;

export type Admission = 'ok' | 'unknown-device' | 'wrong-token';

const digest = (token: Buffer | string): Buffer => createHash('sha256').update(token).digest();
const NOBODY = digest('');

/** By SHA-256 of the certificate, when it ends; null where only the certificate itself says so. */
type Certificates = ReadonlyMap<string, number | null>;

/**
 * Who may speak for which device. Tokens are kept as hashes and compared in constant time; certificates by their SHA-256.
 *
 * Two lists name certificates: the gateway's own file and the configuration of the platform. A certificate may speak when
 * at least one of them lists it and none that says something about this device leaves it out: whichever revokes, it is out.
 */
export class DeviceRegistry {
  /** Called with devices whose token is no longer valid; their connections must end. */
  onRevoked: (deviceIds: readonly string[]) => void = () => undefined;
  private tokens = new Map<string, Buffer>();
  private own = new Map<string, Certificates>();
  private platform = new Map<string, Certificates>();
  private readonly inUse = new Map<string, number>();
  private listeners: readonly (() => void)[] = [];
  private count = 0;

  constructor(list: DeviceList = []) {
    this.replace(list);
  }

  /** Devices of the file. */
  get size(): number {
    return this.count;
  }

  /** Takes over what the file says. */
  replace(list: DeviceList): void {
    const before = this.tokens;
    this.count = list.length;
    this.tokens = new Map(list.flatMap(({ deviceId, token }) => (token === undefined ? [] : [[deviceId, digest(token)]])));
    this.own = new Map(
      list.flatMap(({ deviceId, certificates }) =>
        certificates === undefined ? [] : [[deviceId, new Map(certificates.map((c) => [c.sha256, c.notAfterMs]))]],
      ),
    );
    const revoked = [...before].filter(([id, token]) => !this.tokens.get(id)?.equals(token)).map(([id]) => id);
    if (revoked.length > 0) this.onRevoked(revoked);
    this.changed();
  }

  /** Takes over what the platform says. Devices that it leaves out are not managed there. */
  allow(certificates: ReadonlyMap<string, readonly string[]>): void {
    this.platform = new Map([...certificates].map(([id, list]) => [id, new Map(list.map((sha256) => [sha256, null]))]));
    this.changed();
  }

  /** Called after each change of the lists, when a certificate may have lost its right. */
  onCertificates(listener: () => void): Cancel {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  admit(deviceId: string, token: Buffer): Admission {
    const known = this.tokens.get(deviceId);
    const equal = timingSafeEqual(digest(token), known ?? NOBODY);
    if (known === undefined) return 'unknown-device';
    return equal ? 'ok' : 'wrong-token';
  }

  /** May this certificate (SHA-256, lower-case hex) speak for the device? Says nothing about its signature and its end. */
  mayUse(deviceId: string, sha256: string): boolean {
    const lists = [this.own.get(deviceId), this.platform.get(deviceId)].filter((list) => list !== undefined);
    return lists.length > 0 && lists.every((list) => list.has(sha256));
  }

  /** Notes the certificate that a device has connected with. Only for one that `mayUse`. */
  noteInUse(deviceId: string, notAfterMs: number): void {
    this.inUse.set(deviceId, notAfterMs);
  }

  /** When the certificate ends that the device connected with last, else the newest of the file; null: it has none. */
  certificateNotAfterMs(deviceId: string): number | null {
    const known = this.inUse.get(deviceId);
    if (known !== undefined) return known;
    const ends = [...(this.own.get(deviceId)?.values() ?? [])].filter((end) => end !== null);
    return ends.length === 0 ? null : Math.max(...ends);
  }

  private changed(): void {
    for (const deviceId of this.inUse.keys()) {
      const listed = (this.own.get(deviceId)?.size ?? 0) + (this.platform.get(deviceId)?.size ?? 0);
      if (listed === 0) this.inUse.delete(deviceId);
    }
    for (const listener of this.listeners) listener();
  }
}

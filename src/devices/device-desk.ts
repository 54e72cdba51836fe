import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { CertificateError } from '@vigil/certificates';
import type {
  DeviceCertificate,
  DeviceDetail,
  DeviceId,
  EnrolledDevice,
  EpochMs,
  GatewayId,
  RedeemEnrolment,
  RegisteredDevice,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { InvalidRequest } from '../http/invalid-request.js';
import type { AppClock } from '../ports/app-clock.js';
import type { DeviceRegistry } from '../ports/device-registry.js';
import type { Who } from '../ports/directory.js';
import { gatewayAuthorityOf, isAuthorityKeyAway, issuedList } from '../site/device-ca.js';
import { DAYS_MAX, listCertificate, type Prepared, prepareCertificate, revokeDevice } from '../site/device-certificates.js';
import { devicesOrNone, ensureDevice, holdDevice, unholdDevice } from '../site/device-hold.js';
import { whileLocked } from '../site/site-lock.js';

/** Wall time in which a token has to be exchanged: long enough to walk to the device. */
export const ENROLMENT_LIFE_MS = 15 * 60_000;
const TOKEN_BYTES = 24;
/** Devices that are looked after at a start; the registry of a hospital has fewer that are out of use. */
const LOCKED_OUT_MAX = 10_000;

/**
 * Who may speak at the bedside, for people at a browser: the same files and functions as `vigil devices`. A token is told once and
 * kept as its SHA-256.
 */
export class DeviceDesk {
  constructor(
    private readonly dataDir: string,
    private readonly registry: DeviceRegistry,
    private readonly clock: AppClock,
  ) {}

  /** A token that the device exchanges for a certificate, once and within 15 minutes; one of before holds no more. */
  async openEnrolment(deviceId: DeviceId, who: Who): Promise<{ readonly token: string; readonly expiresWallMs: number }> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const untilWallMs = Math.round(this.clock.wallMs()) + ENROLMENT_LIFE_MS;
    await this.registry.openEnrolment({ deviceId, tokenHash: hashOf(token), untilWallMs }, who);
    return { token, expiresWallMs: untilWallMs };
  }

  /**
   * Signs the device's request. A request with a slip does not use up the token and may be sent again.
   * @throws PlatformError 'wrong-code', 'conflict' (the authority's key is kept elsewhere, or the device has too many); InvalidRequest
   */
  async redeem({ token, csr }: RedeemEnrolment, who: (deviceId: DeviceId) => Who): Promise<EnrolledDevice> {
    const tokenHash = hashOf(token);
    const enrolment = await this.registry.enrolmentOf(tokenHash, this.clock.wallMs());
    if (enrolment === null) throw new PlatformError('wrong-code');
    const { deviceId, gatewayId } = enrolment;
    return this.locked(async () => {
      const nowMs = this.clock.wallMs();
      const prepared = await this.prepared(deviceId, csr, nowMs);
      if (!(await this.registry.takeEnrolment(tokenHash, who(deviceId)))) throw new PlatformError('wrong-code');
      return this.listed(prepared, { deviceId, gatewayId, nowMs });
    });
  }

  /** @throws PlatformError('not-found') when the device has no such certificate */
  revoke(deviceId: DeviceId, sha256: string): Promise<void> {
    return this.locked(() => {
      const known = devicesOrNone(this.dataDir).some((each) => each.deviceId === deviceId);
      if (known && this.isRevoked(deviceId, sha256)) return;
      try {
        if (!known) throw new CertificateError('not enrolled');
        revokeDevice(this.dataDir, { deviceId, sha256, nowMs: this.clock.wallMs() });
      } catch (error) {
        if (error instanceof CertificateError) throw new PlatformError('not-found', { ids: [`device:${deviceId}`] });
        throw error;
      }
    });
  }

  /**
   * Brings the files to what the registry says of a device; again, it changes nothing. The registry is asked under the lock: of two
   * people who change the use of a device, the one who comes here last may have been the first there.
   */
  enforce(deviceId: DeviceId): Promise<void> {
    return this.locked(async () => {
      const state = (await this.registry.find(deviceId))?.state;
      if (state === undefined) return;
      if (state === 'quarantined') return holdDevice(this.dataDir, deviceId);
      if (state === 'in-use') return unholdDevice(this.dataDir, deviceId);
      if (!devicesOrNone(this.dataDir).some((each) => each.deviceId === deviceId)) return;
      revokeDevice(this.dataDir, { deviceId, nowMs: this.clock.wallMs() });
      unholdDevice(this.dataDir, deviceId);
    });
  }

  /** After a start: a crash between the registry and the files leaves no device with a right that was taken. */
  async enforceAll(): Promise<void> {
    for (const device of await this.registry.lockedOut(LOCKED_OUT_MAX)) await this.enforce(device.deviceId);
  }

  /** How the device may speak. */
  rightsOf({ deviceId, state }: RegisteredDevice): Pick<DeviceDetail, 'hasToken' | 'certificates'> {
    const listed = devicesOrNone(this.dataDir).find((each) => each.deviceId === deviceId);
    const nowMs = this.clock.wallMs();
    const certificates = issuedList(this.dataDir)
      .filter((one) => one.deviceId === deviceId)
      .map((one): DeviceCertificate => {
        const isListed = (listed?.certificates ?? []).some(({ sha256 }) => sha256 === one.sha256);
        return {
          fingerprint: one.sha256,
          fromWallMs: one.fromMs as EpochMs,
          toWallMs: one.toMs as EpochMs,
          revokedWallMs: one.revokedAtMs === null ? null : (Math.round(one.revokedAtMs) as EpochMs),
          maySpeak: state === 'in-use' && isListed && one.revokedAtMs === null && one.toMs > nowMs,
        };
      })
      .sort((a, b) => b.toWallMs - a.toWallMs || a.fingerprint.localeCompare(b.fingerprint));
    return { hasToken: listed?.token !== undefined, certificates };
  }

  private isRevoked(deviceId: DeviceId, sha256: string): boolean {
    return issuedList(this.dataDir).some((one) => one.deviceId === deviceId && one.sha256 === sha256 && one.revokedAtMs !== null);
  }

  private async prepared(deviceId: DeviceId, csrPem: string, nowMs: number): Promise<Prepared> {
    // Its key is locked away, as the runbook advises: nothing is signed here then.
    if (isAuthorityKeyAway(this.dataDir)) throw new PlatformError('conflict', { ids: [`device:${deviceId}`] });
    try {
      return await prepareCertificate(this.dataDir, { deviceId, nowMs, days: DAYS_MAX, csrPem });
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      throw new InvalidRequest([{ path: 'body.csr', message: `a PKCS #10 request whose one common name is ${deviceId}` }]);
    }
  }

  private listed(
    prepared: Prepared,
    { deviceId, gatewayId, nowMs }: { readonly deviceId: DeviceId; readonly gatewayId: GatewayId; readonly nowMs: number },
  ): EnrolledDevice {
    ensureDevice(this.dataDir, deviceId);
    try {
      listCertificate(this.dataDir, prepared, nowMs, { gatewayId });
    } catch (error) {
      if (error instanceof CertificateError) throw new PlatformError('conflict', { ids: [`device:${deviceId}`] }, false, error);
      throw error;
    }
    const { file } = gatewayAuthorityOf(this.dataDir, deviceId, gatewayId);
    const gatewayAuthority = existsSync(file) ? readFileSync(file, 'utf8') : null;
    return { deviceId, certificate: prepared.pem, gatewayAuthority, notAfterWallMs: prepared.entry.toMs as EpochMs };
  }

  /** While no command of `vigil devices` changes the same files. @throws PlatformError('store-unavailable', retryable) when one does not end */
  private async locked<T>(run: () => T | Promise<T>): Promise<T> {
    let isOurs = false;
    try {
      return await whileLocked(this.dataDir, () => {
        isOurs = true;
        return run();
      });
    } catch (error) {
      if (isOurs) throw error;
      throw new PlatformError('store-unavailable', {}, true, error);
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(`vigil device enrolment|${token}`).digest('hex');
}

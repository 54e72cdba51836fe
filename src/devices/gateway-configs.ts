import type { GatewayConfig } from '@vigil/contracts';
import { sha256Hex } from '../http/sha.js';
import type { AppClock } from '../ports/app-clock.js';
import type { Directory } from '../ports/directory.js';
import type { ConfigSigner } from '../site/config-key.js';
import type { DeviceCertificates } from './device-certificates.js';

/** A configuration as it is sent: the bytes that are signed, their signature, and what names them. */
export interface SignedConfig {
  readonly body: string;
  readonly signature: string;
  readonly etag: string;
}

/** Issues the configurations of gateways. Throws what the directory throws. */
export abstract class GatewayConfigs {
  /** Null for a gateway that the site does not have. */
  abstract of(gatewayId: string): Promise<SignedConfig | null>;
}

/**
 * Signed, and with a time of issue that never goes back. Each process issues anew once after its start, so that gateways
 * take what a platform says that was restored from a backup: its content may be older than theirs, the time is not.
 */
export class SignedGatewayConfigs extends GatewayConfigs {
  private readonly issued = new Set<string>();

  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
    private readonly signer: ConfigSigner,
    private readonly certificates: DeviceCertificates,
  ) {
    super();
  }

  async of(gatewayId: string): Promise<SignedConfig | null> {
    const content = await this.directory.gatewayConfig(gatewayId, this.clock.rate);
    if (content === null) return null;
    const known = this.certificates.now();
    const config: GatewayConfig = {
      ...content,
      devices: content.devices.map((device) => {
        const certificates = known.get(device.deviceId);
        // Of a device that may not speak, the registry has said already that none holds.
        if (device.certificates !== undefined || certificates === undefined) return device;
        return { ...device, certificates: [...certificates] };
      }),
    };
    const digest = sha256Hex(JSON.stringify(config));
    const anew = !this.issued.has(gatewayId);
    const issuedAtMs = await this.directory.issueGatewayConfig({ gatewayId, digest, wallMs: this.clock.wallMs(), anew });
    this.issued.add(gatewayId);
    const body = JSON.stringify({ ...config, issuedAtMs });
    // The keys are part of its name: a gateway that pinned a new key gets the signature of that key at once.
    const etag = `"${sha256Hex(`${this.signer.keyIds.join()}\n${body}`).slice(0, 32)}"`;
    return { body, signature: this.signer.sign(Buffer.from(body)), etag };
  }
}

import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { CertificateError, readCertificate, type ServerCertificate, TLS_RULES } from '@vigil/certificates';
import type { Cancel, Clock } from '@vigil/clock';
import { codeOf, type GatewayLog } from '../log.js';

/** PEM files of the TLS door. */
export interface DoorFiles {
  /** The gateway's certificate, followed by those of intermediate authorities. */
  readonly cert: string;
  /** Mode 0600. */
  readonly key: string;
  /** Authorities that sign for devices themselves: the site's own, or the hospital's, or both one after the other. */
  readonly deviceCa: string;
}

const LOOK_EVERY_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const WARN_DAYS = 30;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const MAKE_ONE = 'make one with: vigil init, or give your own with --mqtts-cert and --mqtts-key';

/** What the door presents and trusts now. It follows its files; while they can't be used, those of before stay. */
export class LiveDoorFiles {
  /** Called with what new connections are to be met with. */
  onNew: (context: SecureContextOptions) => void = () => undefined;
  private version = '';
  private isFaulty = false;
  private cancel: Cancel = () => undefined;
  private looking: Promise<void> = Promise.resolve();
  private server!: ServerCertificate;
  private trusted!: { readonly pems: readonly string[]; readonly authorities: readonly X509Certificate[] };

  private constructor(
    private readonly files: DoorFiles,
    private readonly log: GatewayLog,
  ) {}

  /** @throws CertificateError, one line that says what to do, when no device could connect with what is there */
  static async open(files: DoorFiles, clock: Clock, log: GatewayLog): Promise<LiveDoorFiles> {
    const live = new LiveDoorFiles(files, log);
    await live.refresh();
    live.cancel = clock.every(LOOK_EVERY_MS, () => {
      live.looking = live.look();
    });
    return live;
  }

  get context(): SecureContextOptions {
    return { ...TLS_RULES, cert: this.server.cert, key: this.server.key, ca: [...this.trusted.pems] };
  }

  get authorities(): readonly X509Certificate[] {
    return this.trusted.authorities;
  }

  /** It is this late at least: nobody signs a certificate before its time. */
  get notBeforeMs(): number {
    return Math.max(this.server.fromMs, ...this.authorities.map(({ validFrom }) => Date.parse(validFrom)));
  }

  /** Days until devices refuse the gateway's certificate; negative once they do. */
  daysLeft(nowMs: number): number {
    return (this.server.expiresAtMs - nowMs) / DAY_MS;
  }

  /** For the gateway's readiness. */
  warnings(nowMs: number): readonly string[] {
    const days = this.daysLeft(nowMs);
    const expiry = days <= 0 ? ['certificate-expired'] : days < WARN_DAYS ? ['certificate-expires-soon'] : [];
    return [...(this.isFaulty ? ['certificate-unreadable'] : []), ...expiry];
  }

  async stop(): Promise<void> {
    this.cancel();
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      if (await this.refresh()) this.log.info({}, 'certificates of the TLS door: taken up as they are now');
      this.isFaulty = false;
    } catch (error) {
      const advice = error instanceof CertificateError ? error.message : 'see the code';
      const line = `certificates of the TLS door can't be used; going on with those in memory: ${advice}`;
      if (!this.isFaulty) this.log.warn({ code: codeOf(error) }, line);
      this.isFaulty = true;
    }
  }

  /** True when there was something new. What was in use stays so when this throws. */
  private async refresh(): Promise<boolean> {
    const { cert, key, deviceCa } = this.files;
    const version = (await Promise.all([cert, key, deviceCa].map(versionOf))).join(' ');
    if (version === this.version) return false;
    const server = await readCertificate({ cert, key }, { makeOne: MAKE_ONE, nowMs: null });
    const trusted = await readAuthorities(deviceCa);
    this.server = server;
    this.trusted = trusted;
    this.version = version;
    this.onNew(this.context);
    return true;
  }
}

async function readAuthorities(file: string): Promise<{ pems: readonly string[]; authorities: readonly X509Certificate[] }> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const how = 'give the authorities of device certificates with --device-ca (vigil init makes device-ca/ca.pem)';
    throw new CertificateError(`${file} can't be read (${cause.code}); ${how}`, cause);
  });
  const pems = text.match(PEM) ?? [];
  try {
    const authorities = pems.map((pem) => new X509Certificate(pem));
    if (authorities.length > 0 && authorities.every(({ ca }) => ca)) return { pems, authorities };
  } catch (cause) {
    throw new CertificateError(`${file} holds a certificate that can't be read; restore it`, cause);
  }
  throw new CertificateError(`${file} must hold certificates of authorities in PEM and nothing else; restore it`);
}

async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, mode } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, mode].join('/');
  } catch (error) {
    return codeOf(error);
  }
}

import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { type ServerCertificate, TLS_RULES, type TlsFiles } from '@vigil/certificates';
import type { Clock } from '@vigil/clock';
import { fileVersion } from '../file-version.js';
import type { Followed } from '../follow.js';
import { LogError } from '../log/log-error.js';
import { readCertificate } from './certificate.js';
import { isLoopback } from './loopback.js';

export interface TlsOptions {
  /** 5671 by default; 0 takes any that is free. */
  readonly port?: number;
  /** PEM file: the server's certificate and those of intermediate authorities. `<dataDir>/tls/server.pem` by default. */
  readonly cert?: string;
  /** PEM file, mode 0600. `<dataDir>/tls/server.key` by default. */
  readonly key?: string;
  /** Name by which clients reach the hub; it must be in the certificate. By default the first that is. */
  readonly name?: string;
  /** A handshake that takes longer is ended. 5 s by default. */
  readonly handshakeTimeoutMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Time for people to renew a certificate after the first warning. */
const WARN_DAYS = 30;

/** The certificate that the hub presents now. It follows its files. */
export class LiveCertificate implements Followed {
  readonly what = 'certificate and key of TLS';
  readonly warning = 'certificate-unreadable';
  /** Called with what new connections are to be met with. */
  onNew: (context: SecureContextOptions) => void = () => undefined;
  private version = '';

  private constructor(
    private readonly files: TlsFiles,
    private readonly mustCover: string | null,
    private readonly clock: Clock,
    private current: ServerCertificate,
  ) {}

  /** @throws LogError `config` when clients would not accept what the files hold, with what to do */
  static async open(options: TlsOptions & { dataDir: string; host: string; clock: Clock }): Promise<LiveCertificate> {
    const { dataDir, host, clock, cert = join(dataDir, 'tls', 'server.pem'), key = join(dataDir, 'tls', 'server.key') } = options;
    const files = { cert, key };
    // An interface has no name by which to check; nor does loopback, which is reached by the name for outside, too.
    const mustCover = options.name ?? (isLoopback(host) || ['0.0.0.0', '::'].includes(host) ? null : host);
    const first = await readCertificate(files, clock.wallMs());
    const live = new LiveCertificate(files, mustCover, clock, first);
    await live.refresh();
    return live;
  }

  get context(): SecureContextOptions {
    return { ...TLS_RULES, cert: this.current.cert, key: this.current.key };
  }

  /** The host of connection strings. */
  get name(): string {
    return this.mustCover ?? this.current.names.find((name) => !name.includes('*')) ?? 'localhost';
  }

  /** Days until clients refuse the certificate; negative once they do. */
  get daysLeft(): number {
    return (this.current.expiresAtMs - this.clock.wallMs()) / DAY_MS;
  }

  /** For the hub's readiness. */
  warnings(): readonly string[] {
    if (this.daysLeft <= 0) return ['certificate-expired'];
    return this.daysLeft < WARN_DAYS ? ['certificate-expires-soon'] : [];
  }

  async refresh(): Promise<boolean> {
    const version = `${await fileVersion(this.files.cert)} ${await fileVersion(this.files.key)}`;
    if (version === this.version) return false;
    const next = await readCertificate(this.files, this.clock.wallMs());
    if (this.mustCover !== null && !next.covers(this.mustCover)) {
      const advice = `make one for it: vigil-event-hub certificates --host ${this.mustCover}, or give the name that it has`;
      throw new LogError('config', `${this.files.cert} is for ${next.names.join(', ')}, not for ${this.mustCover}; ${advice}`);
    }
    this.current = next;
    this.version = version;
    this.onNew(this.context);
    return true;
  }
}

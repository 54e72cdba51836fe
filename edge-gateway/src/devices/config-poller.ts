import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import type { GatewayConfig } from '@vigil/contracts';
import { z } from 'zod';
import { codeOf, type GatewayLog } from '../log.js';
import { replaceFile } from '../replace-file.js';
import type { GatewayMetrics } from '../metrics.js';
import type { BedTable } from './bed-table.js';
import { fetchConfig } from './config-fetch.js';
import { readConfig } from './read-config.js';
import { checkSignature, type ConfigKeys, parseConfigKeys, SIGNATURE_HEADER } from './config-signature.js';

/** Below the 5 s in which a change has to be here. */
const POLL_MS = 4_000;
/** Without a good answer for so long, devices may stand at other beds than the gateway knows. Wall time. */
const UNREAD_MS = 600_000;

/** The body is kept as it was signed, so that it can be checked again. */
const Cached = z.object({ v: z.literal(2), etag: z.string().nullable(), signature: z.string(), body: z.string() });
type Cached = z.infer<typeof Cached>;

export interface ConfigSource {
  readonly url: string;
  readonly token: string;
  readonly gatewayId: string;
  /** Folder of the copy on disk. */
  readonly dataDir: string;
  /** PEM file of the public keys that were pinned at enrolment; read again when it changes. */
  readonly keyFile: string;
  /** PEM of the authority of the platform. */
  readonly ca?: string | undefined;
}

const FAULTS = ['configRefused', 'configUnread'] as const;
type ConfigFault = (typeof FAULTS)[number];

/** Why a configuration is not taken; `rules-unknown`: all of it but its rules. */
export type ConfigRefusal = 'unsigned' | 'key-unknown' | 'signature-wrong' | 'malformed' | 'foreign' | 'older' | 'rules-unknown';

type Verified = GatewayConfig & { readonly issuedAtMs: number; readonly knowsRules: boolean };

class Refused extends Error {
  readonly code: string;
  constructor(readonly reason: ConfigRefusal) {
    super(reason);
    this.code = `config-${reason}`;
  }
}

/**
 * Keeps the bed table equal to what the platform says, asking every 4 s of wall time.
 *
 * Nothing is parsed before one of the pinned keys is found to have signed exactly these bytes. What is unsigned, for
 * another gateway or older than what is in use is refused, counted and said, and changes nothing. The last answer is kept
 * on disk with its signature, so a gateway starts and goes on attributing data while the platform is away; a copy that was
 * tampered with is refused in the same way.
 *
 * One whose rules are of a newer version is taken without them: beds, devices and limits follow, the rules of before go on, and the
 * fault says so. A second copy on disk is then the last one with rules that this version knows, so that a start without the platform
 * has both: rules to judge by, and devices at the beds where they stand.
 */
export class ConfigPoller {
  private etag: string | null = null;
  private current: { readonly issuedAtMs: number; readonly body: string } | null = null;
  /** In use and not on the disk yet. */
  private unsaved: Cached | null = null;
  /** The last whose rules this version knows. */
  private known: Cached | null = null;
  private saveFails = false;
  /** The configuration in use came with rules of a newer version. */
  private rulesUnknown = false;
  /** Of the last answer that was good, or of the start. */
  private confirmedWallMs: number;
  private keys: ConfigKeys = new Map();
  private keysVersion = '';
  private failed = '';
  private readonly faults: Record<ConfigFault, boolean> = { configRefused: false, configUnread: false };
  private onFault: (fault: ConfigFault, active: boolean) => void = () => undefined;
  private onTestAlarm: ((testId: string) => void) | undefined;
  private asking: Promise<void> = Promise.resolve();
  private cancel = (): void => undefined;

  constructor(
    private readonly source: ConfigSource,
    private readonly beds: BedTable,
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
    private readonly log: GatewayLog,
  ) {
    this.confirmedWallMs = clock.wallMs();
  }

  /** Hears of what holds by now, and of each change: `configRefused` until a configuration is taken or confirmed again. */
  tell(onFault: (fault: ConfigFault, active: boolean) => void): void {
    this.onFault = onFault;
    for (const fault of FAULTS) if (this.faults[fault]) onFault(fault, true);
  }

  /** Hears of each test alarm that the platform asks for; the same one may be asked for again. */
  tellOfTests(onTestAlarm: (testId: string) => void): void {
    this.onTestAlarm = onTestAlarm;
  }

  /**
   * Loads the copy on disk and begins to ask. Does not wait for the platform.
   *
   * @throws Error with one line when the file of the pinned keys can't be used
   */
  async start(): Promise<void> {
    await this.readKeys().catch((error: unknown) => {
      const why = (error as { code?: string }).code === 'ENOENT' ? 'is missing' : (error as Error).message;
      throw new Error(
        `${this.source.keyFile} ${why}; copy config-keys.pem there, which \`vigil gateways enrol\` makes at the platform`,
      );
    });
    await this.loadCopies();
    this.beds.platformHeardWallMs = this.clock.wallMs();
    let busy = false;
    const ask = (): void => {
      if (busy) return;
      busy = true;
      this.asking = this.ask().finally(() => (busy = false));
    };
    this.cancel = this.clock.every(POLL_MS, ask);
    ask();
  }

  async stop(): Promise<void> {
    this.cancel();
    await this.asking;
  }

  private async ask(): Promise<void> {
    const { url, token, ca } = this.source;
    try {
      // A rotation is followed without a new start; a file that is being written leaves the keys of before.
      await this.readKeys().catch((error: unknown) => this.log.warn({ code: codeOf(error) }, 'configuration keys not read'));
      const answer = await fetchConfig({
        url,
        token,
        ca,
        etag: this.etag,
        signatureHeader: SIGNATURE_HEADER,
        onTestAlarm: this.onTestAlarm,
      });
      if (answer !== null) {
        const config = this.verified(answer.body, answer.signature);
        this.take(config, { v: 2, etag: answer.etag, signature: answer.signature!, body: answer.body.toString() });
      }
      this.confirmedWallMs = this.beds.platformHeardWallMs = this.clock.wallMs();
      if (this.failed !== '') this.log.info({}, 'configuration is read from the platform again');
      this.failed = '';
      this.setFault('configRefused', this.rulesUnknown);
    } catch (error) {
      this.fail(error);
    }
    this.setFault('configUnread', this.clock.wallMs() - this.confirmedWallMs > UNREAD_MS);
    await this.save();
  }

  private fail(error: unknown): void {
    const code = codeOf(error);
    if (error instanceof Refused) {
      this.metrics.configRefused.inc({ reason: error.reason });
      this.setFault('configRefused', true);
      if (this.failed !== code)
        this.log.error({ code }, 'a configuration was refused; the last good one stays (see the runbook)');
    } else {
      this.metrics.configFailures.inc();
      if (this.failed !== code) this.log.warn({ code }, "configuration can't be read from the platform; the last one stays");
    }
    this.failed = code;
  }

  private setFault(fault: ConfigFault, active: boolean): void {
    if (this.faults[fault] === active) return;
    this.faults[fault] = active;
    this.onFault(fault, active);
  }

  /** @throws Refused */
  private verified(body: Buffer, signature: string | null): Verified {
    const signed = checkSignature(body, signature, this.keys);
    if (signed !== 'ok') throw new Refused(signed);
    const read = readConfig(body, this.beds.config);
    if (read === null) throw new Refused('malformed');
    const { config, knowsRules } = read;
    const { issuedAtMs } = config;
    if (config.gatewayId !== this.source.gatewayId) throw new Refused('foreign');
    if (issuedAtMs === undefined) throw new Refused('malformed');
    const isOlder = this.current !== null && issuedAtMs <= this.current.issuedAtMs;
    if (isOlder && body.toString() !== this.current!.body) throw new Refused('older');
    return { ...config, issuedAtMs, knowsRules };
  }

  private take({ knowsRules, ...config }: Verified, kept: Cached): void {
    const before = this.beds.config?.devices.length ?? 0;
    this.use(config, kept);
    this.rulesUnknown = !knowsRules;
    this.unsaved = kept;
    if (knowsRules) this.known = kept;
    else this.sayRulesUnknown();
    const { devices, rate } = config;
    this.log.info({ devices: devices.length, beds: this.beds.bedIds().length }, 'configuration changed');
    if (before > 0 && devices.length === 0) {
      this.log.warn({ before }, 'configuration has no devices any more; their data go to no bed, and no bed is watched here');
    }
    if (rate !== this.clock.rate) {
      this.log.error({ rate: this.clock.rate, platformRate: rate }, 'platform and gateway run at different speeds');
    }
  }

  private sayRulesUnknown(): void {
    this.metrics.configRefused.inc({ reason: 'rules-unknown' });
    this.log.error(
      { code: 'config-rules-unknown' },
      'the rules of the platform are of a newer version; those of before go on here: bring this gateway up to date',
    );
  }

  /** Tried again with each question: a start without the platform would go on with an older one. */
  private async save(): Promise<void> {
    if (this.unsaved === null) return;
    try {
      // After a power loss there is the one before or this one, and none that is torn. The rules come first: what follows needs them.
      if (this.rulesUnknown && this.known !== null)
        await replaceFile(this.rulesFile, JSON.stringify(this.known), { flush: true });
      await replaceFile(this.copyFile, JSON.stringify(this.unsaved), { flush: true });
      this.unsaved = null;
      this.saveFails = false;
    } catch (error) {
      this.metrics.configFailures.inc();
      if (!this.saveFails) this.log.error({ code: codeOf(error) }, "the configuration can't be kept on the disk; trying again");
      this.saveFails = true;
    }
  }

  private use(
    config: GatewayConfig & { readonly issuedAtMs: number },
    { etag, body }: { etag: string | null; body: string },
  ): void {
    this.etag = etag;
    this.current = { issuedAtMs: config.issuedAtMs, body };
    this.beds.replace(config);
  }

  private async loadCopies(): Promise<void> {
    // The older first: the newer one takes its rules from it where it has none that this version knows.
    await this.loadCopy(this.rulesFile);
    await this.loadCopy(this.copyFile);
    if (this.rulesUnknown) this.setFault('configRefused', true);
  }

  private async loadCopy(file: string): Promise<void> {
    let cached: Cached;
    try {
      cached = Cached.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      // None yet, torn, or of a version that signed nothing: the platform is asked at once anyway.
      return;
    }
    try {
      const { knowsRules, ...config } = this.verified(Buffer.from(cached.body), cached.signature);
      this.use(config, cached);
      this.rulesUnknown = !knowsRules;
      if (knowsRules) this.known = cached;
    } catch (error) {
      this.fail(error);
    }
  }

  /** @throws Error when the file can't be read or holds no key */
  private async readKeys(): Promise<void> {
    const { mtimeMs, size } = await stat(this.source.keyFile);
    const version = `${mtimeMs}/${size}`;
    if (version === this.keysVersion) return;
    this.keys = parseConfigKeys(await readFile(this.source.keyFile, 'utf8'));
    this.keysVersion = version;
  }

  private get copyFile(): string {
    return join(this.source.dataDir, 'config.json');
  }

  private get rulesFile(): string {
    return join(this.source.dataDir, 'config-rules.json');
  }
}

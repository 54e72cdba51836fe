import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import { GatewayConfig } from '@vigil/contracts';
import { z } from 'zod';
import { codeOf, type GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import type { BedTable } from './bed-table.js';

const POLL_MS = 5_000;
const TIMEOUT_MS = 4_000;
const BYTES_MAX = 1024 * 1024;

const Cached = z.object({ etag: z.string().nullable(), config: GatewayConfig });

export interface ConfigSource {
  readonly url: string;
  readonly token: string;
  readonly gatewayId: string;
  /** Folder of the copy on disk. */
  readonly dataDir: string;
}

/**
 * Keeps the bed table equal to what the platform says, asking every 5 s of wall time.
 *
 * The last answer is kept on disk, so a gateway starts and goes on attributing data while the platform is away. An
 * answer that is malformed, too large or for another gateway is counted and changes nothing.
 */
export class ConfigPoller {
  private etag: string | null = null;
  private failed = false;
  private asking: Promise<void> = Promise.resolve();
  private cancel = (): void => undefined;

  constructor(
    private readonly source: ConfigSource,
    private readonly beds: BedTable,
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
    private readonly log: GatewayLog,
  ) {}

  /** Loads the copy on disk and begins to ask. Does not wait for the platform. */
  async start(): Promise<void> {
    await this.loadCopy();
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
    try {
      const { url, token, gatewayId } = this.source;
      const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
      if (this.etag !== null) headers['if-none-match'] = this.etag;
      const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.status !== 304) {
        if (!response.ok) throw Object.assign(new Error('refused'), { code: `HTTP_${response.status}` });
        const config = GatewayConfig.parse(JSON.parse(await textOf(response)));
        if (config.gatewayId !== gatewayId) throw Object.assign(new Error('foreign'), { code: 'FOREIGN_CONFIG' });
        await this.take(config, response.headers.get('etag'));
      } else await response.body?.cancel();
      if (this.failed) this.log.info({}, 'bed table is read from the platform again');
      this.failed = false;
    } catch (error) {
      this.metrics.configFailures.inc();
      if (!this.failed) this.log.warn({ code: codeOf(error) }, "bed table can't be read from the platform; the last one stays");
      this.failed = true;
    }
  }

  private async take(config: GatewayConfig, etag: string | null): Promise<void> {
    this.beds.replace(config);
    this.etag = etag;
    this.log.info({ devices: config.devices.length, beds: this.beds.bedIds().length }, 'bed table changed');
    if (config.rate !== this.clock.rate) {
      this.log.error({ rate: this.clock.rate, platformRate: config.rate }, 'platform and gateway run at different speeds');
    }
    const file = this.copyFile;
    await writeFile(`${file}.tmp`, JSON.stringify({ etag, config }), { mode: 0o600 });
    await rename(`${file}.tmp`, file);
  }

  private async loadCopy(): Promise<void> {
    try {
      const { etag, config } = Cached.parse(JSON.parse(await readFile(this.copyFile, 'utf8')));
      if (config.gatewayId !== this.source.gatewayId) return;
      this.beds.replace(config);
      this.etag = etag;
    } catch {
      // None yet, or torn: the platform is asked at once anyway.
    }
  }

  private get copyFile(): string {
    return join(this.source.dataDir, 'config.json');
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw Object.assign(new Error('too large'), { code: 'CONFIG_TOO_LARGE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

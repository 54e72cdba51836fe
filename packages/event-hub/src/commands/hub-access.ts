import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { createMetrics } from '../admin/metrics.js';
import { type HubSummary, type HubView, viewOf } from '../admin/hub-view.js';
import { LinkRegistry } from '../broker/link-registry.js';
import {
  changeHub,
  type DeclaredHub,
  declareHub,
  type HubResult,
  listHubs,
  withGroup,
  withoutGroup,
  withRetention,
} from '../hub-folders.js';
import { DEFAULT_GROUP, type HubLimits, type HubMeta, type HubSpec, type Retention, STANDARD_LIMITS } from '../hub-meta.js';
import { lockFolder } from '../log/lock-file.js';
import { LogError } from '../log/log-error.js';
import { openHubs } from '../open-hubs.js';
import { HubClient } from './hub-client.js';

/** What the commands do with hubs, whether one runs in the folder or not. @throws LogError with what to do */
export interface HubAccess {
  list(): Promise<readonly HubSummary[]>;
  inspect(name: string): Promise<HubView>;
  create(spec: HubSpec): Promise<void>;
  addGroup(name: string, group: string): Promise<void>;
  removeGroup(name: string, group: string): Promise<void>;
  setRetention(name: string, retention: Retention): Promise<void>;
}

interface FolderOptions {
  /** Key-encryption keys of a hub that does not run; `kek.json` of the folder when undefined. */
  readonly keyFile: string | undefined;
  /** Told of what takes long. */
  readonly onProgress: (text: string) => void;
}

/** Works through the hub that runs in the folder, or on the folder itself when none does. */
export async function withHubs<T>(
  dataDir: string,
  options: FolderOptions & { readonly isNewAllowed: boolean },
  work: (hubs: HubAccess) => Promise<T>,
): Promise<T> {
  if (!existsSync(dataDir)) {
    if (!options.isNewAllowed) throw new LogError('config', `${dataDir} is not there; --data-dir names the folder of a hub`);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  }
  let unlock: () => void;
  try {
    unlock = lockFolder(dataDir);
  } catch (e) {
    if (!(e instanceof LogError && e.code === 'locked')) throw e;
    return work(await HubClient.of(dataDir));
  }
  try {
    return await work(new FolderAccess(dataDir, options));
  } finally {
    unlock();
  }
}

/** The folder of a hub that does not run. The lock is held. */
class FolderAccess implements HubAccess {
  private readonly limits: HubLimits = STANDARD_LIMITS;

  constructor(
    private readonly dataDir: string,
    private readonly options: FolderOptions,
  ) {}

  async list(): Promise<readonly HubSummary[]> {
    return Promise.all((await listHubs(this.dataDir)).map(summaryOnDisk));
  }

  /** Opens the logs as a start does: what a crash left half written is cut off. */
  async inspect(name: string): Promise<HubView> {
    await this.find(name);
    const { keyFile, onProgress } = this.options;
    onProgress('no hub runs here; opening the logs as a start does');
    const { hubs } = await openHubs({
      ...{ dataDir: this.dataDir, specs: [], clock: new SystemClock(), metrics: createMetrics() },
      keys: keyFile === undefined ? undefined : { file: keyFile },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      // Nothing is written, so the segment that each open log prepares may be small.
      hubLog: { segmentBytes: 65_536, tailCacheBytes: 0, pendingBytesMax: 0, onFailure: () => undefined },
    });
    try {
      return viewOf(hubs.get(name)!, new LinkRegistry());
    } finally {
      await hubs.close();
    }
  }

  async create(spec: HubSpec): Promise<void> {
    valueOf(await declareHub(this.dataDir, spec, { limits: this.limits, nowMs: new SystemClock().wallMs() }));
  }

  addGroup(name: string, group: string): Promise<void> {
    return this.change(name, (meta) => withGroup(meta, group, this.limits));
  }

  removeGroup(name: string, group: string): Promise<void> {
    return this.change(name, (meta) => withoutGroup(meta, group));
  }

  setRetention(name: string, retention: Retention): Promise<void> {
    return this.change(name, (meta) => withRetention(meta, retention));
  }

  private async change(name: string, to: (meta: HubMeta) => HubResult<HubMeta>): Promise<void> {
    const hub = await this.find(name);
    await changeHub(hub, valueOf(to(hub.meta)));
  }

  private async find(name: string): Promise<DeclaredHub> {
    const hub = (await listHubs(this.dataDir)).find(({ meta }) => meta.name.toLowerCase() === name.toLowerCase());
    if (hub === undefined) throw new LogError('config', `there is no hub ${name}; see: hubs list`);
    return hub;
  }
}

async function summaryOnDisk({ folder, meta }: DeclaredHub): Promise<HubSummary> {
  const names = await readdir(join(folder, 'log')).catch(() => []);
  const segments = names.filter((name) => name.endsWith('.seg'));
  const sizes = await Promise.all(segments.map(async (name) => (await stat(join(folder, 'log', name))).size));
  const { createdMs, partitions, retention } = meta;
  return {
    ...{ name: meta.name.toLowerCase(), createdMs, partitions, retention },
    consumerGroups: [DEFAULT_GROUP, ...meta.consumerGroups.map((group) => group.toLowerCase())].sort(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    segments: segments.length,
  };
}

function valueOf<T>(result: HubResult<T>): T {
  if (result.ok) return result.value;
  throw new LogError('config', result.message);
}

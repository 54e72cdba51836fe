import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { z } from 'zod';
import type { HubSummary, HubView } from '../admin/hub-view.js';
import { readKeyFile, type SharedAccessKey } from '../auth/key-file.js';
import { signSas } from '../auth/sas.js';
import type { HubSpec, Retention } from '../hub-meta.js';
import { LogError } from '../log/log-error.js';
import { readRunning } from '../running-file.js';
import type { HubAccess } from './hub-access.js';

const ANSWER_WITHIN_MS = 10_000;
const TOKEN_MS = 60_000;
const Failure = z.object({ message: z.string() });

/** Talks to the hub that runs in a folder, over HTTP on this machine, with the folder's own key. */
export class HubClient implements HubAccess {
  private constructor(
    private readonly address: string,
    private readonly key: SharedAccessKey,
  ) {}

  /** @throws LogError when the hub serves no HTTP or the folder has no key for this */
  static async of(dataDir: string): Promise<HubClient> {
    const running = await readRunning(dataDir);
    if (running === null) throw new LogError('locked', `${dataDir} is in use, but no hub is ready there yet; try again later`);
    if (running.httpPort === null) {
      throw new LogError('config', `the hub of ${dataDir} serves no HTTP; stop it, or start it with an HTTP port`);
    }
    const keys = (await readKeyFile(join(dataDir, 'keys.json'))) ?? [];
    const able = keys.filter((key) => key.rights.includes('Manage') && key.hubs === undefined);
    const key = able.find(({ name }) => name === 'admin') ?? able[0];
    if (key === undefined) {
      const command = `vigil-event-hub keys create admin --rights Manage --data-dir ${dataDir}`;
      throw new LogError('config', `no key has the right Manage for all hubs; make one: ${command}`);
    }
    return new HubClient(`http://127.0.0.1:${running.httpPort}`, key);
  }

  async list(): Promise<readonly HubSummary[]> {
    return ((await this.ask('GET', '/hubs')) as { hubs: HubSummary[] }).hubs;
  }

  async inspect(name: string): Promise<HubView> {
    return (await this.ask('GET', path(name))) as HubView;
  }

  async create(spec: HubSpec): Promise<void> {
    await this.ask('POST', '/hubs', spec);
  }

  async addGroup(name: string, group: string): Promise<void> {
    await this.ask('PUT', path(name, 'groups', group));
  }

  async removeGroup(name: string, group: string): Promise<void> {
    await this.ask('DELETE', path(name, 'groups', group));
  }

  async setRetention(name: string, retention: Retention): Promise<void> {
    await this.ask('PUT', path(name, 'retention'), retention);
  }

  private async ask(method: string, at: string, body?: object): Promise<unknown> {
    const { name, primary } = this.key;
    const authorization = signSas('sb://127.0.0.1/', name, primary, new SystemClock().wallMs() + TOKEN_MS);
    let response: Response;
    try {
      response = await fetch(`${this.address}${at}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    } catch (cause) {
      throw new LogError('busy', `the hub at ${this.address} does not answer; is it stopping? Try again`, cause);
    }
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { message } = Failure.parse(answer);
    throw new LogError('config', message);
  }
}

const path = (...names: readonly string[]): string => `/hubs/${names.map(encodeURIComponent).join('/')}`;

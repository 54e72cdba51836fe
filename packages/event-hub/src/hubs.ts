import type { Clock } from '@vigil/clock';
import { type HubLogOptions, OpenHub } from './hub.js';
import {
  changeHub,
  type DeclaredHub,
  declareHub,
  keepHub,
  type HubResult,
  listHubs,
  refused,
  undeclareHub,
  withGroup,
  withoutGroup,
  withRetention,
} from './hub-folders.js';
import { type HubLimits, type HubMeta, type HubSpec, limitsFault, mergeGroups, type Retention, specFault } from './hub-meta.js';
import { LogError } from './log/log-error.js';

export interface HubsOptions {
  readonly dataDir: string;
  /** Hubs that are made when they are not there. Their groups are added to those that are declared on disk. */
  readonly specs: readonly HubSpec[];
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly log: HubLogOptions;
  /** Told of each hub that is open, also of those made later. */
  readonly onOpened: (hub: OpenHub) => void;
}

/**
 * The hubs of one data folder, all of them open. What is declared (groups, retention) is on disk before it counts.
 * Changes come one after another.
 */
export class Hubs {
  private readonly open = new Map<string, OpenHub>();
  private changing: Promise<unknown> = Promise.resolve();
  private isClosed = false;
  private held: LogError | null = null;

  private constructor(private readonly options: HubsOptions) {}

  /**
   * Opens all hubs found in the folder and makes those of the options that are missing.
   *
   * @throws LogError `config` for options that don't fit, `corrupt` for damaged data; nothing stays open then
   */
  static async open(options: HubsOptions): Promise<Hubs> {
    const fault = limitsFault(options.limits);
    if (fault !== null) throw new LogError('config', fault);
    for (const spec of options.specs) {
      const specs = specFault(spec, options.limits);
      if (specs !== null) throw new LogError('config', specs);
    }
    const hubs = new Hubs(options);
    try {
      await hubs.openAll();
      return hubs;
    } catch (e) {
      await hubs.close();
      throw e;
    }
  }

  /** By name in lower case. Follows what is made later. */
  get byName(): ReadonlyMap<string, OpenHub> {
    return this.open;
  }

  get(name: string): OpenHub | undefined {
    return this.open.get(name.toLowerCase());
  }

  /** In the order of their names. */
  list(): OpenHub[] {
    return [...this.open.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Refuses appends to all hubs, also to those made later, with this error until null is set. */
  hold(reason: LogError | null): void {
    this.held = reason;
    for (const hub of this.open.values()) hub.log.hold(reason);
  }

  /** Makes a hub while others are in use. @throws LogError `busy` while appends are refused, or the disk's error */
  create(spec: HubSpec): Promise<HubResult<OpenHub>> {
    return this.inTurn(async () => {
      if (this.held !== null) throw this.held;
      const { dataDir, limits, clock } = this.options;
      const declared = await declareHub(dataDir, spec, { limits, nowMs: clock.wallMs() });
      if (!declared.ok) return declared;
      try {
        return { ok: true, value: await this.openOne(declared.value, 'with-space') };
      } catch (error) {
        // It holds nothing yet; without this it would be there at the next start and unknown until then.
        await undeclareHub(declared.value);
        throw error;
      }
    });
  }

  addGroup(name: string, group: string): Promise<HubResult<OpenHub>> {
    return this.change(name, (meta) => withGroup(meta, group, this.options.limits));
  }

  /** Refused while `readers` counts consumers that read in the group: they would only come back and fail. */
  removeGroup(name: string, group: string, readers: () => number): Promise<HubResult<OpenHub>> {
    return this.change(name, (meta) => {
      const count = readers();
      return count > 0
        ? refused('in-use', `${count} consumers read in group ${group}; stop them first`)
        : withoutGroup(meta, group);
    });
  }

  setRetention(name: string, retention: Retention): Promise<HubResult<OpenHub>> {
    return this.change(name, (meta) => withRetention(meta, retention));
  }

  /** Commits what waits and closes all logs. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.changing;
    await Promise.all([...this.open.values()].map((hub) => hub.log.close()));
  }

  private async openAll(): Promise<void> {
    const { dataDir, specs, limits, clock } = this.options;
    const found = await listHubs(dataDir, specs);
    const byName = new Map(found.map((hub) => [hub.meta.name.toLowerCase(), hub]));
    for (const spec of specs) {
      const present = byName.get(spec.name.toLowerCase());
      if (present === undefined) {
        const declared = await declareHub(dataDir, spec, { limits, nowMs: clock.wallMs() });
        if (!declared.ok) throw new LogError('config', declared.message);
        byName.set(spec.name.toLowerCase(), declared.value);
      } else if (present.meta.partitions !== spec.partitions) {
        const text = `hub ${spec.name} has ${present.meta.partitions} partitions, not ${spec.partitions}; this can't be changed later`;
        throw new LogError('config', text);
      } else {
        const consumerGroups = mergeGroups(present.meta.consumerGroups, spec.consumerGroups);
        byName.set(spec.name.toLowerCase(), { ...present, meta: { ...present.meta, consumerGroups } });
      }
    }
    for (const hub of byName.values()) {
      await this.openOne(await keepHub(hub));
    }
  }

  /** A hub that is there is opened on a full disk as well, for those who read; a new one needs space for events. */
  private async openOne({ folder, meta }: DeclaredHub, how?: 'with-space'): Promise<OpenHub> {
    const hub = await OpenHub.open(folder, meta, this.options.log);
    if (how === 'with-space' && hub.log.isOutOfSpace) {
      await hub.log.close();
      throw new LogError('busy', 'the disk is full');
    }
    hub.log.hold(this.held);
    this.open.set(hub.name, hub);
    this.options.onOpened(hub);
    return hub;
  }

  private change(name: string, to: (meta: HubMeta) => HubResult<HubMeta>): Promise<HubResult<OpenHub>> {
    return this.inTurn(async () => {
      const hub = this.get(name);
      if (hub === undefined) return refused('missing', `there is no hub ${name.slice(0, 50)}`);
      const changed = to(hub.meta);
      if (!changed.ok) return changed;
      await changeHub(hub, changed.value);
      hub.redeclare(changed.value);
      return { ok: true, value: hub };
    });
  }

  private inTurn(work: () => Promise<HubResult<OpenHub>>): Promise<HubResult<OpenHub>> {
    const turn = this.changing.then(() => {
      if (this.isClosed) throw new LogError('closed', 'the hub is stopping');
      return work();
    });
    this.changing = turn.catch(() => undefined);
    return turn;
  }
}

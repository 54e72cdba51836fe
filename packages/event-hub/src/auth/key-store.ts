import { fileVersion } from '../file-version.js';
import { LogError } from '../log/log-error.js';
import { defaultKeys, readKeyFile, type SharedAccessKey, writeKeyFile } from './key-file.js';

export type { Right, SharedAccessKey } from './key-file.js';

/** All that checking a token needs of the keys. */
export interface KeyLookup {
  get(name: string): SharedAccessKey | undefined;
}

/** The shared access keys of a running hub. They follow their file, see `refresh`. */
export class KeyStore implements KeyLookup {
  private constructor(
    private readonly path: string,
    private keys: ReadonlyMap<string, SharedAccessKey>,
    private version: string,
    /** True when there was no file and this start made new keys. */
    readonly areNew: boolean,
  ) {}

  /** Reads the keys in `path`, making them on first start. @throws LogError `config` */
  static async open(path: string): Promise<KeyStore> {
    const areNew = (await readKeyFile(path)) === null;
    if (areNew) await writeKeyFile(path, defaultKeys());
    const store = new KeyStore(path, new Map(), '', areNew);
    await store.refresh();
    return store;
  }

  get(name: string): SharedAccessKey | undefined {
    return this.keys.get(name);
  }

  /**
   * Reads the file again when it has changed and says whether it had. Tokens that are put from then on are checked
   * against the new keys; links that are open live until their token expires, as at the service.
   *
   * @throws LogError `config` when the file is gone, damaged or readable by others; the keys in memory stay in use
   */
  async refresh(): Promise<boolean> {
    const version = await fileVersion(this.path);
    if (version === this.version) return false;
    const keys = version === null ? null : await readKeyFile(this.path);
    if (version === null || keys === null)
      throw new LogError('config', `${this.path} is missing; restore it: the next start makes new keys, which no client has`);
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.version = version;
    return true;
  }
}

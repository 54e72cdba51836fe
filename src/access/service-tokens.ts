import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { timingSafeEqual } from 'node:crypto';
import { GatewayId, Role } from '@vigil/contracts';
import { z } from 'zod';
import { type Caller, serviceCaller } from './caller.js';
import { HistoryReaders } from './history-readers.js';
import { tokenHash } from './tokens.js';

export const SERVICE_TOKENS_FILE = 'service-tokens.json';
/** The service by which a watchdog that is not on the machine of the API shows who it is. */
export const WATCHDOG_SERVICE = 'watchdog';

const ServiceToken = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/),
  token: z.string().min(32).max(256),
  roles: z.array(Role).min(1),
  /** The gateway that has this token: it reads its own configuration and no other. */
  gatewayId: GatewayId.optional(),
});

/** Tokens of the other parts of Vigil (simulator, gateway, watchdog). Only their hashes stay in memory. */
export class ServiceTokens {
  private readonly known: readonly { readonly hash: Buffer; readonly caller: Caller }[];

  /** @param readers left out: there are none */
  constructor(
    tokens: readonly z.infer<typeof ServiceToken>[],
    private readonly readers: HistoryReaders | null = null,
  ) {
    this.known = tokens.map(({ name, token, roles, gatewayId }) => ({
      hash: Buffer.from(tokenHash(token)),
      caller: serviceCaller(name, roles, gatewayId ?? null),
    }));
  }

  /**
   * Reads `service-tokens.json` of the data folder; no file means no services.
   *
   * @throws Error with one line when the file is there and not in its form
   */
  static fromFolder(dataDir: string): ServiceTokens {
    const file = join(dataDir, SERVICE_TOKENS_FILE);
    const readers = new HistoryReaders(dataDir);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new ServiceTokens([], readers);
      throw error;
    }
    const parsed = z.array(ServiceToken).safeParse(jsonOrNull(text));
    if (!parsed.success) throw new Error(`${SERVICE_TOKENS_FILE} is not in its form; remove it and run "vigil init"`);
    return new ServiceTokens(parsed.data, readers);
  }

  /** The program that reads history by this token and may do so still. */
  historyReader(hash: string, wallMs: number): Caller | null {
    return this.readers?.caller(hash, wallMs) ?? null;
  }

  /** The service that has this token. Looks at every row, so that the time says nothing about which one matched. */
  caller(hash: string): Caller | null {
    const given = Buffer.from(hash);
    let found: Caller | null = null;
    for (const { hash: known, caller } of this.known) {
      if (known.length === given.length && timingSafeEqual(known, given)) found = caller;
    }
    return found;
  }
}

/** Whether a request brings the token of a service, by its header `Authorization`. Asks no store. */
export function isService(services: ServiceTokens, authorization: string): boolean {
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
  return token !== undefined && services.caller(tokenHash(token))?.roles.includes('service') === true;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

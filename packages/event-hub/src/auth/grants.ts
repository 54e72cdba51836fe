import { type Entity, isWithin, parseEntity, pathSegments } from '../wire/address.js';
import type { Right } from './key-store.js';

interface Grant {
  readonly path: readonly string[];
  readonly rights: readonly Right[];
  readonly expiresAtMs: number;
}

const GRANTS_MAX = 1024;

/** What one connection may do, from the tokens that it has put. */
export class Grants {
  private readonly grants = new Map<string, Grant>();
  /** No grant expires before. */
  private nextExpiryMs = Infinity;

  get isEmpty(): boolean {
    return this.grants.size === 0;
  }

  /** Keeps a token's grant; a renewal replaces the older one. Returns false when the connection has too many. */
  add(audience: string, rights: readonly Right[], expiresAtMs: number): boolean {
    const path = pathSegments(audience);
    const key = path.join('/');
    if (!this.grants.has(key) && this.grants.size >= GRANTS_MAX) return false;
    this.grants.set(key, { path, rights, expiresAtMs });
    this.nextExpiryMs = Math.min(this.nextExpiryMs, expiresAtMs);
    return true;
  }

  /** Forgets what has expired; false when nothing has. */
  expire(nowMs: number): boolean {
    if (nowMs < this.nextExpiryMs) return false;
    this.nextExpiryMs = Infinity;
    let some = false;
    for (const [key, { expiresAtMs }] of this.grants) {
      if (expiresAtMs <= nowMs) some = this.grants.delete(key);
      else this.nextExpiryMs = Math.min(this.nextExpiryMs, expiresAtMs);
    }
    return some;
  }

  /** Is there a grant for this address that has not expired and holds one of `rights`? */
  allows(address: string, rights: readonly Right[], nowMs: number): boolean {
    const path = pathSegments(address);
    for (const grant of this.grants.values()) {
      const holds = grant.rights.includes('Manage') || grant.rights.some((right) => rights.includes(right));
      if (grant.expiresAtMs > nowMs && holds && isWithin(grant.path, path)) return true;
    }
    return false;
  }
}

/** The rights of which a token needs one, for what an audience names; null when it names nothing known. */
export function rightsNeeded(audience: string): readonly Right[] | null {
  const entity: Entity | null = parseEntity(audience);
  switch (entity?.kind) {
    case 'partition':
      return ['Send'];
    case 'group':
    case 'groupPartition':
      return ['Listen'];
    case 'namespace':
    case 'hub':
    case 'management':
      return ['Send', 'Listen', 'Manage'];
    default:
      return null;
  }
}

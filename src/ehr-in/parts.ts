import { createHash } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import { EpochMs, type FeedMove, type QuarantineReason } from '@vigil/contracts';
import type { CareRelations } from '../ports/care-relations.js';
import type { EhrLinks } from '../ports/ehr-links.js';
import type { FhirServer } from '../ports/fhir-server.js';
import type { Inbound } from '../ports/inbound.js';
import type { Places } from '../ports/places.js';
import type { EhrMetrics } from './ehr-metrics.js';

/** What the parts that read the hospital's records share. */
export interface EhrParts {
  readonly server: FhirServer;
  readonly links: EhrLinks;
  readonly inbound: Inbound;
  readonly places: Pick<Places, 'aliasOf' | 'aliases'>;
  readonly careRelations: Pick<CareRelations, 'bedOf'>;
  readonly clock: Clock;
  readonly metrics: EhrMetrics;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly mrnSystem: string;
  readonly visitSystem: string | null;
}

/** Which version of what says it; `part` tells apart what one version says. */
export interface Said {
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly part: string;
}

type Read = { readonly move: Omit<FeedMove, 'v' | 'source' | 'messageId'> } | { readonly unreadable: QuarantineReason };

/**
 * Keeps what was read, for the worker of the feeds to decide. Kept again under the same id it is one message, so that a crash between
 * keeping and noting how far it was read does nothing twice.
 * @param evidence what it was read from, already without what nobody uses
 */
export async function keep(parts: EhrParts, said: Said, evidence: unknown, read: Read): Promise<void> {
  const messageId = messageIdOf(parts.baseUrl, said);
  const raw = Buffer.from(JSON.stringify(evidence), 'utf8');
  const kept = await parts.inbound.keep(
    {
      messageId,
      source: 'fhir',
      sender: parts.baseUrl,
      sha256: createHash('sha256').update(raw).digest('hex'),
      raw,
      read: 'move' in read ? { move: { v: 1, source: 'fhir', messageId, ...read.move } } : read,
    },
    parts.clock.wallMs(),
  );
  parts.metrics.kept(said.type, 'move' in read ? 'move' : read.unreadable, kept.is);
}

function messageIdOf(baseUrl: string, { type, id, version, part }: Said): string {
  const name = JSON.stringify([baseUrl, type, id, version, part]);
  return `fhir-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}

/** When a version was made, for what carries no time of its own: never ahead of us, however the server's clock goes. Event time. */
export function versionMs({ clock }: Pick<EhrParts, 'clock'>, atMs: number | null): EpochMs {
  return EpochMs.parse(Math.floor(Math.min(atMs ?? Infinity, clock.nowMs())));
}

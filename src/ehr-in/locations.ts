import type { PlaceName } from '@vigil/contracts';
import { EhrRefused } from '../ports/fhir-server.js';
import type { EhrParts } from './parts.js';
import { FhirLocation, placeById, placeNames } from './reading.js';

/** Locations whose names are in memory. */
const KNOWN_MAX = 5_000;

/** What the Locations of the server are here: by the names that somebody gave our beds, and never by what they are called on screens. */
export class Locations {
  private readonly known = new Map<string, readonly PlaceName[]>();

  constructor(private readonly parts: Pick<EhrParts, 'server' | 'places' | 'baseUrl'>) {}

  /** It may be called otherwise now. */
  forget(id: string): void {
    this.known.delete(id);
  }

  /** Those of these ids that are beds of ours. */
  async ours(ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const ours = new Set<string>();
    for (const id of new Set(ids)) if ((await this.ourName(id, signal)) !== null) ours.add(id);
    return ours;
  }

  /** The name by which it is known here; where it is not, the first that the hospital gives it. */
  async nameOf(id: string, signal: AbortSignal): Promise<PlaceName> {
    return (await this.ourName(id, signal)) ?? (await this.namesOf(id, signal))[0]!;
  }

  private async ourName(id: string, signal: AbortSignal): Promise<PlaceName | null> {
    for (const name of await this.namesOf(id, signal)) if ((await this.parts.places.aliasOf(name)) !== null) return name;
    return null;
  }

  private async namesOf(id: string, signal: AbortSignal): Promise<readonly PlaceName[]> {
    const { server, baseUrl } = this.parts;
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const resource = await server.read('Location', id, signal).catch((error: unknown) => {
      if (error instanceof EhrRefused) return null;
      throw error;
    });
    const read = FhirLocation.safeParse(resource);
    const names = read.success ? placeNames(read.data, baseUrl) : [placeById(id, baseUrl)];
    if (this.known.size >= KNOWN_MAX) this.known.clear();
    this.known.set(id, names);
    return names;
  }
}

import type { Integration } from '@vigil/contracts';

const OFF = { state: 'off', sinceWallMs: null, queue: 0, waiting: {}, lagMs: null, lastTrouble: null, missed: 0 } as const;

/** How the exchange with the hospital's systems goes, as each direction tells itself. One that never told is off. */
export class Integrations {
  private readonly tellers = new Map<Integration['name'], () => Promise<Omit<Integration, 'name'>>>();

  tellsBy(name: Integration['name'], teller: () => Promise<Omit<Integration, 'name'>>): void {
    this.tellers.set(name, teller);
  }

  /** @throws PlatformError 'store-unavailable' */
  async report(): Promise<readonly Integration[]> {
    const names = ['fhir-out', 'fhir-in', 'hl7-in'] as const;
    return Promise.all(names.map(async (name) => ({ name, ...((await this.tellers.get(name)?.()) ?? OFF) })));
  }
}

import { Injectable } from '@nestjs/common';
import type { Integration } from '@vigil/contracts';
import { SiteProcesses } from './site-processes.js';

const OFF = { state: 'off', sinceWallMs: null, queue: 0, waiting: {}, lagMs: null, lastTrouble: null, missed: 0 } as const;
const NAMES = ['fhir-out', 'fhir-in', 'hl7-in'] as const;

/** How the exchange with the hospital's systems goes, as each direction tells itself, here or in another process. One that never told is off. */
@Injectable()
export class Integrations {
  private readonly tellers = new Map<Integration['name'], () => Promise<Omit<Integration, 'name'>>>();
  private told: readonly Integration[] = [];

  constructor(private readonly processes: SiteProcesses) {
    processes.tells('integrations', () => [...this.told]);
  }

  tellsBy(name: Integration['name'], teller: () => Promise<Omit<Integration, 'name'>>): void {
    this.tellers.set(name, teller);
  }

  /** @throws PlatformError 'store-unavailable' */
  async report(): Promise<readonly Integration[]> {
    const here = new Map((await this.reportHere()).map((each) => [each.name, each]));
    const there = this.processes.others().flatMap(({ word }) => word.integrations);
    return NAMES.map((name) => here.get(name) ?? there.find((each) => each.name === name) ?? { name, ...OFF });
  }

  /** What the other processes hear of it from now on. @throws PlatformError 'store-unavailable' */
  async tell(): Promise<void> {
    this.told = await this.reportHere();
  }

  private reportHere(): Promise<readonly Integration[]> {
    return Promise.all([...this.tellers].map(async ([name, teller]) => ({ name, ...(await teller()) })));
  }
}

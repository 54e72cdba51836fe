import { registerHubFigures } from './admin/hub-figures.js';
import type { HubMetrics } from './admin/metrics.js';
import type { LinkRegistry } from './broker/link-registry.js';
import type { Hub } from './hub.js';
import { registerLogFigures } from './log-condition.js';

export interface FigureSources {
  /** All hubs, also those that are made later. */
  readonly hubs: () => readonly Hub[];
  readonly links: LinkRegistry;
  /** Events asked for by all consumers and not sent. */
  readonly credit: () => number;
}

/** Adds to the metrics what is read only when somebody asks. */
export function registerFigures(metrics: HubMetrics, { hubs, links, credit }: FigureSources): void {
  registerHubFigures(metrics.registry, hubs, links);
  registerLogFigures(metrics.registry, hubs);
  metrics.sources.credit = credit;
  metrics.sources.backlogBytes = () => hubs().reduce((sum, hub) => sum + hub.log.backlogBytes, 0);
}

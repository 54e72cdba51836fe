import { Counter, Gauge, type Registry } from 'prom-client';
import type { EhrTrouble } from '../ports/fhir-server.js';

export const SUBSCRIPTION_STATES = ['off', 'active', 'requested', 'not-there', 'failed'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** How reading the hospital's records goes. No label holds an id, a person or an address. */
export class EhrMetrics {
  private readonly polls: Counter<'type' | 'outcome'>;
  private readonly resources: Counter<'type' | 'what'>;
  private readonly messages: Counter<'type' | 'read' | 'kept'>;
  private readonly linked: Counter<'kind' | 'outcome'>;
  private readonly lag: Gauge<'type'>;
  private readonly failing: Gauge;
  private readonly waiting: Gauge;
  private readonly hints: Counter<'outcome'>;
  private readonly subscription: Gauge<'state'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.polls = new Counter({
      name: 'vigil_ehr_polls_total',
      help: 'Looks at what changed at the FHIR server, by type and outcome (ok, or why there was no answer to work with)',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.resources = new Counter({
      name: 'vigil_ehr_resources_total',
      help: 'Changed resources that a look found, by what became of them',
      labelNames: ['type', 'what'],
      registers,
    });
    this.messages = new Counter({
      name: 'vigil_ehr_messages_total',
      help: 'What was kept of them for the feed: a move, or why nobody can tell; and whether it was kept before',
      labelNames: ['type', 'read', 'kept'],
      registers,
    });
    this.linked = new Counter({
      name: 'vigil_ehr_lookups_total',
      help: 'Look-ups of what is here at the FHIR server, by outcome',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.lag = new Gauge({
      name: 'vigil_ehr_lag_seconds',
      help: 'Between the time that the server gives its newest change and the look that found it; by the clocks of both',
      labelNames: ['type'],
      registers,
    });
    this.failing = new Gauge({
      name: 'vigil_ehr_failing_seconds',
      help: 'Since when no look has succeeded; 0 while they do',
      registers,
    });
    this.waiting = new Gauge({
      name: 'vigil_ehr_encounters_waiting',
      help: 'Encounters whose patient has no record number yet: they are looked at again',
      registers,
    });
    this.hints = new Counter({
      name: 'vigil_ehr_hints_total',
      help: 'Times that the server said "look now", by whether its bearer was right',
      labelNames: ['outcome'],
      registers,
    });
    this.subscription = new Gauge({
      name: 'vigil_ehr_subscription',
      help: '1 for how the subscription at the FHIR server is',
      labelNames: ['state'],
      registers,
    });
    this.subscribed('off');
    this.failing.set(0);
  }

  polled(type: string, outcome: 'ok' | 'refused' | 'store' | EhrTrouble): void {
    this.polls.inc({ type, outcome });
  }

  found(
    type: string,
    what: 'read' | 'duplicate' | 'older' | 'not-ours' | 'outpatient' | 'unchanged' | 'unreadable' | 'refused',
  ): void {
    this.resources.inc({ type, what });
  }

  kept(type: string, read: string, kept: string): void {
    this.messages.inc({ type, read, kept });
  }

  lookedUp(kind: string, outcome: 'linked' | 'none' | 'several' | 'differs' | 'gone' | 'refused'): void {
    this.linked.inc({ kind, outcome });
  }

  /** @param lagMs of two clocks: below zero where the server's is ahead */
  seen(type: string, lagMs: number): void {
    this.lag.set({ type }, lagMs / 1_000);
  }

  failingFor(wallMs: number): void {
    this.failing.set(wallMs / 1_000);
  }

  encountersWaiting(count: number): void {
    this.waiting.set(count);
  }

  hint(outcome: 'taken' | 'refused'): void {
    this.hints.inc({ outcome });
  }

  subscribed(state: SubscriptionState): void {
    for (const each of SUBSCRIPTION_STATES) this.subscription.set({ state: each }, each === state ? 1 : 0);
  }
}
